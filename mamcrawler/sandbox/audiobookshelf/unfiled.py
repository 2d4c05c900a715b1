"""Items that the user owns without files on disk, for a library of any size: made when asked for, and not kept."""

import itertools
from pathlib import PurePosixPath

from mamcrawler.sandbox.audiobookshelf.records import (
    Record,
    audio_file,
    library_file,
    made_id,
    new_item,
    placed_file,
    told_by_owner,
)
from mamcrawler.sandbox.world import OwnedItem

CHAPTERS = 12


def item_without_files(owned: OwnedItem, *, library_id: str, folder_id: str, root: str) -> Record:
    """Make the item of something owned as if its files were there; the same each time."""
    item_id, added = made_id("item", owned.folder), int(owned.added_at.timestamp() * 1000)
    duration = owned.duration_s / len(owned.files)
    size = int(duration * owned.bitrate_kbps * 125)
    path = f"{root}/{owned.folder}"
    inode = int(item_id[:8], 16) * 1_000
    placed = [placed_file(f"{path}/{name}", name, size=size, mtime_ms=added) for name in owned.files]
    chapters = _chapters(owned)
    files = [
        audio_file(
            number,
            str(inode + number),
            one,
            seen_ms=added,
            duration=duration,
            bitrate=owned.bitrate_kbps * 1_000,
            codec="mp3" if owned.filetype == "mp3" else "aac",
            chapters=chapters if len(placed) == 1 else [],
        )
        for number, one in enumerate(placed, start=1)
    ]
    return new_item(
        item_id=item_id,
        media_id=made_id("media", owned.folder),
        ino=str(inode),
        library_id=library_id,
        folder_id=folder_id,
        path=path,
        rel_path=owned.folder,
        is_file=False,
        mtime_ms=added,
        added_ms=added,
        media={
            "metadata": told_by_owner(owned.metadata),
            "coverPath": None,
            "tags": list(owned.metadata.tags),
            "audioFiles": files,
            "chapters": chapters,
        },
        library_files=[library_file(file["ino"], file["metadata"], added, "audio") for file in files],
    )


def _chapters(owned: OwnedItem) -> list[Record]:
    """One chapter for each of several files, or twelve of the same length in a single one."""
    titles = [PurePosixPath(name).stem for name in owned.files]
    if len(titles) == 1:
        titles = [f"Chapter {number}" for number in range(1, CHAPTERS + 1)]
    bounds = itertools.pairwise(owned.duration_s * number / len(titles) for number in range(len(titles) + 1))
    return [
        {"id": number, "start": start, "end": end, "title": title}
        for number, (title, (start, end)) in enumerate(zip(titles, bounds, strict=True))
    ]
