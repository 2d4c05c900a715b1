"""The fields of an edition as they stand on its shelf: which may be written, how to read and how to put them there.

A server takes a patch, a folder keeps Audiobookshelf's own sidecar file; both are held to what the server accepts.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from library.audiobookshelf import MediaPatch
from library.escapes import without_halves
from library.models import Edition, Shelf
from library.services.sync import connect, metadata_of

WRITABLE = frozenset(
    {
        "title",
        "subtitle",
        "authors",
        "narrators",
        "series",
        "genres",
        "published_year",
        "published_date",
        "publisher",
        "description",
        "isbn",
        "asin",
        "language",
        "abridged",
    }
)
SIDECAR = "metadata.json"
_LISTS = frozenset({"authors", "narrators", "series", "genres"})
_TEXTS = WRITABLE - _LISTS - {"title", "abridged"}


class SidecarBroken(OSError):
    """There is a sidecar that holds no JSON object: a person has to mend it or take it away."""


def same(left: Any, right: Any) -> bool:
    """Equal as a shelf would see it: nothing, an empty text and an empty list are one."""
    return (left or None) == (right or None)


def as_told(name: str, value: Any) -> Any:
    """A value in the form in which a shelf tells it back, so that the two can be compared; an odd one as it is."""
    if name in _TEXTS and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if name not in _LISTS or not isinstance(value, list | tuple):
        return value
    if name != "series":
        return list(value)
    return [
        {"name": row.get("name"), "sequence": _place(row)["sequence"] or ""} if isinstance(row, Mapping) else row
        for row in value
    ]


def unfit(name: str, value: Any) -> str:
    """Why a shelf would not take this value of a field, in words; empty if it would."""
    if name not in WRITABLE:
        return "the shelf does not take this field"
    try:
        patch_of({name: value}).payload()
    except ValidationError as error:
        return _complaint(error)
    except ValueError as error:
        return str(error)
    return ""


def _complaint(error: ValidationError) -> str:
    """What is wrong with the one field of a patch; the value itself may be huge and is not repeated."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = "one of its names" if len(first["loc"]) > 1 else "it"
    if first["type"] == "string_too_short":
        return f"{where} would be empty, which the shelf does not take"
    return f"the shelf does not take such a value ({first['msg'].lower()})"


def read(edition: Edition) -> dict[str, Any]:
    """The fields as they stand on the shelf now.

    :raises LibraryServerError: if the server gives no usable answer.
    :raises OSError: if the sidecar can not be read.
    """
    if edition.shelf.kind == Shelf.Kind.AUDIOBOOKSHELF:
        with connect() as client:
            return metadata_of(client.item(edition.external_id))
    return {**edition.metadata, **_from_sidecar(_stored(_sidecar(edition)))}


def put(edition: Edition, values: Mapping[str, Any]) -> dict[str, Any]:
    """Write fields in one request, or one new sidecar, and return all fields as they stand on the shelf then.

    :raises LibraryServerError: if the server gives no usable answer.
    :raises OSError: if the sidecar can not be written.
    """
    if edition.shelf.kind == Shelf.Kind.AUDIOBOOKSHELF:
        with connect() as client:
            patched = client.patch_media(edition.external_id, patch_of(values))
            edition.server_updated_ms = patched.item.updated_ms
            return metadata_of(client.item(edition.external_id))
    sidecar = _sidecar(edition)
    stored = _stored(sidecar)
    whole = {**edition.metadata, **_from_sidecar(stored), **values}
    draft = sidecar.with_name(f".{SIDECAR}.{os.getpid()}")
    draft.write_text(json.dumps({**stored, **_to_sidecar(whole)}, ensure_ascii=False, indent=2), encoding="utf-8")
    draft.replace(sidecar)
    return whole


def patch_of(values: Mapping[str, Any]) -> MediaPatch:
    """The values in the shape that the server takes seriously.

    :raises ValidationError: if it would not take one of them.
    """
    return MediaPatch.model_validate({name: _shaped(name, value) for name, value in values.items()})


def _shaped(name: str, value: Any) -> Any:
    """A value as the server wants it: nothing in the field's own form, and text for numbers."""
    if name in _TEXTS:
        return None if value in (None, "") else str(value)
    if name in _LISTS and isinstance(value, list | tuple | None):
        return tuple(_place(row) if name == "series" else row for row in value or ())
    return False if name == "abridged" and value is None else value


def _place(row: Any) -> Any:
    if not isinstance(row, Mapping):
        return row
    sequence = row.get("sequence")
    return {"name": row.get("name"), "sequence": None if sequence in (None, "") else str(sequence)}


def _sidecar(edition: Edition) -> Path:
    place = Path(edition.shelf.path) / edition.path
    return (place if place.is_dir() else place.parent) / SIDECAR


def _stored(sidecar: Path) -> dict[str, Any]:
    try:
        stored = json.loads(without_halves(sidecar.read_bytes()))
    except FileNotFoundError:
        return {}
    except ValueError as error:  # no JSON, or no text
        raise SidecarBroken(f"{sidecar} can not be read: mend it or take it away") from error
    if not isinstance(stored, dict):
        raise SidecarBroken(f"{sidecar} holds no JSON object: mend it or take it away")
    return stored


_SIDECAR_NAMES = {"published_year": "publishedYear", "published_date": "publishedDate"}


def _to_sidecar(values: Mapping[str, Any]) -> dict[str, Any]:
    """Our fields in Audiobookshelf's own sidecar form, where a series is "Name #1"."""
    told = {_SIDECAR_NAMES.get(name, name): value for name, value in values.items()}
    told["series"] = [
        f"{row['name']} #{row['sequence']}" if row.get("sequence") else row["name"]
        for row in values.get("series") or []
    ]
    return told


def _from_sidecar(stored: Mapping[str, Any]) -> dict[str, Any]:
    ours = {theirs: name for name, theirs in _SIDECAR_NAMES.items()}
    told = {ours.get(name, name): value for name, value in stored.items()}
    told = {name: value for name, value in told.items() if name in WRITABLE and value is not None}
    if "series" in told:
        told["series"] = [
            {"name": name, "sequence": sequence}
            for name, _, sequence in (str(row).partition(" #") for row in told["series"])
        ]
    return told
