"""Writing metadata to a shelf: only changed fields, journalled before, checked against the server, undoable."""

import json
import os
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from django.db import transaction

from library.audiobookshelf import LibraryServerError, MediaPatch
from library.models import Change, Edition, Shelf
from library.services.indexing import mark_stale
from library.services.sync import connect, metadata_of
from mamcrawler.lib import clock
from mamcrawler.operations.models import User

log = structlog.get_logger(__name__)

WRITABLE = frozenset(
    {
        "title",
        "subtitle",
        "authors",
        "narrators",
        "series",
        "genres",
        "published_year",
        "published_date",
        "publisher",
        "description",
        "isbn",
        "asin",
        "language",
        "abridged",
    }
)
SIDECAR = "metadata.json"


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

    A field that is locked, equal already, or that changed on the shelf since it was read is left alone. What a crash
    left half written is finished first, so that a repeated call writes nothing twice.

    :param even_locked: a person's own decision goes over locks.
    :param batch: what this is part of, when several editions are written in one go.
    """
    _finish_interrupted(edition)
    result = WriteResult() if batch is None else WriteResult(batch)
    locked = set() if even_locked else set(edition.locks.values_list("field", flat=True))
    wanted: dict[str, Any] = {}
    for name, value in values.items():
        if name not in WRITABLE:
            result.refused[name] = "the shelf does not take this field"
        elif name in locked:
            result.refused[name] = "locked by a person"
        elif _same(edition.metadata.get(name), value):
            result.unchanged.append(name)
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
        if not _same(edition.metadata.get(change.field), change.new):
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
    on_shelf = _read_shelf(edition)
    to_write: list[Change] = []
    for change in changes:
        there = on_shelf.get(change.field)
        if _same(there, change.new):
            change.status = Change.Status.WRITTEN
        elif not _same(there, change.old):
            change.status = Change.Status.REFUSED
            change.reason = f"it was changed on the shelf meanwhile, to {there!r}"[:300]
        else:
            to_write.append(change)
    after = _write_shelf(edition, {change.field: change.new for change in to_write}) if to_write else on_shelf
    for change in to_write:
        if _same(after.get(change.field), change.new):
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
    edition.save(update_fields=["metadata", "title", "written_at", "server_updated_ms"])
    mark_stale(editions=[edition.pk])


def _read_shelf(edition: Edition) -> dict[str, Any]:
    if edition.shelf.kind == Shelf.Kind.AUDIOBOOKSHELF:
        with connect() as client:
            return metadata_of(client.item(edition.external_id))
    sidecar = _sidecar(edition)
    stored = json.loads(sidecar.read_text(encoding="utf-8")) if sidecar.exists() else {}
    return {**edition.metadata, **_from_sidecar(stored)}


def _write_shelf(edition: Edition, values: Mapping[str, Any]) -> dict[str, Any]:
    if edition.shelf.kind == Shelf.Kind.AUDIOBOOKSHELF:
        with connect() as client:
            patched = client.patch_media(edition.external_id, _patch(values))
            edition.server_updated_ms = patched.item.updated_ms
            return metadata_of(client.item(edition.external_id))
    sidecar = _sidecar(edition)
    stored = json.loads(sidecar.read_text(encoding="utf-8")) if sidecar.exists() else {}
    whole = {**edition.metadata, **_from_sidecar(stored), **values}
    draft = sidecar.with_name(f".{SIDECAR}.{os.getpid()}")
    draft.write_text(json.dumps({**stored, **_to_sidecar(whole)}, ensure_ascii=False, indent=2), encoding="utf-8")
    draft.replace(sidecar)
    return whole


def _patch(values: Mapping[str, Any]) -> MediaPatch:
    shaped = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    if "series" in shaped:
        shaped["series"] = tuple(
            {"name": row["name"], "sequence": str(row.get("sequence") or "") or None} for row in shaped["series"]
        )
    for name in (
        "subtitle",
        "published_year",
        "published_date",
        "publisher",
        "description",
        "isbn",
        "asin",
        "language",
    ):
        if name in shaped:
            shaped[name] = None if shaped[name] in (None, "") else str(shaped[name])
    return MediaPatch.model_validate(shaped)


def _sidecar(edition: Edition) -> Path:
    place = Path(edition.shelf.path) / edition.path
    return (place if place.is_dir() else place.parent) / SIDECAR


_SIDECAR_NAMES = {"published_year": "publishedYear", "published_date": "publishedDate"}


def _to_sidecar(values: Mapping[str, Any]) -> dict[str, Any]:
    """Our fields in Audiobookshelf's own sidecar form, where a series is "Name #1"."""
    told = {_SIDECAR_NAMES.get(name, name): value for name, value in values.items()}
    told["series"] = [
        f"{row['name']} #{row['sequence']}" if row.get("sequence") else row["name"]
        for row in values.get("series") or []
    ]
    return told


def _from_sidecar(stored: Mapping[str, Any]) -> dict[str, Any]:
    ours = {theirs: name for name, theirs in _SIDECAR_NAMES.items()}
    told = {ours.get(name, name): value for name, value in stored.items()}
    told = {name: value for name, value in told.items() if name in WRITABLE and value is not None}
    if "series" in told:
        told["series"] = [
            {"name": name, "sequence": sequence}
            for name, _, sequence in (str(row).partition(" #") for row in told["series"])
        ]
    return told


def _same(left: Any, right: Any) -> bool:
    """Equal as a shelf would see it: nothing, an empty text and an empty list are one."""
    return (left or None) == (right or None)
