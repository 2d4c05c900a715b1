"""What is told of the modes of series and authors beforehand is what setting one does."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from library.models import Author, Book, Coverage, Edition, Series, SeriesEntry
from library.services.modes import previews
from library.services.monitoring import monitor_author, monitor_series
from tests.factories import (
    AuthorFactory,
    BookFactory,
    CoverageFactory,
    ExclusionFactory,
    SeriesEntryFactory,
    SeriesFactory,
)
from tests.visitors import HTMX, visitor

pytestmark = pytest.mark.django_db

ALL, MISSING, FUTURE, NONE = Series.Monitor.values
WRITERS, RUNS = 2, 2
MODES = st.sampled_from(Series.Monitor.values)
BOOKS = st.lists(
    st.fixed_dictionaries(
        {
            "days": st.sampled_from([-400, None, -1, 1, 90]),
            "has_audio": st.sampled_from(["yes", "unknown", "yes", "no"]),
            "kind": st.sampled_from(["book", "book", "book", "collection"]),
            "is_announced": st.sampled_from([False, False, False, True]),
            "is_monitored": st.sampled_from([True, True, False]),
            "is_owned": st.sampled_from([False, False, True]),
            "is_excluded": st.sampled_from([False, False, False, True]),
            "authors": st.sampled_from([(0,), (1,), (0, 1), ()]),
            "places": st.sampled_from(
                [{}, {0: "main"}, {1: "main"}, {0: "novella"}, {0: "main", 1: "novella"}, {0: "novella", 1: "novella"}]
            ),
        }
    ),
    min_size=6,
    max_size=10,
)


def day(offset):
    return timezone.now().date() + timedelta(days=offset)


def world_of(rows, modes):
    """Two authors and two series with these modes, chosen a month ago, and these books of theirs."""
    for model in (Coverage, Edition, SeriesEntry, Series, Book, Author):
        model.objects.all().delete()
    chosen = timezone.now() - timedelta(days=30)
    authors = [
        AuthorFactory(name=f"Writer Number{n}", monitor=modes[n], monitor_chosen_at=chosen) for n in range(WRITERS)
    ]
    series = [SeriesFactory(name=f"Run {n}", monitor=modes[WRITERS + n], monitor_chosen_at=chosen) for n in range(RUNS)]
    for number, row in enumerate(rows):
        told = {name: row[name] for name in ("has_audio", "kind", "is_announced", "is_monitored")}
        released_on = None if row["days"] is None else day(row["days"])
        book = BookFactory(title=f"Book {number}", released_on=released_on, **told)
        book.authors.set([authors[n] for n in row["authors"]])
        if row["is_owned"]:
            CoverageFactory(book=book)
        if row["is_excluded"]:
            ExclusionFactory(book=book)
        for n, kind in row["places"].items():
            SeriesEntryFactory(series=series[n], book=book, position=str(number), kind=kind)
    return [*authors, *series]


def books_of(listed):
    return Book.objects.filter(**{"authors" if isinstance(listed, Author) else "series_entries__series": listed})


def missing(listed):
    return set(books_of(listed).missing().values_list("pk", flat=True))


def looked_out_for(listed):
    """Books to come that are monitored and would be missing if they were out."""
    to_come = books_of(listed).filter(is_monitored=True, kind="book").announced().unowned().exclude(has_audio="no")
    return to_come.exclude(pk__in=Book.objects.excluded()).count()


def outcome_of(listed, mode):
    """What setting a mode does to the missing books: how many there are, are new and are gone, and how many will come.

    It is taken back again.
    """
    before = missing(listed)
    with transaction.atomic():
        setting = monitor_author if isinstance(listed, Author) else monitor_series
        setting(type(listed).objects.get(pk=listed.pk), mode, by=None)
        after = missing(listed)
        told = len(after), len(after - before), len(before - after), looked_out_for(listed)
        transaction.set_rollback(True)
    return told


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.generate],  # a world that fails is small as it is, and making it smaller takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(BOOKS, st.lists(MODES, min_size=WRITERS + RUNS, max_size=WRITERS + RUNS))
def test_the_preview_of_every_mode_is_its_outcome(rows, modes):
    for listed in world_of(rows, modes):
        told = {one.mode: (one.missing, one.more, one.fewer, one.announced) for one in previews(listed)}

        assert told == {mode: outcome_of(listed, mode) for mode in Series.Monitor}


@pytest.fixture
def series():
    """Of three books one is owned, one out and one to come; a person follows the novella between them."""
    series = SeriesFactory(name="Tales", monitor=FUTURE)
    SeriesEntryFactory(series=series, position="1", book=CoverageFactory().book)
    for position, fields in (
        ("2", {"book__is_monitored": False, "book__released_on": day(-9)}),
        ("3", {"book__released_on": day(9)}),
        ("1.5", {"kind": "novella", "book__released_on": day(-5)}),
    ):
        SeriesEntryFactory(series=series, position=position, **fields)
    return series


def test_each_mode_is_told_in_words_and_nothing_is_changed(series):
    told = {one.mode: (one.label, one.words) for one in previews(series)}

    assert told == {
        ALL: ("All books", "2 missing, 1 more than now, 1 to come looked out for"),
        MISSING: ("Books that are not owned now", "2 missing, 1 more than now, 1 to come looked out for"),
        FUTURE: ("Only books released from now on", "1 missing, 1 to come looked out for"),
        NONE: ("Nothing", "none missing, 1 fewer than now"),
    }
    assert Book.objects.missing().count() == 1
    assert Series.objects.get().monitor == FUTURE


def test_an_author_is_told_that_followed_series_stay_as_they_are():
    assert [one.label for one in previews(AuthorFactory()) if one.mode == NONE] == ["Nothing beyond followed series"]


@pytest.mark.parametrize("factory", [SeriesFactory, AuthorFactory])
def test_all_modes_are_worked_out_by_one_query(factory):
    listed = factory()
    for _ in range(3):
        book = BookFactory()
        book.authors.set([listed] if isinstance(listed, Author) else [])
        if isinstance(listed, Series):
            SeriesEntryFactory(series=listed, book=book)

    with CaptureQueriesContext(connection) as queries:
        told = previews(listed)

    assert {one.missing for one in told} == {0, 3}
    assert len(queries) == 1


def test_the_page_of_a_series_asks_for_what_each_mode_would_change_once_it_is_shown(series):
    curator, modes = visitor("curator"), reverse("library:series-modes", args=[series.pk])

    page = curator.get(series.get_absolute_url()).content.decode()
    assert f'hx-get="{modes}"' in page
    assert f'<noscript><a class="ms-2" href="{modes}">' in page
    assert 'value="missing"' in page, "a mode can be chosen without the preview"

    part = curator.get(modes, headers=HTMX).content.decode()
    assert "2 missing, 1 more than now" in part
    assert "As it is now: 1 missing" in part
    assert "<html" not in part
    assert "hx-get" not in part, "it is not asked for again"


def test_without_javascript_a_mode_is_chosen_on_a_page_of_its_own(series):
    curator = visitor("curator")

    page = curator.get(reverse("library:series-modes", args=[series.pk])).content.decode()
    assert "2 missing, 1 more than now" in page
    assert f'action="{reverse("library:series-monitor", args=[series.pk])}"' in page

    answer = curator.post(reverse("library:series-monitor", args=[series.pk]), {"mode": ALL})
    assert answer["Location"] == series.get_absolute_url()
    assert Book.objects.missing().count() == 2


def test_who_only_looks_is_not_asked_to_choose(series):
    viewer = visitor("viewer")

    assert viewer.get(reverse("library:series-modes", args=[series.pk])).status_code == 403
    assert 'id="modes"' not in viewer.get(series.get_absolute_url()).content.decode()
