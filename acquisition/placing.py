"""Puts downloaded files onto a shelf without touching the ones that seed, and takes them off again.

A file is hard-linked, else its blocks are shared (reflink), else it is copied; it is never moved. All files of a book
are gathered in a hidden folder of the shelf and appear under their final name in one step, so a shelf never shows half
a book, and the whole can be repeated after a crash at any line.
"""

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath

import structlog

from library import paths

STAGING_FOLDER = ".mamcrawler-staging"

_FICLONE = 0x40049409  # linux/fs.h
_NO_LINK = {errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
_NO_CLONE = _NO_LINK | {errno.EINVAL, errno.ENOTTY, errno.EBADF}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_WRITTEN_BY_AUDIOBOOKSHELF = {"metadata.json", "metadata.abs"}

Sources = Sequence[tuple[Path, PurePath]]

log = structlog.get_logger(__name__)


class PlacingError(Exception):
    """The files could not be put onto the shelf; it is as it was before."""


class TargetExists(PlacingError):
    """Other files stand where the book should go."""


class CopyNotAllowed(PlacingError):
    """The shelf is on another file system and a copy is not wanted."""


class ShelfFull(PlacingError):
    """The shelf's file system has no room for a copy."""

    def __init__(self, target: Path, *, needed_bytes: int, free_bytes: int) -> None:
        super().__init__(f"{target.name!r} needs {needed_bytes:,} bytes on the shelf, where {free_bytes:,} are free")
        self.needed_bytes = needed_bytes
        self.free_bytes = free_bytes


class Method(StrEnum):
    HARDLINK = "hardlink"
    REFLINK = "reflink"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Placed:
    """How each file came onto the shelf, by its place in the target; `was_there` after an earlier, finished attempt."""

    methods: dict[PurePath, Method]
    total_bytes: int
    copied_bytes: int
    was_there: bool = False

    @property
    def warning(self) -> str:
        """What a person should know: copies take room twice."""
        copies = sum(method is Method.COPY for method in self.methods.values())
        if not copies:
            return ""
        return (
            f"{copies} of {len(self.methods)} files were copied ({self.copied_bytes:,} bytes more on disk): "
            "downloads and shelf are on file systems that cannot share files."
        )


@dataclass(frozen=True, slots=True)
class Unplaced:
    """What was taken off the shelf, and what was left there because it is not what was put there."""

    removed: tuple[PurePath, ...]
    kept: tuple[PurePath, ...]


def place(sources: Sources, target: Path, *, staging_root: Path, allow_copy: bool = True) -> Placed:
    """Put files into a new folder on the shelf, all or none.

    :param sources: each file with its place inside the target folder.
    :param staging_root: a folder on the target's file system, best the root of the shelf.
    :raises TargetExists: if the target holds anything but exactly these files; if it holds them, that is success.
    :raises ShelfFull: if there is no room; nothing is left behind.
    :raises CopyNotAllowed: if neither link nor reflink is possible and `allow_copy` is false.
    :raises library.paths.OutsideShelf: if a place would be outside of the target.
    """
    _require_distinct(sources, target)
    if _is_taken(target):
        _drop_if_empty(staging_root / STAGING_FOLDER)  # of an attempt that ended right after its last step
        return _found_again(sources, target)
    staging = staging_root / STAGING_FOLDER / hashlib.sha256(os.fsencode(target.absolute())).hexdigest()[:24]
    with _nothing_left_behind(sources, target, staging):
        if staging.exists():
            log.info("Starting again after an unfinished attempt", target=target.name)
            shutil.rmtree(staging)
        staging.mkdir(parents=True)
        methods = {relative: _put(source, staging / relative, allow_copy=allow_copy) for source, relative in sources}
        _sync_folders(staging)
        target.parent.mkdir(parents=True, exist_ok=True)
        _appear(staging, target)
    _sync_folder(target.parent)
    _drop_if_empty(staging.parent)
    return _placed(sources, target, methods)


def unplace(target: Path, sources: Sources, *, root: Path) -> Unplaced:
    """Undo `place`: remove files whose content is still in their source, and folders that are empty then.

    A file that changed, or whose source is gone, stays. Repeats safely.

    :param root: the shelf; emptied folders above the target are removed up to it.
    """
    removed, kept = [], []
    for source, relative in sources:
        placed = paths.inside(target, relative)
        if not placed.exists():
            continue
        if _is_same(source, placed):
            placed.unlink()
            removed.append(relative)
        else:
            kept.append(relative)
    folders = {folder for _, relative in sources for folder in (target / relative).parents if folder != root}
    for folder in sorted(folders, key=lambda folder: len(folder.parts), reverse=True):
        if folder.is_relative_to(root):
            _drop_if_empty(folder)
    return Unplaced(removed=tuple(removed), kept=tuple(kept))


def same_file_system(one: Path, other: Path) -> bool:
    """Tell whether two places, of which parts may not exist yet, are on one file system."""
    return _device(one) == _device(other)


def _device(path: Path) -> int:
    existing = next(place for place in (path.absolute(), *path.absolute().parents) if place.exists())
    return existing.stat().st_dev


def _require_distinct(sources: Sources, target: Path) -> None:
    places = {paths.inside(target, relative) for _, relative in sources}
    if not sources or len(places) != len(sources):
        raise PlacingError(f"There is nothing to put into {target.name!r}, or two files have the same place there")


def _is_taken(target: Path) -> bool:
    """Tell whether something is at the target; an empty folder is nothing, a rename takes its place."""
    if not target.is_dir() or target.is_symlink():
        return os.path.lexists(target)
    return any(target.iterdir())


def _found_again(sources: Sources, target: Path) -> Placed:
    """Accept a target that an earlier attempt completed."""
    wanted = {target / relative for _, relative in sources}
    present = {path for path in target.rglob("*") if not path.is_dir()} if target.is_dir() else {target}
    extra = {path for path in present - wanted if path.name not in _WRITTEN_BY_AUDIOBOOKSHELF}
    if extra or wanted - present or not all(_is_same(source, target / relative) for source, relative in sources):
        raise TargetExists(f"{target.name!r} is on the shelf already and holds other files")
    methods = {
        relative: Method.HARDLINK if source.samefile(target / relative) else Method.COPY for source, relative in sources
    }
    return _placed(sources, target, methods, was_there=True)


def _placed(sources: Sources, target: Path, methods: dict[PurePath, Method], *, was_there: bool = False) -> Placed:
    sizes = {relative: (target / relative).stat().st_size for _, relative in sources}
    copied = sum(size for relative, size in sizes.items() if methods[relative] is Method.COPY)
    return Placed(methods, total_bytes=sum(sizes.values()), copied_bytes=copied, was_there=was_there)


@contextmanager
def _nothing_left_behind(sources: Sources, target: Path, staging: Path) -> Iterator[None]:
    """Clear the staging folder when anything fails, and say so if the reason is a full disk."""
    try:
        yield
    except BaseException as error:
        shutil.rmtree(staging, ignore_errors=True)
        _drop_if_empty(staging.parent)
        if isinstance(error, OSError) and error.errno in _FULL:
            needed = sum(source.stat().st_size for source, _ in sources)
            raise ShelfFull(target, needed_bytes=needed, free_bytes=_free_bytes(staging.parent.parent)) from error
        raise


def _free_bytes(place: Path) -> int:
    existing = next(folder for folder in (place.absolute(), *place.absolute().parents) if folder.exists())
    return shutil.disk_usage(existing).free


def _put(source: Path, destination: Path, *, allow_copy: bool) -> Method:
    """Give a file a second place by the cheapest way that the file systems allow."""
    source = source.resolve(strict=True)
    destination.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, destination)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
    else:
        return Method.HARDLINK
    with source.open("rb") as original, destination.open("xb") as second:
        method = Method.REFLINK if _clone(original.fileno(), second.fileno()) else Method.COPY
        if method is Method.COPY:
            if not allow_copy:
                raise CopyNotAllowed(f"{source.name!r} can only be copied to the shelf, and copies are not allowed")
            shutil.copyfileobj(original, second, 1 << 20)
        second.flush()
        os.fsync(second.fileno())
        times = os.fstat(original.fileno())
    os.utime(destination, ns=(times.st_atime_ns, times.st_mtime_ns))
    return method


def _clone(original: int, second: int) -> bool:
    try:
        fcntl.ioctl(second, _FICLONE, original)
    except OSError as error:
        if error.errno not in _NO_CLONE:
            raise
        return False
    return True


def _appear(staging: Path, target: Path) -> None:
    try:
        staging.rename(target)
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
            raise TargetExists(f"{target.name!r} appeared on the shelf in the meantime") from error
        if error.errno == errno.EXDEV:
            raise PlacingError("The staging folder is not on the file system of the shelf") from error
        raise


def _is_same(source: Path, placed: Path) -> bool:
    """Tell whether a placed file is its source, by inode or else by size and hash."""
    if not source.is_file() or not placed.is_file():
        return False
    if source.samefile(placed):
        return True
    return source.stat().st_size == placed.stat().st_size and _hash(source) == _hash(placed)


def _hash(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").digest()


def _sync_folders(top: Path) -> None:
    for folder, _, _ in os.walk(top):
        _sync_folder(Path(folder))


def _sync_folder(folder: Path) -> None:
    """Make names durable, where the file system can; network file systems often cannot."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _drop_if_empty(folder: Path) -> None:
    with suppress(OSError):  # it is not empty, or not there any more
        folder.rmdir()
