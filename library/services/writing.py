"""Writing metadata to a shelf: only changed fields, journalled before, checked against the server, undoable."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import transaction

from library.audiobookshelf import LibraryServerError
from library.models import Change, Edition
from library.services import on_shelf
from library.services.indexing import mark_stale
from library.services.on_shelf import WRITABLE, as_told, same, unfit
from mamcrawler.lib import clock
from mamcrawler.operations.models import User

__all__ = ["WRITABLE", "NotUndoable", "WriteResult", "settle_interrupted", "undo", "write"]

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


def write(
    edition: Edition,
    values: Mapping[str, Any],
    *,
    source: str,
    by: User | None = None,
    even_locked: bool = False,
    batch: uuid.UUID | None = None,
) -> WriteResult:
    """Write fields of an edition to its shelf; each is a `Change`, intended before and settled after.

    A field that is locked, equal already, of a value that no shelf takes, or that changed on the shelf since it was
    read is left alone. What a crash left half written is finished first, so that a repeated call writes nothing twice.

    :param even_locked: a person's own decision goes over locks.
    :param batch: what this is part of, when several editions are written in one go.
    """
    _finish_interrupted(edition)
    result = WriteResult() if batch is None else WriteResult(batch)
    locked = set() if even_locked else set(edition.locks.values_list("field", flat=True))
    wanted: dict[str, Any] = {}
    for name, given in values.items():
        value = as_told(name, given)
        if name not in WRITABLE:
            result.refused[name] = unfit(name, value)
        elif name in locked:
            result.refused[name] = "locked by a person"
        elif same(edition.metadata.get(name), value):
            result.unchanged.append(name)
        elif complaint := unfit(name, value):
            result.refused[name] = complaint
        else:
            wanted[name] = value
    if wanted:
        changes = _intend(edition, wanted, source=source, by=by, batch=result.batch)
        _apply(edition, changes, result)
    return result


def undo(changes: Iterable[Change], *, by: User | None = None) -> WriteResult:
    """Put the old values back, newest change first; a field that was changed again since is refused.

    :raises NotUndoable: if there is nothing to undo.
    """
    result = WriteResult()
    rows = sorted((c for c in changes if c.status == Change.Status.WRITTEN), key=lambda c: c.pk, reverse=True)
    if not rows:
        raise NotUndoable("there is nothing here that could be undone")
    for change in rows:
        edition = change.edition
        if edition is None:
            raise NotUndoable("the edition is gone")
        if not same(edition.metadata.get(change.field), change.new):
            result.refused[change.field] = "it was changed again since"
            continue
        written = write(edition, {change.field: change.old}, source=f"undo of {change.source}", by=by, even_locked=True)
        if written.written or written.unchanged:
            Change.objects.filter(pk=change.pk).update(status=Change.Status.UNDONE, undone_at=clock.now())
            result.written.append(change.field)
        result.refused |= written.refused
    return result


def settle_interrupted() -> int:
    """Finish writes that a crash cut: look at the shelf first, write only what is not there. Returns how many.

    An edition whose shelf gives no answer is left for the next time.
    """
    count = 0
    for edition in Edition.objects.present().filter(changes__status=Change.Status.INTENDED).distinct():
        try:
            count += _finish_interrupted(edition)
        except (LibraryServerError, OSError) as error:
            log.warning("an interrupted write stays open", edition=edition.pk, reason=str(error))
    return count


def _finish_interrupted(edition: Edition) -> int:
    changes = list(edition.changes.filter(status=Change.Status.INTENDED).order_by("pk"))
    if changes:
        _apply(edition, changes, WriteResult())
    return len(changes)


@transaction.atomic
def _intend(
    edition: Edition, values: Mapping[str, Any], *, source: str, by: User | None, batch: uuid.UUID
) -> list[Change]:
    return [
        Change.objects.create(
            edition=edition,
            batch=batch,
            field=name,
            old=edition.metadata.get(name),
            new=value,
            source=source[:200],
            by=by,
        )
        for name, value in values.items()
    ]


def _apply(edition: Edition, changes: list[Change], result: WriteResult) -> None:
    """Compare with what stands on the shelf now, write the rest in one request, and settle every change."""
    here = on_shelf.read(edition)
    to_write: list[Change] = []
    for change in changes:
        there = here.get(change.field)
        if same(there, change.new):
            change.status = Change.Status.WRITTEN
        elif complaint := unfit(change.field, change.new):  # an intention of an earlier version
            change.status, change.reason = Change.Status.REFUSED, complaint[:300]
        elif not same(there, change.old):
            change.status = Change.Status.REFUSED
            change.reason = f"it was changed on the shelf meanwhile, to {there!r}"[:300]
        else:
            to_write.append(change)
    after = on_shelf.put(edition, {change.field: change.new for change in to_write}) if to_write else here
    for change in to_write:
        if same(after.get(change.field), change.new):
            change.status = Change.Status.WRITTEN
        else:
            change.status = Change.Status.REFUSED
            change.reason = f"the server made it {after.get(change.field)!r}"[:300]
    _settle(edition, changes, after)
    result.written += [change.field for change in changes if change.status == Change.Status.WRITTEN]
    result.refused |= {change.field: change.reason for change in changes if change.status == Change.Status.REFUSED}


@transaction.atomic
def _settle(edition: Edition, changes: list[Change], after: Mapping[str, Any]) -> None:
    """Record what became of every change together with what stands on the shelf now."""
    for change in changes:
        change.save(update_fields=["status", "reason"])
    edition.metadata = {**edition.metadata, **after}
    edition.title = str(after.get("title") or edition.title)[:500]
    edition.written_at = clock.now()
    edition.save(update_fields=["metadata", "title", "written_at", "server_updated_at"])
    mark_stale(editions=[edition.pk])
