"""Writing to an item with the manners of the real server: a value of the wrong type is passed over in silence."""

from collections.abc import Callable
from typing import Any

import nh3

from mamcrawler.sandbox.audiobookshelf.records import Record

_TEXTS = ("title", "subtitle", "publishedYear", "publishedDate", "publisher", "description", "isbn", "asin", "language")
_FLAGS = ("explicit", "abridged")
_LISTS = ("narrators", "genres")

IdOf = Callable[[str, str], str]
"""Gives the id of an author or a series by its name, making it when it is new."""


def apply_patch(record: Record, payload: Any, *, id_of: IdOf) -> bool:
    """Write what the server would write of a request's body; True if that changed anything."""
    if not isinstance(payload, dict):
        return False
    media = record["media"]
    changed = False
    if isinstance(payload.get("metadata"), dict):
        changed = _patch_metadata(media["metadata"], payload["metadata"], id_of)
    if _is_texts(payload.get("tags")):
        changed |= _put(media, "tags", payload["tags"])
    if isinstance(payload.get("chapters"), list):
        changed |= _put(media, "chapters", payload["chapters"])
    return changed


def _patch_metadata(metadata: Record, given: Record, id_of: IdOf) -> bool:
    changed = False
    for name in _TEXTS:
        if name in given:
            changed |= _patch_text(metadata, name, given[name])
    for name in _FLAGS:
        if isinstance(given.get(name), bool):
            changed |= _put(metadata, name, given[name])
    for name in _LISTS:
        if _is_texts(given.get(name)):
            changed |= _put(metadata, name, given[name])
    if isinstance(given.get("authors"), list):
        names = [one["name"] for one in given["authors"] if _is_named(one)]
        changed |= _put(metadata, "authors", [{"id": id_of("author", name), "name": name} for name in names])
    if isinstance(given.get("series"), list):
        changed |= _put(metadata, "series", [_place(one, id_of) for one in given["series"] if _is_named(one)])
    return changed


def _patch_text(metadata: Record, name: str, value: Any) -> bool:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        return False
    if name == "title" and not value:
        return False
    if name == "description" and value:
        value = nh3.clean(value)
    return _put(metadata, name, value or None)


def _place(given: Record, id_of: IdOf) -> Record:
    sequence = given.get("sequence")
    return {
        "id": id_of("series", given["name"]),
        "name": given["name"],
        "sequence": sequence if isinstance(sequence, str) else None,
    }


def _put(holder: Record, name: str, value: Any) -> bool:
    if holder[name] == value:
        return False
    holder[name] = value
    return True


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_named(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str) and bool(value["name"])
