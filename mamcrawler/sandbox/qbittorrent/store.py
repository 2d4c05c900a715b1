"""Everything the stand-in keeps: torrents, categories, tags and settings, all in the world's state."""

from pathlib import Path
from typing import Any

from mamcrawler.lib import clock
from mamcrawler.sandbox.accounts import SECRETS
from mamcrawler.sandbox.qbittorrent.manners import Manners, preferences
from mamcrawler.sandbox.qbittorrent.torrent import StandInTorrent
from mamcrawler.sandbox.world import World

SYSTEM = "qbittorrent"


class Store:
    """The stand-in's memory, which outlives a restart."""

    def __init__(self, world: World, manners: Manners) -> None:
        self._world = world
        stored: dict[str, Any] = world.state.get(SYSTEM) or {}
        self.torrents = {
            info_hash: StandInTorrent.from_json(values) for info_hash, values in stored.get("torrents", {}).items()
        }
        self.categories: dict[str, dict[str, Any]] = stored.get("categories", {})
        self.tags: list[str] = stored.get("tags", [])
        self._settings: dict[str, Any] = stored.get("settings", {})
        self._fresh_settings = preferences(manners.generation) | {
            "save_path": str(world.downloads_dir),
            "temp_path": str(world.downloads_dir / "incomplete"),
            "queueing_enabled": False,
            "web_ui_username": SECRETS.qb_username,
        }

    @property
    def settings(self) -> dict[str, Any]:
        """The server's settings, with what was changed."""
        return {**self._fresh_settings, **self._settings}

    def change_settings(self, values: dict[str, Any]) -> None:
        """Change the settings it knows and pass over the others."""
        self._settings |= {name: value for name, value in values.items() if name in self._fresh_settings}
        self.save()

    def save(self) -> None:
        """Keep everything for the next start."""
        self._world.state[SYSTEM] = {
            "torrents": {info_hash: torrent.as_json() for info_hash, torrent in self.torrents.items()},
            "categories": self.categories,
            "tags": self.tags,
            "settings": self._settings,
        }
        self._world.save()

    def settle(self) -> None:
        """Let every torrent live up to the present moment; downloads write their files as they come."""
        now = clock.now().timestamp()
        completed = [torrent for torrent in self.torrents.values() if self._settle(torrent, now)]
        if completed:
            self.save()

    def _settle(self, torrent: StandInTorrent, now: float) -> bool:
        before = torrent.downloaded
        completed = torrent.settle(now)
        if torrent.downloaded > before and torrent.tracker_id is not None:
            payload = self._world.payload(torrent.tracker_id)
            if completed or not torrent.must_refetch:
                torrent.write_so_far(payload, anew=completed and torrent.must_refetch)
        if completed:
            torrent.must_refetch = False
            if torrent.spoil:
                torrent.spoil_files()
        return completed

    def listed(self) -> list[StandInTorrent]:
        """Give the torrents that lists show by now."""
        now = clock.now().timestamp()
        return [torrent for torrent in self.torrents.values() if torrent.listed_at <= now]

    def chosen(self, hashes: str) -> list[StandInTorrent]:
        """Give the torrents that `h1|h2` or `all` means; others are passed over."""
        wanted = {one.lower() for one in hashes.split("|")}
        return [torrent for torrent in self.listed() if hashes == "all" or torrent.info_hash in wanted]

    def add(self, torrent: StandInTorrent) -> None:
        """Take a torrent in: connect it to the world's release, and meet the failures that are armed for it."""
        where = f"/torrents/add/{torrent.info_hash}/{torrent.name}"
        release = self._world.by_info_hash(torrent.info_hash)
        if release and torrent.has_metadata:
            torrent.tracker_id = release.tracker_id
            torrent.seeds, torrent.leechers = release.seeders, release.leechers
        if late := self._world.faults.take(SYSTEM, "late", where):
            torrent.listed_at += float(late.options.get("seconds", 2))
        if stall := self._world.faults.take(SYSTEM, "stall", where):
            torrent.stalls, torrent.cure = True, str(stall.options.get("cure", "restart"))
        if error := self._world.faults.take(SYSTEM, "error", where):
            torrent.trouble, torrent.cure = "error", str(error.options.get("cure", "recheck"))
        if corrupt := self._world.faults.take(SYSTEM, "corrupt", where):
            torrent.spoil = str(corrupt.options.get("how", "flip"))
        if not self.is_writable(Path(torrent.save_path)):
            torrent.trouble = "error"
        elif torrent.has_metadata and torrent.has_any_file():
            torrent.be_busy("checking", clock.now().timestamp())
            torrent.check()
        self.torrents[torrent.info_hash] = torrent
        for tag in torrent.tags:
            self.add_tag(tag)
        if torrent.category:
            self.categories.setdefault(torrent.category, {"savePath": ""})
        self.save()

    def add_tag(self, tag: str) -> None:
        """Remember a tag once."""
        if tag not in self.tags:
            self.tags.append(tag)

    def is_writable(self, folder: Path) -> bool:
        """Whether the stand-in may write there: only below the world's own folder."""
        return folder.resolve().is_relative_to(self._world.root.resolve())

    def category_path(self, category: str) -> str:
        """Where automatic management puts a category's torrents."""
        chosen = self.categories.get(category, {}).get("savePath", "")
        return str(chosen or Path(self.settings["save_path"]) / category)
