"""Real torrents of real files: private, with the account's announce address, the same again for the same files."""

from dataclasses import dataclass
from pathlib import Path

import torf

PIECE_BYTES = 32 * 1024


@dataclass(frozen=True)
class MadeTorrent:
    """A torrent as it lies in the cache; its announce address is filled in when it is handed out."""

    path: Path
    tracker_id: int
    info_hash: str

    def content(self, announce: str) -> bytes:
        """Give the .torrent for this announce address; the info hash does not depend on it."""
        torrent = torf.Torrent.read(self.path)
        torrent.trackers = [announce]
        return bytes(torrent.dump())


class TorrentCache:
    """The torrents that were made so far, on disk, named by tracker id and info hash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[int, MadeTorrent] = {}
        for path in folder.glob("*-*.torrent"):
            tracker_id, _, info_hash = path.stem.partition("-")
            self._made[int(tracker_id)] = MadeTorrent(path, int(tracker_id), info_hash)
        self._by_hash = {made.info_hash: made for made in self._made.values()}

    def find(self, tracker_id: int) -> MadeTorrent | None:
        """Give a torrent that was made before."""
        return self._made.get(tracker_id)

    def by_info_hash(self, info_hash: str) -> MadeTorrent | None:
        """Give the torrent of an info hash, if it was made before."""
        return self._by_hash.get(info_hash.lower())

    def make(self, tracker_id: int, payload: Path) -> MadeTorrent:
        """Make the torrent of a folder or a single file."""
        torrent = torf.Torrent(payload, private=True, piece_size=PIECE_BYTES, comment=f"MID={tracker_id}")
        torrent.creation_date = None
        torrent.created_by = "MAMcrawler sandbox"
        torrent.generate(threads=1)
        info_hash = str(torrent.infohash)
        path = self._folder / f"{tracker_id}-{info_hash}.torrent"
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_bytes(torrent.dump(validate=False))
        draft.replace(path)
        made = MadeTorrent(path, tracker_id, info_hash)
        self._made[tracker_id] = self._by_hash[info_hash] = made
        return made
