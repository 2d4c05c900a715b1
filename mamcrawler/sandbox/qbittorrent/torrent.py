"""One torrent of the stand-in: it fills from the world's payload, and then seeds, as the product's time goes by."""

import hashlib
import io
import shutil
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import torf

SLOWEST_S, BYTES_A_SECOND = 600.0, 50_000.0  # a download takes ten minutes and its size
SEEDED_A_DAY = 0.15  # of the torrent's size, for each leecher and one more
CHECKING_S, MOVING_S = 20.0, 20.0


@dataclass
class StandInTorrent:
    """What the stand-in remembers of a torrent; all times are unix seconds of the product's clock."""

    info_hash: str
    name: str
    content: str  # the torrent file in base64; "" for a magnet link, whose metadata never comes
    save_path: str
    added_at: float
    listed_at: float  # adding is asynchronous: not in any list before
    settled_at: float  # up to when the numbers below are right
    files: list[tuple[str, int]] = field(default_factory=list)  # path with forward slashes, size
    piece_size: int = 0
    comment: str = ""
    created_by: str = ""
    created_at: int = -1
    is_private: bool = False
    announce: str = ""
    category: str = ""
    tags: list[str] = field(default_factory=list)
    tracker_id: int | None = None  # the world's release, when it knows one
    seeds: int = 0
    leechers: int = 0
    is_stopped: bool = False
    is_forced: bool = False
    auto_tmm: bool = False
    trouble: str = ""  # "", "error" or "missingFiles"
    stalls: bool = False
    cure: str = "never"  # what ends a stall or an error: "restart", "reannounce", "recheck" or "never"
    spoil: str = ""  # what goes wrong with the files at completion: "flip", "cut" or "missing"
    must_refetch: bool = False  # a check found wrong bytes
    busy: str = ""  # "checking" or "moving", until `busy_until`
    busy_until: float = 0.0
    downloaded: float = 0.0  # bytes that are there
    fetched: float = 0.0  # bytes that came over the wire
    uploaded: float = 0.0
    seeding_s: float = 0.0
    active_s: float = 0.0
    completed_at: float = 0.0
    ratio_limit: float = -2
    seeding_time_limit: int = -2
    inactive_seeding_time_limit: int = -2
    share_limit_action: str = "Default"
    share_limits_mode: str = "Default"
    upload_limit: int = 0
    download_limit: int = 0

    @classmethod
    def from_file(cls, content: bytes, *, save_path: str, now: float) -> Self:
        """Read a torrent file.

        :raises torf.TorfError: if it is none.
        """
        read = torf.Torrent.read_stream(io.BytesIO(content), validate=True)
        trackers = [url for tier in read.trackers for url in tier]
        return cls(
            info_hash=str(read.infohash),
            name=str(read.name),
            content=b64encode(content).decode(),
            save_path=save_path,
            added_at=now,
            listed_at=now,
            settled_at=now,
            files=[(str(file), file.size) for file in read.files],
            piece_size=int(read.piece_size),
            comment=str(read.comment or ""),
            created_by=str(read.created_by or ""),
            created_at=int(read.creation_date.timestamp()) if read.creation_date else -1,
            is_private=bool(read.private),
            announce=str(trackers[0]) if trackers else "",
        )

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Read back what `as_json` gave."""
        known = {one.name for one in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        return cls(**{**values, "files": [(path, size) for path, size in stored["files"]]})

    def as_json(self) -> dict[str, Any]:
        """Give everything as JSON can hold it."""
        return asdict(self)

    @property
    def has_metadata(self) -> bool:
        """Whether the file list is known."""
        return bool(self.content)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(size for _, size in self.files)

    @property
    def root(self) -> str:
        """The torrent's own folder or single file below its save path, whatever the torrent is called in lists."""
        return self.files[0][0].partition("/")[0] if self.files else self.name

    @property
    def left(self) -> int:
        """Bytes still to come."""
        return self.size - int(self.downloaded)

    @property
    def is_complete(self) -> bool:
        """Whether every byte is there."""
        return self.has_metadata and self.left <= 0

    @property
    def torrent_file(self) -> bytes:
        """The torrent file as it was added."""
        return b64decode(self.content)

    @property
    def download_rate(self) -> float:
        """Bytes a second that come while the download runs."""
        return self.size / (SLOWEST_S + self.size / BYTES_A_SECOND) if self.size else 0.0

    @property
    def upload_rate(self) -> float:
        """Bytes a second that others take while the torrent seeds."""
        return self.size * SEEDED_A_DAY * (1 + self.leechers) / 86_400 if self.leechers else 0.0

    @property
    def can_download(self) -> bool:
        """Whether bytes would come now if some are missing."""
        return self.tracker_id is not None and not (self.is_stopped or self.trouble or self.stalls or self.busy)

    def settle(self, now: float) -> bool:
        """Live through the time since the last look; True if the download completed in it."""
        elapsed, self.settled_at = now - self.settled_at, now
        if self.busy and now >= self.busy_until:
            self.busy = ""
        if elapsed <= 0 or self.is_stopped or self.trouble or self.busy or not self.has_metadata:
            return False
        self.active_s += elapsed
        completed = False
        if not self.is_complete:
            if not self.can_download:
                return False
            fetching = min(elapsed, self.left / self.download_rate)
            self.fetched += fetching * self.download_rate
            self.downloaded = min(self.size, self.downloaded + fetching * self.download_rate)
            if self.left < 1:
                self.downloaded, completed = float(self.size), True
                self.completed_at = now - (elapsed - fetching)
            elapsed -= fetching
        if self.is_complete:
            self.seeding_s += elapsed
            self.uploaded += elapsed * self.upload_rate
        return completed

    def be_busy(self, how: str, now: float) -> None:
        """Check or move the files for a while."""
        self.busy, self.busy_until = how, now + (CHECKING_S if how == "checking" else MOVING_S)

    def path(self, name: str) -> Path:
        """Where one of the files is, or will be."""
        return Path(self.save_path) / name

    def write_so_far(self, payload: Path, *, anew: bool = False) -> None:
        """Bring the files on disk up to the bytes that have come, in the torrent's order.

        :param payload: the folder, or the single file, that the torrent was made of.
        """
        offset = 0
        for name, size in self.files:
            there = max(0, min(size, int(self.downloaded) - offset))
            offset += size
            target = self.path(name)
            if not there and size:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if anew:
                target.unlink(missing_ok=True)
            done = target.stat().st_size if target.exists() else 0
            if done < there or not target.exists():
                with source_of(payload, name).open("rb") as origin, target.open("ab") as copy:
                    origin.seek(done)
                    copy.write(origin.read(there - done))

    def check(self) -> None:
        """Compare the files on disk with the piece hashes, and believe only what agrees."""
        read = torf.Torrent.read_stream(io.BytesIO(self.torrent_file), validate=False)
        digests = bytes(read.metainfo["info"]["pieces"])
        right = 0
        for number, piece in enumerate(self._pieces()):
            if hashlib.sha1(piece).digest() == digests[number * 20 : number * 20 + 20]:
                right += len(piece)
        self.must_refetch = 0 < right < self.size or (right == 0 and self.downloaded > 0)
        self.downloaded = float(right)
        if not self.is_complete:
            self.completed_at = 0.0
        elif not self.completed_at:
            self.completed_at = self.settled_at

    def _pieces(self) -> list[bytes]:
        whole = io.BytesIO()
        for name, size in self.files:
            there = self.path(name).read_bytes()[:size] if self.path(name).is_file() else b""
            whole.write(there.ljust(size, b"\0"))
        content = whole.getvalue()
        return [content[start : start + self.piece_size] for start in range(0, len(content), self.piece_size)]

    def has_files(self) -> bool:
        """Whether every file is on disk in its full length."""
        return all(self.path(name).is_file() and self.path(name).stat().st_size == size for name, size in self.files)

    def has_any_file(self) -> bool:
        """Whether any file is on disk, as when a torrent is added over its own files."""
        return any(self.path(name).is_file() for name, _ in self.files)

    def move(self, target: Path) -> None:
        """Take the files to another folder."""
        for name, _ in self.files:
            if self.path(name).is_file():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.move(self.path(name), target / name)
        self.save_path = str(target)

    def remove_files(self) -> None:
        """Delete the files and the folders they leave empty."""
        for name, _ in self.files:
            self.path(name).unlink(missing_ok=True)
        top = self.path(self.root)
        if top.is_dir() and not any(one.is_file() for one in top.rglob("*")):
            shutil.rmtree(top)

    def spoil_files(self) -> None:
        """Do to the finished files what was asked for: flip a byte, cut one short, or lose one."""
        name, size = max(self.files, key=lambda file: file[1])
        target = self.path(name)
        if self.spoil == "flip":
            content = bytearray(target.read_bytes())
            content[size // 2] ^= 0xFF
            target.write_bytes(content)
        elif self.spoil == "cut":
            target.write_bytes(target.read_bytes()[: size // 2])
        elif self.spoil == "missing":
            target.unlink()
        self.spoil = ""


def source_of(payload: Path, name: str) -> Path:
    """Find a torrent's file in what the torrent was made of: a single file, a folder, or that folder's parent."""
    if payload.is_file():
        return payload
    inside = payload.joinpath(*Path(name).parts[1:])
    return inside if inside.is_file() else payload / name
