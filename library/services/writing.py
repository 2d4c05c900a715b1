"""Writing metadata to a shelf: only changed fields, journalled before, checked against the server, undoable."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import transaction

from library.models import Change, Edition, FieldLock
from library.services.indexing import mark_stale
from library.services.on_shelf import WRITABLE, as_told, same, unfit
from library.services.shelf_batches import REQUEST, put_all, read_all
from mamcrawler.lib import clock
from mamcrawler.operations.models import User

__all__ = [
    "WRITABLE",
    "NotUndoable",
    "Outcome",
    "WriteResult",
    "conflict",
    "objection",
    "settle_interrupted",
    "undo",
    "write",
    "write_all",
]

log = structlog.get_logger(__name__)


class NotUndoable(Exception):
    """The change was undone before, never written, or its edition is gone."""


@dataclass
class WriteResult:
    """What became of the fields that were to be written."""

    batch: uuid.UUID = field(default_factory=uuid.uuid4)
    written: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)


@dataclass
class Outcome:
    """What became of a change set, by the key of each edition; `troubles` tells whose shelf gave no usable answer."""

    batch: uuid.UUID = field(default_factory=uuid.uuid4)
    results: dict[int, WriteResult] = field(default_factory=dict)
    troubles: dict[int, Exception] = field(default_factory=dict)


@dataclass
class _Entry:
    """An edition with the changes that are intended for it."""

    edition: Edition
    changes: list[Change]
    result: WriteResult

    def pick(self, here: Mapping[str, Any]) -> dict[str, Any]:
        """What is to be written, with what stands on the shelf now; the other changes are decided by that."""
        to_write = {}
        for change in self.changes:
            there = here.get(change.field)
            if same(there, change.new):
                change.status = Change.Status.WRITTEN
            elif reason := unfit(change.field, change.new) or conflict(change.old, there):
                change.status, change.reason = Change.Status.REFUSED, reason[:300]
            else:
                to_write[change.field] = change.new
        return to_write

    def judge(self, after: Mapping[str, Any]) -> None:
        """Decide the changes that were sent by what stands on the shelf after it."""
        for change in self.changes:
            if change.status != Change.Status.INTENDED:
                continue
            if same(after.get(change.field), change.new):
                change.status = Change.Status.WRITTEN
            else:
                change.status = Change.Status.REFUSED
                change.reason = f"the server made it {after.get(change.field)!r}"[:300]


def conflict(ours: Any, there: Any) -> str:
    """Why a field is left alone that is not on its shelf as we know it; empty if it is."""
    return "" if same(ours, there) else f"it was changed on the shelf meanwhile, to {there!r}"


def objection(name: str, value: Any, *, is_locked: bool) -> str:
    """Why a field would not be written, whatever stands on the shelf; empty if nothing speaks against it."""
    if name in WRITABLE and is_locked:
        return "locked by a person"
    return unfit(name, value)


def write(
    edition: Edition,
    values: Mapping[str, Any],
    *,
    source: str,
    by: User | None = None,
    even_locked: bool = False,
    batch: uuid.UUID | None = None,
) -> WriteResult:
    """Write fields of an edition to its shelf, as `write_all` does for many.

    :raises LibraryServerError: if the server gives no usable answer; the intention stands and is finished later.
    :raises OSError: likewise for a folder.
    """
    outcome = write_all([(edition, values)], source=source, by=by, even_locked=even_locked, batch=batch)
    if trouble := outcome.troubles.get(edition.pk):
        raise trouble
    return outcome.results[edition.pk]


def write_all(
    changes: Iterable[tuple[Edition, Mapping[str, Any]]],
    *,
    source: str,
    by: User | None = None,
    even_locked: bool = False,
    batch: uuid.UUID | None = None,
) -> Outcome:
    """Write fields of editions to their shelves; each is a `Change`, intended before and settled after.

    A field that is locked, equal already, of a value that no shelf takes, or that changed on the shelf since it was
    read is left alone. What a crash left half written is finished first, so that a repeated call writes nothing twice.
    Several items of a server are written in one request.

    :param even_locked: a person's own decision goes over locks.
    :param batch: what this is part of, when there is more than this.
    """
    outcome = Outcome() if batch is None else Outcome(batch)
    editions: dict[int, Edition] = {}
    wanted: dict[int, dict[str, Any]] = {}
    for edition, values in changes:
        editions.setdefault(edition.pk, edition)
        wanted.setdefault(edition.pk, {}).update(values)
    keys = list(editions)
    for start in range(0, len(keys), REQUEST):
        some = [(editions[key], wanted[key]) for key in keys[start : start + REQUEST]]
        _apply(_interrupted([edition for edition, _ in some]), outcome.troubles)
        sound = [(edition, values) for edition, values in some if edition.pk not in outcome.troubles]
        _apply(_intended(sound, outcome, source=source, by=by, even_locked=even_locked), outcome.troubles)
    return outcome


def undo(changes: Iterable[Change], *, by: User | None = None) -> WriteResult:
    """Put the old values back, newest change first; a field that was changed again since is refused.

    :raises NotUndoable: if there is nothing to undo.
    :raises LibraryServerError: if no shelf gave a usable answer.
    :raises OSError: likewise for folders.
    """
    result = WriteResult()
    rows = sorted((c for c in changes if c.status == Change.Status.WRITTEN), key=lambda c: c.pk, reverse=True)
    if not rows:
        raise NotUndoable("there is nothing here that could be undone")
    editions = Edition.objects.select_related("shelf").in_bulk({change.edition_id for change in rows} - {None})
    if any(change.edition_id not in editions for change in rows):
        raise NotUndoable("the edition is gone")
    troubles: list[Exception] = []
    for together in _in_turn(rows):
        troubles += _undo_some(together, editions, result, by=by)
    if troubles and not result.written:
        raise troubles[0]
    return result


def _in_turn(rows: Iterable[Change]) -> Iterator[list[Change]]:
    """Changes that may be undone in one go: of one source, and of no field twice; in the order given otherwise."""
    together: dict[tuple[int | None, str], Change] = {}
    source = ""
    for change in rows:
        place = (change.edition_id, change.field)
        if together and (place in together or change.source != source):
            yield list(together.values())
            together = {}
        together[place], source = change, change.source
    if together:
        yield list(together.values())


def _undo_some(
    rows: list[Change], editions: Mapping[int, Edition], result: WriteResult, *, by: User | None
) -> list[Exception]:
    """Undo changes in one go; returns why some shelves could not be written."""
    held, names = [], {}
    for change in rows:
        edition = editions[change.edition_id or 0]
        names[change.pk] = change.field if len(editions) == 1 else f"{edition}: {change.field}"
        if same(edition.metadata.get(change.field), change.new):
            held.append((edition, change))
        else:
            result.refused[names[change.pk]] = "it was changed again since"
    source = f"undo of {rows[0].source}"
    done = write_all([(edition, {one.field: one.old}) for edition, one in held], source=source, by=by, even_locked=True)
    for edition, change in held:
        if trouble := done.troubles.get(edition.pk):
            result.refused[names[change.pk]] = f"its shelf can not be reached ({trouble})"
            continue
        written = done.results[edition.pk]
        if change.field in written.written or change.field in written.unchanged:
            Change.objects.filter(pk=change.pk).update(status=Change.Status.UNDONE, undone_at=clock.now())
            result.written.append(names[change.pk])
        elif change.field in written.refused:
            result.refused[names[change.pk]] = written.refused[change.field]
    return list(done.troubles.values())


def settle_interrupted() -> int:
    """Finish writes that a crash cut: look at the shelf first, write only what is not there. Returns how many.

    An edition whose shelf gives no answer is left for the next time.
    """
    count = 0
    cut = Edition.objects.present().filter(changes__status=Change.Status.INTENDED).distinct().order_by("pk")
    editions = list(cut.select_related("shelf"))
    for start in range(0, len(editions), REQUEST):
        entries, troubles = _interrupted(editions[start : start + REQUEST]), dict[int, Exception]()
        _apply(entries, troubles)
        count += sum(len(entry.changes) for entry in entries if entry.edition.pk not in troubles)
        for pk, error in troubles.items():
            log.warning("an interrupted write stays open", edition=pk, reason=str(error))
    return count


def _interrupted(editions: Sequence[Edition]) -> list[_Entry]:
    """What a crash left half written of these editions."""
    by_key = {edition.pk: edition for edition in editions}
    entries: dict[int, _Entry] = {}
    for change in Change.objects.filter(edition__in=by_key, status=Change.Status.INTENDED).order_by("pk"):
        edition = by_key[change.edition_id or 0]
        entries.setdefault(edition.pk, _Entry(edition, [], WriteResult())).changes.append(change)
    return list(entries.values())


@transaction.atomic
def _intended(
    some: Sequence[tuple[Edition, Mapping[str, Any]]],
    outcome: Outcome,
    *,
    source: str,
    by: User | None,
    even_locked: bool,
) -> list[_Entry]:
    """Record what is to be written; what is refused, or so already, is told in the outcome."""
    keys = [edition.pk for edition, _ in some]
    locked = set() if even_locked else set(FieldLock.objects.filter(edition__in=keys).values_list("edition", "field"))
    entries = []
    for edition, values in some:
        result = outcome.results[edition.pk] = WriteResult(outcome.batch)
        entry = _Entry(edition, [], result)
        for name, given in values.items():
            value, ours = as_told(name, given), edition.metadata.get(name)
            is_locked = (edition.pk, name) in locked
            if name in WRITABLE and not is_locked and same(ours, value):
                result.unchanged.append(name)
            elif reason := objection(name, value, is_locked=is_locked):
                result.refused[name] = reason
            else:
                change = Change(edition=edition, batch=outcome.batch, field=name, source=source[:200], by=by)
                change.old, change.new = ours, value
                change.save()
                entry.changes.append(change)
        if entry.changes:
            entries.append(entry)
    return entries


def _apply(entries: list[_Entry], troubles: dict[int, Exception]) -> None:
    """Compare with what stands on the shelves now, write the rest, and settle every change.

    What no shelf answers to stays intended.
    """
    here = read_all([entry.edition for entry in entries])
    told = [entry for entry in entries if entry.edition.pk in here.fields]
    picked = [(entry.edition, entry.pick(here.fields[entry.edition.pk])) for entry in told]
    put = put_all([(edition, values) for edition, values in picked if values])
    after = here.fields | put.fields
    troubles |= here.troubles | put.troubles
    for entry in entries:
        if entry.edition.pk in troubles:
            continue
        entry.judge(after[entry.edition.pk])
        _settle(entry.edition, entry.changes, after[entry.edition.pk])
        for change in entry.changes:
            if change.status == Change.Status.WRITTEN:
                entry.result.written.append(change.field)
            else:
                entry.result.refused[change.field] = change.reason


@transaction.atomic
def _settle(edition: Edition, changes: list[Change], after: Mapping[str, Any]) -> None:
    """Record what became of every change together with what stands on the shelf now."""
    for change in changes:
        change.save(update_fields=["status", "reason"])
    edition.metadata = {**edition.metadata, **after}
    edition.title = str(after.get("title") or edition.title)[:500]
    edition.written_at = clock.now()
    edition.save(update_fields=["metadata", "title", "written_at", "server_updated_ms"])
    mark_stale(editions=[edition.pk])
