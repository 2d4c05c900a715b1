"""Series and authors with all that their lists and pages count of them, by their keys."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from library.models import Author, Book, Coverage, Edition, Exclusion, Series, SeriesEntry
from mamcrawler.lib import clock
from mamcrawler.lib.keyed import by_keys, models_by_keys

FIGURES = ("total", "owned", "announced", "gap", "missing", "in_print")


def series_of(keys: Iterable[int]) -> dict[int, Series]:
    """Series with their counts and gaps, by their keys."""
    return {series.pk: series for series in _series(keys)}


def authors_of(keys: Sequence[int]) -> dict[int, Author]:
    """Authors with their counts and how long their copies play in seconds (`owned_s`), by their keys.

    The figures are those of `with_counts`, which asks of each book six times what is asked here once.
    """
    lengths: defaultdict[int, float] = defaultdict(float)
    for author, _, seconds in _copies(keys):
        lengths[author] += seconds or 0.0
    figures, today = Counter[tuple[int, str]](), clock.now().date()
    for work in map(_Work._make, _works(keys)):
        figures.update((work.author, name) for name in _counts_as(work, today))
    authors = {author.pk: author for author in _authors(keys)}
    for key, author in authors.items():
        author.owned_s = lengths[key]
        for name in FIGURES:
            setattr(author, name, figures[key, name])
    return authors


class _Work(NamedTuple):
    """What decides how a book of an author is counted."""

    author: int
    kind: str
    has_audio: str
    is_monitored: bool
    is_announced: bool
    released_on: date | None
    is_excluded: bool
    is_owned: bool
    in_line: bool


def _counts_as(work: _Work, today: date) -> Iterable[str]:
    """The figures that a book is counted in."""
    if work.kind != Book.Kind.BOOK:
        return
    in_print = work.has_audio == Book.HasAudio.NO
    is_to_come = work.is_announced or (work.released_on is not None and work.released_on > today)
    if work.in_line:
        if work.is_owned or not in_print:
            yield "total"
        yield "owned" if work.is_owned else "in_print" if in_print else "announced" if is_to_come else "gap"
    if work.is_monitored and not (work.is_owned or in_print or is_to_come or work.is_excluded):
        yield "missing"


@models_by_keys
def _series(series: RawSQL) -> QuerySet[Series]:
    return Series.objects.with_gap().filter(pk__in=series)


@models_by_keys
def _authors(authors: RawSQL) -> QuerySet[Author]:
    return Author.objects.filter(pk__in=authors)


@by_keys
def _works(authors: RawSQL) -> QuerySet[Any, Any]:
    places = SeriesEntry.objects.filter(book=OuterRef("book"))
    in_line = Q(Exists(places.filter(kind=SeriesEntry.Kind.MAIN))) | ~Q(Exists(places))
    told = ("kind", "has_audio", "is_monitored", "is_announced", "released_on")
    return (
        Author.books.through.objects.filter(author__in=authors)
        .annotate(
            is_excluded=Exists(Exclusion.objects.filter(book=OuterRef("book"))),
            is_owned=Exists(Coverage.objects.present().filter(book=OuterRef("book"))),
            in_line=ExpressionWrapper(in_line, BooleanField()),
        )
        .order_by()
        .values_list("author_id", *(f"book__{name}" for name in told), "is_excluded", "is_owned", "in_line")
    )


@by_keys
def _copies(authors: RawSQL) -> QuerySet[Edition, Any]:
    """The copies of each author's books, each once."""
    copies = Edition.objects.present().filter(coverages__book__authors__in=authors).order_by().distinct()
    return copies.values_list("coverages__book__authors", "pk", "duration_s")
