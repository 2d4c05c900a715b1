"""Finding the folders and files that are books, without opening any of them.

Every folder is entered once, by whichever path reaches it first, real folders before links: links that lead in circles,
or to what was read already, are reported and end there.
"""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from library.audio import is_audio
from library.folder.names import are_parts, disc_number, natural_key

PASSED_OVER = frozenset({"@eadir", "#recycle", "$recycle.bin", "lost+found", "system volume information"})


@dataclass(frozen=True, slots=True)
class FileOnDisk:
    """A file as the file system tells it."""

    path: Path
    rel_path: str  # below its book's folder
    ino: int
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class BookFolder:
    """A folder, or a loose file, that is one book."""

    path: Path
    rel_path: str  # below the root
    ino: int
    is_file: bool
    audio: tuple[FileOnDisk, ...]
    beside: tuple[FileOnDisk, ...]  # covers, sidecars and whatever else lies there

    @property
    def fingerprint(self) -> str:
        """A text that changes when any of the book's files is changed, renamed, added or replaced."""
        digest = hashlib.sha256()
        for file in sorted((*self.audio, *self.beside), key=lambda file: file.rel_path):
            digest.update(f"{file.rel_path}\0{file.size_bytes}\0{file.mtime_ns}\0{file.ino}\n".encode())
        return digest.hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or folder that could not be read, and why."""

    rel_path: str
    why: str


@dataclass(slots=True)
class _Listing:
    """One folder's entries, sorted into what they are."""

    ino: int = 0
    audio: list[FileOnDisk] = field(default_factory=list)
    beside: list[FileOnDisk] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    links: list[Path] = field(default_factory=list)  # to folders
    unreadable: list[Unreadable] = field(default_factory=list)
    is_ignored: bool = False


def book_folders(root: Path, beat: Callable[[], object] = lambda: None) -> Iterator[BookFolder | Unreadable]:
    """Find the books below a folder; nothing is opened, so this is quick and safe to repeat.

    :param beat: called for every folder, so that a long walk can show that it lives.
    """
    return _Walk(root, beat).run()


class _Walk:
    """One walk through a tree, which remembers where it has been."""

    def __init__(self, root: Path, beat: Callable[[], object]) -> None:
        self._root = root
        self._beat = beat
        self._entered: dict[tuple[int, int | str], str] = {}
        self._links: deque[Path] = deque()

    def run(self) -> Iterator[BookFolder | Unreadable]:
        yield from self._enter(self._root)
        while self._links:
            yield from self._enter(self._links.popleft())

    def _enter(self, top: Path) -> Iterator[BookFolder | Unreadable]:
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            listing = self._list(folder, base=folder)
            yield from listing.unreadable
            if listing.is_ignored:
                continue
            discs = [sub for sub in listing.folders if folder != self._root and disc_number(sub.name) is not None]
            deeper = [sub for sub in listing.folders if sub not in discs]
            for disc in discs:
                joined = self._list(disc, base=folder)
                yield from joined.unreadable
                listing.audio += joined.audio
                listing.beside += joined.beside
                listing.links += joined.links
                deeper += joined.folders
            self._links.extend(listing.links)
            waiting += reversed(deeper)
            if listing.audio:
                yield from self._books(folder, listing, is_shared=any(_holds_audio(sub) for sub in deeper))

    def _books(self, folder: Path, listing: _Listing, *, is_shared: bool) -> Iterator[BookFolder]:
        """Tell one book from several loose ones: at the root, and beside folders that hold books of their own."""
        files = sorted(listing.audio, key=lambda file: natural_key(file.rel_path))
        is_one_book = not is_shared or are_parts([file.rel_path for file in files])
        if folder != self._root and is_one_book:
            yield BookFolder(
                path=folder,
                rel_path=self._below_root(folder),
                ino=listing.ino,
                is_file=False,
                audio=tuple(files),
                beside=tuple(listing.beside),
            )
            return
        for file in files:
            beside = [other for other in listing.beside if other.path.stem == file.path.stem]
            yield BookFolder(
                path=file.path,
                rel_path=self._below_root(file.path),
                ino=file.ino,
                is_file=True,
                audio=(file,),
                beside=tuple(beside),
            )

    def _list(self, folder: Path, *, base: Path) -> _Listing:
        self._beat()
        listing = _Listing()
        try:
            status = folder.stat()
            listing.ino = status.st_ino
            before = self._entered.setdefault(_identity(folder, status), self._below_root(folder))
            if before != self._below_root(folder):
                listing.unreadable.append(
                    self._report(folder, f"leads to {before or 'the root'}, which is read already")
                )
                return listing
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: natural_key(entry.name))
        except OSError as error:
            listing.unreadable.append(self._report(folder, error.strerror or type(error).__name__))
            return listing
        listing.is_ignored = any(entry.name == ".ignore" for entry in found)
        for entry in found:
            if not entry.name.startswith(".") and entry.name.casefold() not in PASSED_OVER:
                self._sort(entry, listing, base)
        return listing

    def _sort(self, entry: os.DirEntry[str], listing: _Listing, base: Path) -> None:
        path = Path(entry.path)
        if not _is_text(entry.name):
            listing.unreadable.append(self._report(path, "its name is not valid UTF-8"))
            return
        try:
            status = entry.stat()
        except OSError as error:
            why = "a link that leads nowhere" if entry.is_symlink() else error.strerror or type(error).__name__
            listing.unreadable.append(self._report(path, why))
            return
        if entry.is_dir():
            (listing.links if entry.is_symlink() else listing.folders).append(path)
        elif entry.is_file():
            rel_path = path.relative_to(base).as_posix()
            file = FileOnDisk(path, rel_path, status.st_ino, status.st_size, status.st_mtime_ns)
            (listing.audio if is_audio(entry.name) else listing.beside).append(file)

    def _below_root(self, path: Path) -> str:
        return "" if path == self._root else path.relative_to(self._root).as_posix()

    def _report(self, path: Path, why: str) -> Unreadable:
        return Unreadable(self._below_root(path).encode("utf-8", "replace").decode(), why)


def _identity(folder: Path, status: os.stat_result) -> tuple[int, int | str]:
    """Tell a folder from all others; some network file systems give no inode."""
    return status.st_dev, status.st_ino or os.path.realpath(folder)


def _holds_audio(folder: Path) -> bool:
    """Say whether there is audio anywhere below; links are not followed, so it ends."""
    return any(is_audio(name) for _, _, names in os.walk(folder) for name in names)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
