"""What a scan finds on disk, turned into items: new folders appear, vanished ones become missing, moved ones follow."""

from pathlib import Path

from library.folder import BookFolder, FileOnDisk, FoundBook, book_folders, read
from mamcrawler.sandbox.audiobookshelf.records import (
    Record,
    audio_file,
    author_entry,
    library_file,
    made_id,
    new_item,
    placed_file,
    series_entry,
    told_by_owner,
)
from mamcrawler.sandbox.world import OwnedItem

_IMAGES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
_KINDS = {".opf": "metadata", ".json": "metadata", ".nfo": "text", ".txt": "text", ".epub": "ebook", ".pdf": "ebook"}


def scan(items: dict[str, Record], root: Path, *, library_id: str, folder_id: str, now_ms: int) -> int:
    """Bring the items up to date with the files below the library's folder; returns how many changed."""
    by_path = {record["relPath"]: record for record in items.values()}
    on_disk = {found.rel_path: found for found in book_folders(root) if isinstance(found, BookFolder)}
    missing = [record for path, record in by_path.items() if path not in on_disk]
    by_ino = {record["ino"]: record for record in missing}
    changed = 0
    for path, folder in on_disk.items():
        known = by_path.get(path) or by_ino.get(str(folder.ino))
        if known and not known["isMissing"] and known["relPath"] == path and not _differs(known, folder):
            continue
        fresh = item_of(folder, library_id=library_id, folder_id=folder_id, now_ms=now_ms)
        if fresh is None:
            continue
        items[known["id"] if known else fresh["id"]] = _kept(known, fresh, now_ms) if known else fresh
        changed += 1
    for record in missing:
        if items[record["id"]]["relPath"] not in on_disk and not record["isMissing"]:
            record.update(isMissing=True, updatedAt=now_ms, lastScan=now_ms)
            changed += 1
    return changed


def item_of(folder: BookFolder, *, library_id: str, folder_id: str, now_ms: int) -> Record | None:
    """Make the item of a book's folder, knowing what its names, tags and sidecars tell; None if nothing plays."""
    book = next((found for found in read(folder) if isinstance(found, FoundBook)), None)
    if book is None:
        return None
    item_id = made_id("item", folder.rel_path)
    entries = {str(file.ino): _placed(file) for file in (*folder.audio, *folder.beside)}
    return new_item(
        item_id=item_id,
        media_id=made_id("media", folder.rel_path),
        ino=str(folder.ino),
        library_id=library_id,
        folder_id=folder_id,
        path=str(folder.path),
        rel_path=folder.rel_path,
        is_file=folder.is_file,
        mtime_ms=max(file.mtime_ns for file in folder.audio) // 1_000_000,
        added_ms=now_ms,
        media={
            "metadata": _metadata(book),
            "coverPath": book.cover_path,
            "tags": list(book.tags),
            "audioFiles": _audio_files(book, entries, now_ms),
            "chapters": _chapters(book),
        },
        library_files=[
            library_file(str(file.ino), entries[str(file.ino)], now_ms, _kind(file, folder))
            for file in (*folder.audio, *folder.beside)
        ],
    )


def leave_as_its_owner_did(record: Record, owned: OwnedItem) -> None:
    """Put what the library server knows of an item at the start in place of what its files tell."""
    added = int(owned.added_at.timestamp() * 1000)
    record.update(addedAt=added, updatedAt=added, lastScan=added)
    record["media"].update(tags=list(owned.metadata.tags), metadata=told_by_owner(owned.metadata))
    if not owned.has_cover:
        record["media"]["coverPath"] = None


def _kept(known: Record, fresh: Record, now_ms: int) -> Record:
    """Take files and paths from the fresh reading, but keep the item's id and whatever a person has written."""
    media = {**fresh["media"], "id": known["media"]["id"], "libraryItemId": known["id"], "tags": known["media"]["tags"]}
    media["metadata"] = known["media"]["metadata"]
    return {**fresh, "id": known["id"], "addedAt": known["addedAt"], "updatedAt": now_ms, "media": media}


def _differs(record: Record, folder: BookFolder) -> bool:
    stored = {(file["ino"], file["metadata"]["size"], file["metadata"]["mtimeMs"]) for file in record["libraryFiles"]}
    found = {(str(file.ino), file.size_bytes, file.mtime_ns // 1_000_000) for file in (*folder.audio, *folder.beside)}
    return stored != found


def _metadata(book: FoundBook) -> Record:
    return {
        "title": book.title,
        "subtitle": book.subtitle,
        "authors": [author_entry(author.name) for author in book.authors],
        "narrators": list(book.narrators),
        "series": [series_entry(place.name, place.sequence) for place in book.series],
        "genres": list(book.genres),
        "publishedYear": book.published_year,
        "publishedDate": book.published_date,
        "publisher": book.publisher,
        "description": book.description,
        "isbn": book.isbn,
        "asin": book.asin,
        "language": book.language,
        "explicit": bool(book.explicit),
        "abridged": bool(book.abridged),
    }


def _audio_files(book: FoundBook, entries: dict[str, Record], now_ms: int) -> list[Record]:
    return [
        audio_file(
            file.index,
            file.ino or "",
            entries[file.ino or ""],
            seen_ms=now_ms,
            duration=file.duration_s or 0,
            bitrate=file.bitrate_bps or 0,
            codec=file.codec or "",
            chapters=_chapters(book) if file.chapter_count and len(book.audio_files) == 1 else [],
        )
        for file in book.audio_files
        if file.error is None
    ]


def _chapters(book: FoundBook) -> list[Record]:
    return [
        {"id": number, "start": chapter.start_s, "end": chapter.end_s, "title": chapter.title}
        for number, chapter in enumerate(book.chapters)
    ]


def _placed(file: FileOnDisk) -> Record:
    return placed_file(str(file.path), file.rel_path, size=file.size_bytes, mtime_ms=file.mtime_ns // 1_000_000)


def _kind(file: FileOnDisk, folder: BookFolder) -> str:
    suffix = file.path.suffix.casefold()
    if file in folder.audio:
        return "audio"
    return "image" if suffix in _IMAGES else _KINDS.get(suffix, "unknown")
