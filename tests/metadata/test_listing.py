"""Listing series: what is kept of a provider's answer, and what is told without one."""

import pytest

from library.models import Book, Series
from library.services import catalogue_edition
from metadata.providers.answers import ProviderSeries, SeriesBook
from metadata.providers.errors import ProviderUnavailable
from metadata.services.listing import list_series, series_due
from tests.factories import CoverageFactory, EditionFactory, SeriesEntryFactory, SeriesFactory

pytestmark = pytest.mark.django_db


class Lister:
    """A provider that gives one prepared answer about any series, or fails."""

    name = origin = "lister"
    weight = 0.9

    def __init__(self, answer=None, failure=None):
        self.answer, self.failure = answer, failure

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        return None

    def series_books(self, series):
        if self.failure:
            raise self.failure
        return self.answer


@pytest.fixture
def series():
    """Numbers 1, 2 and 4 are owned."""
    series = SeriesFactory(name="Tales")
    for position in ("1", "2", "4"):
        CoverageFactory(book=SeriesEntryFactory(series=series, position=position, book__by="Ann Example").book)
    return series


def test_a_series_that_no_provider_knows_has_its_gaps_told_from_what_is_owned(series):
    assert list_series(series, [Lister()]) is None

    assert [book.title for book in Book.objects.missing()] == ["Tales #3"]
    assert Series.objects.unlisted().get() == series
    assert not series_due().exists()


def test_nothing_is_concluded_while_providers_are_silent(series):
    list_series(series, [Lister(), Lister(failure=ProviderUnavailable("no answer"))])

    assert not Book.objects.missing().exists()
    assert series_due().get() == series


def test_a_provider_that_knows_the_series_later_names_the_gap(series):
    list_series(series, [Lister()])
    listed = ProviderSeries(
        provider="lister",
        external_id="7",
        name="Tales",
        author="Ann Example",
        books=(SeriesBook(external_id="70", title="The Third", position="3", has_audio=True),),
    )

    recorded = list_series(series, [Lister(listed)])

    assert recorded.completed == 1
    assert [book.title for book in Book.objects.missing()] == ["The Third"]
    assert not Book.objects.filter(is_placeholder=True).exists()


def test_a_book_that_exists_only_in_print_is_listed_and_not_missing(series):
    listed = ProviderSeries(
        provider="lister",
        external_id="7",
        name="Tales",
        books=(
            SeriesBook(external_id="70", title="The Third", position="3", released_on=None, has_audio=False,
                       recordings=()),
            SeriesBook(external_id="71", title="The Fifth", position="5"),
        ),
    )  # fmt: skip

    list_series(series, [Lister(listed)])

    assert not Book.objects.missing().exists()
    printed = Book.objects.with_standing().get(title="The Third")
    assert printed.standing == Book.Standing.PRINT
    assert Book.objects.get(title="The Fifth").is_announced


@pytest.mark.parametrize("is_first", [True, False], ids=["omnibus first", "omnibus last"])
@pytest.mark.parametrize("number", ["1", "1-2", ""])
def test_what_an_owned_omnibus_contains_is_not_missing_wherever_the_list_puts_the_omnibus(number, is_first):
    series = SeriesFactory(name="Tales")
    told = {"title": "Fire and Ice", "authors": ["Ann Example"], "series": [{"name": "Tales", "sequence": "1-2"}]}
    catalogue_edition(EditionFactory(metadata=told))
    books = [
        SeriesBook(external_id="70", title="Ember", authors=("Ann Example",), position="1", has_audio=True),
        SeriesBook(external_id="71", title="Frost", authors=("Ann Example",), position="2", has_audio=True),
        SeriesBook(external_id="72", title="Gale", authors=("Ann Example",), position="3", has_audio=True),
    ]
    omnibus = SeriesBook(
        external_id="79", title="Fire and Ice", authors=("Ann Example",), position=number, kind="compilation"
    )
    listed = ProviderSeries(
        provider="lister",
        external_id="7",
        name="Tales",
        author="Ann Example",
        books=(omnibus, *books) if is_first else (*books, omnibus),
    )

    list_series(series, [Lister(listed)])

    assert [book.title for book in Book.objects.missing()] == ["Gale"]
    assert sorted(book.title for book in Book.objects.owned()) == ["Ember", "Frost"]
