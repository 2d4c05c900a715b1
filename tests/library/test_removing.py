"""Taking a shelf back that was added by mistake: what only it told of goes, everything else and every file stays."""

import pytest
from django.urls import reverse

from library.models import Alias, Author, Book, Collection, Edition, ListeningProgress, Narrator, Series, Shelf
from library.services import CanNotRemove, curating, monitoring, remove_shelf, sync_shelf
from mamcrawler.operations.models import AuditEntry, Finding
from tests.audiofiles import make_audio
from tests.factories import (
    BookFactory,
    CoverageFactory,
    EditionFactory,
    FindingFactory,
    JobRunFactory,
    RecordingFactory,
    SeriesEntryFactory,
    SeriesFactory,
    ShelfFactory,
    UserFactory,
    WantFactory,
)
from tests.listenfactories import ListeningProgressFactory
from tests.visitors import visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_library(settings):
    settings.LIBRARY_FOLDERS, settings.AUDIOBOOKSHELF_TOKEN = [], ""


@pytest.fixture
def mistake():
    return ShelfFactory(name="Mistake", path="/srv/mistake")


def on(shelf, book=None, **facts):
    """A book of which a copy stands on a shelf."""
    book = book or BookFactory(by="Jane Austen")
    CoverageFactory(book=book, edition=EditionFactory(shelf=shelf, **facts))
    return book


def test_a_shelf_goes_with_all_that_only_it_told_of_and_its_files_stay(tmp_path):
    made = make_audio(tmp_path / "books" / "Jane Austen" / "Highbury" / "1 - Emma" / "emma.mp3", seconds=1)
    shelf = Shelf.objects.create(kind=Shelf.Kind.FOLDER, name="Mistake", path=str(tmp_path / "books"))
    sync_shelf(shelf, beat=lambda doing: None)
    book = Book.objects.get()
    Alias.objects.create(target="book", target_id=book.pk, source="name", value="emma or so")

    gone = remove_shelf(shelf, by=None)

    assert (gone.copies, gone.books, gone.authors) == (1, 1, 1)
    for model in (Shelf, Edition, Book, Series, Author, Narrator, Alias):
        assert not model.objects.exists(), model
    assert made.exists()


def test_a_book_that_another_shelf_holds_stays_as_it_was(mistake):
    book = on(ShelfFactory())
    on(mistake, book)

    assert remove_shelf(mistake, by=None).books == 0

    assert Book.objects.owned().get() == book
    assert book.authors.get().name == "Jane Austen"


def test_what_a_person_or_a_listener_told_of_a_book_keeps_it(mistake):
    wanted, unwanted, heard, alone = (on(mistake) for _ in range(4))
    WantFactory(book=wanted)
    curating.exclude(unwanted, by=UserFactory(), reason="")
    ListeningProgressFactory(coverage=heard.coverages.get(), item_id="li-1")

    remove_shelf(mistake, by=None)

    assert set(Book.objects.all()) == {wanted, unwanted, heard}
    assert ListeningProgress.objects.get().book == heard
    assert not Book.objects.filter(pk=alone.pk).exists()


def test_books_of_a_list_alone_stay_and_are_looked_for_no_longer(mistake):
    series = SeriesFactory(listed_by="hardcover", listed_at="2026-01-01T00:00Z", monitor="all")
    owned, gap = on(mistake), BookFactory()
    for number, book in enumerate((owned, gap), start=1):
        SeriesEntryFactory(series=series, book=book, position=str(number))
    assert list(Book.objects.missing()) == [gap]

    remove_shelf(mistake, by=None)

    series.refresh_from_db()
    assert (series.is_unclaimed, series.monitor) == (True, "none")
    assert set(Book.objects.filter(is_unclaimed=True)) == {owned, gap}
    assert not Book.objects.missing().exists()


def test_a_series_that_stands_on_another_shelf_is_followed_on(mistake):
    series = SeriesFactory(listed_by="hardcover", listed_at="2026-01-01T00:00Z", monitor="all")
    for number, book in enumerate((on(mistake), on(ShelfFactory())), start=1):
        SeriesEntryFactory(series=series, book=book, position=str(number))

    remove_shelf(mistake, by=None)

    series.refresh_from_db()
    assert (series.is_unclaimed, series.monitor) == (False, "all")
    assert Book.objects.missing().count() == 1


def test_a_series_whose_mode_a_person_chose_keeps_it(mistake):
    series = SeriesFactory()
    SeriesEntryFactory(series=series, book=on(mistake), position="1")
    monitoring.monitor_series(series, Series.Monitor.ALL, by=UserFactory())

    remove_shelf(mistake, by=None)

    series.refresh_from_db()
    assert series.monitor == "all"
    assert not Book.objects.exists()


def test_reading_the_folder_again_brings_everything_back(tmp_path):
    make_audio(tmp_path / "Jane Austen" / "Emma" / "emma.mp3", seconds=1)
    for _ in range(2):
        shelf = Shelf.objects.create(kind=Shelf.Kind.FOLDER, name="Home", path=str(tmp_path))
        sync_shelf(shelf, beat=lambda doing: None)
        assert [book.title for book in Book.objects.owned()] == ["Emma"]
        remove_shelf(shelf, by=None)


def test_it_is_journalled_and_its_findings_are_closed(mistake):
    recording = RecordingFactory()
    on(mistake, recording.book, recording=recording)
    of_shelf = f"shelf {mistake.pk}"
    FindingFactory(kind="library.vanished", subject=of_shelf)
    FindingFactory(kind="library.shelf_unreachable", subject=of_shelf)
    FindingFactory(kind="library.folder_refused", subject=mistake.path)
    FindingFactory(kind="library.fix_match", subject=f"edition {Edition.objects.get().pk}")
    key, ann = mistake.pk, UserFactory(username="Ann")

    remove_shelf(mistake, by=ann)

    entry = AuditEntry.objects.get(action="shelf.removed")
    assert (entry.user, entry.subject) == (ann, "Mistake")
    assert entry.detail == {"shelf": key, "path": "/srv/mistake", "copies": 1, "books": 1, "series": 0, "authors": 0}
    assert not Finding.objects.open().exists()


def test_a_removal_that_fails_half_way_removes_nothing(mistake, monkeypatch):
    on(mistake)
    monkeypatch.setattr("library.services.monitoring.disclaim_books", lambda books: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        remove_shelf(mistake, by=None)

    assert (Shelf.objects.count(), Edition.objects.count(), Book.objects.count()) == (1, 1, 1)


def test_a_shelf_that_would_come_back_by_itself_is_not_removed(mistake, settings, tmp_path):
    served = ShelfFactory(kind=Shelf.Kind.AUDIOBOOKSHELF, external_id="lib-1", path="/audiobooks")
    settings.LIBRARY_FOLDERS, settings.AUDIOBOOKSHELF_TOKEN = ["/srv/mistake"], "example-token"

    with pytest.raises(CanNotRemove, match="it is named in LIBRARY_FOLDERS"):
        remove_shelf(mistake, by=None)
    with pytest.raises(CanNotRemove, match="library of the connected Audiobookshelf server"):
        remove_shelf(served, by=None)


def test_a_configured_folder_that_overlaps_another_can_be_removed(mistake, settings):
    inner = ShelfFactory(path="/srv/mistake/inner")
    settings.LIBRARY_FOLDERS = ["/srv/mistake", "/srv/mistake/inner"]

    remove_shelf(inner, by=None)

    assert list(Shelf.objects.all()) == [mistake]


def test_a_shelf_is_not_removed_while_shelves_are_read(mistake):
    JobRunFactory(kind="sync_library")

    with pytest.raises(CanNotRemove, match="being read"):
        remove_shelf(mistake, by=None)


def test_a_removed_library_of_a_server_takes_its_lists_along():
    served = ShelfFactory(kind=Shelf.Kind.AUDIOBOOKSHELF, external_id="lib-1", path="/audiobooks")
    Collection.objects.create(kind="collection", shelf=served, external_id="c-1", name="Favourites")

    remove_shelf(served, by=None)

    assert not Collection.objects.exists()


def test_the_set_up_says_what_a_shelf_holds_and_removes_it(mistake):
    on(mistake)
    owner = visitor("owner")
    address = reverse("shelf-remove", args=[mistake.pk])

    page = owner.get(reverse("setup")).content.decode()
    answer = owner.post(address, follow=True)

    assert f'action="{address}"' in page
    assert "Remove the shelf Mistake with its 1 copy of 1 book?" in page
    assert "No file was touched" in answer.content.decode()
    assert not Shelf.objects.exists()


def test_the_set_up_says_why_a_shelf_can_not_be_removed(mistake, settings):
    settings.LIBRARY_FOLDERS = ["/srv/mistake"]
    owner = visitor("owner")

    page = owner.get(reverse("setup")).content.decode()
    answer = owner.post(reverse("shelf-remove", args=[mistake.pk]), follow=True).content.decode()

    assert reverse("shelf-remove", args=[mistake.pk]) not in page
    assert "named in LIBRARY_FOLDERS" in page
    assert "Not removed: Mistake: it is named in LIBRARY_FOLDERS" in answer


def test_a_curator_may_not_remove_a_shelf(mistake):
    assert visitor("curator").post(reverse("shelf-remove", args=[mistake.pk])).status_code == 403
    assert Shelf.objects.exists()
