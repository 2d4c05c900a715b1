"""Who listened to how much: totals for statistics, and how far people came in one book."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from library.models import Book, Coverage, Listener, ListeningProgress, SeriesEntry
from library.models.listening import ListeningProgressQuerySet
from mamcrawler.lib import clock
from mamcrawler.lib.keyed import among, ask_together, by_keys, models_by_keys

HOUR_S = 3600
STILL_LISTENING = timedelta(days=365)
"""Who has touched a series within so long may want to hear on."""


@dataclass(frozen=True, slots=True)
class ListenerTotals:
    """What one listener has heard in all; a book counts once, in however many copies it was finished."""

    listener_id: int
    name: str
    is_gone: bool  # the account is no longer on the server
    books_finished: int
    hours_heard: float
    last_heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListeningTotals:
    """What all listeners together have heard; tells nobody's name. A book counts once for each who finished it."""

    listeners: int
    books_finished: int
    hours_heard: float


@dataclass(frozen=True, slots=True)
class BookListening:
    """How far people came in a book: one row a listener, those who finished it first."""

    rows: tuple[ListeningProgress, ...]

    @property
    def finished(self) -> int:
        """How many have finished it."""
        return sum(row.is_finished for row in self.rows)

    @property
    def listening(self) -> int:
        """How many are somewhere in it."""
        return len(self.rows) - self.finished


def listeners_totals() -> list[ListenerTotals]:
    """What each listener has heard, by name; those whose account is gone as well, for it was heard."""
    return [
        ListenerTotals(
            listener_id=row.pk,
            name=row.name,
            is_gone=row.vanished_at is not None,
            books_finished=row.books_finished + row.unplaced_finished,
            hours_heard=row.heard_s / HOUR_S,
            last_heard_at=row.last_heard_at,
        )
        for row in Listener.objects.with_totals().order_by("name", "pk")
    ]


def together(totals: Sequence[ListenerTotals]) -> ListeningTotals:
    """The totals of all, for those who are not to see names."""
    return ListeningTotals(
        listeners=len(totals),
        books_finished=sum(one.books_finished for one in totals),
        hours_heard=sum(one.hours_heard for one in totals),
    )


def listening_to(book: Book) -> BookListening:
    """How far people came in a book, whatever the copy: one row a listener, those who finished first.

    A copy that was told to be of another book counts there.
    """
    copies, of_book = ask_together(_copies.of([book.pk]), _heard_of.of([book.pk]))
    told = [*_heard_in([copy for (copy,) in copies]), *of_book]
    furthest: dict[int, ListeningProgress] = {}
    for row in sorted(told, key=_how_far):
        furthest.setdefault(row.listener_id, row)
    return BookListening(tuple(sorted(furthest.values(), key=_by_standing)))


@by_keys
def _copies(books: RawSQL) -> QuerySet[Coverage, Any]:
    return Coverage.objects.filter(book__in=books).order_by().values_list("edition")


@models_by_keys
def _heard_in(editions: RawSQL) -> QuerySet[ListeningProgress]:
    return _begun().filter(edition__in=editions)


@models_by_keys
def _heard_of(books: RawSQL) -> QuerySet[ListeningProgress]:
    return _begun().unplaced().filter(book__in=books)


def _begun() -> ListeningProgressQuerySet:
    return ListeningProgress.objects.holding().begun().order_by().select_related("listener", "edition")


def _how_far(row: ListeningProgress) -> tuple[bool, float, float, int]:
    when = row.listened_at.timestamp() if row.listened_at else 0.0
    return not row.is_finished, -row.fraction, -when, row.pk


def _by_standing(row: ListeningProgress) -> tuple[bool, float, str, int]:
    return not row.is_finished, -row.fraction, row.listener.name, row.pk


def next_to_hear() -> set[int]:
    """The keys of books that come right after one that somebody has lately finished or is in; three queries.

    The places are compared here: as one query it takes a database minutes that knows little of its tables.
    """
    heard = _heard(clock.now() - STILL_LISTENING)
    places = SeriesEntry.objects.main().order_by()
    series = places.filter(book__in=among(heard)).values("series")
    told: dict[int, list[tuple[Decimal, int]]] = defaultdict(list)
    for one, start, book in places.filter(series__in=series).values_list("series", "start", "book"):
        if start is not None:
            told[one].append((start, book))
    return {book for line in told.values() for book in _after(line, heard)}


def _heard(since: datetime) -> set[int]:
    """The books that were listened to since a moment, and those in the copies that were."""
    progress = ListeningProgress.objects.holding().begun().since(since)
    rows: list[tuple[int | None, int | None]] = list(progress.order_by().values_list("edition_id", "book_id"))
    copies = among({edition for edition, _ in rows if edition is not None})
    covered = Coverage.objects.filter(edition__in=copies).order_by().values_list("book", flat=True)
    return {book for _, book in rows if book is not None}.union(covered)


def _after(line: Iterable[tuple[Decimal, int]], heard: Collection[int]) -> Iterator[int]:
    """The books of a series at the next place after one at which a book was heard."""
    was_heard = False
    for _, placed in groupby(sorted(line), key=itemgetter(0)):
        books = [book for _, book in placed]
        if was_heard:
            yield from books
        was_heard = any(book in heard for book in books)
