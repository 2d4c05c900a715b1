"""Totals of listening, how far people came in a book, and which book comes next."""

from datetime import timedelta

import pytest

from library import services
from library.models import Book, Listener
from library.services import listeners
from mamcrawler.lib import clock
from tests.factories import BookFactory, CoverageFactory, SeriesEntryFactory, SeriesFactory
from tests.listenfactories import ItemFactory, ListenerFactory, ListeningProgressFactory

pytestmark = pytest.mark.django_db


def heard(book, **told):
    """Progress in a new copy of a book."""
    coverage = CoverageFactory(book=book, edition=ItemFactory())
    return ListeningProgressFactory(coverage=coverage, **told)


def test_totals_count_books_once_and_hours_all():
    ann, ben = ListenerFactory(name="Ann"), ListenerFactory(name="Ben", vanished_at=clock.now())
    book = BookFactory()
    heard(book, listener=ann, done=True, heard_s=3600)
    heard(book, listener=ann, done=True, heard_s=1800)
    heard(BookFactory(), listener=ann, done=True, heard_s=900)
    latest = heard(BookFactory(), listener=ann, heard_s=900, listened_at=clock.now() + timedelta(hours=1))
    heard(book, listener=ben, done=True, heard_s=360)
    ListenerFactory(name="Zoe")

    totals = services.listeners_totals()

    assert [(one.name, one.books_finished, one.hours_heard, one.is_gone) for one in totals] == [
        ("Ann", 2, 2.0, False),
        ("Ben", 1, 0.1, True),
        ("Zoe", 0, 0.0, False),
    ]
    assert (totals[0].last_heard_at, totals[2].last_heard_at) == (latest.listened_at, None)
    assert listeners.together(totals) == listeners.ListeningTotals(3, 3, pytest.approx(2.1))


def test_a_finished_book_that_was_taken_back_does_not_count_and_one_whose_copy_is_gone_does():
    ann = ListenerFactory()
    heard(BookFactory(), listener=ann, done=True, untold_at=clock.now())
    gone = heard(BookFactory(), listener=ann, done=True, untold_at=clock.now())
    services.remove_edition(gone.edition)
    heard(BookFactory(), listener=ann, done=True, untold_at=clock.now()).edition.shelf.delete()

    assert [one.books_finished for one in services.listeners_totals()] == [2]


def test_a_finished_item_of_no_known_book_counts():
    row = heard(BookFactory(), done=True)
    row.edition.coverages.all().delete()
    type(row).objects.update(book=None)

    assert [one.books_finished for one in services.listeners_totals()] == [1]


def test_nobody_has_heard_anything():
    assert services.listeners_totals() == []
    assert listeners.together([]) == listeners.ListeningTotals(0, 0, 0)


def test_totals_take_one_query(django_assert_num_queries):
    for _ in range(5):
        ListeningProgressFactory()

    with django_assert_num_queries(1):
        assert len(services.listeners_totals()) == 5


def test_a_book_shows_how_far_each_listener_came_in_whatever_copy():
    book, ann = BookFactory(), ListenerFactory(name="Ann")
    heard(book, listener=ann, fraction=0.3)
    heard(book, listener=ann, fraction=0.7)
    heard(book, listener=ListenerFactory(name="Ben"), done=True)
    heard(book, listener=ListenerFactory(name="Zoe"), fraction=0)
    heard(BookFactory())

    listening = services.listening_to(book)

    assert [(row.listener.name, row.percent) for row in listening.rows] == [("Ben", 100), ("Ann", 70)]
    assert (listening.finished, listening.listening) == (1, 1)


@pytest.mark.parametrize(
    ("fraction", "is_finished", "percent"),
    [(0, False, 0), (0.001, False, 1), (0.5, False, 50), (0.999, False, 99), (1, False, 99), (0.97, True, 100)],
)
def test_only_a_finished_book_is_at_a_hundred(fraction, is_finished, percent):
    assert ListeningProgressFactory(fraction=fraction, is_finished=is_finished).percent == percent


@pytest.fixture
def series():
    """A series of five, of which one, two and four are owned."""
    series = SeriesFactory()
    books = [SeriesEntryFactory(series=series, position=str(number)).book for number in range(1, 6)]
    for number in (0, 1, 3):
        CoverageFactory(book=books[number], edition=ItemFactory())
    return books


def listen(book, **told):
    edition = book.coverages.get().edition
    return ListeningProgressFactory(edition=edition, book=book, **told)


def next_titles():
    return set(Book.objects.filter(pk__in=services.next_to_hear()))


@pytest.mark.parametrize("told", [{"done": True}, {"fraction": 0.02}])
def test_the_book_after_the_one_that_somebody_is_in_comes_next(series, told):
    listen(series[1], **told)

    assert next_titles() == {series[2]}
    assert Book.objects.missing().filter(pk__in=services.next_to_hear()).get() == series[2]


def test_each_listener_has_a_next_book_of_his_own(series):
    listen(series[0])
    listen(series[3])

    assert next_titles() == {series[1], series[4]}


def test_where_nobody_listens_nothing_comes_next(series):
    assert next_titles() == set()


def test_all_books_at_the_next_place_come_next_and_none_at_the_same(series):
    beside, twin = (SeriesEntryFactory(series=series[1].series_entries.get().series, position="2").book for _ in "ab")
    third = SeriesEntryFactory(series=series[1].series_entries.get().series, position="3.0").book
    listen(series[1])

    assert next_titles() == {series[2], third}
    assert not next_titles() & {beside, twin}


def test_what_comes_next_costs_three_queries_whatever_was_heard(series, django_assert_num_queries):
    for book in (series[0], series[1], series[3]):
        listen(book)

    with django_assert_num_queries(3):
        assert services.next_to_hear() == {book.pk for book in (series[1], series[2], series[4])}


@pytest.mark.parametrize("told", [{"fraction": 0}, {"listened_at": None}, {"untold_at": clock.now()}])
def test_what_was_not_really_heard_leads_nowhere(series, told):
    listen(series[1], **told)

    assert next_titles() == set()


def test_what_was_heard_long_ago_leads_nowhere(series):
    listen(series[1], listened_at=clock.now() - listeners.STILL_LISTENING - timedelta(days=1))

    assert next_titles() == set()


def test_who_heard_a_copy_that_is_gone_still_comes_to_the_next_book(series):
    row = listen(series[1], done=True)
    services.remove_edition(row.edition)

    assert next_titles() == {series[2]}


def test_novellas_beside_the_main_line_are_passed_over(series):
    entries = series[2].series_entries
    entries.update(kind="novella")
    listen(series[1])

    assert next_titles() == {series[3]}


def test_books_without_a_number_or_a_series_lead_nowhere(series):
    series[1].series_entries.update(position="", start=None, end=None)
    listen(series[1])
    heard(BookFactory())

    assert next_titles() == set()


def test_a_listener_is_named_by_the_server():
    assert str(Listener(name="example-listener")) == "example-listener"
