"""Folders of audio files as shelves."""

from pathlib import Path

from library.models import Shelf


class NotAFolder(Exception):
    """There is no such folder here, or the path is not absolute."""


def add_folder(path: str, *, name: str = "") -> Shelf:
    """Keep a folder of audio files as a shelf; one that is a shelf already is returned as it is.

    :raises NotAFolder: with what to give instead.
    """
    if not Path(path).is_absolute() or not Path(path).is_dir():
        raise NotAFolder(f"{path} is no folder here: give its absolute path as this program sees it")
    resolved = Path(path).resolve()
    shelf, _ = Shelf.objects.get_or_create(
        kind=Shelf.Kind.FOLDER, path=str(resolved), defaults={"name": name or resolved.name or str(resolved)}
    )
    return shelf
