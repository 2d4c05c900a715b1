"""Rows for books that we placed on a shelf ourselves."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import transaction

from library.models import AudioFile, Book, Coverage, Edition, Shelf
from library.services import cataloguing, indexing, monitoring
from mamcrawler.lib import clock


@transaction.atomic
def register_edition(
    shelf: Shelf,
    path: str,
    books: Sequence[Book],
    *,
    title: str,
    metadata: dict[str, Any],
    duration_s: float | None = None,
    tracker_id: int | None = None,
    info_hash: str = "",
    release_facts: dict[str, Any] | None = None,
    seeded: bool = True,
    shelf_folder: Path | None = None,
) -> Edition:
    """Note an edition that stands on a shelf now; repeated for the same path it is the same edition.

    :param path: its folder, relative to the shelf.
    :param seeded: the files share their inodes with a torrent.
    :param shelf_folder: the shelf's folder as this program sees it, where that is not the path its server tells.
    """
    root = (shelf_folder or Path(shelf.path)) / path
    files = sorted(file for file in root.rglob("*") if file.is_file())
    size_bytes = sum(file.stat().st_size for file in files)
    facts: dict[str, Any] = {
        "title": title[:500],
        "duration_s": duration_s,
        "size_bytes": size_bytes,
        "bitrate_kbps": round(size_bytes * 8 / duration_s / 1000) if duration_s else None,
        "audio_format": _format(files),
        "tracker_id": tracker_id,
        "info_hash": info_hash,
        "release_facts": release_facts or {},
    }
    edition, _ = Edition.objects.update_or_create(
        shelf=shelf,
        path=path,
        status=Edition.Status.PRESENT,
        defaults=facts,
        create_defaults=facts | {"metadata": metadata, "added_at": clock.now()},
    )
    rows = [
        AudioFile(
            edition=edition,
            position=position,
            path=str(file.relative_to(root)),
            inode=str(file.stat().st_ino),
            size_bytes=file.stat().st_size,
            is_seeded=seeded and file.stat().st_nlink > 1,
        )
        for position, file in enumerate(files, start=1)
    ]
    edition.audio_files.all().delete()
    AudioFile.objects.bulk_create(rows)
    Coverage.objects.bulk_create([Coverage(edition=edition, book=book) for book in books], ignore_conflicts=True)
    if len(books) == 1 and edition.recording is None:
        cataloguing.perform(edition, books[0])  # the cataloguing keeps what was taken for a wanted book as it is
    monitoring.claim_owned([book.pk for book in books])
    indexing.mark_stale(books=[book.pk for book in books])
    return edition


def link_items(shelf: Shelf, items: dict[str, str]) -> list[Edition]:
    """Tell editions that we placed which item the server made of them.

    :param items: item ids by path, relative to the shelf.
    """
    linked = []
    for edition in shelf.editions.unlinked().filter(path__in=items):
        if shelf.editions.filter(external_id=items[edition.path]).exists():
            continue
        Edition.objects.filter(pk=edition.pk, external_id="").update(external_id=items[edition.path])
        edition.refresh_from_db()
        linked.append(edition)
    return linked


def remove_edition(edition: Edition) -> None:
    """Mark an edition whose placing was undone as vanished; its history stays."""
    edition.status, edition.vanished_at = Edition.Status.VANISHED, clock.now()
    edition.save(update_fields=["status", "vanished_at"])
    indexing.mark_stale(editions=[edition.pk])


def _format(files: Sequence[Path]) -> str:
    from_audio = {file.suffix.lstrip(".").lower() for file in files} & {"mp3", "m4b", "m4a", "flac", "ogg", "opus"}
    return "+".join(sorted(from_audio))[:10]
