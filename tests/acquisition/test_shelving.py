"""Placing a download on its shelf: linked, named, recorded once, and left whole when it can not be."""

from pathlib import Path

import pytest

from acquisition import services
from acquisition.models import Download, PathMapping, Want
from acquisition.services import shelving
from library.models import Book, Edition, Shelf
from mamcrawler.lib import torrentfile
from mamcrawler.operations import preferences
from mamcrawler.operations.models import Finding
from tests.audiofiles import make_torrent
from tests.factories import (
    AuthorFactory,
    BookFactory,
    CandidateFactory,
    CoverageFactory,
    DownloadFactory,
    ReleaseFactory,
    SeriesEntryFactory,
    SeriesFactory,
    ShelfFactory,
    WantFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(tmp_path):
    (tmp_path / "shelf").mkdir()
    return ShelfFactory(path=str(tmp_path / "shelf"))


@pytest.fixture
def download(tmp_path):
    """An inspected download of two files, of the fourth book of a series."""
    content = tmp_path / "downloads/Iron Gold"
    content.mkdir(parents=True)
    for number in (1, 2):
        (content / f"Part {number}.mp3").write_bytes(bytes([number]) * 40_000)
    return inspected(content, book=book_named("Iron Gold"))


def book_named(title, *, author="Pierce Brown", series="Red Rising Saga", position="4"):
    book = BookFactory(title=title, by=author)
    SeriesEntryFactory(series=SeriesFactory(name=series), book=book, position=position)
    return book


def inspected(content, *, book, narrators=("Tim Gerard Reynolds",)):
    torrent = torrentfile.read(make_torrent(content), require_private=True)
    release = ReleaseFactory(narrators=list(narrators), duration_s=60)
    return DownloadFactory(
        candidate=CandidateFactory(want=WantFactory(book=book, status=Want.Status.SNATCHED), release=release),
        status=Download.Status.INSPECTED,
        info_hash=torrent.info_hash,
        info_dictionary=torrent.info_dictionary,
        content_path=str(content),
    )


def test_a_download_is_linked_to_its_place_and_its_book_is_owned(shelf, download):
    assert services.shelve(download)

    edition = Edition.objects.get()
    folder = Path(shelf.path) / "Pierce Brown/Red Rising Saga/04 - Iron Gold {Tim Gerard Reynolds}"
    assert Path(shelf.path) / edition.path == folder
    for number in (1, 2):
        assert (folder / f"Part {number}.mp3").samefile(f"{download.content_path}/Part {number}.mp3")
    assert edition.audio_files.filter(is_seeded=True).count() == 2
    assert (edition.tracker_id, edition.info_hash) == (download.candidate.release.tracker_id, download.info_hash)
    assert (download.status, download.edition) == (Download.Status.SHELVED, edition)
    assert Want.objects.get().status == Want.Status.SHELVED
    assert Book.objects.owned().get() == download.candidate.want.book


def test_shelving_that_was_cut_after_the_last_link_is_finished_without_a_second_edition(shelf, download):
    services.shelve(download)
    Edition.objects.all().delete()
    Download.objects.update(status=Download.Status.SHELVING)
    Want.objects.update(status=Want.Status.SNATCHED, closed_at=None)
    download = Download.objects.get()

    assert services.shelve(download)

    assert Edition.objects.count() == 1
    assert download.status == Download.Status.SHELVED


def test_a_place_that_was_chosen_before_a_crash_is_kept_when_the_book_is_renamed_meanwhile(shelf, download):
    download.advance(Download.Status.SHELVING)
    Download.objects.update(target_path="Chosen Before")
    download.refresh_from_db()

    services.shelve(download)

    assert Edition.objects.get().path == "Chosen Before"


def test_what_can_not_be_placed_stays_inspected_and_is_told_once(shelf, download):
    in_the_way = Path(shelf.path) / services.shelving.target_for(download)
    in_the_way.mkdir(parents=True)
    (in_the_way / "notes.txt").write_text("mine")

    assert not services.shelve(download)
    assert not services.shelve(download)

    finding = Finding.objects.get()
    assert download.status == Download.Status.INSPECTED
    assert "Iron Gold could not be shelved" in finding.message
    assert finding.advice
    assert finding.seen_again_at is not None
    assert not Edition.objects.exists()
    (in_the_way / "notes.txt").unlink()
    assert services.shelve(download)
    assert not Finding.objects.open().exists()


def test_files_that_went_away_are_told_and_nothing_is_half_placed(shelf, download):
    Path(download.content_path, "Part 2.mp3").unlink()

    assert not services.shelve(download)

    assert list(Path(shelf.path).iterdir()) == []
    assert download.status == Download.Status.INSPECTED
    assert "Part 2.mp3" in Finding.objects.get().message


def test_without_a_shelf_it_says_what_to_connect(download):
    with pytest.raises(shelving.NoShelf, match="connect Audiobookshelf or add a library folder"):
        services.shelve(download)

    download.refresh_from_db()
    assert download.status == Download.Status.INSPECTED


def test_a_book_goes_to_the_shelf_where_its_series_stands(shelf, download, tmp_path):
    other = ShelfFactory(path=str(tmp_path))
    series = download.candidate.want.book.series_entries.get().series
    CoverageFactory(edition__shelf=other, book=SeriesEntryFactory(series=series, position="1").book)

    assert shelving.shelf_for(download.candidate.want.book) == other
    assert shelving.shelf_for(BookFactory()) == Shelf.objects.active().first()

    Shelf.objects.filter(pk=other.pk).update(is_active=False)
    assert shelving.shelf_for(download.candidate.want.book) == shelf, (
        "nothing is placed on a shelf that is switched off"
    )


def test_a_server_s_shelf_is_reached_through_its_path_mapping(tmp_path, download):
    (tmp_path / "mounted").mkdir()
    shelf = ShelfFactory(kind=Shelf.Kind.AUDIOBOOKSHELF, external_id="lib", path="/audiobooks")
    PathMapping.objects.create(system="audiobookshelf", theirs="/audiobooks", ours=str(tmp_path / "mounted"))

    services.shelve(download)

    edition = Edition.objects.get()
    assert edition.shelf == shelf
    assert (tmp_path / "mounted" / edition.path / "Part 1.mp3").is_file()
    assert edition.audio_files.count() == 2
    assert edition.size_bytes == 80_000


@pytest.mark.parametrize(
    ("title", "author", "inside"),
    [
        ("AC/DC: Back\\Slash? *Stars* <Angle> |Pipe|", "A/B: C", "AC"),
        ("Emoji 🎧📚 Book", "Ann Example", "🎧📚"),
        ("Long " * 90, "Name " * 60, "Long Long"),
        ("長い題名" * 80, "作者", "長い題名"),
        ("..", "...", ""),
        ("CON", "nul", ""),
        ("Ends with dots...", "Trailing space ", "Ends with dots"),
    ],
    ids=["signs", "emoji", "long", "long and wide", "dots", "reserved", "trailing"],
)
def test_any_name_becomes_one_that_every_file_system_takes(shelf, tmp_path, title, author, inside):
    content = tmp_path / "A: *file*? 🎧.mp3"
    content.write_bytes(b"sound" * 9_000)
    book = BookFactory(title=title[:500])
    book.authors.add(AuthorFactory(name=author[:300]))

    assert services.shelve(inspected(content, book=book)), Finding.objects.values_list("message", flat=True)

    folder = Path(Edition.objects.get().path)
    [audio] = (Path(shelf.path) / folder).iterdir()
    assert (Path(shelf.path) / folder).resolve().is_relative_to(Path(shelf.path).resolve())
    assert inside in folder.name
    assert audio.suffix == ".mp3"
    for part in (*folder.parts, audio.name):
        assert part not in {".", ".."}
        assert not set('\\/:*?"<>|') & set(part)
        assert not part.endswith((".", " "))
        assert len(part.encode()) <= 255


def test_the_name_template_of_a_person_is_followed(shelf, download):
    preferences.change(preferences.ShelvingRules, by=None, template="{author}/{title} ({narrator})")

    services.shelve(download)

    assert Edition.objects.get().path == "Pierce Brown/Iron Gold (Tim Gerard Reynolds)"
