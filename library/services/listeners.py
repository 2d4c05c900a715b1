"""Who listened to how much: totals for statistics, and how far people came in one book."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from library.models import Book, BookQuerySet, Listener, ListeningProgress
from mamcrawler.lib import clock

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
    """How far people came in a book, in whatever copy of it."""
    return BookListening(tuple(ListeningProgress.objects.best_of(book)))


def next_to_hear() -> BookQuerySet:
    """Books that come right after one that somebody has lately finished or is in; where missing, wanted soon."""
    since = clock.now() - STILL_LISTENING
    return ListeningProgress.objects.holding().begun().since(since).followed_by()
