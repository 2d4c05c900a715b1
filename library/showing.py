"""Arranging rows for the pages: pure functions from rows to what is shown side by side."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Protocol, TypeAlias

from library.models import Book, Change, Edition, FieldLock, LeftOut
from library.services import WRITABLE
from library.services.cards import Card, Named, Place

FIELDS = (
    "title", "subtitle", "authors", "narrators", "series", "published_date", "published_year", "publisher", "language",
    "genres", "isbn", "asin", "abridged", "description",
)  # fmt: skip
Placed: TypeAlias = tuple[Place | None, Card]
_NAMES_OF_CLAIMS = {"released_on": "published_date", "release_year": "published_year"}


def current_want(wants: Iterable[Any]) -> Any:
    """Of a book's wants the open one, else the newest that was given up, else None."""
    rows = sorted(wants, key=lambda want: -want.pk)
    return next((want for want in rows if want.closed_at is None), None) or next(
        (want for want in rows if want.status == "abandoned"), None
    )


class Said(Protocol):
    """A claim, as far as it is shown."""

    edition_id: int | None
    field: str
    value: Any
    source: str
    confidence: float


@dataclass(frozen=True)
class FieldFacts:
    """A field of an edition: its value, what sources say, and who locked it."""

    name: str
    value: Any
    claims: tuple[Said, ...]
    lock: FieldLock | None


@dataclass(frozen=True)
class Batch:
    """Changes made in one go, newest first."""

    pk: uuid.UUID
    at: datetime
    source: str
    by: object
    changes: tuple[Change, ...]

    @property
    def is_undoable(self) -> bool:
        """Whether anything of it could be put back."""
        return any(change.status == Change.Status.WRITTEN for change in self.changes)


@dataclass(frozen=True)
class Copy:
    """An edition with its fields and its history."""

    edition: Edition
    fields: tuple[FieldFacts, ...]
    history: tuple[Batch, ...]


@dataclass(frozen=True)
class Group:
    """Books of one series, or those of none."""

    series: Named | None
    rows: tuple[Placed, ...]
    owned: int

    @property
    def is_offered(self) -> bool:
        """Whether it is a series that only an author's list told of: nothing of it was ever ours."""
        return any(place is not None and place.is_unclaimed for place, _ in self.rows)


def year_of(editions: Iterable[Edition]) -> str:
    """The year that the first copy on a shelf says it was published in; empty where none says one."""
    here = (edition for edition in editions if edition.status == Edition.Status.PRESENT)
    return next((edition.published_year for edition in here if edition.published_year), "")


def copy_of(edition: Edition, claims: Iterable[Said]) -> Copy:
    """An edition for showing: every field that it or a claim fills or that is locked."""
    locks = {lock.field: lock for lock in edition.locks.all()}
    said: dict[str, list[Said]] = {}
    for claim in claims:
        if claim.edition_id in (None, edition.pk):
            said.setdefault(_NAMES_OF_CLAIMS.get(claim.field, claim.field), []).append(claim)
    fields = tuple(
        FieldFacts(
            name,
            edition.metadata.get(name),
            tuple(sorted(said.get(name, []), key=lambda claim: (-claim.confidence, claim.source))),
            locks.get(name),
        )
        for name in FIELDS
        if name in WRITABLE and (edition.metadata.get(name) or name in said or name in locks)
    )
    return Copy(edition, fields, batches(edition.changes.all()))


def batches(changes: Iterable[Change]) -> tuple[Batch, ...]:
    """Changes grouped by the go in which they were made, in the order given."""
    grouped = groupby(changes, key=lambda change: change.batch)
    found = []
    for batch, rows in grouped:
        made = tuple(rows)
        found.append(Batch(batch, made[0].at, made[0].source, made[0].by, made))
    return tuple(found)


def by_series(books: Iterable[Card]) -> list[Group]:
    """Books under the series each is shown under, by position, else as they come; those outside any come last."""
    rows: dict[int, list[Placed]] = {}
    alone: list[Placed] = []
    for book in books:
        entry = next(iter(book.places), None)
        if entry is None:
            alone.append((None, book))
        else:
            rows.setdefault(entry.series_id, []).append((entry, book))
    groups = [_group(placed) for placed in rows.values()]
    groups.sort(key=lambda group: (group.series.name.casefold() if group.series else "", -len(group.rows)))
    if alone:
        groups.append(_group(alone))
    return groups


def left_out(entries: Iterable[LeftOut]) -> list[tuple[str, list[str]]]:
    """Titles that were left out of an author's list, by reason."""
    titles: dict[str, list[str]] = {}
    for entry in entries:
        titles.setdefault(entry.get_why_display(), []).append(entry.title)
    return sorted(titles.items(), key=lambda row: (-len(row[1]), row[0]))


def _group(placed: Sequence[Placed]) -> Group:
    series = next((entry.series for entry, _ in placed if entry), None)
    return Group(series, tuple(sorted(placed, key=_place)), _owned(placed))


def _place(row: Placed) -> tuple[bool, float]:
    start = row[0].start if row[0] else None
    return start is None, float(start or 0)


def _owned(rows: Sequence[Placed]) -> int:
    return sum(book.standing == Book.Standing.OWNED for _, book in rows)
