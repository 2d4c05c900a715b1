"""Folders of audio files as shelves, and which folders can be none."""

from pathlib import Path

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from library.models import Edition, Shelf
from library.services.walking import ShelfUnreachable
from mamcrawler.operations import findings

REFUSED = "library.folder_refused"
ADVICE = "Take it out of LIBRARY_FOLDERS, or remove its shelf on the Set-up page; no file is touched by that."


class NotAFolder(Exception):
    """There is no such folder here, or the path is not absolute."""


class FolderTaken(Exception):
    """The folder overlaps another shelf, the downloads or our own data, so that the same files would count twice."""


class ShelfOverlaps(ShelfUnreachable):
    """A shelf that should never have become one: it is not read."""


def add_folder(path: str, *, name: str = "") -> Shelf:
    """Keep a folder of audio files as a shelf; one that is a shelf already is returned as it is.

    :raises NotAFolder: with what to give instead.
    :raises FolderTaken: with what it overlaps.
    """
    if not Path(path).is_absolute() or not Path(path).is_dir():
        raise NotAFolder(f"{path} is no folder here: give its absolute path as this program sees it")
    resolved = Path(path).resolve()
    shelf = Shelf.objects.filter(kind=Shelf.Kind.FOLDER, path=str(resolved)).first()
    if shelf is None:
        if reason := _refusal(resolved):
            raise FolderTaken(reason)
        shelf = _made(resolved, name)
    return shelf


def keep_configured() -> None:
    """Make a shelf of every folder in the settings that can be one; the others are told by `tell_refused`."""
    for path in configured():
        if not Shelf.objects.filter(kind=Shelf.Kind.FOLDER, path=path).exists() and not _refusal(Path(path)):
            _made(Path(path))


def refused() -> dict[str, str]:
    """Why folders of the settings, and folders that are shelves already, are not read; by their paths."""
    shelves = {shelf.path: shelf for shelf in Shelf.objects.active().filter(kind=Shelf.Kind.FOLDER)}
    switched_off = set(Shelf.objects.filter(kind=Shelf.Kind.FOLDER, is_active=False).values_list("path", flat=True))
    paths = dict.fromkeys([*shelves, *configured()])
    told = {path: _refusal(Path(path), of=shelves.get(path)) for path in paths if path not in switched_off}
    return {path: reason for path, reason in told.items() if reason}


def tell_refused() -> None:
    """Make a finding of every folder that is not read, and close those of folders that are."""
    told = refused()
    for path, reason in told.items():
        findings.report(REFUSED, path, f"A folder is not read: {reason}.", advice=ADVICE)
    for subject in findings.open_subjects(REFUSED) - {path[:300] for path in told}:
        findings.settle(REFUSED, subject, how="the folder overlaps nothing any more")


def require_apart(shelf: Shelf) -> None:
    """Refuse to read a folder that overlaps another shelf, the downloads or our own data.

    :raises ShelfOverlaps: with what it overlaps.
    """
    if reason := _refusal(Path(shelf.path), of=shelf):
        raise ShelfOverlaps(reason)


def configured() -> list[str]:
    """The folders that the settings name, without links on the way."""
    return [str(Path(path).resolve()) for path in settings.LIBRARY_FOLDERS]


def _made(path: Path, name: str = "") -> Shelf:
    shelf, _ = Shelf.objects.get_or_create(
        kind=Shelf.Kind.FOLDER, path=str(path), defaults={"name": name or path.name or str(path)}
    )
    return shelf


def _refusal(folder: Path, *, of: Shelf | None = None) -> str:
    """Why a folder can not be a shelf, empty if it can.

    :param of: the shelf that it is already; of two folders the one that came first stays, and a server's library stays
        whenever it came.
    """
    resolved = folder.resolve()
    if resolved == resolved.parent:
        return f"{folder} is the root of the file system: name the folder of the books themselves"
    taken: dict[str, str] = {}
    for shelf in _counted():
        is_later = of is not None and shelf.kind == Shelf.Kind.FOLDER and shelf.pk >= of.pk
        if not is_later and Path(shelf.path).is_absolute():
            taken[f"the {'' if shelf.is_active else 'switched-off '}shelf {shelf.name}"] = shelf.path
    if settings.QBITTORRENT_SAVE_PATH and Path(settings.QBITTORRENT_SAVE_PATH).is_dir():
        taken["the downloads"] = settings.QBITTORRENT_SAVE_PATH
    taken["this program's own data"] = str(settings.DATA_DIR)
    for name, path in taken.items():
        if relation := _relation(resolved, Path(path).resolve()):
            return f"{folder} {relation} {name} ({path})"
    return ""


def _counted() -> QuerySet[Shelf]:
    """Shelves whose files count: one that is switched off still owns what it held."""
    held = Edition.objects.present().filter(shelf=OuterRef("pk"))
    return Shelf.objects.filter(Q(is_active=True) | Exists(held)).order_by("name", "pk")


def _relation(one: Path, other: Path) -> str:
    if one == other:
        return "is the folder of"
    if one.is_relative_to(other):
        return "lies inside the folder of"
    return "lies around the folder of" if other.is_relative_to(one) else ""
