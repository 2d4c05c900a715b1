"""Sorting, filtering and paging the items of a library."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from mamcrawler.sandbox.audiobookshelf.records import Record, duration_of, last_first, minified, size_of

_SORTS: dict[str, Callable[[Record], Any]] = {
    "media.metadata.title": lambda record: (record["media"]["metadata"]["title"] or "").casefold(),
    "media.metadata.authorName": lambda record: _author(record).casefold(),
    "media.metadata.authorNameLF": lambda record: last_first(_author(record)).casefold(),
    "media.metadata.publishedYear": lambda record: record["media"]["metadata"]["publishedYear"] or "",
    "media.duration": duration_of,
    "addedAt": lambda record: record["addedAt"],
    "size": size_of,
    "birthtimeMs": lambda record: record["birthtimeMs"],
    "mtimeMs": lambda record: record["mtimeMs"],
}
_IN_METADATA = {"genres": "genres", "narrators": "narrators"}
_TEXTS = {"publishers": "publisher", "languages": "language"}


class NotThatPage(ValueError):
    """A limit or page that is no whole number from 0."""


@dataclass(frozen=True)
class Asking:
    """What a listing is asked for."""

    limit: int
    page: int
    sort: str
    is_descending: bool
    filter: str
    is_minified: bool
    is_collapsed: bool
    include: str

    @classmethod
    def read(cls, query: MultiDict[str, str]) -> "Asking":
        """Read the parameters of a request.

        :raises NotThatPage: if limit or page is no whole number from 0.
        """
        numbers = {name: query.get(name, "0") for name in ("limit", "page")}
        if not all(text.isdecimal() for text in numbers.values()):
            raise NotThatPage
        return cls(
            limit=int(numbers["limit"]),
            page=int(numbers["page"]),
            sort=query.get("sort", ""),
            is_descending=query.get("desc") == "1",
            filter=query.get("filter", ""),
            is_minified=query.get("minified") == "1",
            is_collapsed=query.get("collapseseries") == "1",
            include=query.get("include", "").lower(),
        )

    def slice(self, rows: list[Any]) -> list[Any]:
        """Cut the asked page out of all rows; a limit of 0 asks for everything."""
        return rows[self.page * self.limit : (self.page + 1) * self.limit] if self.limit else rows

    def envelope(self, rows: list[Any], total: int) -> Record:
        """Wrap one page in what every paged answer holds."""
        return {
            "results": rows,
            "total": total,
            "limit": self.limit,
            "page": self.page,
            **({"sortBy": self.sort} if self.sort else {}),
            "sortDesc": self.is_descending,
            **({"filterBy": self.filter} if self.filter else {}),
            "minified": self.is_minified,
            "include": self.include,
        }

    def items(self, page: list[Record], total: int) -> Record:
        """Answer with one page of items; under a series filter each row tells its place in that series."""
        group, value = _parted(self.filter)
        rows = [minified(record) for record in page]
        if group == "series" and value != "no-series":
            for row, record in zip(rows, page, strict=True):
                place = next(one for one in record["media"]["metadata"]["series"] if one["id"] == value)
                row["media"]["metadata"]["series"] = place
        return {
            **self.envelope(rows, total),
            "mediaType": "book",
            "collapseseries": self.is_collapsed,
            "offset": self.page * self.limit,
        }


def chosen(records: list[Record], asking: Asking) -> list[Record]:
    """Filter and sort items; an unknown sort leaves them as they are."""
    group, value = _parted(asking.filter)
    found = [record for record in records if _fits(record, group, value)] if group else list(records)
    if asking.sort == "sequence":
        found.sort(key=lambda record: _sequence(record, value))
    elif asking.sort in _SORTS:
        found.sort(key=_SORTS[asking.sort])
    return found[::-1] if asking.is_descending else found


def _parted(text: str) -> tuple[str, str]:
    group, _, code = text.partition(".")
    try:
        return group, base64.b64decode(code.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/")).decode()
    except (binascii.Error, UnicodeDecodeError):
        return group, ""


def _fits(record: Record, group: str, value: str) -> bool:
    media = record["media"]
    metadata = media["metadata"]
    if group in _IN_METADATA:
        return value in metadata[_IN_METADATA[group]]
    if group in _TEXTS:
        return bool(metadata[_TEXTS[group]] == value)
    if group == "tags":
        return value in media["tags"]
    if group == "series" and value == "no-series":
        return not metadata["series"]
    if group in {"authors", "series"}:
        return any(one["id"] == value for one in metadata[group])
    if group == "missing":
        held = {**metadata, "cover": media["coverPath"], "tags": media["tags"], "chapters": media["chapters"]}
        return not held.get(value)
    if group == "issues":
        return bool(record["isMissing"] or record["isInvalid"])
    if group in {"abridged", "explicit"}:
        return bool(metadata[group])
    return True


def _author(record: Record) -> str:
    return ", ".join(author["name"] for author in record["media"]["metadata"]["authors"])


def _sequence(record: Record, series_id: str) -> float:
    for place in record["media"]["metadata"]["series"]:
        if place["id"] == series_id and (match := re.match(r"\d+(\.\d+)?", place["sequence"] or "")):
            return float(match[0])
    return float("inf")
