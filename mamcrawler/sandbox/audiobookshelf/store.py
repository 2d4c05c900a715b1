"""What the stand-in remembers: its one library, the items in it, and what its one user listened to and collected."""

from datetime import datetime
from pathlib import Path
from typing import Any

from mamcrawler.lib import clock
from mamcrawler.sandbox.audiobookshelf import listeners, scanning
from mamcrawler.sandbox.audiobookshelf.listing import Asking, chosen
from mamcrawler.sandbox.audiobookshelf.records import VERSION, Record, duration_of, made_id
from mamcrawler.sandbox.audiobookshelf.unfiled import item_without_files
from mamcrawler.sandbox.covers import draw_cover
from mamcrawler.sandbox.world import OwnedItem, World

SYSTEM = "audiobookshelf"
SCAN_SECONDS = 4
"""How many of the product's seconds a scan takes."""


class Store:
    """The state of the stand-in, kept in the world's state; use it with the world's lock held."""

    def __init__(self, world: World) -> None:
        self._world = world
        unfiled = [one for one in world.owned if not one.on_disk]
        self._unfiled: dict[str, OwnedItem] = {made_id("item", one.folder): one for one in unfiled}
        self._unfiled_by_age = sorted((_ms(one.added_at), item_id) for item_id, one in self._unfiled.items())

    @property
    def state(self) -> dict[str, Any]:
        """Everything that outlives a restart; made from what the user owns when it is first asked for."""
        if SYSTEM not in self._world.state:
            self._world.state[SYSTEM] = self._first_state()
        stored: dict[str, Any] = self._world.state[SYSTEM]
        return stored

    @property
    def items(self) -> dict[str, Record]:
        """The items that have files, and those without that were written to."""
        stored: dict[str, Record] = self.state["items"]
        return stored

    @property
    def library(self) -> Record:
        """The one library."""
        stored: Record = self.state["library"]
        return stored

    def save(self) -> None:
        """Make the state outlive a restart."""
        self._world.save()

    def item(self, item_id: str) -> Record | None:
        """Find an item; a change to it lasts only after `keep`."""
        if item_id in self.items:
            return self.items[item_id]
        return self._made(item_id) if item_id in self._unfiled else None

    def keep(self, record: Record) -> None:
        """Note that an item was changed."""
        record["updatedAt"] = max(now_ms(), record["updatedAt"] + 1)
        self.items[record["id"]] = record

    def all_items(self) -> list[Record]:
        """List all items."""
        return [*self.items.values(), *(self._made(one) for one in self._unfiled if one not in self.items)]

    def page(self, asking: Asking) -> Record:
        """Answer a listing; where order and filter allow it, only the items on the page are made."""
        if asking.filter or asking.sort not in {"", "addedAt"}:
            rows = chosen(self.all_items(), asking)
            return asking.items(asking.slice(rows), len(rows))
        ids = self._by_age()[:: -1 if asking.is_descending else 1]
        page = [self.item(item_id) for item_id in asking.slice(ids)]
        return asking.items([record for record in page if record], len(ids))

    def id_of(self, kind: str, name: str) -> str:
        """Give the id of an author or a series: that of the one which has this name already, or a new one."""
        key = "authors" if kind == "author" else "series"
        for record in self.items.values():
            for one in record["media"]["metadata"][key]:
                if one["name"].casefold() == name.casefold():
                    return str(one["id"])
        return made_id(kind, name)

    def start_scan(self) -> None:
        """Begin to look at the files; a scan that runs already goes on."""
        if self.state["task"] is None:
            self.state["task"] = {
                "id": made_id("task", str(now_ms())),
                "action": "library-scan",
                "data": {
                    "libraryId": self.library["id"],
                    "libraryName": self.library["name"],
                    "libraryMediaType": "book",
                },
                "title": f'Scanning "{self.library["name"]}" library',
                "titleKey": "MessageTaskScanningLibrary",
                "titleSubs": [self.library["name"]],
                **dict.fromkeys(("description", "descriptionKey", "descriptionSubs", "error", "errorKey", "errorSubs")),
                "showSuccess": True,
                "isFailed": False,
                "isFinished": False,
                "startedAt": now_ms(),
                "finishedAt": None,
            }
            self.save()

    def finish_scan_when_due(self) -> None:
        """Let a scan that has run long enough take effect."""
        task = self.state["task"]
        if task is None or now_ms() < task["startedAt"] + SCAN_SECONDS * 1000:
            return
        self.state["task"] = None
        self._look_at_files(self.state)
        self.save()

    def listen(self, record: Record, given: Record) -> None:
        """Note how far the user has listened."""
        known = self.state["progress"].get(record["id"]) or self._no_progress(record)
        writable = ("duration", "progress", "currentTime", "isFinished", "hideFromContinueListening", "ebookLocation")
        known.update({name: given[name] for name in writable if name in given}, lastUpdate=now_ms())
        known["finishedAt"] = (known["finishedAt"] or now_ms()) if known["isFinished"] else None
        self.state["progress"][record["id"]] = known

    def _by_age(self) -> list[str]:
        filed = ((record["addedAt"], one) for one, record in self.items.items() if one not in self._unfiled)
        return [item_id for _, item_id in sorted([*self._unfiled_by_age, *filed])]

    def _made(self, item_id: str) -> Record:
        folder = self.library["folders"][0]
        return item_without_files(
            self._unfiled[item_id], library_id=self.library["id"], folder_id=folder["id"], root=folder["fullPath"]
        )

    def _look_at_files(self, state: dict[str, Any]) -> None:
        library = state["library"]
        filed = {item_id: record for item_id, record in state["items"].items() if item_id not in self._unfiled}
        now = now_ms()
        scanning.scan(
            filed,
            self._world.library_dir,
            library_id=library["id"],
            folder_id=library["folders"][0]["id"],
            now_ms=now,
        )
        for record in filed.values():
            if record["lastScan"] == now and not record["media"]["coverPath"]:
                record["media"]["coverPath"] = str(self._found_cover(record))
        state["items"].update(filed)
        library.update(lastScan=now, lastScanVersion=VERSION, lastUpdate=now)

    def _found_cover(self, record: Record) -> Path:
        """A picture for an item that was scanned and has none: the real server's scanner can look for one as well."""
        metadata = record["media"]["metadata"]
        path = self._world.covers_dir / f"{record['id']}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        authors = ", ".join(author["name"] for author in metadata["authors"])
        path.write_bytes(draw_cover(metadata["title"] or record["relPath"], authors))
        return path

    def _no_progress(self, record: Record) -> Record:
        return {
            "id": made_id("progress", record["id"]),
            "userId": self.state["user_id"],
            "libraryItemId": record["id"],
            "episodeId": None,
            "mediaItemId": record["media"]["id"],
            "mediaItemType": "book",
            "duration": duration_of(record),
            "progress": 0,
            "currentTime": 0,
            "isFinished": False,
            "hideFromContinueListening": False,
            "ebookLocation": None,
            "ebookProgress": 0,
            "lastUpdate": now_ms(),
            "startedAt": now_ms(),
            "finishedAt": None,
        }

    def _first_state(self) -> dict[str, Any]:
        library = first_library(str(self._world.library_dir))
        state: dict[str, Any] = {
            "library": library,
            "user_id": made_id("user", "sandbox"),
            "items": {},
            "progress": {},
            "collections": {},
            "playlists": {},
            "task": None,
        }
        self._world.state[SYSTEM] = state
        self._look_at_files(state)
        by_path = {record["relPath"]: record for record in state["items"].values()}
        for owned in self._world.owned:
            if (record := by_path.get(owned.folder)) is not None:
                scanning.leave_as_its_owner_did(record, owned)
                if owned.progress:
                    duration = duration_of(record)
                    heard = {"progress": owned.progress, "currentTime": duration * owned.progress}
                    self.listen(record, {**heard, "isFinished": owned.progress >= 1})
        self._let_people_in(state)
        self.save()
        return state

    def _let_people_in(self, state: dict[str, Any]) -> None:
        """Let others listen, make lists and have backups made, as on a server that is in use."""
        items, library_id, now = state["items"].values(), state["library"]["id"], clock.now()
        state["listeners"] = listeners.first_listeners(items, now)
        state["collections"] = listeners.first_collections(items, library_id, now)
        state["playlists"] = listeners.first_playlists(items, library_id, state["user_id"], now)
        state["backups"] = listeners.BACKUPS


def first_library(root: str) -> Record:
    """Make the library as it is before anything was scanned."""
    library_id, now = made_id("library", "Audiobooks"), now_ms()
    return {
        "id": library_id,
        "name": "Audiobooks",
        "folders": [{"id": made_id("folder", root), "fullPath": root, "libraryId": library_id, "addedAt": now}],
        "displayOrder": 1,
        "icon": "audiobookshelf",
        "mediaType": "book",
        "provider": "audible",
        "settings": {
            "coverAspectRatio": 1,
            "disableWatcher": True,
            "autoScanCronExpression": None,
            "skipMatchingMediaWithAsin": False,
            "skipMatchingMediaWithIsbn": False,
            "audiobooksOnly": True,
            "epubsAllowScriptedContent": False,
            "hideSingleBookSeries": False,
            "onlyShowLaterBooksInContinueSeries": False,
            "metadataPrecedence": ["folderStructure", "audioMetatags", "nfoFile", "txtFiles", "opfFile", "absMetadata"],
            "markAsFinishedPercentComplete": None,
            "markAsFinishedTimeRemaining": 10,
        },
        "lastScan": None,
        "lastScanVersion": None,
        "createdAt": now,
        "lastUpdate": now,
    }


def now_ms() -> int:
    """The moment it is for the product, in milliseconds since 1970."""
    return _ms(clock.now())


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
