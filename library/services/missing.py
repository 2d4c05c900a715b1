"""The gap that each missing book stands in, over the whole library in a handful of queries."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import FloatField, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

from library.models import Author, Book, Coverage, Series, SeriesEntry
from mamcrawler.lib.keyed import ask_together, by_keys

BATCH = 20_000
_Written = Author.books.through


class GapFacts(NamedTuple):
    """A missing book and its gap: in the first series it was placed in, or with its authors where none is followed.

    :param position: its number in the series, None without one.
    :param series_missing: missing books of the series, this one counted in; 0 outside any series.
    :param series_owned: books of its main line that are owned.
    :param author_id: the author of whom most is missing, None where nobody is known to have written it.
    :param author_missing: missing books of that author, this one counted in.
    :param author_owned: books of that author that are owned.
    :param author_listed: all books of that author that are known here.
    :param is_series_gap: whether a series that is followed lacks it, and not merely an author's shelf.
    """

    book_id: int
    series_id: int | None
    position: float | None
    series_missing: int
    series_owned: int
    author_missing: int
    author_id: int | None = None
    author_owned: int = 0
    author_listed: int = 0
    is_series_gap: bool = False

    @property
    def share_owned(self) -> float:
        """How much of what could be owned of the series is owned, from 0 to 1."""
        total = self.series_owned + self.series_missing
        return self.series_owned / total if total else 0.0


def gap_facts() -> list[GapFacts]:
    """The gap of every missing book, in the order of their keys.

    All places and authors are read and few are kept: quicker than having the database look each up.
    """
    missing = set(Book.objects.missing().order_by().values_list("pk", flat=True))
    if not missing:
        return []
    held = set(Coverage.objects.present().order_by().values_list("book", flat=True))
    several = set(Book.objects.exclude(kind=Book.Kind.BOOK).order_by().values_list("pk", flat=True))
    followed = set(Series.objects.monitored().order_by().values_list("pk", flat=True))
    books = _Books(missing, held, held - several, followed)
    series = _series(_places(SeriesEntry.objects.all()).iterator(BATCH), books)
    authors = _authors(_written(_Written.objects.all()).iterator(BATCH), books)
    return [_facts(book, series, authors) for book in sorted(missing)]


def gaps_of(books: Sequence[int]) -> dict[int, GapFacts]:
    """The gap that each of a page of books stands in, as `gap_facts` has it; five queries.

    Only the books in their series and of their authors are looked at.
    """
    places, written = ask_together(_places_around.of(books), _written_around.of(books))
    around = {row[0] for row in (*places, *written)}.union(books)
    copies = _copies_among(around)
    held = {book for book, _ in copies}
    series = {series for _, series, *_ in places}
    missing, followed = ask_together(_missing_among.of(around - held), _followed_among.of(series))
    told = _Books(
        missing={book for (book,) in missing},
        held=held,
        held_singles={book for book, kind in copies if kind == Book.Kind.BOOK},
        followed={one for (one,) in followed},
    )
    in_series, by_authors = _series(places, told), _authors(written, told)
    return {book: _facts(book, in_series, by_authors) for book in books if book in told.missing}


@by_keys
def _places_around(books: RawSQL) -> QuerySet[SeriesEntry, Any]:
    series = SeriesEntry.objects.filter(book__in=books).order_by().values("series")
    return _places(SeriesEntry.objects.filter(series__in=series))


@by_keys
def _written_around(books: RawSQL) -> QuerySet[Any, Any]:
    return _written(_Written.objects.filter(author__in=_Written.objects.filter(book__in=books).values("author")))


@by_keys
def _missing_among(books: RawSQL) -> QuerySet[Book, Any]:
    return Book.objects.missing().filter(pk__in=books).order_by().values_list("pk")


@by_keys
def _copies_among(books: RawSQL) -> QuerySet[Coverage, Any]:
    return Coverage.objects.present().filter(book__in=books).order_by().values_list("book", "book__kind")


@by_keys
def _followed_among(series: RawSQL) -> QuerySet[Series, Any]:
    return Series.objects.monitored().filter(pk__in=series).order_by().values_list("pk")


class _Books(NamedTuple):
    """Which books are missing and which are on a shelf, of these the single ones, and which series are followed."""

    missing: set[int]
    held: set[int]
    held_singles: set[int]
    followed: set[int]


@dataclass(slots=True)
class _Series:
    """Where the missing books stand first, which series is followed, and what is missing and owned of each."""

    places: dict[int, tuple[int, float | None]] = field(default_factory=dict)
    in_followed: set[int] = field(default_factory=set)
    missing: Counter[int] = field(default_factory=Counter)
    owned: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class _Authors:
    """Who wrote the missing books, and what is missing, owned and known of each author."""

    of_book: dict[int, list[int]] = field(default_factory=dict)
    missing: Counter[int] = field(default_factory=Counter)
    owned: Counter[int] = field(default_factory=Counter)
    listed: Counter[int] = field(default_factory=Counter)

    def of_whom_most_is_missing(self, book: int) -> int | None:
        """The author of a missing book of whom most is missing; None where nobody is known to have written it."""
        by = self.of_book.get(book, ())
        return by[0] if len(by) == 1 else max(by, key=lambda author: (self.missing[author], -author), default=None)


def _facts(book: int, series: _Series, authors: _Authors) -> GapFacts:
    place, position = series.places.get(book, (None, None))
    by = authors.of_whom_most_is_missing(book)
    return GapFacts(
        book_id=book,
        series_id=place,
        position=position,
        series_missing=series.missing[place] if place else 0,
        series_owned=series.owned[place] if place else 0,
        author_missing=authors.missing[by] if by else 1,
        author_id=by,
        author_owned=authors.owned[by] if by else 0,
        author_listed=authors.listed[by] if by else 0,
        is_series_gap=book in series.in_followed,
    )


def _places(entries: QuerySet[SeriesEntry]) -> QuerySet[SeriesEntry, Any]:
    """Columns of their table alone: what the books and series are like is looked up quicker here."""
    return entries.order_by("-pk").values_list("book_id", "series_id", Cast("start", FloatField()), "kind")


def _written(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    return rows.order_by().values_list("book_id", "author_id")


def _series(places: Iterable[tuple[Any, ...]], books: _Books) -> _Series:
    """Where the missing books stand, and how many are missing and owned of each series."""
    told = _Series()
    for book, series, start, kind in places:
        if book in books.missing:
            told.places[book] = (series, start)  # the lowest row comes last and stays
            told.missing[series] += 1
            if series in books.followed:
                told.in_followed.add(book)
        elif kind == SeriesEntry.Kind.MAIN and book in books.held_singles:
            told.owned[series] += 1
    return told


def _authors(written: Iterable[tuple[int, int]], books: _Books) -> _Authors:
    """The authors of each missing book, and how many books are missing, owned and known of each author."""
    told = _Authors()
    for book, author in written:
        told.listed[author] += 1
        if book in books.missing:
            told.of_book.setdefault(book, []).append(author)
            told.missing[author] += 1
        elif book in books.held:
            told.owned[author] += 1
    return told
