"""Which books of a series count as missing, by its mode and without a flood."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from library.models import Book, Series, SeriesEntry
from library.services import ListedBook, ListedRecording, record_series
from library.services.monitoring import MANY_MISSING, monitor_series
from mamcrawler.operations import preferences
from mamcrawler.operations.models import AuditEntry, Finding
from tests.factories import CoverageFactory, SeriesEntryFactory, SeriesFactory, UserFactory
from tests.visitors import visitor

pytestmark = pytest.mark.django_db

ALL, MISSING, FUTURE, NONE = Series.Monitor.values


def day(offset):
    return timezone.now().date() + timedelta(days=offset)


def books(series, *, monitored=True):
    return {entry.book.title for entry in series.entries.filter(book__is_monitored=monitored)}


@pytest.fixture
def series():
    """One owned book, one that is out, one to come, and a novella."""
    series = SeriesFactory()
    for title, position, fields in (
        ("owned", "1", {}),
        ("out", "2", {"book__released_on": day(-9)}),
        ("to come", "3", {"book__released_on": day(9)}),
        ("novella", "1.5", {"kind": SeriesEntry.Kind.NOVELLA, "book__is_monitored": False}),
    ):
        SeriesEntryFactory(series=series, position=position, book__title=title, **fields)
    CoverageFactory(book=Book.objects.get(title="owned"))
    return series


@pytest.mark.parametrize(
    ("mode", "monitored"),
    [
        (ALL, {"owned", "out", "to come"}),
        (MISSING, {"out", "to come"}),
        (FUTURE, {"to come"}),
        (NONE, set()),
    ],
)
def test_a_mode_says_which_books_of_the_main_line_count(series, mode, monitored):
    person = UserFactory()

    count = monitor_series(series, mode, by=person)

    assert books(series) == monitored
    assert count == len(monitored)
    assert AuditEntry.objects.get(action="series.monitored").detail == {"was": "all", "is": mode}


def test_a_book_that_was_owned_when_only_missing_ones_were_chosen_is_not_looked_for_when_it_vanishes(series):
    monitor_series(series, MISSING, by=None)
    Book.objects.get(title="owned").coverages.all().delete()

    assert set(Book.objects.missing()) == {Book.objects.get(title="out")}


def test_a_novella_that_a_person_monitors_stays_so_until_nothing_is_wanted(series):
    Book.objects.filter(title="novella").update(is_monitored=True)

    monitor_series(series, FUTURE, by=None)
    assert books(series) == {"novella", "to come"}
    monitor_series(series, NONE, by=None)

    assert books(series) == set()


def test_a_book_that_another_monitored_series_holds_stays_monitored(series):
    SeriesEntryFactory(book=Book.objects.get(title="out"))

    monitor_series(series, NONE, by=None)

    assert books(series) == {"out"}


@pytest.mark.parametrize(
    ("mode", "missing"), [(ALL, {"Old", "Out"}), (MISSING, {"Old", "Out"}), (FUTURE, {"Out"}), (NONE, set())]
)
def test_a_book_that_is_listed_later_counts_by_the_mode_and_since_it_was_chosen(mode, missing):
    series = SeriesFactory()
    monitor_series(series, mode, by=None)
    Series.objects.update(monitor_chosen_at=timezone.now() - timedelta(days=30))
    series.refresh_from_db()

    record_series(
        series,
        [
            ListedBook(title="Old", position="1", released_on=day(-400)),
            ListedBook(title="Out", position="2", released_on=day(-3)),
            ListedBook(title="To come", position="3", released_on=day(40)),
        ],
        source="hardcover",
    )

    assert {book.title for book in Book.objects.missing()} == missing


def long_series(count):
    return [ListedBook(title=f"Volume {n} of Many", position=str(n), released_on=day(-n)) for n in range(1, count + 1)]


def test_a_series_that_would_add_a_flood_waits_for_a_person():
    series = SeriesFactory(name="Perpetual")

    record_series(series, [*long_series(60), ListedBook(title="Next", position="61", is_announced=True)], source="x")

    series.refresh_from_db()
    finding = Finding.objects.get(kind=MANY_MISSING)
    assert Book.objects.missing().count() == 0
    assert series.entries.count() == 61
    assert series.monitor == FUTURE
    assert "60 books" in finding.message
    assert finding.detail == {"series": series.pk}
    assert Book.objects.get(title="Next").is_monitored

    monitor_series(series, ALL, by=UserFactory())

    finding.refresh_from_db()
    assert Book.objects.missing().count() == 60
    assert finding.settled_at


def test_the_finding_offers_both_answers_where_it_is_reviewed():
    series = SeriesFactory(name="Perpetual")
    record_series(series, long_series(60), source="x")
    curator = visitor("curator")

    page = curator.get(reverse("acquisition:review")).content.decode()
    answer = curator.post(reverse("library:series-monitor", args=[series.pk]), {"mode": "all"})

    assert reverse("library:series-monitor", args=[series.pk]) in page
    assert "Only what is released from now on" in page
    assert answer.status_code == 302
    assert Book.objects.missing().count() == 60


def test_nobody_is_asked_twice_nor_about_a_series_whose_mode_was_chosen():
    waiting, chosen = SeriesFactory(), SeriesFactory()
    monitor_series(chosen, ALL, by=None)

    record_series(waiting, long_series(60), source="x")
    record_series(waiting, long_series(60), source="x")
    record_series(chosen, [ListedBook(title=f"Chosen {n}", position=str(n)) for n in range(60)], source="x")

    assert Finding.objects.filter(kind=MANY_MISSING).count() == 1
    assert Book.objects.missing().count() == 60


@pytest.mark.parametrize(("count", "missing"), [(40, 40), (41, 0)])
def test_how_many_are_too_many_is_a_setting(count, missing):
    record_series(SeriesFactory(), long_series(count), source="x")

    assert Book.objects.missing().count() == missing


def test_the_mode_of_new_series_is_a_setting_and_leaves_those_alone_that_were_listed_before():
    before = SeriesFactory(listed_at=timezone.now())
    preferences.change(preferences.LibraryRules, by=None, monitor_new="future")
    found = SeriesFactory()

    record_series(before, [ListedBook(title="One", position="1")], source="x")
    record_series(found, [ListedBook(title="Two", position="1")], source="x")

    assert [book.title for book in Book.objects.missing()] == ["One"]
    assert Series.objects.get(pk=found.pk).monitor == FUTURE


@pytest.mark.parametrize(
    ("listed", "kind"),
    [
        ({"title": "Summary of The First"}, "extra"),
        ({"title": "The First (Dramatized Adaptation)"}, "extra"),
        ({"title": "Der Erste", "recordings": (ListedRecording(language="German", asin="B000000001"),)}, "extra"),
        ({"title": "The Run Boxed Set", "position": "1-3"}, "collection"),
    ],
)
def test_what_is_no_book_of_the_main_line_is_listed_apart_and_not_missing(listed, kind):
    entry = SeriesEntryFactory(book__language="English")
    CoverageFactory(book=entry.book)

    record_series(entry.series, [ListedBook(**{"position": "", **listed})], source="hardcover")

    assert Book.objects.count() == 2
    assert not Book.objects.missing().exists()
    assert entry.series.entries.exclude(pk=entry.pk).get().kind == kind


def test_an_owned_book_stays_where_it_stands_whatever_its_title_sounds_like():
    entry = SeriesEntryFactory(book__title="Summary of the Land", book__by="Ann Example")
    CoverageFactory(book=entry.book)

    listed = ListedBook(title="Summary of the Land", position="1", authors=("Ann Example",))
    record_series(entry.series, [listed], source="hardcover")

    entry.refresh_from_db()
    assert entry.kind == SeriesEntry.Kind.MAIN
    assert Book.objects.count() == 1
