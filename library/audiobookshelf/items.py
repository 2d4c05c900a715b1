"""Audiobookshelf's items as typed facts.

A library of fifty thousand items passes through here in one go, so the classes are plain dataclasses built by hand:
checking costs less than decoding the JSON did. Whatever is null or left out is unknown; whatever has a shape that we do
not know spoils its own item only, which becomes a `BrokenItem`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from library.facts import AudioFileFacts, Chapter, Credit, ItemFacts, SeriesPlace

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(ItemFacts):
    """An item of a library, as its expanded or its plain form tells it."""

    id: str
    library_id: str | None = None
    is_missing: bool = False  # its files vanished
    is_invalid: bool = False  # its folder holds nothing to play
    added_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BrokenItem:
    """An item whose answer has a shape that we do not know."""

    id: str  # empty when not even that could be read
    why: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item as the listing of a library tells it: enough to see whether it changed."""

    id: str
    updated_at: datetime | None
    added_at: datetime | None
    title: str | None
    path: str | None
    size_bytes: int | None
    duration_s: float | None
    is_missing: bool


class OddAnswer(ValueError):
    """A value of a type that the server is not known to send."""


def read_item(answer: Any) -> Item | BrokenItem:
    """Read one expanded or plain item, whatever it looks like."""
    try:
        return _item(answer)
    except OddAnswer as error:
        return BrokenItem(id=_id_or_nothing(answer), why=str(error))


def read_row(answer: Any) -> ItemRow | BrokenItem:
    """Read one minified item of a listing, whatever it looks like."""
    try:
        media = _dict(_dict(answer, "item").get("media") or {}, "media")
        return ItemRow(
            id=_required(answer, "id"),
            updated_at=read_moment(answer.get("updatedAt"), "updatedAt"),
            added_at=read_moment(answer.get("addedAt"), "addedAt"),
            title=_text(_dict(media.get("metadata") or {}, "metadata"), "title"),
            path=_text(answer, "path"),
            size_bytes=_whole(answer, "size"),
            duration_s=_number(media, "duration"),
            is_missing=bool(answer.get("isMissing")),
        )
    except OddAnswer as error:
        return BrokenItem(id=_id_or_nothing(answer), why=str(error))


def read_moment(value: Any, name: str) -> datetime | None:
    """Turn the server's milliseconds since 1970 into a moment in UTC.

    :raises OddAnswer: if it is not a number, or one that no calendar holds.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise OddAnswer(f"{name} is no number of milliseconds")
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise OddAnswer(f"{name} is no moment") from error


def _item(answer: Any) -> Item:
    media = _dict(_dict(answer, "item").get("media"), "media")
    metadata = _dict(media.get("metadata"), "metadata")
    files = tuple(_audio_file(one) for one in _list(media, "audioFiles"))
    size, duration = _whole(answer, "size"), _number(media, "duration")
    return Item(
        id=_required(answer, "id"),
        library_id=_text(answer, "libraryId"),
        is_missing=bool(answer.get("isMissing")),
        is_invalid=bool(answer.get("isInvalid")),
        added_at=read_moment(answer.get("addedAt"), "addedAt"),
        updated_at=read_moment(answer.get("updatedAt"), "updatedAt"),
        path=_text(answer, "path") or "",
        rel_path=_text(answer, "relPath") or "",
        ino=_text(answer, "ino"),
        is_file=bool(answer.get("isFile")),
        title=_text(metadata, "title"),
        subtitle=_text(metadata, "subtitle"),
        authors=tuple(_credit(one) for one in _list(metadata, "authors")),
        narrators=_texts(metadata, "narrators"),
        series=tuple(_place(one) for one in _list(metadata, "series")),
        genres=_texts(metadata, "genres"),
        tags=_texts(media, "tags"),
        published_year=_text(metadata, "publishedYear"),
        published_date=_text(metadata, "publishedDate"),
        publisher=_text(metadata, "publisher"),
        description=_text(metadata, "description"),
        isbn=_text(metadata, "isbn"),
        asin=_text(metadata, "asin"),
        language=_text(metadata, "language"),
        explicit=_flag(metadata, "explicit"),
        abridged=_flag(metadata, "abridged"),
        cover_path=_text(media, "coverPath"),
        duration_s=_sum(file.duration_s for file in files if not file.is_excluded) if duration is None else duration,
        size_bytes=_sum(file.size_bytes for file in files) if size is None else size,
        audio_files=files,
        chapters=tuple(_chapter(one) for one in _list(media, "chapters")),
    )


def _audio_file(answer: Any) -> AudioFileFacts:
    metadata = _dict(_dict(answer, "audio file").get("metadata"), "metadata of an audio file")
    return AudioFileFacts(
        index=_whole(answer, "index") or 0,
        path=_text(metadata, "path") or "",
        rel_path=_text(metadata, "relPath") or "",
        ino=_text(answer, "ino"),
        size_bytes=_whole(metadata, "size"),
        duration_s=_number(answer, "duration"),
        bitrate_bps=_whole(answer, "bitRate"),
        codec=_text(answer, "codec"),
        format=_text(answer, "format"),
        chapter_count=len(_list(answer, "chapters")),
        is_excluded=bool(answer.get("exclude")),
        error=_text(answer, "error"),
    )


def _credit(answer: Any) -> Credit:
    return Credit(name=_required(_dict(answer, "author"), "name"), id=_text(answer, "id") or "")


def _place(answer: Any) -> SeriesPlace:
    place = _dict(answer, "series")
    return SeriesPlace(name=_required(place, "name"), sequence=_text(place, "sequence"), id=_text(place, "id") or "")


def _chapter(answer: Any) -> Chapter:
    chapter = _dict(answer, "chapter")
    start = _number(chapter, "start") or 0.0
    end = _number(chapter, "end")
    return Chapter(title=_text(chapter, "title") or "", start_s=start, end_s=start if end is None else end)


def _dict(value: Any, name: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise OddAnswer(f"{name} is {_kind(value)}, not an object")
    return value


def _list(holder: dict[str, Any], name: str) -> list[Any]:
    value = holder.get(name)
    if value is None:
        return []
    if type(value) is not list:
        raise OddAnswer(f"{name} is {_kind(value)}, not a list")
    return value


def _text(holder: dict[str, Any], name: str) -> str | None:
    value = holder.get(name)
    if type(value) is str:
        return value or None
    if value is None:
        return None
    if type(value) in (int, float):
        return str(value)
    raise OddAnswer(f"{name} is {_kind(value)}, not a text")


def _required(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name)
    if type(value) is str and value:
        return value
    raise OddAnswer(f"{name} is {_kind(value) if value != '' else 'empty'}")


def _texts(holder: dict[str, Any], name: str) -> tuple[str, ...]:
    values = _list(holder, name)
    for value in values:
        if type(value) is not str:
            raise OddAnswer(f"{name} holds {_kind(value)}, not a text")
    return tuple(value for value in values if value)


def _number(holder: dict[str, Any], name: str) -> float | None:
    value = holder.get(name)
    if value is None:
        return None
    if type(value) in (int, float):
        return float(value)
    raise OddAnswer(f"{name} is {_kind(value)}, not a number")


def _whole(holder: dict[str, Any], name: str) -> int | None:
    value = holder.get(name)
    if type(value) is int or value is None:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    raise OddAnswer(f"{name} is {_kind(value)}, not a whole number")


def _flag(holder: dict[str, Any], name: str) -> bool | None:
    value = holder.get(name)
    if value is None or type(value) is bool:
        return value
    raise OddAnswer(f"{name} is {_kind(value)}, not a yes or no")


def _sum(values: Iterable[Number | None]) -> Number | None:
    known = [value for value in values if value is not None]
    return sum(known[1:], start=known[0]) if known else None


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a yes or no", int: "a number", float: "a number"}
    return "missing" if value is None else names.get(type(value), "something odd")


def _id_or_nothing(answer: Any) -> str:
    found = answer.get("id") if type(answer) is dict else None
    return found if type(found) is str else ""
