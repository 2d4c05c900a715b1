"""Which picture of a book's folder is its cover: the one that is named so, else the one inside an audio file."""

from collections.abc import Iterator
from pathlib import Path

import av
from av.stream import Disposition

from library.audio import UnreadableAudio, open_audio
from library.folder.names import disc_number

_IMAGES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
_STEMS = ("cover", "folder", "front", "poster")
Rank = tuple[int, int, str]


def is_image(name: str | Path) -> bool:
    """Tell by the suffix whether a file is a picture that may be a cover."""
    return Path(name).suffix.casefold() in _IMAGES


def cover_rank(rel_path: str) -> Rank:
    """How likely a picture is the cover, by its path below the book's folder; the least one is it."""
    stem = Path(rel_path).stem.casefold()
    known = _STEMS.index(stem) if stem in _STEMS else len(_STEMS)
    return rel_path.count("/"), known, stem


def pictures_beside(place: Path) -> list[Path]:
    """The pictures that lie with a book, the likeliest cover first.

    :param place: the book's folder, or its only file where it lies loose among others.
    :raises OSError: if it is not there or cannot be read.
    """
    if not place.is_dir():
        place.stat()
        return [path for path in _images_in(place.parent) if path.stem == place.stem]
    discs = [sub for sub in place.iterdir() if disc_number(sub.name) is not None and sub.is_dir()]
    found = [path for folder in (place, *discs) for path in _images_in(folder)]
    return sorted(found, key=lambda path: cover_rank(path.relative_to(place).as_posix()))


def picture_inside(path: Path, *, most_bytes: int) -> bytes | None:
    """The picture that an audio file carries, as it is stored; None if it has none, or one that is larger.

    :raises OSError: if the file cannot be opened.
    """
    try:
        with open_audio(path) as container:
            streams = [one for one in container.streams.video if one.disposition & Disposition.attached_pic]
            for packet in container.demux(streams[0]) if streams else ():
                return bytes(packet) if 0 < packet.size <= most_bytes else None
    except (UnreadableAudio, av.FFmpegError):
        return None
    return None


def _images_in(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if is_image(path) and not path.name.startswith(".") and path.is_file():
            yield path
