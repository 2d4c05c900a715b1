"""What a person may do about a download: try again, give up, take it off the shelf."""

from pathlib import Path

import pytest

from acquisition import services
from acquisition.models import Candidate, Download, FailedAttempt, Want
from acquisition.services import recovering, snatching
from library.models import Book, Edition
from mamcrawler.lib import torrentfile
from mamcrawler.operations.models import AuditEntry
from tests.audiofiles import make_torrent
from tests.factories import (
    BookFactory,
    CandidateFactory,
    DownloadFactory,
    ShelfFactory,
    UserFactory,
    WantFactory,
)

pytestmark = pytest.mark.django_db


def stopped(*statuses, status=Download.Status.FAILED, **download):
    """A download that went through these statuses and then stopped."""
    row = DownloadFactory(candidate__want__status=Want.Status.SNATCHED, info_hash="a" * 40, **download)
    for one in statuses:
        row.advance(one)
    snatching.fail(row, "it broke", status=status)
    return row


@pytest.mark.parametrize(
    ("row", "back_to"),
    [
        (stopped, Download.Status.INTENDED),
        (lambda: stopped(Download.Status.ADDED), Download.Status.ADDED),
        (lambda: stopped(Download.Status.ADDED, Download.Status.DOWNLOADING), Download.Status.ADDED),
        (
            lambda: stopped(
                Download.Status.ADDED,
                Download.Status.DOWNLOADED,
                Download.Status.INSPECTING,
                status=Download.Status.QUARANTINED,
            ),
            Download.Status.DOWNLOADED,
        ),
    ],
    ids=["never added", "added", "downloading", "quarantined"],
)
def test_a_stopped_download_goes_on_from_where_it_can(row, back_to):
    download = row()

    services.retry(download, by=UserFactory())

    assert download.status == back_to
    assert download.failure == ""
    assert download.settled_at is None
    assert Want.objects.get().status == Want.Status.SNATCHED
    assert not FailedAttempt.objects.exists()
    assert AuditEntry.objects.get().action == "download.retried"


def test_a_download_that_goes_on_is_not_tried_again():
    with pytest.raises(recovering.NotPossible, match="only a download that failed or is quarantined"):
        services.retry(DownloadFactory())


def test_a_download_is_not_tried_again_while_another_release_is_on_its_way():
    download = stopped()
    DownloadFactory(candidate=CandidateFactory(want=download.candidate.want))

    with pytest.raises(recovering.NotPossible, match="another release of this book is on its way"):
        services.retry(download)


def test_a_download_is_not_tried_again_while_its_book_is_wanted_anew():
    download = stopped()
    Want.objects.get().move(Want.Status.ABANDONED)
    WantFactory(book=download.candidate.want.book)
    download.refresh_from_db()

    with pytest.raises(recovering.NotPossible):
        services.retry(download)


def test_giving_up_ends_the_want_and_leaves_the_files_alone():
    download = stopped()

    services.give_up(download, by=UserFactory())

    want = Want.objects.get()
    assert (want.status, want.explanation) == (Want.Status.ABANDONED, "given up by a person")
    assert Candidate.objects.get().verdict == Candidate.Verdict.DISMISSED
    assert services.raise_wants().new == 0
    with pytest.raises(recovering.NotPossible):
        services.give_up(DownloadFactory())


@pytest.fixture
def shelved(tmp_path):
    """A download that stands on a shelf."""
    content = tmp_path / "downloads/Iron Gold"
    content.mkdir(parents=True)
    for number in (1, 2):
        (content / f"Part {number}.mp3").write_bytes(bytes([number]) * 40_000)
    (tmp_path / "shelf").mkdir()
    ShelfFactory(path=str(tmp_path / "shelf"))
    torrent = torrentfile.read(make_torrent(content), require_private=True)
    want = WantFactory(book=BookFactory(title="Iron Gold", by="Pierce Brown"), status=Want.Status.SNATCHED)
    download = DownloadFactory(
        candidate=CandidateFactory(want=want),
        status=Download.Status.INSPECTED,
        info_hash=torrent.info_hash,
        info_dictionary=torrent.info_dictionary,
        content_path=str(content),
    )
    assert services.shelve(download)
    return download


def on_shelf(tmp_path):
    return sorted(path.name for path in (tmp_path / "shelf").rglob("*"))


def test_taking_a_book_off_its_shelf_leaves_what_seeds(shelved, tmp_path):
    kept = services.unshelve(shelved, by=UserFactory())

    assert kept == []
    assert on_shelf(tmp_path) == []
    assert len(list(Path(shelved.content_path).iterdir())) == 2
    assert Edition.objects.get().status == Edition.Status.VANISHED
    assert Book.objects.missing().exists()
    assert services.raise_wants().new == 0


def test_a_book_that_was_taken_off_can_be_put_back(shelved, tmp_path):
    services.unshelve(shelved)

    services.retry(shelved)
    shelved.advance(Download.Status.INSPECTING)
    shelved.advance(Download.Status.INSPECTED)
    assert services.shelve(shelved)

    assert "Part 1.mp3" in on_shelf(tmp_path)
    assert Edition.objects.present().count() == 1
    assert Want.objects.get().status == Want.Status.SHELVED


def test_a_file_that_somebody_changed_stays_on_the_shelf(shelved, tmp_path):
    folder = tmp_path / "shelf" / shelved.edition.path
    (folder / "Part 2.mp3").unlink()
    (folder / "Part 2.mp3").write_bytes(b"edited")

    kept = services.unshelve(shelved)

    assert kept == ["Part 2.mp3"]
    assert (folder / "Part 2.mp3").read_bytes() == b"edited"


def test_only_what_is_shelved_can_be_taken_off():
    with pytest.raises(recovering.NotPossible, match="only a shelved download"):
        services.unshelve(DownloadFactory())
