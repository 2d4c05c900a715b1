"""Keeping how far a listener came: what changed is written, what the server tells no longer is kept and says so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from library.audiobookshelf import Listed, Progress
from library.models import Listener, ListeningProgress
from library.services.copies import copies_of
from library.services.rows import is_new
from mamcrawler.lib import clock

FIELDS = ("edition_id", "book_id", "fraction", "heard_s", "is_finished", "finished_at", "listened_at", "untold_at")


@dataclass(frozen=True, slots=True)
class Kept:
    """What keeping came to."""

    told: int  # how many items the server tells of
    unknown: int  # of these, how many no sync has brought
    changed: int


def keep_progress(listener: Listener, listed: Listed[Progress], heard_s: Mapping[str, float] | None) -> Kept:
    """Keep what the server tells of one listener; call it inside a transaction.

    :param heard_s: seconds of listening by item; None where the server does not tell.
    """
    told = _latest(listed.rows)
    known = {row.item_id: row for row in listener.progress.all()}
    before = {row.pk: _values(row) for row in known.values()}
    copies = copies_of(told.keys())
    unknown = 0
    new: list[ListeningProgress] = []
    for item_id, progress in told.items():
        row, copy = known.get(item_id), copies.get(item_id)
        if copy is None:
            unknown += 1
            if row is None:
                continue
        if row is None:
            row = ListeningProgress(listener=listener, item_id=item_id)
            new.append(row)
        if copy is not None:
            row.edition_id, row.book_id = copy.edition, copy.book or row.book_id
        _fill(row, progress, heard_s)
    _release_copies(known.values(), {copy.edition: item_id for item_id, copy in copies.items()})
    _mark_untold(known, told, listed)
    changed = [row for row in known.values() if _values(row) != before[row.pk]]
    # A copy may pass from one row to another, and belongs to one of them at any moment.
    moved = [row.pk for row in changed if row.edition_id != before[row.pk][0]]
    if moved:
        ListeningProgress.objects.filter(pk__in=moved).update(edition=None)
    ListeningProgress.objects.bulk_update(changed, [name.removesuffix("_id") for name in FIELDS], batch_size=200)
    ListeningProgress.objects.bulk_create(new, batch_size=200)
    return Kept(told=len(told), unknown=unknown, changed=len(changed) + len(new))


def _latest(rows: Iterable[Progress]) -> dict[str, Progress]:
    """One row an item: of two the one that changed last."""
    return {
        row.item_id: row for row in sorted(rows, key=lambda row: row.updated_at.timestamp() if row.updated_at else 0)
    }


def _fill(row: ListeningProgress, progress: Progress, heard_s: Mapping[str, float] | None) -> None:
    row.fraction = progress.fraction
    row.is_finished = progress.is_finished
    row.finished_at = (progress.finished_at or progress.updated_at) if progress.is_finished else None
    row.listened_at = progress.updated_at
    row.untold_at = None
    if heard_s is not None:
        row.heard_s = heard_s.get(row.item_id, 0.0)
    elif is_new(row):  # what was counted before is truer than a place in the book
        row.heard_s = progress.position_s or 0.0


def _release_copies(rows: Iterable[ListeningProgress], items: Mapping[int, str]) -> None:
    """Let go of a copy that the server has made anew as another item: what was heard in it stays with the book.

    :param items: as which item the server tells each copy now.
    """
    for row in rows:
        if row.edition_id is not None and items.get(row.edition_id, row.item_id) != row.item_id:
            row.edition_id = None


def _mark_untold(
    known: Mapping[str, ListeningProgress], told: Mapping[str, Progress], listed: Listed[Progress]
) -> None:
    """Note what the server no longer tells; what could not be read may be any row, or the one whose id it bears."""
    broken = {row.id for row in listed.broken}
    if "" in broken:
        return
    for item_id, row in known.items():
        if item_id not in told and item_id not in broken and row.untold_at is None:
            row.untold_at = clock.now()


def _values(row: ListeningProgress) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in FIELDS)
