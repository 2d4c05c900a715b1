"""The calendar as others subscribe to it."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

from library.models import Book, CalendarFeed
from mamcrawler.lib import clock
from mamcrawler.lib.ical import DayEvent
from mamcrawler.operations.models import User

LOOKING_BACK = timedelta(days=60)
FEED_LOOKS_BACK = timedelta(days=180)
MOST_EVENTS = 2_000
FEW = 50


def renew_feed(user: User) -> CalendarFeed:
    """Give a person a new address of the calendar; the earlier one leads nowhere from then on."""
    feed, _ = CalendarFeed.objects.update_or_create(
        user=user, defaults={"number": uuid.uuid4(), "made_at": clock.now()}
    )
    return feed


def events(address: Callable[[str], str]) -> Iterator[DayEvent]:
    """A whole-day event for every book that came out lately or is to come.

    :param address: makes a whole address of a path.
    """
    since = clock.now().date() - FEED_LOOKS_BACK
    books = Book.objects.coming_out(since).with_standing().prefetch_related("authors", "series_entries__series")
    for book in books[:MOST_EVENTS]:
        if book.released_on is None:
            continue
        place = next(iter(book.places), None)
        lines = [f"by {book.author_names}" if book.authors.all() else "", str(place or ""), book.standing_label]
        yield DayEvent(
            uid=f"book-{book.pk}@mamcrawler",
            on=book.released_on,
            summary=f"{book.title} ({place})" if place else book.title,
            description="\n".join(filter(None, lines)),
            url=address(book.get_absolute_url()),
        )
