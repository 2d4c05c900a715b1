"""Keeping collections and playlists as the library server has them, in their order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from library.audiobookshelf import AudiobookshelfClient, BrokenItem, Listed, Playlist
from library.audiobookshelf import Collection as ServerCollection
from library.models import Collection, CollectionMember, Listener, Shelf
from library.services.copies import Copy, copies_of
from library.services.rows import is_new
from mamcrawler.lib import clock

KEPT = ("name", "description", "owner_id", "vanished_at")
MEMBER = ("position", "edition_id", "book_id", "untold_at")
Kind = Collection.Kind


@dataclass
class Kept:
    """What keeping came to."""

    lists: int = 0
    unknown: int = 0  # members that no sync has brought
    changed: int = 0
    broken: list[BrokenItem] = field(default_factory=list)
    stalled: list[str] = field(default_factory=list)  # which lists were left off before their end, and why


def read_lists(client: AudiobookshelfClient, shelf: Shelf, own_id: str) -> Kept:
    """Read a library's collections and our own user's playlists in it; the server shows nobody those of others.

    :param own_id: the server's id of the user whose token ours is.
    :raises LibraryServerError: if the server gives no usable answer.
    """
    kept = Kept()
    collections = client.collections(shelf.external_id)
    _keep_all(kept, shelf, Kind.COLLECTION, collections, None)
    playlists = client.playlists(shelf.external_id)
    owner = Listener.objects.filter(external_id=own_id).first()
    if owner is not None:  # nobody's playlists are kept before it is known whose they are
        _keep_all(kept, shelf, Kind.PLAYLIST, playlists, owner)
    return kept


def _keep_all(
    kept: Kept,
    shelf: Shelf,
    kind: Collection.Kind,
    listed: Listed[ServerCollection] | Listed[Playlist],
    owner: Listener | None,
) -> None:
    ours = Collection.objects.filter(shelf=shelf, kind=kind, owner=owner)
    kept.lists += len(listed.rows)
    kept.broken += listed.broken
    if listed.stalled:
        kept.stalled.append(f"the {kind.label.lower()}s of {shelf.name}: {listed.stalled}; none was taken for gone")
    for told in listed.rows:
        with transaction.atomic():
            _keep(kept, Collection(shelf=shelf, kind=kind, external_id=told.id, owner=owner), told)
    if listed.is_whole and not any(not one.id for one in listed.broken):
        seen = [one.id for one in (*listed.rows, *listed.broken)]
        kept.changed += ours.present().exclude(external_id__in=seen).update(vanished_at=clock.now())


def _keep(kept: Kept, fresh: Collection, told: ServerCollection | Playlist) -> None:
    """Keep one list and its members."""
    row = Collection.objects.filter(shelf=fresh.shelf, kind=fresh.kind, external_id=told.id).first() or fresh
    before = None if is_new(row) else [getattr(row, name) for name in KEPT]
    row.name = told.name.strip()[:300] or "without a name"
    row.description = told.description or ""
    row.owner, row.vanished_at = fresh.owner, None
    if before != [getattr(row, name) for name in KEPT]:
        row.save()
        kept.changed += 1
    _keep_members(kept, row, list(dict.fromkeys(told.item_ids)))


def _keep_members(kept: Kept, row: Collection, item_ids: Sequence[str]) -> None:
    copies = copies_of(item_ids)
    known = {member.item_id: member for member in row.members.all()}
    before = {member.pk: _values(member) for member in known.values()}
    kept.unknown += len(item_ids) - len(copies)
    new = []
    for position, item_id in enumerate(item_ids):
        member = known.get(item_id)
        if member is None:
            member = CollectionMember(collection=row, item_id=item_id)
            new.append(member)
        _place(member, position, copies.get(item_id))
    for item_id in known.keys() - set(item_ids):
        known[item_id].untold_at = known[item_id].untold_at or clock.now()
    changed = [member for member in known.values() if _values(member) != before[member.pk]]
    CollectionMember.objects.bulk_update(changed, [name.removesuffix("_id") for name in MEMBER], batch_size=200)
    CollectionMember.objects.bulk_create(new, batch_size=200)
    kept.changed += len(changed) + len(new)


def _place(member: CollectionMember, position: int, copy: Copy | None) -> None:
    member.position, member.untold_at = position, None
    if copy is not None:
        member.edition_id, member.book_id = copy.edition, copy.book or member.book_id


def _values(member: CollectionMember) -> tuple[object, ...]:
    return tuple(getattr(member, name) for name in MEMBER)
