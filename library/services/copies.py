"""Which copy and which book of ours an item of the library server is."""

from collections.abc import Collection
from dataclasses import dataclass

from library.models import Coverage, Edition, Shelf

A_TIME = 500


@dataclass(frozen=True, slots=True)
class Copy:
    """An edition, and the first book that it contains; None while its book is not known."""

    edition: int
    book: int | None


def copies_of(item_ids: Collection[str]) -> dict[str, Copy]:
    """The copies by the ids of their items, vanished ones as well; ids that no sync has brought are left out."""
    found: dict[str, Copy] = {}
    asked = sorted(item_ids)
    for start in range(0, len(asked), A_TIME):
        found |= _some(asked[start : start + A_TIME])
    return found


def _some(item_ids: list[str]) -> dict[str, Copy]:
    on_server = Edition.objects.filter(shelf__kind=Shelf.Kind.AUDIOBOOKSHELF, external_id__in=item_ids)
    held = dict(on_server.order_by("-status", "-pk").values_list("external_id", "pk"))  # of two the one that is there
    covers = Coverage.objects.filter(edition__in=held.values()).order_by("-pk")
    first = dict(covers.values_list("edition", "book"))
    return {item_id: Copy(edition, first.get(edition)) for item_id, edition in held.items()}
