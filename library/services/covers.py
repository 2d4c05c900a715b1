"""Keeping the covers of copies in sizes, so that no page waits for a library server or a disk of audiobooks."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError

from library import folder, pictures
from library.audio import is_audio
from library.audiobookshelf import AnswerTooLarge, AudiobookshelfClient, LibraryServerError
from library.models import Cover, Edition, Shelf
from library.models.editions import EditionQuerySet
from mamcrawler.lib import clock

log = structlog.get_logger(__name__)

MEDIA_TYPE = "image/webp"
RETRY = timedelta(hours=1)
"""A cover that could not be looked at is tried again after so long."""
FEW_FILES = 3
"""So many audio files of a book are opened in search of a picture; taggers put it into the first or into all."""
YOUNG = timedelta(hours=1)
"""A file of so little real time may be one whose row is just being written."""
HEX = "0123456789abcdef"
_DIGEST = re.compile("[0-9a-f]{32}")
UNREACHABLE = (LibraryServerError, OSError)
"""What keeps a cover from being looked at: the server, a disk that is not there, our own that is full."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """A picture that may be the cover; `size_bytes` and `mtime_ns` are those of the file that holds it."""

    source: Cover.Source
    read: Callable[[], bytes | None]
    path: str = ""
    size_bytes: int | None = None
    mtime_ns: int | None = None

    def facts(self) -> dict[str, Any]:
        """How a row tells what it was made from."""
        return {
            "source": self.source,
            "source_path": self.path[:1000],
            "source_size_bytes": self.size_bytes,
            "source_mtime_ns": self.mtime_ns,
        }

    def is_kept_as(self, known: Cover) -> bool:
        """Whether the known picture was made from this very file, which a server does not tell of its own."""
        is_same = all(getattr(known, name) == value for name, value in self.facts().items())
        return is_same and self.mtime_ns is not None and known.status == Cover.Status.READY and _is_kept(known)


class CopyGone(Exception):
    """The files of a copy are not where its shelf had them; the next reading of the shelf tells where they are."""


def due() -> EditionQuerySet:
    """Editions whose cover is to be looked at; those on a server only while it is configured."""
    editions = Edition.objects.cover_due()
    if not settings.AUDIOBOOKSHELF_TOKEN:
        editions = editions.filter(shelf__kind=Shelf.Kind.FOLDER)
    return editions


def cache_cover(edition: Edition, client: AudiobookshelfClient) -> None:
    """Look at an edition's cover, keep it in sizes and note what came of it; safe to repeat.

    The row is written after the files: a crash in between leaves files that the next look writes again, or that `tidy`
    removes.

    What is known stays where that fails, and the cover is due again after `RETRY`.

    :raises CopyGone: if the files of the copy are not on their shelf.
    :raises LibraryServerError: if the server gives no usable answer; also OSError, if a file or folder can not be
        read or written.
    """
    known = Cover.objects.filter(edition=edition).first()
    signs = {"server_updated_ms": edition.server_updated_ms, "fingerprint": edition.fingerprint}
    try:
        facts = _look(edition, client, known)
    except (CopyGone, *UNREACHABLE) as error:
        _put_off(edition, known, str(error))
        raise
    _note(edition, _BLANK | signs | facts)


def open_size(digest: str, width: int) -> bytes | None:
    """The WebP file of a cover in one of its sizes; None if it is not kept, or if that is no name of a picture."""
    if not _DIGEST.fullmatch(digest) or width > pictures.WIDTHS[-1]:
        return None
    try:
        return _path(digest, width).read_bytes()
    except FileNotFoundError:
        return None


def are_lost() -> bool:
    """Whether the folder of the pictures is gone, as after a backup was brought back without it."""
    return not settings.COVERS_DIR.exists() and Cover.objects.ready().exists()


def tidy(beat: Callable[[str], object]) -> tuple[int, int]:
    """Forget covers whose files are gone, so that they are fetched anew, and remove files that no cover has.

    Returns how many of each.
    """
    forgotten = removed = 0
    for digit in HEX:
        beat("Comparing the pictures with what is known of them")
        files = {path.name: path for path in settings.COVERS_DIR.glob(f"{digit}[{HEX}]/*")}
        kept: set[str] = set()
        lost: list[int] = []
        for cover in Cover.objects.ready().filter(digest__startswith=digit).only("digest", "width").iterator():
            names = {_path(cover.digest, width).name for width in cover.widths}
            if names <= files.keys():
                kept |= names
            else:
                lost.append(cover.pk)
        for start in range(0, len(lost), 500):
            forgotten += Cover.objects.filter(pk__in=lost[start : start + 500]).delete()[0]
        removed += sum(_remove_stray(path) for name, path in files.items() if name not in kept)
    return forgotten, removed


_BLANK: dict[str, Any] = {
    "digest": "", "width": None, "height": None, "reason": "",
    "source": "", "source_path": "", "source_size_bytes": None, "source_mtime_ns": None, "retry_at": None,
}  # fmt: skip


def _look(edition: Edition, client: AudiobookshelfClient, known: Cover | None) -> dict[str, Any]:
    """What is to be noted of the first picture that can be shown, which is kept, or why there is none."""
    reason = ""
    for offer in _offers(edition, client):
        if known is not None and offer.is_kept_as(known):
            return {"status": Cover.Status.READY, **offer.facts(), **_picture_of(known)}
        try:
            content = offer.read()
            if content is not None:
                return {"status": Cover.Status.READY, **offer.facts(), **_keep(content)}
        except (pictures.Unshowable, AnswerTooLarge) as error:
            is_large = isinstance(error, AnswerTooLarge)
            why = f"is larger than {pictures.LARGEST_BYTES // 1024**2} MB" if is_large else str(error)
            reason = reason or f"{Path(offer.path).name or 'the picture'} {why}"[:300]
    return {"status": Cover.Status.UNREADABLE, "reason": reason} if reason else {"status": Cover.Status.NONE}


def _offers(edition: Edition, client: AudiobookshelfClient) -> Iterator[_Offer]:
    """The pictures that may be an edition's cover, likeliest first."""
    if edition.shelf.kind == Shelf.Kind.AUDIOBOOKSHELF:
        if edition.has_cover:
            yield _Offer(Cover.Source.SERVER, partial(_fetched, client, edition.external_id))
        return
    root = Path(edition.shelf.path)
    place = root / edition.path
    if root.is_dir() and not place.exists():
        raise CopyGone(f"{edition.path} is not there")
    for path in folder.pictures_beside(place):
        yield _on_disk(Cover.Source.FILE, path, root, partial(_bytes_of, path))
    names = edition.audio_files.order_by("position").values_list("path", flat=True)
    for name in [name for name in names if is_audio(name)][:FEW_FILES]:
        path = place if place.is_file() else place / name
        if path.is_file():  # else the next sync will tell where it is
            yield _on_disk(Cover.Source.EMBEDDED, path, root, partial(_inside, path))


def _on_disk(source: Cover.Source, path: Path, root: Path, read: Callable[[], bytes | None]) -> _Offer:
    status = path.stat()
    name = path.relative_to(root).as_posix().encode("utf-8", "replace").decode()  # a disk may hold names of any bytes
    return _Offer(source, read, name, status.st_size, status.st_mtime_ns)


def _fetched(client: AudiobookshelfClient, item_id: str) -> bytes | None:
    cover = client.cover(item_id, most_bytes=pictures.LARGEST_BYTES)
    return cover.content if cover else None


def _bytes_of(path: Path) -> bytes:
    if path.stat().st_size > pictures.LARGEST_BYTES:
        raise pictures.Unshowable(f"is larger than {pictures.LARGEST_BYTES // 1024**2} MB")
    return path.read_bytes()


def _inside(path: Path) -> bytes | None:
    return folder.picture_inside(path, most_bytes=pictures.LARGEST_BYTES)


def _keep(content: bytes) -> dict[str, Any]:
    """Make the sizes of a picture, unless another copy has the same; gives what a row tells of it.

    :raises Unshowable: if it is no picture that could be shown.
    """
    digest = pictures.digest_of(content)
    twin = Cover.objects.ready().filter(digest=digest).first()
    if twin is not None and _is_kept(twin):
        return _picture_of(twin)
    picture = pictures.read_picture(content)
    for width, file in picture.sizes.items():
        _write(_path(digest, width), file)
    return {"digest": digest, "width": picture.width, "height": picture.height}


def _picture_of(cover: Cover) -> dict[str, Any]:
    return {"digest": cover.digest, "width": cover.width, "height": cover.height}


def _is_kept(cover: Cover) -> bool:
    return all(_path(cover.digest, width).is_file() for width in cover.widths)


def _path(digest: str, width: int) -> Path:
    return Path(settings.COVERS_DIR) / digest[:2] / f"{digest}-{width}.webp"


def _write(path: Path, content: bytes) -> None:
    """Put a file in its place at once and for good: no crash leaves half of it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _remove_stray(path: Path) -> bool:
    """Remove a file that belongs to no cover, unless it is so young that its row may be on the way."""
    with suppress(OSError):  # somebody else was quicker, or it is a folder
        if path.stat().st_mtime < (clock.wall() - YOUNG).timestamp():
            path.unlink()
            return True
    return False


def _note(edition: Edition, facts: dict[str, Any]) -> None:
    try:
        Cover.objects.update_or_create(edition=edition, defaults=facts | {"looked_at": clock.now()})
    except IntegrityError:
        if Edition.objects.filter(pk=edition.pk).exists():
            raise
        log.info("the copy was removed while its cover was fetched", edition=edition.pk)


def _put_off(edition: Edition, known: Cover | None, why: str) -> None:
    """Let a cover wait; what is known of it stays, and the signs that it changed do too."""
    if known is not None:
        Cover.objects.filter(pk=known.pk).update(retry_at=clock.now() + RETRY)
        return
    reason = f"it could not be fetched: {why}"[:300]
    _note(edition, _BLANK | {"status": Cover.Status.UNREADABLE, "reason": reason, "retry_at": clock.now() + RETRY})
