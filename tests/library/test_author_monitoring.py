"""Which books of an author count as missing: by the modes of series and authors together, never a flood."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.models import Author, Book, Coverage, Edition, Exclusion, Series, SeriesEntry
from library.services import ListedBook, ListedWork, record_author, record_series
from library.services.monitoring import MANY_MISSING, monitor_author, monitor_series
from mamcrawler.operations import preferences
from mamcrawler.operations.models import AuditEntry, Finding
from tests.factories import (
    AuthorFactory,
    BookFactory,
    CoverageFactory,
    SeriesEntryFactory,
    SeriesFactory,
    UserFactory,
)
from tests.visitors import visitor

pytestmark = pytest.mark.django_db

ALL, MISSING, FUTURE, NONE = Author.Monitor.values
ANN = "Ann Example"


def day(offset):
    return timezone.now().date() + timedelta(days=offset)


def monitored():
    return set(Book.objects.filter(is_monitored=True).values_list("title", flat=True))


@pytest.fixture
def author():
    """A book that is owned, one out, one to come, one in print alone, and two of a series that nobody follows."""
    for title, fields in (
        ("owned", {"is_monitored": True}),
        ("out", {"released_on": day(-9)}),
        ("to come", {"released_on": day(9)}),
        ("printed", {"has_audio": "no"}),
        ("novella", {}),
        ("first of a run", {"released_on": day(-5)}),
    ):
        told = {"is_monitored": False, "is_unclaimed": True, **fields}
        BookFactory(title=title, by=ANN, **{**told, "is_unclaimed": not told["is_monitored"]})
    CoverageFactory(book=Book.objects.get(title="owned"))
    run = SeriesFactory(name="Run", monitor="none", is_unclaimed=True)
    SeriesEntryFactory(series=run, book=Book.objects.get(title="first of a run"), position="1")
    SeriesEntryFactory(series=run, book=Book.objects.get(title="novella"), position="1.5", kind="novella")
    return Author.objects.get()


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [
        (ALL, {"owned", "out", "to come", "printed", "first of a run"}),
        (MISSING, {"owned", "out", "to come", "printed", "first of a run"}),
        (FUTURE, {"owned", "to come"}),
        (NONE, {"owned"}),
    ],
)
def test_a_mode_says_which_books_count_and_can_be_taken_back(author, mode, wanted):
    count = monitor_author(author, mode, by=UserFactory())

    assert monitored() == wanted
    assert count == len(wanted)
    assert AuditEntry.objects.get(action="author.monitored").detail == {"was": "none", "is": mode}

    monitor_author(author, NONE, by=None)

    assert monitored() == {"owned"}, "what is owned is never let go"
    assert Book.objects.filter(is_unclaimed=True).count() == 5


def test_missing_is_what_is_wanted_out_and_to_be_heard(author):
    monitor_author(author, ALL, by=None)

    assert {book.title for book in Book.objects.missing()} == {"out", "first of a run"}


def test_what_a_followed_series_wants_stays_when_the_author_is_let_go(author):
    monitor_series(Series.objects.get(), ALL, by=None)
    monitor_author(author, ALL, by=None)

    monitor_author(author, NONE, by=None)

    assert monitored() == {"owned", "first of a run"}


def test_what_an_author_wants_stays_when_the_series_is_let_go(author):
    monitor_author(author, ALL, by=None)
    monitor_series(Series.objects.get(), ALL, by=None)

    monitor_series(Series.objects.get(), NONE, by=None)

    assert "first of a run" in monitored()


def test_what_a_second_author_wants_stays_when_the_first_is_let_go(author):
    other = AuthorFactory(name="Bob Sample")
    Book.objects.get(title="out").authors.add(other)
    monitor_author(author, ALL, by=None)
    monitor_author(other, ALL, by=None)

    monitor_author(author, NONE, by=None)

    assert monitored() == {"owned", "out"}


@pytest.mark.parametrize(
    ("mode", "missing"), [(ALL, {"Old", "Out"}), (MISSING, {"Old", "Out"}), (FUTURE, {"Out"}), (NONE, set())]
)
def test_a_work_that_is_listed_later_counts_by_the_mode_and_since_it_was_chosen(mode, missing):
    author = AuthorFactory(name=ANN)
    monitor_author(author, mode, by=None)
    Author.objects.update(monitor_chosen_at=timezone.now() - timedelta(days=30))
    author.refresh_from_db()

    record_author(
        author,
        [
            ListedWork(title="Old", authors=(ANN,), released_on=day(-400)),
            ListedWork(title="Out", authors=(ANN,), released_on=day(-3)),
            ListedWork(title="To come", authors=(ANN,), released_on=day(40)),
        ],
        source="hardcover",
    )

    assert {book.title for book in Book.objects.missing()} == missing


def test_a_series_list_brings_what_its_author_wants_even_if_the_series_does_not():
    author, series = AuthorFactory(name=ANN), SeriesFactory()
    monitor_author(author, ALL, by=None)
    monitor_series(series, FUTURE, by=None)

    listed = ListedBook(title="Old", position="1", authors=(ANN,), released_on=day(-400))
    record_series(series, [listed], source="hardcover")

    assert {book.title for book in Book.objects.missing()} == {"Old"}


def shelf_of(count, *, start=0):
    return [
        ListedWork(title=f"Volume {n} of Many", authors=(ANN,), released_on=day(-n - 1))
        for n in range(start, start + count)
    ]


@pytest.mark.parametrize("chosen", [True, False])
def test_a_list_that_would_add_a_flood_waits_for_a_person(chosen):
    author = AuthorFactory(name=ANN)
    if chosen:
        monitor_author(author, ALL, by=None)
    else:
        preferences.change(preferences.LibraryRules, by=None, monitor_new_authors="all")

    next_one = ListedWork(title="Next", authors=(ANN,), is_announced=True)
    record_author(author, [*shelf_of(60), next_one], source="hardcover")

    author.refresh_from_db()
    finding = Finding.objects.get(kind=MANY_MISSING)
    assert not Book.objects.missing().exists()
    assert author.monitor == FUTURE
    assert "60 books" in finding.message
    assert finding.detail == {"author": author.pk}
    assert Book.objects.get(title="Next").is_monitored

    curator = visitor("curator")
    page = curator.get(reverse("acquisition:review")).content.decode()
    assert reverse("library:author-monitor", args=[author.pk]) in page
    curator.post(reverse("library:author-monitor", args=[author.pk]), {"mode": "all"})

    finding.refresh_from_db()
    assert finding.settled_at
    assert Book.objects.missing().count() == 60

    record_author(author, [*shelf_of(110), next_one], source="hardcover")

    assert Book.objects.missing().count() == 110, "nobody is asked twice"


def test_the_mode_of_new_authors_is_a_setting_and_leaves_those_alone_that_were_listed_before():
    before = AuthorFactory(name="Bob Sample", listed_at=timezone.now())
    found = AuthorFactory(name=ANN)
    preferences.change(preferences.LibraryRules, by=None, monitor_new_authors="all")

    record_author(before, [ListedWork(title="One", authors=("Bob Sample",))], source="x")
    record_author(found, [ListedWork(title="Two", authors=(ANN,))], source="x")

    assert [book.title for book in Book.objects.missing()] == ["Two"]


WRITERS, RUNS = 2, 2
BOOKS = st.lists(
    st.fixed_dictionaries(
        {
            "days": st.sampled_from([None, -400, -1, 1, 90]),
            "has_audio": st.sampled_from(["yes", "yes", "no", "unknown"]),
            "kind": st.sampled_from(["book", "book", "book", "collection"]),
            "is_owned": st.booleans(),
            "is_excluded": st.sampled_from([False, False, True]),
            "authors": st.sets(st.integers(0, WRITERS - 1), max_size=2),
            "places": st.dictionaries(
                st.integers(0, RUNS - 1), st.sampled_from(["main", "main", "novella"]), max_size=1
            ),
        }
    ),
    max_size=8,
)
CHOICES = st.lists(
    st.tuples(st.sampled_from(["author", "series"]), st.integers(0, 1), st.sampled_from(Author.Monitor.values)),
    min_size=1,
    max_size=6,
)


def is_wanted(row, authors, series):
    """The rule in words: a mode speaks for main lines and what stands in none; the future is what is to come."""

    def wants(mode):
        return mode in (ALL, MISSING) or (mode == FUTURE and (row["days"] or 0) > 0)

    in_line = "main" in row["places"].values() or not row["places"]
    by_author = in_line and any(wants(authors[n]) for n in row["authors"])
    by_series = any(kind == "main" and wants(series[n]) for n, kind in row["places"].items())
    return row["kind"] == "book" and (by_author or by_series)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BOOKS, CHOICES)
def test_missing_books_are_those_of_a_naive_recomputation_whatever_was_chosen_in_whatever_order(rows, choices):
    for model in (Coverage, Edition, SeriesEntry, Series, Book, Author):
        model.objects.all().delete()
    authors = [AuthorFactory(name=f"Writer Number{n}") for n in range(WRITERS)]
    series = [SeriesFactory(name=f"Run {n}", monitor="none") for n in range(RUNS)]
    for number, row in enumerate(rows):
        released_on = None if row["days"] is None else day(row["days"])
        fields = {"has_audio": row["has_audio"], "kind": row["kind"], "released_on": released_on}
        book = BookFactory(title=f"Book {number}", is_monitored=False, is_unclaimed=True, **fields)
        book.authors.set([authors[n] for n in row["authors"]])
        if row["is_owned"]:
            CoverageFactory(book=book)
        if row["is_excluded"]:
            Exclusion.objects.create(book=book)
        for n, kind in row["places"].items():
            SeriesEntryFactory(series=series[n], book=book, position=str(number), kind=kind)
        row["pk"] = book.pk
    modes = {"author": [NONE] * WRITERS, "series": [NONE] * RUNS}

    for kind, number, mode in choices:
        if kind == "author":
            monitor_author(authors[number], mode, by=None)
        else:
            monitor_series(series[number], mode, by=None)
        modes[kind][number] = mode

    expected = {
        row["pk"]
        for row in rows
        if is_wanted(row, modes["author"], modes["series"])
        and not (row["is_owned"] or row["is_excluded"] or row["has_audio"] == "no" or (row["days"] or 0) > 0)
    }
    assert set(Book.objects.missing().values_list("pk", flat=True)) == expected
