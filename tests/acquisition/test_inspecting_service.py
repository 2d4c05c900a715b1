"""A finished download is proven whole, quarantined, or left to a person."""

import pytest

from acquisition import services
from acquisition.models import Download, Want
from library.models import Recording
from mamcrawler.lib import torrentfile
from tests.audiofiles import make_m4b, make_torrent
from tests.factories import CandidateFactory, DownloadFactory, ReleaseFactory, WantFactory

pytestmark = pytest.mark.django_db

SECONDS = 8


@pytest.fixture(scope="module")
def audio(tmp_path_factory):
    """A real file and its torrent."""
    path = make_m4b(tmp_path_factory.mktemp("audio") / "The Hound.m4b", seconds=SECONDS)
    return path.read_bytes(), torrentfile.read(make_torrent(path), require_private=True)


@pytest.fixture
def download(audio, tmp_path):
    """A finished download of that file, with a second release in reserve."""
    content, torrent = audio
    path = tmp_path / "The Hound.m4b"
    path.write_bytes(content)
    want = WantFactory(status=Want.Status.SNATCHED)
    release = ReleaseFactory(duration_s=SECONDS, narrators=["Example Reader"], asin="B000000001")
    download = DownloadFactory(
        candidate=CandidateFactory(want=want, release=release),
        status=Download.Status.DOWNLOADED,
        info_hash=torrent.info_hash,
        info_dictionary=torrent.info_dictionary,
        content_path=str(path),
    )
    CandidateFactory(want=want, rank=1)
    return download


def test_a_whole_download_passes_with_every_check_in_words(download):
    inspection = services.inspect_download(download)

    assert download.status == Download.Status.INSPECTED
    assert inspection.verdict == "passed"
    assert all(check["words"] for check in inspection.checks)
    assert inspection.duration_s == pytest.approx(SECONDS, abs=0.5)


def test_a_changed_byte_quarantines_and_the_want_turns_to_its_next_release(download, tmp_path):
    path = tmp_path / "The Hound.m4b"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)

    inspection = services.inspect_download(download)

    assert inspection.verdict == "failed"
    assert download.status == Download.Status.QUARANTINED
    assert "piece" in download.failure
    assert Want.objects.get().status == Want.Status.CHOSEN
    assert download.candidate.release.failed_attempts.get().reason == download.failure
    assert path.exists()


def test_a_file_cut_in_the_middle_is_quarantined(download, tmp_path):
    path = tmp_path / "The Hound.m4b"
    path.write_bytes(path.read_bytes()[:10_000])

    services.inspect_download(download)

    assert download.status == Download.Status.QUARANTINED
    assert Want.objects.get().status == Want.Status.CHOSEN


@pytest.mark.parametrize("known_by", [{"asin": "B000000001"}, {"narrator_key": "example reader"}])
def test_a_recording_that_catalogues_know_to_be_longer_is_not_this_one(download, known_by):
    Recording.objects.create(book=download.candidate.want.book, runtime_s=SECONDS * 2, **known_by)

    services.inspect_download(download)

    assert download.status == Download.Status.QUARANTINED


def test_the_runtime_of_another_recording_does_not_matter(download):
    Recording.objects.create(book=download.candidate.want.book, runtime_s=SECONDS * 2, narrator_key="other reader")

    services.inspect_download(download)

    assert download.status == Download.Status.INSPECTED


def test_files_that_are_not_there_wait_for_a_person_and_lose_no_want(download, tmp_path):
    (tmp_path / "The Hound.m4b").unlink()

    inspection = services.inspect_download(download)

    assert inspection.verdict == "unknown"
    assert download.status == Download.Status.QUARANTINED
    assert download.failure.startswith("could not be told")
    assert Want.objects.get().status == Want.Status.SNATCHED


def test_an_inspection_that_was_cut_is_done_again(download):
    download.advance(Download.Status.INSPECTING)

    services.inspect_download(download)

    assert download.status == Download.Status.INSPECTED
    assert "the inspection was cut" in download.events.values_list("reason", flat=True)


def test_a_download_that_another_worker_took_is_left_to_it(download):
    Download.objects.update(status=Download.Status.INSPECTING)

    assert services.inspect_download(download) is None
    assert not download.inspections.exists()


def test_an_inspection_says_what_it_does(download):
    heard = []

    services.inspect_download(download, beat=heard.append)

    assert heard
