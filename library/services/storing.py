"""Keeping a batch of items as their shelf tells them, in one short transaction and a constant number of queries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from django.db import DataError, IntegrityError, transaction

from library.facts import ItemFacts
from library.models import AudioFile, Coverage, Edition, Shelf
from library.services import indexing, rows
from library.services.cataloguing import Placing
from library.services.refusals import in_words
from mamcrawler.lib import clock

log = structlog.get_logger(__name__)

MIRRORED = (
    "path", "external_id", "title", "metadata", "duration_s", "size_bytes", "bitrate_kbps", "audio_format",
    "chapter_count", "has_cover", "status", "vanished_at", "fingerprint", "server_updated_ms", "recording",
)  # fmt: skip
FILE_FIELDS = ("position", "path", "inode", "size_bytes", "duration_s", "bitrate_kbps", "codec")
INODE = FILE_FIELDS.index("inode")
IDENTIFYING = ("title", "subtitle", "authors", "series", "narrators", "asin")
"""What of an item's metadata tells which book it is: when it changes, the item is catalogued anew."""


@dataclass
class SyncReport:
    """What a sync found and changed."""

    seen: int = 0
    new: int = 0
    changed: int = 0
    returned: int = 0
    vanished: int = 0
    silent: int = 0  # listed, but without any audio
    broken: list[str] = field(default_factory=list)

    @property
    def wrote(self) -> bool:
        """Whether any row of the mirror was written."""
        return bool(self.new or self.changed or self.returned or self.vanished)

    def sentence(self) -> str:
        """The report in words."""
        parts = [f"{self.seen} items"]
        for count, word in [
            (self.new, "new"),
            (self.changed, "changed"),
            (self.returned, "came back"),
            (self.vanished, "vanished"),
            (self.silent, "hold no audio" if self.silent > 1 else "holds no audio"),
            (len(self.broken), "could not be read"),
        ]:
            if count:
                parts.append(f"{count} {word}")
        return ", ".join(parts) if len(parts) > 1 else f"{self.seen} items, nothing changed"


@dataclass(frozen=True, slots=True)
class Found:
    """An item as its shelf shows it now; a server gives it an id, a folder a fingerprint.

    `known` is the edition that bore this id, or stood at this path, when the sync began.
    """

    facts: ItemFacts
    known: int | None = None
    external_id: str = ""
    server_updated_ms: int | None = None
    added_at: datetime | None = None
    is_missing: bool = False
    fingerprint: str = ""

    @property
    def path(self) -> str:
        """Where it stands, below the shelf's folder."""
        return self.facts.rel_path[:1000]

    @property
    def name(self) -> str:
        """By what a person recognises it."""
        return self.path or self.external_id or "an item"


@dataclass(eq=False, slots=True)
class _Matched:
    """A found item and the edition it is."""

    found: Found
    edition: Edition
    is_new: bool


class PlaceTaken(Exception):
    """Another item stands at the same path."""


def store(shelf: Shelf, found: Sequence[Found], report: SyncReport, *, confirmed: Collection[str] = ()) -> None:
    """Keep items as their shelf tells them; one that can not be kept is reported, and the others are kept.

    :param confirmed: ids of items that this sync has seen where they were: no other item takes their place.
    """
    if not found:
        return
    try:
        with transaction.atomic():
            stored = _store(shelf, found, confirmed)
    except (DataError, IntegrityError, OverflowError, ValueError, PlaceTaken) as error:
        if len(found) > 1:
            settled = set(confirmed)
            for one in found:
                store(shelf, [one], report, confirmed=settled)
                settled.add(one.external_id)
            return
        log.warning("item not stored", item=found[0].name, reason=str(error))
        report.broken.append(f"{found[0].name}: it can not be stored ({in_words(error)})"[:500])
    else:
        report.new += stored.new
        report.changed += stored.changed
        report.returned += stored.returned


def _store(shelf: Shelf, found: Sequence[Found], confirmed: Collection[str]) -> SyncReport:
    matched = _match(shelf, found, confirmed)
    known = [one for one in matched if not one.is_new]
    told_before = {one.edition.pk: _identity_of(one.edition.metadata) for one in known}
    vanished = {one.edition.pk for one in known if one.edition.status == Edition.Status.VANISHED}
    _make_room(shelf, matched, confirmed)
    changed = [one for one in known if _fill(one.edition, one.found)]
    covered = (
        set(Coverage.objects.filter(edition__in=told_before).values_list("edition", flat=True)) if known else set()
    )
    unplaced = [
        one
        for one in known
        if one.edition.pk not in covered or told_before[one.edition.pk] != _identity_of(one.edition.metadata)
    ]
    new = [one for one in matched if one.is_new]
    placing = Placing([one.edition for one in (*new, *unplaced)])
    placing.save_books()
    rows.insert([one.edition for one in new])
    rows.update(list({id(one): one.edition for one in (*changed, *unplaced)}.values()), MIRRORED)
    _store_files(new, changed)
    placing.save_coverage()
    indexing.mark_stale(editions=[one.edition.pk for one in (*new, *changed, *unplaced)])
    back = [one for one in changed if one.edition.pk in vanished and not one.found.is_missing]
    return SyncReport(new=len(new), returned=len(back), changed=len(changed) - len(back))


def _match(shelf: Shelf, found: Sequence[Found], confirmed: Collection[str]) -> list[_Matched]:
    """The edition that each item is: by the server's id, by the inodes of its files, else by its path."""
    known = Edition.objects.select_related("shelf").in_bulk([one.known for one in found if one.known is not None])
    same_files = _moved(shelf, found) if shelf.kind == Shelf.Kind.FOLDER else _remade(shelf, found, confirmed)
    matched: list[_Matched] = []
    taken: set[int] = set()
    for one in found:
        choices = [same_files.get(one.path), known.get(one.known or 0)]
        edition = next((choice for choice in choices if choice is not None and choice.pk not in taken), None)
        if edition is None:
            edition = rows.make(Edition, shelf=shelf, added_at=one.added_at or clock.now())
            _fill(edition, one)
        matched.append(_Matched(one, edition, is_new=rows.is_new(edition)))
        taken |= {edition.pk} if not rows.is_new(edition) else set()
    return matched


def _remade(shelf: Shelf, found: Sequence[Found], confirmed: Collection[str]) -> dict[str, Edition]:
    """Editions whose item the server has made anew under another id: the same files stand at the same path."""
    if shelf.synced_at is None:  # nothing was known before
        return {}
    new = {one.path: {file.ino for file in one.facts.audio_files} for one in found if one.known is None}
    holders = shelf.editions.present().filter(path__in=new).exclude(external_id="") if new else ()
    held = {edition.pk: edition for edition in holders if edition.external_id not in confirmed}
    if not held:
        return {}
    files = AudioFile.objects.filter(edition__in=held).values_list("edition", "inode")
    pairs = [(held[pk], inode) for pk, inode in files]
    return {edition.path: edition for edition, inode in pairs if inode and inode in new[edition.path]}


def _moved(shelf: Shelf, found: Sequence[Found]) -> dict[str, Edition]:
    """Editions of a folder whose files are found elsewhere now, by where that is."""
    if shelf.synced_at is None:  # nothing was known before
        return {}
    at = {file.ino: one.path for one in found for file in one.facts.audio_files if file.ino}
    moved: dict[str, Edition] = {}
    for file in AudioFile.objects.bearing(at):
        path = at[file.inode]
        if file.edition.shelf_id != shelf.pk:
            continue
        if file.edition.path == path or not _is_there(shelf, file):
            moved.setdefault(path, file.edition)
    return moved


def _is_there(shelf: Shelf, file: AudioFile) -> bool:
    """Whether a file of ours still stands where we knew it, and was not moved away or replaced."""
    place = Path(shelf.path) / file.edition.path
    for path in (place / file.path, place.parent / file.path, place):
        try:
            if path.is_file():
                return str(path.stat().st_ino) == file.inode
        except OSError:
            continue
    return False


def _make_room(shelf: Shelf, matched: Sequence[_Matched], confirmed: Collection[str]) -> None:
    """Let the editions that stand where others are found now give way; they have moved themselves, or are gone.

    :raises PlaceTaken: if two items are really said to stand at one path.
    """
    arriving: dict[str, _Matched] = {}
    staying = {one.edition.path for one in matched if not one.is_new and _stays(one)}
    for one in matched:
        if one.found.is_missing or _stays(one):
            continue
        if one.found.path in arriving or one.found.path in staying:
            raise PlaceTaken("another item stands at the same path")
        arriving[one.found.path] = one
    ours = {one.edition.pk for one in matched if not one.is_new}
    there = f"shelf_id = {int(shelf.pk)} AND status = '{Edition.Status.PRESENT.value}'"
    in_the_way = rows.pick(Edition, ["id", "external_id"], "path", arriving, where=there)
    if any(external_id and external_id in confirmed for pk, external_id in in_the_way if pk not in ours):
        raise PlaceTaken("another item stands at the same path")
    if in_the_way:
        giving_way = Edition.objects.filter(pk__in=[pk for pk, _ in in_the_way])
        giving_way.update(status=Edition.Status.VANISHED, vanished_at=clock.now())


def _stays(one: _Matched) -> bool:
    edition = one.edition
    return not one.is_new and edition.status == Edition.Status.PRESENT and edition.path == one.found.path


def _fill(edition: Edition, found: Found) -> bool:
    """Take over what the shelf tells; False if all of it was known."""
    facts = found.facts
    fresh: dict[str, Any] = {
        "path": found.path,
        "external_id": found.external_id,
        "title": (facts.title or facts.rel_path.rpartition("/")[2] or "untitled")[:500],
        "metadata": metadata_of(facts),
        "duration_s": facts.duration_s,
        "size_bytes": facts.size_bytes,
        "bitrate_kbps": _bitrate(facts),
        "audio_format": _format(facts),
        "chapter_count": len(facts.chapters),
        "has_cover": bool(facts.cover_path),
        "status": Edition.Status.VANISHED if found.is_missing else Edition.Status.PRESENT,
        "vanished_at": (edition.vanished_at or clock.now()) if found.is_missing else None,
        "fingerprint": found.fingerprint,
        "server_updated_ms": found.server_updated_ms,
    }
    before = edition.__dict__
    changed = any(before.get(name) != value for name, value in fresh.items())
    for name, value in fresh.items():
        setattr(edition, name, value)
    return changed


def metadata_of(facts: ItemFacts) -> dict[str, Any]:
    """The fields of an item as they are mirrored, compared and written back."""
    return {
        "title": facts.title or "",
        "subtitle": facts.subtitle or "",
        "authors": [credit.name for credit in facts.authors],
        "narrators": list(facts.narrators),
        "series": [{"name": place.name, "sequence": place.sequence or ""} for place in facts.series],
        "genres": list(facts.genres),
        "tags": list(facts.tags),
        "published_year": facts.published_year or "",
        "published_date": facts.published_date or "",
        "publisher": facts.publisher or "",
        "description": facts.description or "",
        "isbn": facts.isbn or "",
        "asin": facts.asin or "",
        "language": facts.language or "",
        "explicit": bool(facts.explicit),
        "abridged": bool(facts.abridged),
    }


def _identity_of(metadata: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(metadata.get(name) for name in IDENTIFYING)


def _store_files(new: Sequence[_Matched], changed: Sequence[_Matched]) -> None:
    """Keep the files of each edition; which of them a torrent seeds is known by inode and stays."""
    arriving = [(one.edition.pk, *told, False) for one in new for told in _files(one.found)]
    kept: dict[int, list[tuple[Any, ...]]] = {one.edition.pk: [] for one in changed}
    stored = AudioFile.objects.filter(edition__in=kept).order_by("position", "pk")
    for edition_id, is_seeded, *told in stored.values_list("edition", "is_seeded", *FILE_FIELDS) if kept else ():
        kept[edition_id].append((*told, is_seeded))
    outdated: list[int] = []
    for one in changed:
        before, files = kept[one.edition.pk], _files(one.found)
        if {told[:-1] for told in before} == set(files):
            continue
        seeded = {told[INODE] for told in before if told[-1] and told[INODE]}
        outdated.append(one.edition.pk)
        arriving += [(one.edition.pk, *told, told[INODE] in seeded) for told in files]
    if outdated:
        AudioFile.objects.filter(edition__in=outdated).delete()
    rows.insert_values(AudioFile, ["edition", *FILE_FIELDS, "is_seeded"], arriving)


def _files(found: Found) -> list[tuple[Any, ...]]:
    """The `FILE_FIELDS` of each file, in order of play."""
    files = {
        file.rel_path[:1000]: (
            file.index,
            file.rel_path[:1000],
            file.ino or "",
            file.size_bytes,
            file.duration_s,
            round(file.bitrate_bps / 1000) if file.bitrate_bps else None,
            (file.codec or "")[:20],
        )
        for file in found.facts.audio_files
    }
    return list(files.values())


def _bitrate(facts: ItemFacts) -> int | None:
    if not facts.duration_s or not facts.size_bytes:
        return None
    audio_bytes = sum(file.size_bytes or 0 for file in facts.audio_files) or facts.size_bytes
    return round(audio_bytes * 8 / facts.duration_s / 1000)


def _format(facts: ItemFacts) -> str:
    suffixes = {file.rel_path.rpartition(".")[2].lower() for file in facts.audio_files}
    return "+".join(sorted(suffixes))[:10]
