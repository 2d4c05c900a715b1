"""From missing books to wants, in an order that explains itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from acquisition import planning
from acquisition.models import Want
from library import services as library
from library.models import Book, Series
from library.services import GapFacts, gap_facts
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


def gaps(facts: Iterable[GapFacts]) -> list[planning.Gap]:
    """The gaps that missing books stand in, as a policy ranks them; books outside series stand in their author's."""
    rows = list(facts)
    names = dict(Series.objects.values_list("pk", "name"))
    next_to_hear = library.next_to_hear()
    authors = _authors({fact.book_id for fact in rows if not fact.is_series_gap})
    found = []
    for fact in rows:
        if fact.series_id is not None:
            group, name, missing = f"series {fact.series_id}", names[fact.series_id], fact.series_missing
        else:
            by = authors.get(fact.book_id, [(0, "unknown")])
            group, name, missing = f"author {by[0][0]}", f"by {', '.join(n for _, n in by)}", fact.author_missing
        found.append(
            planning.Gap(
                book_id=fact.book_id,
                group=group,
                series=name,
                position=fact.position,
                missing=missing,
                owned=fact.series_owned,
                author_missing=fact.author_missing,
                is_next_to_hear=fact.book_id in next_to_hear,
            )
        )
    return found


def _authors(books: set[int]) -> dict[int, list[tuple[int, str]]]:
    """The key and name of each author of these books, in the order of their names."""
    found: dict[int, list[tuple[int, str]]] = {}
    written = Book.authors.through.objects.order_by("author__name", "author")
    for book, author, name in written.values_list("book", "author", "author__name").iterator() if books else ():
        if book in books:
            found.setdefault(book, []).append((author, name))
    return found


def raise_wants(*, policy: str = POLICY) -> Raised:
    """Want every missing book, drop wants that nobody needs any more, and put all in the order of the policy.

    A book that was given up stays so until a person wants it again.
    """
    missing = {fact.book_id: fact for fact in gap_facts()}
    given_up = set(Want.objects.filter(status=Want.Status.ABANDONED).values_list("book_id", flat=True))
    open_wants = {want.book_id: want for want in Want.objects.open()}
    places_up = preferences.read(preferences.LibraryRules).next_to_hear_places_up
    raised = Raised()
    fresh, moved = [], []
    for row in planning.rank(gaps(missing.values()), policy, places_up=places_up):
        fact = missing[row.gap.book_id]
        want = open_wants.get(fact.book_id)
        if want is None:
            if fact.book_id in given_up:
                continue
            reason = Want.Reason.SERIES_GAP if fact.is_series_gap else Want.Reason.AUTHOR_GAP
            want = Want(book_id=fact.book_id, reason=reason)
            fresh.append(want)
        elif want.reason == Want.Reason.PERSON:
            continue  # it stays in front of every gap
        elif (want.priority, want.priority_parts) != (row.priority, row.parts):
            moved.append(want)
        want.series_id = fact.series_id
        want.priority, want.priority_policy, want.priority_parts = row.priority, policy, row.parts
    with transaction.atomic():
        Want.objects.bulk_create(fresh, ignore_conflicts=True)
        Want.objects.bulk_update(moved, ["series", "priority", "priority_policy", "priority_parts"], batch_size=200)
    raised.new = len(fresh)
    for book_id, want in open_wants.items():
        wanted_by_person = want.reason == Want.Reason.PERSON and not Book.objects.owned().filter(pk=book_id).exists()
        if book_id not in missing and want.status in _UNTOUCHED and not wanted_by_person:
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
