"""A world with nothing in it but the torrents a test asks for: no catalogue, no audio, no waiting."""

import json
import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import torf

from mamcrawler.lib import clock
from mamcrawler.sandbox.faults import Faults
from mamcrawler.sandbox.releases import WorldRelease
from mamcrawler.sandbox.world import World


class SmallWorld(World):
    """As much of the sandbox's world as a torrent client needs; the same folder again goes on with its state."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.downloads_dir = root / "downloads"
        self.downloads_dir.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self.faults, self.asked = Faults(), deque(maxlen=5_000)
        self.releases: dict[int, WorldRelease] = {}
        self._payloads: dict[int, Path] = {}
        self._hashes: dict[str, int] = {}
        stored = root / "state.json"
        self.state: dict[str, Any] = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else {}

    def offer(self, name: str, *sizes: int, leechers: int = 2, known: bool = True) -> tuple[bytes, str]:
        """Put a torrent of files of these sizes on offer; gives the torrent file and its info hash.

        :param known: False makes a torrent that the world has never heard of: nothing will come.
        """
        tracker_id = 1_000 + len(self.releases)
        folder = self.root / "seeds" / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, size in enumerate(sizes or (70_000, 30_000), 1):
            pattern = f"{name} {number} ".encode()
            (folder / f"{number:02}.mp3").write_bytes((pattern * (size // len(pattern) + 1))[:size])
        torrent = torf.Torrent(
            folder,
            private=True,
            piece_size=16_384,
            trackers=["http://127.0.0.1:9/announce/example-passkey"],
            comment=f"MID={tracker_id}",
        )
        torrent.generate()
        if known:
            self.releases[tracker_id] = _release(tracker_id, name, leechers)
            self._payloads[tracker_id] = folder
            self._hashes[torrent.infohash] = tracker_id
        return torrent.dump(), torrent.infohash

    def by_info_hash(self, info_hash: str) -> WorldRelease | None:
        return self.releases.get(self._hashes.get(info_hash, 0))

    def payload(self, tracker_id: int) -> Path:
        return self._payloads[tracker_id]

    def save(self) -> None:
        (self.root / "state.json").write_text(json.dumps(self.state), encoding="utf-8")


def _release(tracker_id: int, name: str, leechers: int) -> WorldRelease:
    return WorldRelease(
        tracker_id=tracker_id,
        book_keys=(),
        performance=None,
        title=name,
        authors=(),
        narrators=(),
        series=(),
        language_id=1,
        language_code="ENG",
        category=41,
        main_cat=13,
        filetype="mp3",
        bitrate_kbps=64,
        duration_s=600.0,
        size_bytes=0,
        numfiles=0,
        added=datetime(2026, 1, 1, tzinfo=UTC),
        seeders=5,
        leechers=leechers,
        times_completed=9,
        free=False,
        vip=False,
        vip_expire=0,
        tags="",
        isbn="",
        asin="",
        description="",
        abridged=False,
        dramatised=False,
    )


def pass_time(root: Path, **span: float) -> None:
    """Let so much of the product's time go by at once: `pass_time(root, minutes=20)`."""
    clock.resume(root / "clock.json", speed=1, last_seen=clock.now() + timedelta(**span))
