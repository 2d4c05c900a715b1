"""A person's own choices: search by hand, take this very release, want all that a series lacks."""

from dataclasses import dataclass

from django.db import transaction

from acquisition import quality
from acquisition.models import Candidate, Download, Want
from acquisition.services import searching, snatching
from acquisition.services.wanting import drop_want, want_book
from acquisition.services.weighing import weigh_all
from library import identity
from library.models import Book, Series
from library.services import curating
from mamcrawler.operations.models import User
from tracker import budget
from tracker.models import AccountReading, Release


class NotTaken(Exception):
    """The release can not be taken as things stand; the message says why."""


@dataclass(frozen=True)
class Found:
    """A release that a search brought, with what it is worth, what it costs and which books it might be."""

    release: Release
    worth: quality.Quality
    cost: budget.Answer
    books: tuple[Book, ...]


def look_for(want: Want, text: str) -> list[Candidate]:
    """Search by hand for a want and judge all that is found against it.

    :raises TrackerError: and its relatives, if the tracker can not be asked.
    """
    releases = searching.search_for(text)
    searching.judge_releases(want, releases)
    if want.is_untouched:
        searching.settle_choice(want)
    return list(want.candidates.for_page().filter(release__in=releases))


def found_by(text: str) -> list[Found]:
    """Search by hand for anything; the better edition first.

    :raises TrackerError: and its relatives, if the tracker can not be asked.
    """
    releases = searching.search_for(text)
    costs = weigh_all(releases)
    is_vip = (reading := AccountReading.objects.newest()) is not None and reading.is_vip
    keys = {release.pk: identity.title_key(release.title) for release in releases}
    alike: dict[str, list[Book]] = {}
    for book in Book.objects.for_shelves().filter(key__in=set(keys.values())):
        alike.setdefault(book.key, []).append(book)
    found = [
        Found(
            release,
            quality.assess(
                searching.offer_of(release),
                None,
                release.duration_s,
                is_free=not release.costs_ratio(is_vip_member=is_vip),
            ),
            costs[release.pk],
            tuple(alike.get(keys[release.pk], ())),
        )
        for release in releases
    ]
    return sorted(found, key=lambda one: one.worth.key, reverse=True)


def take(candidate: Candidate, *, by: User | None) -> Download:
    """Take this very release because a person says so; the rules of budget and pace hold all the same.

    :raises NotTaken: if its want is closed or another release is on its way.
    :raises SnatchRefused: if a rule says no; the want is held with that reason and the choice stays approved.
    :raises TrackerError: if the tracker can not be asked; the intention stands and is taken up again.
    """
    if candidate.verdict != Candidate.Verdict.APPROVED and not searching.approve(candidate, by=by):
        raise NotTaken("another release of this book is on its way, or the book is no longer looked for")
    try:
        return snatching.snatch(candidate)
    except snatching.SnatchRefused as refusal:
        want = Want.objects.get(pk=candidate.want_id)
        if refusal.hold and want.is_untouched:
            want.move(Want.Status.HELD, hold=refusal.hold, explanation=str(refusal))
        raise


@transaction.atomic
def offer_for(book: Book, release: Release, *, by: User | None) -> Candidate:
    """A release judged against a book that a person wants by it."""
    want = want_book(book, by=by)
    searching.judge_releases(want, [release])
    return want.candidates.select_related("want__book", "release").get(release=release)


@transaction.atomic
def decline(book: Book, *, by: User | None, reason: str = "") -> None:
    """Note that a book is not wanted, and look no further for it; what is on its way already arrives."""
    curating.exclude(book, by=by, reason=reason)
    for want in Want.objects.open().filter(book=book):
        drop_want(want, why="not wanted, says a person")


@transaction.atomic
def want_missing(series: Series, *, by: User | None) -> int:
    """Want every missing book of a series; returns how many are looked for anew."""
    open_ones = Want.objects.open().values("book")
    books = Book.objects.missing().filter(series_entries__series=series).exclude(pk__in=open_ones).distinct()
    return len([want_book(book, by=by) for book in books])
