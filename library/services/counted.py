"""Series and authors with all that their lists and pages count of them, by their keys."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from library.models import Author, Book, Edition, Series, SeriesEntry
from mamcrawler.lib import clock
from mamcrawler.lib.keyed import ask_together, by_keys, models_by_keys

FIGURES = ("total", "owned", "announced", "gap", "missing", "in_print")


def series_of(keys: Iterable[int]) -> dict[int, Series]:
    """Series with their counts and gaps, by their keys."""
    return {series.pk: series for series in _series(keys)}


def authors_of(keys: Sequence[int]) -> dict[int, Author]:
    """Authors with their counts and how long their copies play in seconds (`owned_s`), by their keys.

    The figures are those of `with_counts`, which asks of each book six times what is asked here once.
    """
    rows, found = ask_together(_works.of(keys), _authors.of(keys))
    works, today = [_Work(*row) for row in rows], clock.now().date()
    lines = _lines({work.book for work in works})
    lengths: dict[tuple[int, int], float] = {}  # a copy may hold several books
    counted: dict[tuple[int, int], list[str]] = {}  # a book may have several copies
    for work in works:
        if work.has_copy:
            lengths[work.author, work.edition] = work.duration_s or 0.0
        if work.has_copy or (work.author, work.book) not in counted:
            counted[work.author, work.book] = list(_counts_as(work, today, in_line=lines.get(work.book, True)))
    figures = Counter((author, name) for (author, _), names in counted.items() for name in names)
    authors: dict[int, Author] = {author.pk: author for author in found}
    for key, author in authors.items():
        author.owned_s = 0.0
        for name in FIGURES:
            setattr(author, name, figures[key, name])
    for (key, _), seconds in lengths.items():
        if key in authors:  # and not deleted between the two queries
            authors[key].owned_s += seconds
    return authors


class _Work(NamedTuple):
    """A book of an author and one of its copies, if it has any: what decides how it is counted."""

    author: int
    book: int
    kind: str
    has_audio: str
    is_monitored: bool
    is_announced: bool
    released_on: date | None
    exclusion: int | None
    edition: int
    status: str | None
    duration_s: float | None

    @property
    def has_copy(self) -> bool:
        """Whether the copy is on its shelf."""
        return self.status == Edition.Status.PRESENT


def _counts_as(work: _Work, today: date, *, in_line: bool) -> Iterable[str]:
    """The figures that a book is counted in.

    :param in_line: whether it is of a main line, or of no series.
    """
    if work.kind != Book.Kind.BOOK:
        return
    in_print = work.has_audio == Book.HasAudio.NO
    is_to_come = work.is_announced or (work.released_on is not None and work.released_on > today)
    if in_line:
        if work.has_copy or not in_print:
            yield "total"
        yield "owned" if work.has_copy else "in_print" if in_print else "announced" if is_to_come else "gap"
    if work.is_monitored and not (work.has_copy or in_print or is_to_come or work.exclusion is not None):
        yield "missing"


def _lines(books: Iterable[int]) -> dict[int, bool]:
    """Of the books that stand in a series, whether they are of a main line."""
    lines: dict[int, bool] = {}
    for book, kind in _places(books):
        lines[book] = lines.get(book, False) or kind == SeriesEntry.Kind.MAIN
    return lines


@models_by_keys
def _series(series: RawSQL) -> QuerySet[Series]:
    return Series.objects.with_gap().filter(pk__in=series)


@models_by_keys
def _authors(authors: RawSQL) -> QuerySet[Author]:
    return Author.objects.filter(pk__in=authors)


@by_keys
def _works(authors: RawSQL) -> QuerySet[Any, Any]:
    """The authors' books with each of their copies, and those without one once."""
    told = ("kind", "has_audio", "is_monitored", "is_announced", "released_on", "exclusion__pk")
    copy = ("edition", "edition__status", "edition__duration_s")
    return (
        Author.books.through.objects.filter(author__in=authors)
        .order_by()
        .values_list(
            "author_id", "book_id", *(f"book__{name}" for name in (*told, *(f"coverages__{it}" for it in copy)))
        )
    )


@by_keys
def _places(books: RawSQL) -> QuerySet[SeriesEntry, Any]:
    return SeriesEntry.objects.filter(book__in=books).order_by().values_list("book", "kind")
