"""Items in the three forms in which Audiobookshelf tells them.

The stand-in stores an item in its plain form, exactly as the server sends it; the other two are made from that.
"""

import base64
import re
import uuid
from pathlib import PurePosixPath
from typing import Any

from mamcrawler.sandbox.shelf import ItemMetadata

Record = dict[str, Any]

VERSION = "2.36.0"
_OUTER = [
    "id",
    "ino",
    "oldLibraryItemId",
    "libraryId",
    "folderId",
    "path",
    "relPath",
    "isFile",
    "mtimeMs",
    "ctimeMs",
    "birthtimeMs",
    "addedAt",
    "updatedAt",
    "isMissing",
    "isInvalid",
    "mediaType",
]
_SHARED = [
    "title",
    "titleIgnorePrefix",
    "subtitle",
    "authorName",
    "authorNameLF",
    "narratorName",
    "seriesName",
    "genres",
    "publishedYear",
    "publishedDate",
    "publisher",
    "description",
    "isbn",
    "asin",
    "language",
    "explicit",
    "abridged",
]
_PREFIX = re.compile(r"^(the|a) (.+)$", re.IGNORECASE)
_NAMESPACE = uuid.UUID("5a4db0c5-0000-4000-8000-000000000001")


def made_id(kind: str, name: str) -> str:
    """Make the id of a thing from its name: the same in every run."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}:{name}"))


def new_item(
    *,
    item_id: str,
    media_id: str,
    ino: str,
    library_id: str,
    folder_id: str,
    path: str,
    rel_path: str,
    is_file: bool,
    mtime_ms: int,
    added_ms: int,
    media: Record,
    library_files: list[Record],
) -> Record:
    """Make an item in its plain form.

    :param media: `metadata`, `coverPath`, `tags`, `audioFiles` and `chapters` of the book.
    """
    return {
        "id": item_id,
        "ino": ino,
        "oldLibraryItemId": None,
        "libraryId": library_id,
        "folderId": folder_id,
        "path": path,
        "relPath": rel_path,
        "isFile": is_file,
        "mtimeMs": mtime_ms,
        "ctimeMs": mtime_ms,
        "birthtimeMs": mtime_ms,
        "addedAt": added_ms,
        "updatedAt": added_ms,
        "lastScan": added_ms,
        "scanVersion": VERSION,
        "isMissing": False,
        "isInvalid": False,
        "mediaType": "book",
        "media": {"id": media_id, "libraryItemId": item_id, **media, "ebookFile": None},
        "libraryFiles": library_files,
    }


def told_by_owner(told: ItemMetadata) -> Record:
    """Give the metadata of an item as its owner left it in the library server."""
    return {
        "title": told.title,
        "subtitle": told.subtitle,
        "authors": [author_entry(name) for name in told.authors],
        "narrators": list(told.narrators),
        "series": [series_entry(name, sequence) for name, sequence in told.series],
        "genres": list(told.genres),
        "publishedYear": told.published_year,
        "publishedDate": told.published_date,
        "publisher": told.publisher,
        "description": told.description,
        "isbn": told.isbn,
        "asin": told.asin,
        "language": told.language,
        "explicit": told.explicit,
        "abridged": told.abridged,
    }


def author_entry(name: str) -> Record:
    """Give an author as an item's metadata holds them."""
    return {"id": made_id("author", name), "name": name}


def series_entry(name: str, sequence: str | None) -> Record:
    """Give a place in a series as an item's metadata holds it."""
    return {"id": made_id("series", name), "name": name, "sequence": sequence or None}


def placed_file(path: str, rel_path: str, *, size: int, mtime_ms: int) -> Record:
    """Make what an entry of a file holds under `metadata`: names, size and times."""
    name = PurePosixPath(path)
    return {
        "filename": name.name,
        "ext": name.suffix,
        "path": path,
        "relPath": rel_path,
        "size": size,
        "mtimeMs": mtime_ms,
        "ctimeMs": mtime_ms,
        "birthtimeMs": mtime_ms,
    }


def audio_file(
    index: int,
    ino: str,
    placed: Record,
    *,
    seen_ms: int,
    duration: float,
    bitrate: int,
    codec: str,
    chapters: list[Record],
) -> Record:
    """Make the entry of an audio file.

    :param placed: what `placed_file` made of it.
    """
    is_mp3 = codec == "mp3"
    return {
        "index": index,
        "ino": ino,
        "metadata": placed,
        "addedAt": seen_ms,
        "updatedAt": seen_ms,
        "trackNumFromMeta": None,
        "discNumFromMeta": None,
        "trackNumFromFilename": None,
        "discNumFromFilename": None,
        "manuallyVerified": False,
        "exclude": False,
        "error": None,
        "format": "MP2/3 (MPEG audio layer 2/3)" if is_mp3 else "QuickTime / MOV",
        "duration": duration,
        "bitRate": bitrate,
        "language": None if is_mp3 else "und",
        "codec": codec,
        "timeBase": "1/14112000" if is_mp3 else "1/44100",
        "channels": 1,
        "channelLayout": "mono",
        "chapters": chapters,
        "embeddedCoverArt": None,
        "metaTags": {},
        "mimeType": "audio/mpeg" if is_mp3 else "audio/mp4",
    }


def library_file(ino: str, placed: Record, seen_ms: int, kind: str) -> Record:
    """Make the entry of any file of an item."""
    return {
        "ino": ino,
        "metadata": placed,
        "isSupplementary": None,
        "addedAt": seen_ms,
        "updatedAt": seen_ms,
        "fileType": kind,
    }


def minified(record: Record) -> Record:
    """Give an item as listings hold it."""
    media, metadata = record["media"], _all_metadata(record)
    return {
        **{key: record[key] for key in _OUTER},
        "media": {
            "id": media["id"],
            "metadata": {key: metadata[key] for key in _SHARED},
            "coverPath": media["coverPath"],
            "tags": media["tags"],
            **_counts(record),
        },
        "numFiles": len(record["libraryFiles"]),
        "size": size_of(record),
    }


def expanded(record: Record) -> Record:
    """Give an item with everything it holds."""
    media = record["media"]
    return {
        **{key: record[key] for key in _OUTER},
        "media": {
            "id": media["id"],
            "metadata": _all_metadata(record),
            "coverPath": media["coverPath"],
            "tags": media["tags"],
            **_counts(record),
            "libraryItemId": record["id"],
            "audioFiles": media["audioFiles"],
            "chapters": media["chapters"],
            "ebookFile": media["ebookFile"],
            "tracks": _tracks(record),
        },
        "numFiles": len(record["libraryFiles"]),
        "size": size_of(record),
        "lastScan": record["lastScan"],
        "scanVersion": record["scanVersion"],
        "libraryFiles": record["libraryFiles"],
    }


def duration_of(record: Record) -> float:
    """Add up the playing time of an item, in seconds."""
    return sum(file["duration"] or 0 for file in record["media"]["audioFiles"])


def size_of(record: Record) -> int:
    """Add up the bytes of all of an item's files."""
    return sum(file["metadata"]["size"] for file in record["libraryFiles"])


def without_prefix(title: str) -> str:
    """Put a leading article at the end, as the server does for sorting."""
    match = _PREFIX.match(title)
    return f"{match[2]}, {match[1]}" if match else title


def last_first(name: str) -> str:
    """Turn "Jules Verne" into "Verne, Jules"."""
    first, _, last = name.rpartition(" ")
    return f"{last}, {first}" if first else name


def coded(text: str) -> str:
    """Give the base64 form in which the server's filters and narrator ids hold a text."""
    return base64.b64encode(text.encode()).decode()


def _all_metadata(record: Record) -> Record:
    metadata = record["media"]["metadata"]
    names = [author["name"] for author in metadata["authors"]]
    places = [f"{one['name']} #{one['sequence']}" if one["sequence"] else one["name"] for one in metadata["series"]]
    description = metadata["description"]
    return {
        **metadata,
        "titleIgnorePrefix": without_prefix(metadata["title"] or ""),
        "authorName": ", ".join(names),
        "authorNameLF": ", ".join(last_first(name) for name in names),
        "narratorName": ", ".join(metadata["narrators"]),
        "seriesName": ", ".join(places),
        "descriptionPlain": description and re.sub(r"<[^>]+>", "", description),
    }


def _counts(record: Record) -> Record:
    media = record["media"]
    return {
        "numTracks": sum(not file["exclude"] for file in media["audioFiles"]),
        "numAudioFiles": len(media["audioFiles"]),
        "numChapters": len(media["chapters"]),
        "duration": duration_of(record),
        "size": sum(file["metadata"]["size"] for file in media["audioFiles"]),
    }


def _tracks(record: Record) -> list[Record]:
    tracks, offset = [], 0.0
    for file in record["media"]["audioFiles"]:
        tracks.append(
            {
                **file,
                "title": file["metadata"]["filename"],
                "startOffset": offset,
                "contentUrl": f"/api/items/{record['id']}/file/{file['ino']}",
            }
        )
        offset += file["duration"] or 0
    return tracks
