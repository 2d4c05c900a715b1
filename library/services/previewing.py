"""What writing would do, field by field, with what stands on the shelves now; nothing is written or recorded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from library.models import Edition, FieldLock
from library.services.on_shelf import as_told, same
from library.services.shelf_batches import read_all
from library.services.writing import conflict, objection


@dataclass(frozen=True)
class FieldPreview:
    """A field as we know it, as it stands on its shelf, and as it would be.

    :param conflict: why it would be left alone, in words; empty if nothing stands in the way.
    """

    field: str
    old: Any
    there: Any
    new: Any
    conflict: str = ""

    @property
    def is_there(self) -> bool:
        """Whether it stands on the shelf as it would be."""
        return same(self.there, self.new)

    @property
    def would_be_written(self) -> bool:
        """Whether writing would change the shelf."""
        return not self.conflict and not self.is_there


@dataclass(frozen=True)
class ItemPreview:
    """What writing would do to an edition; `trouble` says why its shelf gives no answer, and no field is known then."""

    edition: Edition
    fields: tuple[FieldPreview, ...] = ()
    trouble: str = ""


def preview(changes: Iterable[tuple[Edition, Mapping[str, Any]]], *, even_locked: bool = False) -> list[ItemPreview]:
    """What `write_all` would do with the same arguments, in their order.

    An edition of which an interrupted write is open is shown as it stands; that write is finished first.
    """
    rows = list(changes)
    keys = [edition.pk for edition, _ in rows]
    locked = set() if even_locked else set(FieldLock.objects.filter(edition__in=keys).values_list("edition", "field"))
    here = read_all(list({edition.pk: edition for edition, _ in rows}.values()))
    found = []
    for edition, values in rows:
        if (trouble := here.troubles.get(edition.pk)) is not None:
            found.append(ItemPreview(edition, trouble=str(trouble)))
            continue
        told = here.fields[edition.pk]
        fields = [
            _field(name, edition.metadata.get(name), told.get(name), as_told(name, value), (edition.pk, name) in locked)
            for name, value in values.items()
        ]
        found.append(ItemPreview(edition, tuple(fields)))
    return found


def _field(name: str, ours: Any, there: Any, new: Any, is_locked: bool) -> FieldPreview:
    reason = objection(name, new, is_locked=is_locked)
    if not reason and not same(there, new):
        reason = conflict(ours, there)
    return FieldPreview(name, ours, there, new, reason)
