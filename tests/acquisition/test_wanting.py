"""Which books become wants, in which order, and when a want ends."""

from itertools import groupby

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquisition import services
from acquisition.models import Want
from library import services as library
from library.models import Book, Edition, Exclusion, Series
from library.services import gap_facts
from mamcrawler.operations import preferences
from mamcrawler.sandbox.catalogue import load_twelve_series
from tests.factories import (
    BookFactory,
    CoverageFactory,
    DownloadFactory,
    SeriesEntryFactory,
    ShelfFactory,
    UserFactory,
    WantFactory,
)
from tests.listenfactories import ListeningProgressFactory

pytestmark = pytest.mark.django_db

FIRST_PHASE = [
    ("Discworld", [3, 4, 5, 6, 8, 9, 10, 11, 13, 14, 15, 17, 18, 20, 21, 22, 24, 25, 27, 28, 29]),
    ("The Good Guys", [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 13]),
    ("The Land", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
]


@pytest.fixture
def twelve_series(tmp_path):
    """The example of twelve series, 55 of 136 books owned, through the library's own services."""
    shelf = ShelfFactory(path=str(tmp_path))
    for example in load_twelve_series():
        series = library.series_named(example.name, [example.author])
        listed = [
            library.ListedBook(title=number.title, position=number.position, authors=(example.author,))
            for number in example.numbers
        ]
        library.record_series(series, listed, source="example")
        owned = {number.position for number in example.numbers if number.owned}
        for entry in series.entries.filter(position__in=owned).select_related("book"):
            folder = f"{example.author}/{series.name}/{entry.position}"
            library.register_edition(shelf, folder, [entry.book], title=entry.book.title, metadata={})


def order_of_wants(**wants):
    """Series and numbers of the wants in the order of their priority."""
    rows = Want.objects.filter(**wants).order_by("-priority").select_related("book", "series")
    places = [(want.series.name, int(want.book.first_place().start)) for want in rows]
    return [(name, [number for _, number in group]) for name, group in groupby(places, key=lambda place: place[0])]


def test_the_twelve_series_lack_81_books_and_the_first_phase_is_the_three_that_lack_most(twelve_series):
    raised = services.raise_wants(policy="most_missing_first")

    assert Book.objects.missing().count() == 81
    assert (raised.new, raised.open) == (81, 81)
    assert order_of_wants(priority_parts__phase=1) == FIRST_PHASE
    assert Want.objects.filter(priority_parts__phase=1).count() == 42
    assert [(name, len(numbers)) for name, numbers in order_of_wants()] == [
        ("Discworld", 21),
        ("The Good Guys", 11),
        ("The Land", 10),
        ("Expeditionary Force", 9),
        ("Everybody Loves Large Chests", 8),
        ("The Expanse", 7),
        ("Aether's Revival", 5),
        ("Dune", 4),
        ("Stormlight Archive", 3),
        ("Old Man's War", 2),
        ("Mistborn", 1),
    ]


def test_closest_to_complete_turns_the_twelve_series_round(twelve_series):
    services.raise_wants(policy="closest_to_complete")

    assert order_of_wants(priority_parts__phase=1) == [
        ("Mistborn", [4]),
        ("Old Man's War", [5, 6]),
        ("Stormlight Archive", [1, 2, 5]),
    ]
    assert [name for name, _ in order_of_wants()][-3:] == ["The Land", "The Good Guys", "Discworld"]


def test_raising_again_changes_nothing_and_another_policy_moves_the_same_wants(
    twelve_series, django_assert_max_num_queries
):
    services.raise_wants()
    wants = set(Want.objects.values_list("pk", flat=True))

    with django_assert_max_num_queries(16):
        again = services.raise_wants()
    services.raise_wants(policy="closest_to_complete")

    assert (again.new, again.dropped) == (0, 0)
    assert set(Want.objects.values_list("pk", flat=True)) == wants
    assert set(Want.objects.values_list("priority_policy", flat=True)) == {"closest_to_complete"}


def test_a_want_says_what_its_place_in_the_queue_rests_on():
    entry = SeriesEntryFactory(position="2")
    CoverageFactory(book=SeriesEntryFactory(series=entry.series, position="1").book)

    services.raise_wants()

    want = Want.objects.get()
    assert (want.book, want.series, want.reason) == (entry.book, entry.series, Want.Reason.SERIES_GAP)
    assert want.priority_parts["missing_in_series"] == 1
    assert want.priority_parts["owned_in_series"] == 1


def test_a_book_outside_any_series_is_wanted_for_its_author():
    book = BookFactory(by="Ann Example")

    services.raise_wants()

    assert Want.objects.get().reason == Want.Reason.AUTHOR_GAP
    assert Want.objects.get().book == book


@pytest.mark.parametrize("unwanted", ["excluded", "unmonitored", "announced", "in print only", "owned"])
def test_a_book_that_is_not_missing_is_not_wanted(unwanted):
    book = BookFactory()
    match unwanted:
        case "excluded":
            Exclusion.objects.create(book=book)
        case "unmonitored":
            Book.objects.update(is_monitored=False)
        case "announced":
            Book.objects.update(is_announced=True)
        case "in print only":
            Book.objects.update(has_audio=Book.HasAudio.NO)
        case "owned":
            CoverageFactory(book=book)

    assert services.raise_wants().new == 0


def test_a_want_ends_when_its_book_turns_up_on_a_shelf():
    want = WantFactory()
    CoverageFactory(book=want.book)

    raised = services.raise_wants()

    want.refresh_from_db()
    assert raised.dropped == 1
    assert want.status == Want.Status.DROPPED
    assert want.explanation == "no longer missing"


def test_a_download_under_way_is_not_dropped_when_its_book_turns_up():
    want = DownloadFactory(candidate__want__status=Want.Status.SNATCHED).candidate.want
    CoverageFactory(book=want.book)

    services.raise_wants()

    want.refresh_from_db()
    assert want.status == Want.Status.SNATCHED


def test_a_book_that_was_given_up_is_not_wanted_again_by_itself_but_by_a_person():
    want = WantFactory()
    want.move(Want.Status.ABANDONED, explanation="three releases failed")

    assert services.raise_wants().new == 0
    asked = services.want_book(want.book, by=UserFactory())

    assert asked != want
    assert asked.reason == Want.Reason.PERSON


def test_a_person_may_want_a_book_that_is_not_counted_as_missing_and_keeps_that_want():
    book = BookFactory(is_monitored=False)
    want = services.want_book(book, by=UserFactory())

    services.raise_wants()

    want.refresh_from_db()
    assert want.status == Want.Status.WANTED
    assert services.want_book(book) == want


def test_what_a_person_asked_for_stays_in_front_of_every_gap():
    asked = services.want_book(BookFactory(by="Ann Example"), by=UserFactory())
    SeriesEntryFactory.create_batch(3, series=SeriesEntryFactory().series)

    services.raise_wants()

    assert Want.objects.open().order_by("-priority").first() == asked


def test_dropping_a_want_says_why_and_leaves_one_that_downloads_alone():
    want, snatched = WantFactory(), WantFactory(status=Want.Status.SNATCHED)

    assert services.drop_want(want, why="heard it already")
    assert not services.drop_want(snatched)

    assert want.explanation == "heard it already"
    assert want.closed_at is not None


def test_a_series_without_any_gap_raises_nothing():
    CoverageFactory(book=SeriesEntryFactory().book)

    assert services.raise_wants() == services.wanting.Raised(new=0, dropped=0, open=0)
    assert Series.objects.count() == 1


def hear(series, number):
    """Let somebody be in a book of the example."""
    edition = (
        Book.objects.get(series_entries__series__name=series, series_entries__start=number).coverages.get().edition
    )
    Edition.objects.filter(pk=edition.pk).update(external_id=f"{series} {number}")
    edition.refresh_from_db()
    ListeningProgressFactory(edition=edition, book=edition.coverages.get().book)


def test_the_book_after_the_one_somebody_is_in_goes_up_and_all_else_keeps_its_order(twelve_series):
    services.raise_wants()
    before = list(Want.objects.order_by("-priority").values_list("book__title", flat=True))

    hear("Mistborn", 3)
    services.raise_wants()

    queue = list(Want.objects.order_by("-priority").select_related("series", "book"))
    raised = next(place for place, want in enumerate(queue) if want.series.name == "Mistborn")
    assert queue[raised].priority_parts["next_to_hear_places_up"] == 10
    assert (before.index(queue[raised].book.title), raised) == (80, 70)
    others = [want.book.title for want in queue if want != queue[raised]]
    assert others == [title for title in before if title != queue[raised].book.title]


def test_listening_moves_nothing_when_that_is_set_to_no_place(twelve_series):
    services.raise_wants()
    before = list(Want.objects.order_by("-priority").values_list("pk", "priority", "priority_parts"))
    preferences.change(preferences.LibraryRules, by=None, next_to_hear_places_up=0)
    hear("Mistborn", 3)

    services.raise_wants()

    assert list(Want.objects.order_by("-priority").values_list("pk", "priority", "priority_parts")) == before


def test_books_outside_any_series_stand_in_the_gap_of_their_first_author_by_name():
    shared = BookFactory(title="Together", by="Zoe Example")
    shared.authors.add(BookFactory(title="Alone", by="Ann Example").authors.get())
    BookFactory(title="By nobody")

    found = services.wanting.gaps(gap_facts())

    assert sorted((gap.series, gap.missing, gap.owned) for gap in found) == [
        ("by Ann Example", 2, 0),
        ("by Ann Example, Zoe Example", 2, 0),
        ("by unknown", 1, 0),
    ]
    assert len({gap.group for gap in found}) == 2


def test_raising_wants_takes_as_many_queries_for_many_books_as_for_few(django_assert_num_queries):
    SeriesEntryFactory(series=SeriesEntryFactory().series)
    BookFactory(by="Ann Example")
    services.raise_wants()
    before = len(Want.objects.all())
    with CaptureQueriesContext(connection) as few:
        services.raise_wants()

    SeriesEntryFactory.create_batch(20)
    BookFactory.create_batch(5, by="Ben Example")
    services.raise_wants()

    with django_assert_num_queries(len(few)):
        assert services.raise_wants().open == before + 25
