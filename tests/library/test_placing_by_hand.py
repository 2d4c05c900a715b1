"""A person says which book a copy is: that holds against every later sync and cataloguing, until it is taken back."""

import pytest

from library.models import Book, Edition, FieldLock, Recording, Series, Shelf
from library.services import catalogue_edition, curating, sync_shelf
from mamcrawler.operations.models import AuditEntry
from tests.audiofiles import make_audio
from tests.factories import BookFactory, EditionFactory, UserFactory
from tests.library.scriptedserver import item, scripted_shelf

pytestmark = pytest.mark.django_db

DUNE = {"title": "Dune Messiah", "authors": ["Frank Herbert"], "narrators": ["Simon Vance"], "series": []}


def sync(shelf):
    return sync_shelf(shelf, beat=lambda doing: None)


def books_of(edition):
    return [(coverage.book.pk, coverage.book.title) for coverage in edition.coverages.select_related("book")]


def test_a_copy_placed_by_a_person_stays_when_its_item_is_renamed_on_the_server(settings):
    with scripted_shelf(settings, item(1, "Emma")) as (server, shelf):
        sync(shelf)
        chosen = BookFactory(title="Sanditon")
        curating.place_edition(Edition.objects.get(), chosen, by=UserFactory())

        server.put(item(1, "Persuasion", updated=5))
        assert sync(shelf).changed == 1

    copy = Edition.objects.get()
    assert copy.title == "Persuasion"
    assert books_of(copy) == [(chosen.pk, "Sanditon")]


def test_a_copy_placed_by_a_person_stays_when_its_folder_is_renamed(tmp_path):
    shelf = Shelf.objects.create(kind=Shelf.Kind.FOLDER, name="Folder", path=str(tmp_path / "shelf"))
    place = tmp_path / "shelf" / "Jane Austen" / "Emma"
    make_audio(place / "emma.mp3", seconds=1)
    sync(shelf)
    chosen = BookFactory(title="Sanditon")
    curating.place_edition(Edition.objects.get(), chosen, by=UserFactory())

    place.rename(place.with_name("Persuasion"))
    sync(shelf)

    copy = Edition.objects.present().get()
    assert copy.path == "Jane Austen/Persuasion"
    assert books_of(copy) == [(chosen.pk, "Sanditon")]


def test_a_copy_placed_by_a_person_stays_when_it_is_catalogued_again():
    copy, chosen, person = EditionFactory(metadata=DUNE), BookFactory(title="Dune"), UserFactory()

    curating.place_edition(copy, chosen, by=person)
    curating.place_edition(copy, chosen, by=UserFactory())

    assert catalogue_edition(copy) == [chosen]
    lock = FieldLock.objects.get()
    assert (lock.edition, lock.field, lock.by) == (copy, Edition.BOOK_LOCK, person)
    assert AuditEntry.objects.filter(action="edition.placed").count() == 2


def test_a_copy_placed_as_a_new_book_stays_that_book():
    copy = EditionFactory(metadata=DUNE)

    made = curating.place_as_new(copy, by=UserFactory())
    copy.metadata = DUNE | {"title": "Children of Dune"}
    copy.save()

    assert [(book.pk, book.title) for book in catalogue_edition(copy)] == [(made.pk, "Dune Messiah")]


def test_a_placed_copy_is_a_performance_of_the_book_it_was_placed_in():
    copy = EditionFactory(metadata=DUNE | {"series": [{"name": "Dune", "sequence": "2"}]})
    (wrong,) = catalogue_edition(copy)
    series = Series.objects.count()
    chosen = BookFactory(title="Dune")

    curating.place_edition(copy, chosen, by=UserFactory())

    copy.refresh_from_db()
    assert copy.recording == Recording.objects.get(book=chosen)
    assert [str(narrator) for narrator in copy.recording.narrators.all()] == ["Simon Vance"]
    assert Series.objects.count() == series
    assert set(Book.objects.all()) == {wrong, chosen}


def test_taking_a_placing_back_lets_the_cataloguing_decide_again():
    copy = EditionFactory(metadata=DUNE)
    curating.place_edition(copy, BookFactory(title="Dune"), by=UserFactory())

    assert curating.unplace_edition(copy, by=UserFactory())

    assert copy in Edition.objects.unplaced()
    assert [book.title for book in catalogue_edition(copy)] == ["Dune Messiah"]
