"""Going through a shelf, item by item, to find what differs from our mirror of it."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from library import folder
from library.audiobookshelf import AudiobookshelfClient, BrokenItem, Item, ItemRow, ItemsPage
from library.models import Edition, Shelf
from library.services.storing import Found, SyncReport, store
from mamcrawler.lib import clock
from mamcrawler.operations.jobs import RunTaken

PAGE = 500
REQUEST = 50
"""So many whole items are asked for at once: one of many files is a hundred kilobytes."""
BATCH = 500
"""So many are stored in one transaction."""
MOST_ROUNDS = 3
"""A list that shifts while it is read is read again, this often in all."""
CURSOR_LASTS = timedelta(hours=1)

Beat = Callable[[str], object]
T = TypeVar("T")
R = TypeVar("R")


class ShelfUnreachable(Exception):
    """The shelf's folder or server can not be read; nothing was changed."""


class _Known(NamedTuple):
    """What tells whether an item changed since it was mirrored."""

    pk: int
    sign: int | str | None  # when the server changed it, or the fingerprint of its files
    is_present: bool


@dataclass
class Gone:
    """Editions that were there and are no longer: not listed any more or without audio, or listed as missing."""

    unlisted: list[int] = field(default_factory=list)  # nothing of them has to be fetched
    missing: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.unlisted) + len(self.missing)


class _Portion(NamedTuple):
    """Ids of items to fetch and store together; with the last of a page comes the page."""

    ids: Sequence[str]
    page: ItemsPage | None = None


class ServerWalk:
    """One walk through a library server's list; cut anywhere, the next goes on at the page where it was cut."""

    def __init__(self, shelf: Shelf, client: AudiobookshelfClient, report: SyncReport, beat: Beat) -> None:
        self._shelf, self._client, self._report, self._beat = shelf, client, report, beat
        self._known: dict[str, _Known] = {}
        self._unlinked: dict[str, int] = {}
        self._read_known()
        cursor = _fresh(shelf.sync_cursor)
        self._page: int = cursor.get("page", 0)
        self._seen: set[str] = set(cursor.get("seen", ()))
        self._missing: set[str] = set(cursor.get("missing", ()))
        self._silent: set[str] = set(cursor.get("silent", ()))
        self._confirmed: set[str] = set(self._seen)
        self._nameless = 0
        self._stalled = ""

    def run(self) -> Gone:
        """Store what changed, and return what is gone, of which nothing is marked yet.

        :raises LibraryServerError: if the server gives no usable answer; the next walk goes on here.
        """
        try:
            for _ in range(MOST_ROUNDS):
                totals = self._read_pages()
                if len(totals) == 1 and len(self._seen) + self._nameless >= max(totals):
                    break
                self._page = self._nameless = 0
            unlisted = [] if self._stalled else self._still_unlisted()
        except RunTaken:
            raise
        except Exception:
            self._keep_cursor()
            raise
        if self._shelf.sync_cursor:
            self._shelf.sync_cursor = {}
            self._shelf.save(update_fields=["sync_cursor"])
        self._report.silent = len(self._silent)
        if self._stalled:
            self._report.broken.append(f"the list of items: {self._stalled}; nothing was marked as gone")
            return Gone()
        lost = [self._known[one].pk for one in self._silent if one in self._known and self._known[one].is_present]
        return Gone(unlisted + lost, sorted(self._missing - self._silent))

    def store_missing(self, ids: Sequence[str]) -> None:
        """Store items whose files are missing, as the server tells them, after it was agreed that they are gone."""
        before = self._report.changed
        for items in _ahead(_chunks(ids, BATCH), self._fetch):
            self._keep(items, may_vanish=True)
        self._report.vanished += self._report.changed - before
        self._report.changed = before

    def _read_pages(self) -> set[int]:
        """Read the list to its end; returns how long it was said to be, several numbers if that changed meanwhile."""
        totals: set[int] = set()
        for portion, items in _ahead(self._portions(totals), self._fetch_portion):
            self._tell(max(totals))
            self._keep(items)
            if portion.page is not None:
                self._finish(portion.page)
        return totals

    def _portions(self, totals: set[int]) -> Iterator[_Portion]:
        """What has to be fetched whole, a batch at a time; it runs ahead of what is stored."""
        asked: set[str] = set(self._seen)
        listed: set[str] = set()
        self._stalled = ""
        for number in count(self._page):
            page = self._client.items_page(self._shelf.external_id, number, limit=PAGE)
            totals.add(page.total)
            if page.marks <= listed and number * PAGE < page.total:
                self._stalled = (
                    f"page {number + 1} brought nothing new, though there are said to be {page.total:,} items"
                )
                return
            listed |= page.marks
            rows = {row.id: row for row in page.rows if row.id not in asked}
            wanted = [row.id for row in rows.values() if self._is_changed(row)]
            asked |= rows.keys()
            self._confirmed |= rows.keys() - set(wanted)
            batches = list(_chunks(wanted, BATCH)) or [()]
            yield from (_Portion(ids) for ids in batches[:-1])
            yield _Portion(batches[-1], page)
            if (number + 1) * PAGE >= page.total:
                return

    def _finish(self, page: ItemsPage) -> None:
        """Count a page as seen: all of it is stored."""
        self._report.broken += [f"{row.id or 'an item'}: {row.why}" for row in page.broken if row.id not in self._seen]
        self._nameless += sum(not row.id for row in page.broken)
        self._seen |= {row.id for row in page.rows} | {row.id for row in page.broken if row.id}
        self._page += 1
        self._report.seen = len(self._seen)
        self._tell(page.total)

    def _is_changed(self, row: ItemRow) -> bool:
        """Whether an item has to be fetched; of one that is missing now, a person may have to be asked first."""
        known = self._known.get(row.id)
        if row.is_silent:
            self._silent.add(row.id)
            return False
        self._silent.discard(row.id)
        if known is None:
            return True
        if row.is_missing and known.is_present:
            self._missing.add(row.id)
            return False
        self._missing.discard(row.id)
        return row.updated_ms is None or known.sign != row.updated_ms or known.is_present == bool(row.is_missing)

    def _keep(self, items: Sequence[Item | BrokenItem], *, may_vanish: bool = False) -> None:
        """Store items as they were fetched, without those that hold no audio: they are no copies of audiobooks.

        :param may_vanish: it was agreed that these are gone, so that the loss of what they held is stored.
        """
        self._report.broken += [f"{item.id or 'an item'}: {item.why}" for item in items if isinstance(item, BrokenItem)]
        read = [item for item in items if isinstance(item, Item)]
        self._silent.update(item.id for item in read if item.is_silent)
        found = [self._found(item) for item in read if not item.is_silent or (may_vanish and item.is_missing)]
        store(self._shelf, found, self._report, confirmed=self._confirmed)
        self._confirmed.update(one.external_id for one in found)

    def _fetch_portion(self, portion: _Portion) -> tuple[_Portion, list[Item | BrokenItem]]:
        return portion, self._fetch(portion.ids)

    def _fetch(self, ids: Sequence[str]) -> list[Item | BrokenItem]:
        return [item for some in _chunks(ids, REQUEST) for item in self._client.items(some)]

    def _found(self, item: Item) -> Found:
        known = self._known.get(item.id)
        return Found(
            item,
            known=known.pk if known else self._unlinked.get(item.rel_path),
            external_id=item.id,
            server_updated_ms=item.updated_ms,
            added_at=item.added_at,
            is_missing=item.is_missing,
        )

    def _still_unlisted(self) -> list[int]:
        """Editions that the server really does not know: a list that shifts between pages hides items."""
        hidden = [item_id for item_id, known in self._known.items() if known.is_present and item_id not in self._seen]
        gone = []
        for ids in _chunks(hidden, REQUEST):
            self._beat(f"{self._shelf.name}: {len(hidden)} items are not listed any more")
            there = {item.id: item for item in self._client.items(ids)}
            gone += [self._known[item_id].pk for item_id in ids if item_id not in there]
            self._keep([item for item in there.values() if isinstance(item, Item) and not item.is_missing])
        return gone

    def _read_known(self) -> None:
        told = self._shelf.editions.values_list("pk", "external_id", "path", "server_updated_ms", "status")
        for pk, external_id, path, updated_ms, status in told.order_by("pk").iterator():
            if external_id:
                self._known[external_id] = _Known(pk, updated_ms, status == Edition.Status.PRESENT)
            elif status == Edition.Status.PRESENT:
                self._unlinked[path] = pk

    def _keep_cursor(self) -> None:
        self._shelf.sync_cursor = {
            "page": self._page,
            "seen": sorted(self._seen),
            "missing": sorted(self._missing),
            "silent": sorted(self._silent),
            "at": clock.now().isoformat(),
        }
        self._shelf.save(update_fields=["sync_cursor"])

    def _tell(self, total: int) -> None:
        self._beat(f"{self._shelf.name}: {len(self._seen)} of {total} items")


class FolderWalk:
    """One walk through a folder of audiobooks; cut anywhere, the next finds what is done by its fingerprint."""

    def __init__(self, shelf: Shelf, report: SyncReport, beat: Beat) -> None:
        self._shelf, self._report, self._beat = shelf, report, beat
        self._known = {
            path: _Known(pk, fingerprint, status == Edition.Status.PRESENT)
            for pk, path, fingerprint, status in shelf.editions.order_by("-status", "pk").values_list(
                "pk", "path", "fingerprint", "status"
            )
        }
        self._seen: set[str] = set()
        self._unreadable: list[str] = []

    def run(self) -> Gone:
        """Store what changed, and return what is gone, of which nothing is marked yet.

        :raises ShelfUnreachable: if the folder itself is not there.
        """
        root = Path(self._shelf.path)
        if not root.is_dir():
            raise ShelfUnreachable(f"the folder {self._shelf.path} is not there; is its disk mounted?")
        batch: list[Found] = []
        for found in folder.book_folders(root, self._tell):
            batch += self._look_at(found)
            if len(batch) >= BATCH:
                store(self._shelf, batch, self._report)
                batch = []
        store(self._shelf, batch, self._report)
        moved_or_gone = [
            known.pk
            for path, known in self._known.items()
            if known.is_present and path not in self._seen and not self._is_hidden(path)
        ]
        still_there = self._shelf.editions.present().filter(pk__in=moved_or_gone).exclude(path__in=self._seen)
        return Gone(unlisted=list(still_there.values_list("pk", flat=True)) if moved_or_gone else [])

    def _look_at(self, found: folder.BookFolder | folder.Unreadable) -> Iterator[Found]:
        if isinstance(found, folder.Unreadable):
            self._cannot_read(found)
            return
        self._seen.add(found.rel_path)
        self._report.seen = len(self._seen)
        known = self._known.get(found.rel_path)
        if known is not None and known.is_present and known.sign == found.fingerprint:
            return
        told = list(folder.read(found))
        unreadable = [one for one in told if isinstance(one, folder.Unreadable)]
        for one in unreadable:
            self._cannot_read(one)
        for book in told:
            if not isinstance(book, folder.Unreadable):
                # Without its fingerprint it is read again each time, so that its troubles are told until they end.
                fingerprint = "" if unreadable else found.fingerprint
                yield Found(book, known=known.pk if known else None, fingerprint=fingerprint)

    def _cannot_read(self, found: folder.Unreadable) -> None:
        self._report.broken.append(f"{found.rel_path}: {found.why}")
        self._unreadable.append(found.rel_path)

    def _is_hidden(self, path: str) -> bool:
        """Whether a book may still stand in a folder that can not be read at the moment."""
        return any(not place or path == place or path.startswith(f"{place}/") for place in self._unreadable)

    def _tell(self) -> None:
        self._beat(f"{self._shelf.name}: {len(self._seen)} books")


def _fresh(cursor: dict[str, Any]) -> dict[str, Any]:
    """Where a cut walk goes on, unless that was too long ago to be true."""
    if not cursor or datetime.fromisoformat(cursor["at"]) < clock.now() - CURSOR_LASTS:
        return {}
    return cursor


def _ahead(asked: Iterable[T], fetch: Callable[[T], R]) -> Iterator[R]:
    """The answers to what is asked, in order; each next one is fetched while the caller works on the last."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        waiting: deque[Future[R]] = deque()
        for one in asked:
            waiting.append(thread.submit(fetch, one))
            if len(waiting) > 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _chunks(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
