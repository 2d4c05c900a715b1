"""Series, authors and narrators of a library, all derived from its items."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from mamcrawler.sandbox.audiobookshelf.listing import Asking
from mamcrawler.sandbox.audiobookshelf.records import Record, coded, last_first, minified, without_prefix


def series_page(items: list[Record], asking: Asking, library_id: str) -> Record:
    """Answer with a page of series and their books; the server takes a limit of 0 for no rows at all."""
    books: dict[str, list[Record]] = {}
    found: dict[str, Record] = {}
    for record in items:
        for place in record["media"]["metadata"]["series"]:
            found.setdefault(place["id"], series_of(place, record["addedAt"], library_id))
            books.setdefault(place["id"], []).append(record)
    rows = sorted(found.values(), key=lambda one: one["name"].casefold())
    page = asking.slice(rows[::-1] if asking.is_descending else rows) if asking.limit else []
    return asking.envelope([{**one, "books": [minified(book) for book in books[one["id"]]]} for one in page], len(rows))


def series_of(place: Record, added_ms: int, library_id: str) -> Record:
    """Make the entry of a series."""
    return {
        "id": place["id"],
        "name": place["name"],
        "nameIgnorePrefix": without_prefix(place["name"]),
        "description": None,
        "addedAt": added_ms,
        "updatedAt": added_ms,
        "libraryId": library_id,
    }


def authors(items: Iterable[Record], library_id: str) -> list[Record]:
    """List all authors with the number of their books."""
    found: dict[str, Record] = {}
    for record in items:
        for author in record["media"]["metadata"]["authors"]:
            entry = found.setdefault(author["id"], _author(author, record["addedAt"], library_id))
            entry["numBooks"] += 1
    return list(found.values())


def narrators(items: Iterable[Record]) -> list[Record]:
    """List all narrators with the number of their books."""
    counts: dict[str, int] = {}
    for record in items:
        for name in record["media"]["metadata"]["narrators"]:
            counts[name] = counts.get(name, 0) + 1
    return [{"id": quote(coded(name), safe=""), "name": name, "numBooks": counts[name]} for name in sorted(counts)]


def _author(author: dict[str, Any], added_ms: int, library_id: str) -> Record:
    return {
        "id": author["id"],
        "asin": None,
        "name": author["name"],
        "description": None,
        "imagePath": None,
        "libraryId": library_id,
        "addedAt": added_ms,
        "updatedAt": added_ms,
        "numBooks": 0,
        "lastFirst": last_first(author["name"]),
    }
