"""From missing books to wants, in an order that explains itself."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from acquisition import planning
from acquisition.models import Want
from library import services as library
from library.models import Book, Series
from mamcrawler.operations import preferences
from mamcrawler.operations.models import User

POLICY = "most_missing_first"
_UNTOUCHED = (Want.Status.WANTED, Want.Status.SEARCHING, Want.Status.CHOSEN, Want.Status.HELD, Want.Status.NOT_FOUND)


@dataclass
class Raised:
    """What raising wants changed."""

    new: int = 0
    dropped: int = 0
    open: int = 0


def gaps(books: Iterable[Book]) -> list[planning.Gap]:
    """The missing books with the figures of the gap each stands in; books outside series stand in their author's."""
    rows = list(books)
    entries = {book.pk: book.first_place() for book in rows}
    series_missing = Counter(entry.series_id for entry in entries.values() if entry)
    authors = {book.pk: [author.pk for author in book.authors.all()] for book in rows}
    author_missing = Counter(author for ids in authors.values() for author in ids)
    counted = Series.objects.filter(pk__in=series_missing).with_counts()
    owned = {series.pk: series.owned for series in counted}
    next_to_hear = set(library.next_to_hear().values_list("pk", flat=True))
    found = []
    for book in rows:
        entry = entries[book.pk]
        by_author = max((author_missing[author] for author in authors[book.pk]), default=1)
        found.append(
            planning.Gap(
                book_id=book.pk,
                group=f"series {entry.series_id}" if entry else f"author {authors[book.pk][:1]}",
                series=entry.series.name if entry else f"by {book.author_names or 'unknown'}",
                position=float(entry.start) if entry and entry.start is not None else None,
                missing=series_missing[entry.series_id] if entry else by_author,
                owned=owned.get(entry.series_id, 0) if entry else 0,
                author_missing=by_author,
                is_next_to_hear=book.pk in next_to_hear,
            )
        )
    return found


def raise_wants(*, policy: str = POLICY) -> Raised:
    """Want every missing book, drop wants that nobody needs any more, and put all in the order of the policy.

    A book that was given up stays so until a person wants it again.
    """
    missing = list(Book.objects.missing().for_list())
    given_up = set(Want.objects.filter(status=Want.Status.ABANDONED).values_list("book_id", flat=True))
    open_wants = {want.book_id: want for want in Want.objects.open()}
    places_up = preferences.read(preferences.LibraryRules).next_to_hear_places_up
    ranked = planning.rank(gaps(missing), policy, places_up=places_up)
    books = {book.pk: book for book in missing}
    raised = Raised()
    fresh, moved = [], []
    for row in ranked:
        book = books[row.gap.book_id]
        want = open_wants.get(book.pk)
        entry = book.first_place()
        if want is None:
            if book.pk in given_up:
                continue
            want = Want(book=book, reason=Want.Reason.SERIES_GAP if entry else Want.Reason.AUTHOR_GAP)
            fresh.append(want)
        elif want.reason == Want.Reason.PERSON:
            continue  # it stays in front of every gap
        elif (want.priority, want.priority_parts) != (row.priority, row.parts):
            moved.append(want)
        want.series = entry.series if entry else None
        want.priority, want.priority_policy, want.priority_parts = row.priority, policy, row.parts
    with transaction.atomic():
        Want.objects.bulk_create(fresh, ignore_conflicts=True)
        Want.objects.bulk_update(moved, ["series", "priority", "priority_policy", "priority_parts"], batch_size=200)
    raised.new = len(fresh)
    for book_id, want in open_wants.items():
        wanted_by_person = want.reason == Want.Reason.PERSON and not Book.objects.owned().filter(pk=book_id).exists()
        if book_id not in books and want.status in _UNTOUCHED and not wanted_by_person:
            raised.dropped += want.move(Want.Status.DROPPED, explanation="no longer missing")
    raised.open = Want.objects.open().count()
    return raised


def want_book(book: Book, *, by: User | None = None) -> Want:
    """Want a book because a person says so; an open want for it is returned as it is."""
    try:
        with transaction.atomic():
            return Want.objects.create(book=book, reason=Want.Reason.PERSON, asked_by=by, priority=1_000_000)
    except IntegrityError:
        return Want.objects.open().get(book=book)


def drop_want(want: Want, *, why: str = "dropped by a person") -> bool:
    """Stop looking for a book; one that is being downloaded already is left alone."""
    return want.status in _UNTOUCHED and want.move(Want.Status.DROPPED, explanation=why)
