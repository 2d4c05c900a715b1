"""Which book an edition is: found again under other spellings, never guessed, and never two for one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from library.models import Alias, Author, Book, Edition, FieldLock, Recording, Series
from library.services import AmbiguousBook, catalogue_edition, narrators_named, series_named
from library.services.cataloguing import BOOK_LOCK, Placing, known_book, new_book
from mamcrawler.operations.models import Finding
from tests.factories import BookFactory, CoverageFactory, EditionFactory, SeriesEntryFactory, SeriesFactory

pytestmark = pytest.mark.django_db


def edition(title: str, *, authors=("Frank Herbert",), series=(), narrators=(), **more):
    """An edition whose shelf tells this of it."""
    told = {
        "title": title,
        "authors": list(authors),
        "series": [{"name": name, "sequence": sequence} for name, sequence in series],
        "narrators": list(narrators),
    }
    return EditionFactory(title=title, path=str(Edition.objects.count()), metadata=told | more)


def test_an_unknown_book_is_made_with_its_author_series_and_performance():
    (book,) = catalogue_edition(edition("Dune", series=[("Dune", "1")], narrators=["Simon Vance"], asin="B000EXAMPL"))

    assert (book.title, book.author_names, book.is_monitored) == ("Dune", "Frank Herbert", True)
    assert [str(entry) for entry in book.series_entries.all()] == ["Dune #1"]
    assert book.recordings.get().asin == "B000EXAMPL"
    assert [str(narrator) for narrator in book.recordings.get().narrators.all()] == ["Simon Vance"]


@pytest.mark.parametrize(
    ("title", "authors"),
    [("Dune (Unabridged)", ["Frank Herbert"]), ("DUNE", ["Herbert, Frank"]), ("Dune: A Novel", ["F. Herbert"])],
)
def test_another_spelling_is_the_same_book(title, authors):
    (first,) = catalogue_edition(edition("Dune", series=[("Dune", "1")]))

    (second,) = catalogue_edition(edition(title, authors=authors, series=[("Dune", "1")]))

    assert second == first


def test_two_performances_are_one_book_in_two_recordings():
    one, other = edition("Dune", narrators=["Simon Vance"]), edition("Dune", narrators=["Scott Brick"])

    catalogue_edition(one)
    catalogue_edition(other)

    assert Book.objects.count() == 1
    assert one.recording != other.recording
    assert Recording.objects.count() == 2


def test_one_performance_in_two_items_is_a_duplicate():
    one, other = edition("Dune", narrators=["Simon Vance"]), edition("Dune", narrators=["Vance, Simon"])

    catalogue_edition(one)
    catalogue_edition(other)

    assert one.recording == other.recording is not None


def test_an_omnibus_owns_what_it_contains():
    (second,) = catalogue_edition(edition("Dune Messiah", series=[("Dune", "2")]))

    contained = catalogue_edition(edition("The Dune Trilogy", series=[("Dune", "1-3")]))

    assert second in contained
    assert sorted(book.title for book in contained) == ["Dune #1", "Dune #3", "Dune Messiah"]
    assert Book.objects.owned().count() == 3


def test_a_book_known_by_its_number_is_named_by_the_item_that_is_it():
    contained = catalogue_edition(edition("The Dune Trilogy", series=[("Dune", "1-3")]))

    (named,) = catalogue_edition(edition("Children of Dune", series=[("Dune", "3")]))

    assert named in contained
    assert (named.title, named.is_placeholder) == ("Children of Dune", False)


def test_the_same_title_by_another_author_is_another_book():
    (first,) = catalogue_edition(edition("The Institute", authors=["Stephen King"]))

    (second,) = catalogue_edition(edition("The Institute", authors=["Jakob Arjouni"]))

    assert first != second


def test_an_edition_that_may_be_a_known_book_waits_with_that_suggestion():
    (known,) = catalogue_edition(edition("Dune", series=[("Dune", "1")]))
    doubtful = edition("The Road to Arrakis", series=[("Dune", "1")])

    assert catalogue_edition(doubtful) == []

    finding = Finding.objects.open().get(kind="library.fix_match")
    assert finding.detail == {"edition": doubtful.pk, "books": [known.pk]}
    assert Book.objects.count() == 1


def test_a_wait_ends_when_its_book_becomes_known():
    waiting = edition("Dune", authors=[])
    catalogue_edition(waiting)

    waiting.metadata["authors"] = ["Frank Herbert"]
    waiting.save()
    (book,) = catalogue_edition(waiting)

    assert book.title == "Dune"
    assert not Finding.objects.open().exists()


def test_what_a_person_locked_stays():
    doubted = edition("Dune Messiah")
    chosen = CoverageFactory(edition=doubted, book=BookFactory(title="Dune")).book
    FieldLock.objects.create(edition=doubted, field=BOOK_LOCK)

    assert catalogue_edition(doubted) == [chosen]


def test_what_was_taken_for_a_wanted_book_stays_that_book():
    taken = edition("Dnue")
    wanted = CoverageFactory(edition=taken, book=BookFactory(title="Dune")).book
    taken.tracker_id = 4242

    assert catalogue_edition(taken) == [wanted]


def test_a_book_that_a_provider_lists_does_not_follow_a_renamed_item():
    renamed = edition("Dune")
    (listed,) = catalogue_edition(renamed)
    Alias.objects.create(target=Alias.Target.BOOK, target_id=listed.pk, source="hardcover", value="1")

    renamed.metadata["title"] = "Emma"
    (other,) = catalogue_edition(renamed)

    assert other != listed
    assert listed in Book.objects.missing()


def test_a_book_that_only_an_omnibus_told_of_is_not_missing_when_it_no_longer_does():
    omnibus = edition("Dune 1-3", series=[("Dune", "1-3")])
    catalogue_edition(omnibus)

    omnibus.metadata["series"] = [{"name": "Dune", "sequence": "1-2"}]
    contained = catalogue_edition(omnibus)

    assert len(contained) == 2
    assert not Book.objects.missing().exists()


def test_the_queries_of_a_batch_do_not_grow_with_its_size():
    def queries(count: int) -> int:
        batch = [edition(f"Case {n} of {count}", series=[(f"Cases {count}", str(n))]) for n in range(count)]
        with CaptureQueriesContext(connection) as counted:
            placing = Placing(batch)
            placing.save_books()
            placing.save_coverage()
        return len(counted)

    assert queries(60) <= queries(5) + 2  # large inserts are sent in portions


def test_series_of_one_name_by_two_authors_are_two():
    first = series_named("The Saga", ["Ann Reed"])

    second = series_named("The Saga", ["Tom Hale"])

    assert first != second
    assert series_named("Saga", ["Reed, Ann"]) == first


def test_a_series_is_shared_by_those_who_write_its_books():
    series = SeriesFactory(name="Wild Cards", author_key="george rr martin")
    SeriesEntryFactory(series=series, book=BookFactory(by="Melinda Snodgrass"))

    assert series_named("Wild Cards", ["Melinda Snodgrass"]) == series


def test_a_merged_spelling_means_the_row_it_was_merged_into():
    (kept,) = narrators_named(["Ray Porter"])
    Alias.objects.create(target=Alias.Target.NARRATOR, target_id=kept.pk, source="name", value="raymond porter")

    assert narrators_named(["Raymond Porter", "Ray Porter"]) == [kept]


def test_several_books_that_fit_are_a_persons_choice():
    for subtitle in ("One", "Two"):
        new_book("Dune", subtitle, ["Frank Herbert"])

    with pytest.raises(AmbiguousBook):
        known_book("Dune", ["Frank Herbert"], [])


def test_new_people_are_made_once():
    catalogue_edition(edition("Good Omens", authors=["Neil Gaiman", "Gaiman, Neil", "Terry Pratchett"]))

    assert sorted(Author.objects.values_list("name", flat=True)) == ["Neil Gaiman", "Terry Pratchett"]
    assert not Series.objects.exists()
