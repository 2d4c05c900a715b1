"""The one world that all stand-ins share: books, releases, an account, a library on disk, and what was asked."""

import json
import shutil
import threading
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self

from mamcrawler.lib import clock
from mamcrawler.sandbox.accounts import SECRETS, Account, Purchase, Secrets
from mamcrawler.sandbox.catalogue import Catalogue, CatalogueBook, Performance, load_catalogue
from mamcrawler.sandbox.faults import Asked, Faults
from mamcrawler.sandbox.offers import everything_on_offer
from mamcrawler.sandbox.payloads import build_payload, duration_s
from mamcrawler.sandbox.releases import WorldRelease
from mamcrawler.sandbox.shelf import OwnedItem, starting_library, synthetic_library, write_library
from mamcrawler.sandbox.torrents import MadeTorrent, TorrentCache
from mamcrawler.sandbox.twelve_series import twelve_series_catalogue, twelve_series_library

__all__ = ["SECRETS", "Account", "Asked", "OwnedItem", "Purchase", "Secrets", "World", "WorldDamaged", "WorldRelease"]

Kind = Literal["standard", "empty", "twelve_series"]

REMEMBERED_REQUESTS = 5_000
GIB = 1024**3
START_ANEW = "Start anew with: manage.py sandbox --reset"


class WorldDamaged(Exception):
    """What the sandbox stored cannot be used: `manage.py sandbox --reset` starts it anew."""


class World:
    """Everything the stand-ins know, with one lock for all of them.

    The same root gives the same world again; the same seed gives the same books, library and releases anywhere.

    :param scale: so many synthetic books beside the real ones; most are owned, without files on disk.
    :raises WorldDamaged: if the root holds a state that cannot be read, or one of another world.
    """

    def __init__(self, root: Path, *, seed: int = 1, scale: int = 0, kind: Kind = "standard") -> None:
        self.root, self.seed, self.scale, self.kind = root, seed, scale, kind
        self.lock = threading.RLock()
        self.library_dir = root / "library"
        self.downloads_dir = root / "downloads"
        self.covers_dir = root / "covers"
        self.base_url = "http://127.0.0.1:8900"  # the server says what it is, without a slash at its end
        self.faults = Faults()
        self.asked: deque[Asked] = deque(maxlen=REMEMBERED_REQUESTS)
        self.times_asked = 0

        self.started_at = self.last_seen = clock.now().replace(microsecond=0)
        self.account = _new_account(self.started_at)
        self.ledger: list[Purchase] = []
        self.snatched: dict[int, datetime] = {}
        self.state: dict[str, Any] = {}
        is_known = self._restore()

        self.catalogue: Catalogue = (
            twelve_series_catalogue() if kind == "twelve_series" else load_catalogue(scale, seed)
        )
        self.owned: list[OwnedItem] = self._starting_library()
        self._releases: dict[int, WorldRelease] | None = None
        self._torrents = TorrentCache(root / "torrents")
        if not is_known:
            self.downloads_dir.mkdir(parents=True, exist_ok=True)
            write_library(self.owned, self.library_dir)
            self.save()

    @classmethod
    def empty(cls, root: Path, *, seed: int = 1) -> Self:
        """A world whose library holds nothing yet: a user who starts afresh."""
        return cls(root, seed=seed, kind="empty")

    @classmethod
    def twelve_series(cls, root: Path, *, seed: int = 1) -> Self:
        """The world of the twelve-series example: 55 of 136 books owned."""
        return cls(root, seed=seed, kind="twelve_series")

    @staticmethod
    def reset(root: Path) -> None:
        """Forget everything: remove what a sandbox has put below this folder, and nothing else."""
        for name in ("library", "downloads", "seeds", "torrents", "covers"):
            shutil.rmtree(root / name, ignore_errors=True)
        for name in ("state.json", "state.new"):
            (root / name).unlink(missing_ok=True)

    @property
    def releases(self) -> dict[int, WorldRelease]:
        """What the tracker offers, by its id; made up when first asked for."""
        with self.lock:
            if self._releases is None:
                offers = everything_on_offer(self.catalogue, seed=self.seed, now=self.started_at)
                self._releases = {release.tracker_id: release for release in offers}
            return self._releases

    @releases.setter
    def releases(self, releases: dict[int, WorldRelease]) -> None:
        self._releases = releases

    def remember(self, asked: Asked) -> None:
        """Keep a request that a stand-in was sent; only the latest few thousand stay."""
        self.asked.append(asked)
        self.times_asked += 1

    def book(self, key: str) -> CatalogueBook:
        """Give the catalogue's book with this key.

        :raises KeyError: if there is none.
        """
        return self.catalogue.books[key]

    def duration_s(self, performance: Performance) -> float:
        """How long a performance plays here, in whole minutes as seconds; every stand-in tells this, not its hours."""
        return duration_s(performance)

    def torrent(self, tracker_id: int) -> bytes:
        """The .torrent of a release (private, our announce, comment "MID=<id>"), made on first use, then stable.

        :raises KeyError: if there is no such release.
        """
        return self._made(tracker_id).content(f"{self.base_url}/mam/announce/{SECRETS.passkey}")

    def info_hash(self, tracker_id: int) -> str:
        """The info hash of a release's torrent, forty lower-case hex digits; makes the torrent if need be.

        :raises KeyError: if there is no such release.
        """
        return self._made(tracker_id).info_hash

    def by_info_hash(self, info_hash: str) -> WorldRelease | None:
        """The release of an info hash; only those are found whose torrent was made before."""
        made = self._torrents.by_info_hash(info_hash)
        return self.releases.get(made.tracker_id) if made else None

    def payload(self, tracker_id: int) -> Path:
        """The folder (for a single-file torrent the file) that the release's torrent lists; made on first use.

        It bears the torrent's name. Copy it, never move it.
        :raises KeyError: if there is no such release.
        """
        release = self.releases[tracker_id]
        with self.lock:
            return build_payload(release, self.catalogue, self.root / "seeds" / str(tracker_id))

    def save(self) -> None:
        """Write the state atomically, so that it survives a restart of the sandbox."""
        with self.lock:
            self.last_seen = max(self.last_seen, clock.now())
            stored = {
                "kind": self.kind,
                "seed": self.seed,
                "scale": self.scale,
                "started_at": self.started_at.isoformat(),
                "last_seen": self.last_seen.isoformat(),
                "account": self.account.as_json(),
                "ledger": [purchase.as_json() for purchase in self.ledger],
                "snatched": {str(tracker_id): when.isoformat() for tracker_id, when in self.snatched.items()},
                "state": self.state,
            }
            draft = self.root / "state.new"
            self.root.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(stored), encoding="utf-8")
            draft.replace(self._state_file)

    @property
    def _state_file(self) -> Path:
        return self.root / "state.json"

    def _restore(self) -> bool:
        """Take up what an earlier run saved; False at the first start."""
        try:
            stored = json.loads(self._state_file.read_text(encoding="utf-8"))
            theirs = (stored["kind"], stored["seed"], stored["scale"])
            self.started_at = datetime.fromisoformat(stored["started_at"])
            self.last_seen = datetime.fromisoformat(stored["last_seen"])
            self.account = Account.from_json(stored["account"])
            self.ledger = [Purchase.from_json(line) for line in stored["ledger"]]
            self.snatched = {int(key): datetime.fromisoformat(when) for key, when in stored["snatched"].items()}
            self.state = stored["state"]
        except FileNotFoundError:
            return False
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise WorldDamaged(f"{self._state_file} cannot be read. {START_ANEW}") from error
        if theirs != (self.kind, self.seed, self.scale):
            raise WorldDamaged(f"{self._state_file} is of a sandbox with other options: {theirs}. {START_ANEW}")
        return True

    def _starting_library(self) -> list[OwnedItem]:
        match self.kind:
            case "empty":
                return []
            case "twelve_series":
                return twelve_series_library(self.catalogue, now=self.started_at)
            case "standard":
                return [
                    *starting_library(self.catalogue, now=self.started_at),
                    *synthetic_library(self.catalogue, now=self.started_at),
                ]

    def _made(self, tracker_id: int) -> MadeTorrent:
        with self.lock:
            made = self._torrents.find(tracker_id)
            if made is None:
                payload = self.payload(tracker_id)
                made = self._torrents.make(tracker_id, payload)
            return made


def _new_account(now: datetime) -> Account:
    return Account(
        uid=200_100,
        username="sandbox-member",
        classname="VIP",
        uploaded_bytes=1_440 * GIB,
        downloaded_bytes=600 * GIB,
        seedbonus=35_000,
        wedges=8,
        vip_until=now + timedelta(days=40),
        unsat_limit=150,
        unsat_at_start=12,
    )
