"""Books known only by their number, in series that no provider knows."""

import pytest

from library import services
from library.models import Book, Edition, Exclusion, Series, SeriesEntry
from library.services import ListedBook, fill_local_gaps, record_series
from tests.factories import BookFactory, CoverageFactory, EditionFactory, SeriesEntryFactory, SeriesFactory

pytestmark = pytest.mark.django_db


def series_owning(*positions, **fields):
    series = SeriesFactory(name="Tales of Nowhere", **fields)
    for position in positions:
        start, _, end = position.partition("-")
        place = {"position": position, "start": start, "end": end or start}
        CoverageFactory(book=SeriesEntryFactory(series=series, book__by="Ann Example", **place).book)
    return series


def placeholders(series):
    rows = series.entries.in_order().filter(book__is_placeholder=True)
    return [(entry.book.title, entry.position) for entry in rows]


def test_a_number_between_owned_ones_becomes_a_missing_book_without_a_title():
    series = series_owning("1", "2", "5")

    filled = fill_local_gaps(series)

    assert filled.made == [3, 4]
    assert placeholders(series) == [("Tales of Nowhere #3", "3"), ("Tales of Nowhere #4", "4")]
    assert set(Book.objects.missing()) == set(Book.objects.filter(is_placeholder=True))
    assert {book.author_names for book in Book.objects.missing()} == {"Ann Example"}


def test_filling_again_changes_nothing():
    series = series_owning("1", "2", "5")
    fill_local_gaps(series)
    before = list(series.entries.values_list("pk", "book"))

    again = fill_local_gaps(series)

    assert (again.made, again.retired) == ([], 0)
    assert list(series.entries.values_list("pk", "book")) == before


def test_a_place_without_number_is_counted_by_its_title_and_keeps_the_number():
    series = series_owning("1", "2")
    entry = SeriesEntryFactory(series=series, book__title="Tales of Nowhere, Book 3", position="", start=None, end=None)
    CoverageFactory(book=entry.book)

    fill_local_gaps(series)

    entry.refresh_from_db()
    assert placeholders(series) == []
    assert (entry.position, entry.start) == ("3", 3)


def test_a_copy_of_the_author_that_only_names_the_series_in_its_title_is_no_gap():
    series = series_owning("1", "2", "4")
    CoverageFactory(book=BookFactory(title="Tales of Nowhere 3", by="Ann Example"))

    fill_local_gaps(series)

    assert placeholders(series) == []
    assert series.entries.count() == 4


def test_an_omnibus_covers_the_numbers_inside():
    series = series_owning("1-3", "5")

    fill_local_gaps(series)

    assert placeholders(series) == [("Tales of Nowhere #4", "4")]


def test_a_book_that_is_known_by_name_is_not_doubled():
    series = series_owning("1", "2", "4")
    SeriesEntryFactory(series=series, book__title="The Third", position="3")

    assert fill_local_gaps(series).made == []


def test_a_gap_that_turns_out_to_be_owned_needs_no_placeholder_any_more():
    series = series_owning("1", "2", "4")
    fill_local_gaps(series)
    CoverageFactory(book=SeriesEntryFactory(series=series, book__title="The Third", position="3").book)

    filled = fill_local_gaps(series)

    assert filled.retired == 1
    assert not Book.objects.filter(is_placeholder=True).exists()


def test_a_copy_that_arrives_names_the_placeholder():
    series = series_owning("1", "2", "4")
    fill_local_gaps(series)
    edition = EditionFactory(
        title="The Third",
        metadata={
            "title": "The Third",
            "authors": ["Ann Example"],
            "series": [{"name": "Tales of Nowhere", "sequence": "3"}],
        },
    )

    services.catalogue_edition(edition)

    assert not Book.objects.filter(is_placeholder=True).exists()
    assert fill_local_gaps(series).made == []
    assert Edition.objects.filter(coverages__book__title="The Third").exists()


def test_a_list_of_a_provider_names_placeholders_and_drops_those_it_does_not_hold():
    series = series_owning("1", "2", "5")
    fill_local_gaps(series)

    record_series(series, [ListedBook(title="The Third", position="3", authors=("Ann Example",))], source="hardcover")

    assert not Book.objects.filter(is_placeholder=True).exists()
    assert [book.title for book in Book.objects.missing()] == ["The Third"]


def test_what_a_person_said_of_a_placeholder_is_kept():
    series = series_owning("1", "2", "4")
    fill_local_gaps(series)
    Exclusion.objects.create(book=Book.objects.get(is_placeholder=True))

    fill_local_gaps(series)
    assert not Book.objects.missing().exists()
    series.entries.filter(position="4").delete()
    fill_local_gaps(series)

    assert Exclusion.objects.count() == 1
    assert not Book.objects.get(is_placeholder=True).is_monitored


@pytest.mark.parametrize("mode", [Series.Monitor.FUTURE, Series.Monitor.NONE])
def test_gaps_of_a_series_that_is_not_monitored_for_them_are_listed_and_not_missing(mode):
    series = series_owning("1", "2", "4", monitor=mode)

    assert fill_local_gaps(series).made == [3]

    assert not Book.objects.missing().exists()


def test_two_series_of_one_name_keep_their_own_gaps():
    mine = series_owning("1", "2", "3")
    other = SeriesFactory(name="Tales of Nowhere", author_key="bob example")
    for position in ("1", "5"):
        entry = SeriesEntryFactory(series=other, book__by="Bob Example", position=position)
        CoverageFactory(book=entry.book)

    assert fill_local_gaps(mine).made == []
    assert fill_local_gaps(other).made == []
    assert SeriesEntry.objects.filter(series=mine).count() == 3
