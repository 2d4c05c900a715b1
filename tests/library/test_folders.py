"""Folders as shelves: no file may stand on two of them, or it would seem to be its own duplicate."""

import pytest

from library.audiobookshelf import AudiobookshelfClient, LibraryServerUnavailable
from library.models import Book, Edition, Shelf
from library.services import FolderTaken, ShelfOverlaps, add_folder, discover_shelves, repairing, sync_shelf
from mamcrawler import doctor
from mamcrawler.operations import jobs
from mamcrawler.operations.models import Finding
from tests.audiofiles import make_audio
from tests.factories import CoverageFactory, EditionFactory, RecordingFactory, ShelfFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(tmp_path, settings):
    """A folder that is a shelf, with another one inside."""
    settings.LIBRARY_FOLDERS, settings.AUDIOBOOKSHELF_TOKEN = [], ""
    settings.DATA_DIR, settings.QBITTORRENT_SAVE_PATH = tmp_path / "data", ""
    (tmp_path / "media" / "books" / "Jane Austen").mkdir(parents=True)
    ShelfFactory(name="Home", path=str(tmp_path / "media" / "books"))
    return tmp_path / "media" / "books"


def test_a_folder_inside_another_shelf_is_refused(books):
    with pytest.raises(FolderTaken, match="Austen lies inside the folder of the shelf Home"):
        add_folder(str(books / "Jane Austen"))


def test_a_folder_around_another_shelf_is_refused(books):
    with pytest.raises(FolderTaken, match="media lies around the folder of the shelf Home"):
        add_folder(str(books.parent))


def test_a_link_into_another_shelf_is_refused(books, tmp_path):
    (tmp_path / "link").symlink_to(books / "Jane Austen")

    with pytest.raises(FolderTaken, match="lies inside the folder of the shelf Home"):
        add_folder(str(tmp_path / "link"))


def test_the_folder_of_a_servers_library_is_refused(books, tmp_path):
    (tmp_path / "served").mkdir()
    ShelfFactory(name="Served", kind=Shelf.Kind.AUDIOBOOKSHELF, external_id="lib-1", path=str(tmp_path / "served"))

    with pytest.raises(FolderTaken, match="is the folder of the shelf Served"):
        add_folder(str(tmp_path / "served"))


def test_the_downloads_and_our_own_data_are_refused(books, tmp_path, settings):
    settings.QBITTORRENT_SAVE_PATH = str(tmp_path / "torrents")
    for name in ("torrents/complete", "data/covers"):
        (tmp_path / name).mkdir(parents=True)

    with pytest.raises(FolderTaken, match="lies inside the folder of the downloads"):
        add_folder(str(tmp_path / "torrents" / "complete"))
    with pytest.raises(FolderTaken, match="lies inside the folder of this program's own data"):
        add_folder(str(tmp_path / "data" / "covers"))


def test_the_root_is_refused(books):
    with pytest.raises(FolderTaken, match="is the root of the file system"):
        add_folder("/")


def test_a_folder_beside_another_whose_name_begins_alike_is_taken(books):
    beside = books.parent / "books of others"
    beside.mkdir()

    assert add_folder(str(beside)).path == str(beside)


def test_a_folder_inside_one_that_was_switched_off_is_taken_if_that_owns_nothing(books):
    Shelf.objects.update(is_active=False)

    assert add_folder(str(books / "Jane Austen")).is_active


def test_no_file_counts_twice_for_a_shelf_that_was_switched_off(books):
    EditionFactory(shelf=Shelf.objects.get())
    Shelf.objects.update(is_active=False)

    with pytest.raises(FolderTaken, match="lies inside the folder of the switched-off shelf Home"):
        add_folder(str(books / "Jane Austen"))


def test_a_configured_folder_inside_another_becomes_no_shelf_and_is_told(books, settings):
    settings.LIBRARY_FOLDERS = [str(books), str(books / "Jane Austen")]

    assert [shelf.name for shelf in discover_shelves()] == ["Home"]

    finding = Finding.objects.open().get(kind="library.folder_refused")
    assert "lies inside the folder of the shelf Home" in finding.message
    assert "LIBRARY_FOLDERS" in finding.advice
    found = doctor.check("disk")
    assert found.is_failure
    assert "lies inside the folder of the shelf Home" in found.message

    settings.LIBRARY_FOLDERS = [str(books)]
    discover_shelves()
    assert not Finding.objects.open().exists()


def test_a_shelf_that_overlaps_an_earlier_one_is_not_read(books):
    make_audio(books / "Jane Austen" / "Emma" / "emma.mp3", seconds=1)
    inner = ShelfFactory(name="Inner", path=str(books / "Jane Austen"))

    run = jobs.run_now("sync_library")

    assert not inner.editions.exists()
    assert Edition.objects.count() == 1
    assert "Inner was not read:" in run.summary
    assert not Finding.objects.filter(kind="library.shelf_unreachable").exists(), "one finding says it"
    assert (
        "lies inside the folder of the shelf Home" in Finding.objects.open().get(kind="library.folder_refused").message
    )


def test_a_folder_gives_way_to_a_servers_library_that_came_later(books):
    ShelfFactory(name="Served", kind=Shelf.Kind.AUDIOBOOKSHELF, external_id="lib-1", path=str(books))

    with pytest.raises(ShelfOverlaps, match="is the folder of the shelf Served"):
        sync_shelf(Shelf.objects.get(name="Home"), beat=lambda doing: None)


def test_one_folder_on_two_shelves_is_no_duplicate_of_itself(books):
    inner = ShelfFactory(name="Inner", path=str(books / "Jane Austen"))
    recording = RecordingFactory(narrator_key="ray porter")
    for shelf, path in ((Shelf.objects.get(name="Home"), "Jane Austen/Emma"), (inner, "Emma")):
        edition = EditionFactory(shelf=shelf, path=path, recording=recording)
        CoverageFactory(book=recording.book, edition=edition)

    assert not Book.objects.duplicated().exists()


def test_the_very_files_of_another_copy_are_never_suggested_for_removal(books):
    recording = RecordingFactory(narrator_key="ray porter")
    served = ShelfFactory(name="Served", kind=Shelf.Kind.AUDIOBOOKSHELF, external_id="lib-1", path="/as/it/sees/them")
    for number, shelf in enumerate((Shelf.objects.get(name="Home"), served)):
        edition = EditionFactory(shelf=shelf, path="Emma", external_id=f"li-{number}" if number else "")
        Edition.objects.filter(pk=edition.pk).update(recording=recording)
        edition.audio_files.create(position=1, path="emma.mp3", inode="77", size_bytes=1_000)
        CoverageFactory(book=recording.book, edition=edition)

    one, again = repairing.compare_copies(repairing.duplicated_books().get()).performances

    assert (one.is_duplicate, again.is_duplicate) == (False, False)
    assert (one.is_same_files, again.is_same_files) == (False, True)
    assert not any(copy.is_best for row in (one, again) for copy in row.copies)


def test_a_library_server_that_is_down_keeps_no_folder_from_being_read(books, settings, monkeypatch):
    make_audio(books / "Jane Austen" / "Emma" / "emma.mp3", seconds=1)
    settings.AUDIOBOOKSHELF_TOKEN = "example-token"

    def down(client):
        raise LibraryServerUnavailable("/api/libraries: no answer (ConnectError)")

    monkeypatch.setattr(AudiobookshelfClient, "libraries", down)

    run = jobs.run_now("sync_library")

    assert Edition.objects.count() == 1
    assert run.status == "succeeded"
    assert "Home: 1 items, 1 new" in run.summary
    assert "The library server was not read: /api/libraries: no answer" in run.summary


def test_a_library_server_that_is_down_fails_the_reading_where_it_is_all_there_is(settings, monkeypatch):
    settings.LIBRARY_FOLDERS, settings.AUDIOBOOKSHELF_TOKEN = [], "example-token"

    def down(client):
        raise LibraryServerUnavailable("/api/libraries: no answer (ConnectError)")

    monkeypatch.setattr(AudiobookshelfClient, "libraries", down)

    run = jobs.run_now("sync_library")

    assert run.status == "failed"
    assert "no answer" in run.failure
