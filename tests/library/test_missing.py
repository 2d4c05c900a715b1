"""What is missing, its gap facts, and the counts of series: the same as a naive recomputation over the rows."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.models import Author, Book, Coverage, Edition, Exclusion, Series, SeriesEntry
from library.services import gap_facts, gaps_of
from library.services.counted import FIGURES, authors_of
from tests.factories import (
    AuthorFactory,
    BookFactory,
    CoverageFactory,
    EditionFactory,
    SeriesEntryFactory,
    SeriesFactory,
)

pytestmark = pytest.mark.django_db

AUTHORS, SERIES = 3, 3

libraries = st.lists(
    st.fixed_dictionaries(
        {
            "days": st.sampled_from([None, -400, -1, 0, 1, 90]),
            "is_announced": st.booleans(),
            "has_audio": st.sampled_from(["yes", "yes", "no", "unknown"]),
            "is_monitored": st.sampled_from([True, True, False]),
            "kind": st.sampled_from(["book", "book", "collection"]),
            "copies": st.lists(st.sampled_from(["present", "vanished"]), max_size=2),
            "is_excluded": st.sampled_from([False, False, True]),
            "authors": st.sets(st.integers(0, AUTHORS - 1), max_size=2),
            "places": st.dictionaries(
                st.integers(0, SERIES - 1),
                st.tuples(st.sampled_from([None, 1, 2.5, 3]), st.sampled_from(["main", "main", "novella", "extra"])),
                max_size=2,
            ),
        }
    ),
    max_size=9,
)


def stored(rows):
    """Make the rows and give them their keys."""
    authors = [AuthorFactory(name=f"Writer Number{n}") for n in range(AUTHORS)]
    series = [SeriesFactory(name=f"Run {n}") for n in range(SERIES)]
    for row in rows:
        released_on = None if row["days"] is None else timezone.now().date() + timedelta(days=row["days"])
        fields = {name: row[name] for name in ("is_announced", "has_audio", "is_monitored", "kind")}
        book = BookFactory(released_on=released_on, **fields)
        book.authors.set([authors[n] for n in row["authors"]])
        for status in row["copies"]:
            vanished_at = timezone.now() if status == "vanished" else None
            CoverageFactory(book=book, edition=EditionFactory(status=status, vanished_at=vanished_at))
        if row["is_excluded"]:
            Exclusion.objects.create(book=book)
        for number, (start, kind) in row["places"].items():
            SeriesEntryFactory(
                series=series[number], book=book, position=str(start or ""), start=start, end=start, kind=kind
            )
        row["pk"] = book.pk
    return [one.pk for one in series]


def is_owned(row):
    return "present" in row["copies"]


def is_to_come(row):
    return row["is_announced"] or (row["days"] or 0) > 0


def is_missing(row):
    wanted = row["is_monitored"] and row["kind"] == "book" and row["has_audio"] != "no"
    return wanted and not (is_owned(row) or is_to_come(row) or row["is_excluded"])


def naive_facts(rows, series):
    missing = [row for row in rows if is_missing(row)]
    by_series = Counter(number for row in missing for number in row["places"])
    by_author = Counter(number for row in missing for number in row["authors"])
    facts = []
    for row in missing:
        first = next(iter(row["places"]), None)
        owned = [
            other
            for other in rows
            if is_owned(other) and other["kind"] == "book" and other["places"].get(first, (0, ""))[1] == "main"
        ]
        facts.append(
            (
                row["pk"],
                None if first is None else series[first],
                None if first is None else row["places"][first][0],
                by_series[first],
                len(owned),
                max((by_author[author] for author in row["authors"]), default=1),
            )
        )
    return facts


def empty_library():
    for model in (Coverage, Edition, SeriesEntry, Series, Book):
        model.objects.all().delete()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(libraries)
def test_missing_books_and_their_gaps_are_those_of_a_naive_recomputation(rows):
    empty_library()
    series = stored(rows)
    expected = naive_facts(rows, series)

    told = gap_facts()

    assert [
        (f.book_id, f.series_id, f.position, f.series_missing, f.series_owned, f.author_missing) for f in told
    ] == expected
    everyone = list(Book.objects.values_list("pk", flat=True))
    assert gaps_of(everyone) == {fact.book_id: fact for fact in told}
    for fact in told:
        assert gaps_of([fact.book_id]) == {fact.book_id: fact}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(libraries)
def test_the_counts_of_a_series_add_up_as_in_a_naive_recomputation(rows):
    empty_library()
    keys = stored(rows)

    counted = {one.pk: one for one in Series.objects.with_gap()}

    for number, key in enumerate(keys):
        main = [row for row in rows if row["kind"] == "book" and row["places"].get(number, (0, ""))[1] == "main"]
        can_be_owned = [row for row in main if is_owned(row) or row["has_audio"] != "no"]
        owned = [row for row in main if is_owned(row)]
        announced = [row for row in can_be_owned if is_to_come(row) and not is_owned(row)]
        one = counted[key]
        assert (one.total, one.owned, one.announced) == (len(can_be_owned), len(owned), len(announced))
        assert one.gap == one.total - one.owned - one.announced >= 0
        assert one.released == one.owned + one.gap
    assert set(Series.objects.incomplete()) == {one for one in counted.values() if one.gap}


def test_the_gap_of_one_book_counts_all_around_it():
    series = SeriesFactory()
    first, second = (SeriesEntryFactory(series=series, position=number).book for number in ("1", "2"))
    CoverageFactory(book=SeriesEntryFactory(series=series, position="3").book)

    fact = gaps_of([first.pk])[first.pk]

    assert (fact.book_id, fact.series_missing, fact.series_owned) == (first.pk, 2, 1)
    assert fact.is_series_gap
    assert fact.share_owned == pytest.approx(1 / 3)
    assert second.pk in {other.book_id for other in gap_facts()}


def test_a_book_outside_any_series_is_the_gap_of_its_author():
    BookFactory(by="Ann Example")

    (fact,) = gap_facts()

    assert (fact.series_id, fact.position, fact.author_missing) == (None, None, 1)
    assert not fact.is_series_gap
    assert fact.share_owned == 0


def test_nothing_missing_takes_one_query(django_assert_num_queries):
    CoverageFactory()

    with django_assert_num_queries(1):
        assert gap_facts() == []


def test_all_facts_take_as_many_queries_for_many_books_as_for_one(django_assert_num_queries):
    SeriesEntryFactory.create_batch(7)

    with django_assert_num_queries(6):
        assert len(gap_facts()) == 7


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(libraries)
def test_an_author_is_counted_for_a_page_as_for_an_order(rows):
    empty_library()
    Author.objects.all().delete()
    stored(rows)

    told = authors_of(list(Author.objects.values_list("pk", flat=True)))

    figures = [*FIGURES, "owned_s"]
    ordered = {author.pk: author for author in Author.objects.with_counts().with_hours()}
    assert len(told) == AUTHORS
    assert {pk: [getattr(author, name) for name in figures] for pk, author in told.items()} == {
        pk: [getattr(author, name) for name in figures] for pk, author in ordered.items()
    }
