"""Audiobookshelf's items as typed facts.

A library of fifty thousand items passes through here in one go, so answers are decoded straight into the classes
below: checking costs less than parsing into dictionaries would. Whatever is null or left out is unknown; whatever has a
shape that we do not know spoils its own item only, which becomes a `BrokenItem`.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from library.facts import AudioFileFacts, Chapter, Credit, ItemFacts, SeriesPlace

Number = TypeVar("Number", int, float)
Wire = TypeVar("Wire", bound=msgspec.Struct)
Read = TypeVar("Read")
Text = str | int | float | None
"""Years and positions come as texts or as numbers, by who wrote them."""
LARGEST = 2**63 - 1
"""No size or time is larger, and no database takes a larger one."""


class Item(ItemFacts, frozen=True, kw_only=True):
    """An item of a library, as its expanded or its plain form tells it."""

    id: str
    library_id: str | None = None
    is_missing: bool = False  # its files vanished
    added_at: datetime | None = None
    updated_ms: int | None = None  # milliseconds since 1970, as the server tells and compares it

    @property
    def is_silent(self) -> bool:
        """Whether it holds no audio: an e-book, or a folder with nothing to play."""
        return not self.audio_files


class BrokenItem(msgspec.Struct, frozen=True):
    """An item whose answer has a shape that we do not know."""

    id: str  # empty when not even that could be read
    why: str


class _RowMedia(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    num_audio_files: int | float | None = None


class ItemRow(msgspec.Struct, frozen=True, gc=False):
    """An item as the listing of a library tells it: enough to see whether it changed."""

    id: str
    updated_ms: int | float | None = msgspec.field(name="updatedAt", default=None)
    is_missing: bool | None = msgspec.field(name="isMissing", default=None)
    media: _RowMedia | None = None

    @property
    def is_silent(self) -> bool:
        """Whether it is known to hold no audio: an e-book, or a folder with nothing to play."""
        return self.media is not None and self.media.num_audio_files == 0


class Listing(msgspec.Struct, frozen=True):
    """One page of a listing, as it is sent."""

    total: int
    rows: list[ItemRow] = msgspec.field(name="results")


class _RawListing(msgspec.Struct):
    total: int
    results: list[msgspec.Raw]


class _RawItems(msgspec.Struct):
    rows: list[msgspec.Raw] = msgspec.field(name="libraryItems")


class _Named(msgspec.Struct):
    name: str
    id: Text = None
    sequence: Text = None  # of series


class _ChapterWire(msgspec.Struct):
    start: float | None = None
    end: float | None = None
    title: Text = None


class _FileMetadata(msgspec.Struct, rename="camel"):
    path: Text = None
    rel_path: Text = None
    size: int | float | None = None


class _AudioFile(msgspec.Struct, rename="camel"):
    metadata: _FileMetadata
    index: int | float | None = None
    ino: Text = None
    duration: float | None = None
    bit_rate: int | float | None = None
    codec: Text = None
    format: Text = None
    chapters: list[Any] | None = None
    exclude: bool | None = None
    error: Text = None


class _Metadata(msgspec.Struct, rename="camel"):
    title: Text = None
    subtitle: Text = None
    authors: list[_Named] | None = None
    narrators: list[str] | None = None
    series: list[_Named] | None = None
    genres: list[str] | None = None
    published_year: Text = None
    published_date: Text = None
    publisher: Text = None
    description: Text = None
    isbn: Text = None
    asin: Text = None
    language: Text = None
    explicit: bool | None = None
    abridged: bool | None = None


class _Media(msgspec.Struct, rename="camel"):
    metadata: _Metadata
    tags: list[str] | None = None
    cover_path: Text = None
    duration: float | None = None
    audio_files: list[_AudioFile] | None = None
    chapters: list[_ChapterWire] | None = None


class _ItemWire(msgspec.Struct, rename="camel"):
    id: str
    media: _Media
    library_id: Text = None
    is_missing: bool | None = None
    added_at: int | float | None = None
    updated_at: int | float | None = None
    path: Text = None
    rel_path: Text = None
    ino: Text = None
    is_file: bool | None = None
    size: int | float | None = None


_LISTING = msgspec.json.Decoder(Listing)
_RAW_LISTING = msgspec.json.Decoder(_RawListing)
_RAW_ITEMS = msgspec.json.Decoder(_RawItems)
_ITEM = msgspec.json.Decoder(_ItemWire)
_ROW = msgspec.json.Decoder(ItemRow)


def decode_listing(content: bytes) -> tuple[int, Sequence[ItemRow], Sequence[BrokenItem]]:
    """Read one page of a listing: how many items there are over all pages, the rows, and the odd ones.

    :raises msgspec.DecodeError: if it is no page of items at all.
    """
    try:
        listing = _LISTING.decode(content)
    except msgspec.ValidationError:  # some row is odd: find out which
        page = _RAW_LISTING.decode(content)
        read = [_read(_ROW.decode, raw, raw) for raw in page.results]
        rows = [row for row in read if isinstance(row, ItemRow)]
        return page.total, rows, [row for row in read if isinstance(row, BrokenItem)]
    return listing.total, listing.rows, ()


def decode_items(content: bytes) -> list[Item | BrokenItem]:
    """Read an answer that holds whole items.

    :raises msgspec.DecodeError: if it holds no items at all.
    """
    return [_read(lambda one: _item(_ITEM.decode(one)), raw, raw) for raw in _RAW_ITEMS.decode(content).rows]


def read_item(answer: Any) -> Item | BrokenItem:
    """Read one expanded or plain item, whatever it looks like."""
    return _read(lambda one: _item(msgspec.convert(one, _ItemWire)), answer, msgspec.json.encode(answer))


def _read(read: Callable[[Any], Read], told: Any, encoded: bytes | msgspec.Raw) -> Read | BrokenItem:
    try:
        return read(told)
    except ValueError as error:  # what msgspec raises is one, too
        return BrokenItem(id=_id_or_nothing(encoded), why=str(error))


def _item(wire: _ItemWire) -> Item:
    media = wire.media
    metadata = media.metadata
    files = tuple([_audio_file(one) for one in media.audio_files or ()])
    size, duration = _whole(wire.size, "size"), _seconds(media.duration, "duration")
    return Item(
        id=_filled(wire.id, "id"),
        library_id=_said(wire.library_id),
        is_missing=bool(wire.is_missing),
        added_at=moment(wire.added_at),
        updated_ms=_whole(wire.updated_at, "updatedAt"),
        path=_said(wire.path) or "",
        rel_path=_said(wire.rel_path) or "",
        ino=_said(wire.ino),
        is_file=bool(wire.is_file),
        title=_said(metadata.title),
        subtitle=_said(metadata.subtitle),
        authors=tuple([Credit(_filled(one.name, "author"), _said(one.id) or "") for one in metadata.authors or ()]),
        narrators=_texts(metadata.narrators),
        series=tuple([_place(one) for one in metadata.series or ()]),
        genres=_texts(metadata.genres),
        tags=_texts(media.tags),
        published_year=_said(metadata.published_year),
        published_date=_said(metadata.published_date),
        publisher=_said(metadata.publisher),
        description=_said(metadata.description),
        isbn=_said(metadata.isbn),
        asin=_said(metadata.asin),
        language=_said(metadata.language),
        explicit=metadata.explicit,
        abridged=metadata.abridged,
        cover_path=_said(media.cover_path),
        duration_s=_sum(file.duration_s for file in files if not file.is_excluded) if duration is None else duration,
        size_bytes=_sum(file.size_bytes for file in files) if size is None else size,
        audio_files=files,
        chapters=tuple([_chapter(one) for one in media.chapters or ()]),
    )


def _audio_file(wire: _AudioFile) -> AudioFileFacts:
    return AudioFileFacts(
        index=_whole(wire.index, "the index of a file") or 0,
        path=_said(wire.metadata.path) or "",
        rel_path=_said(wire.metadata.rel_path) or "",
        ino=_said(wire.ino),
        size_bytes=_whole(wire.metadata.size, "the size of a file"),
        duration_s=_seconds(wire.duration, "the duration of a file"),
        bitrate_bps=_whole(wire.bit_rate, "the bit rate of a file"),
        codec=_said(wire.codec),
        format=_said(wire.format),
        chapter_count=len(wire.chapters or ()),
        is_excluded=bool(wire.exclude),
        error=_said(wire.error),
    )


def _place(wire: _Named) -> SeriesPlace:
    return SeriesPlace(_filled(wire.name, "series"), _said(wire.sequence), _said(wire.id) or "")


def _chapter(wire: _ChapterWire) -> Chapter:
    start = wire.start or 0.0
    return Chapter(_said(wire.title) or "", start, start if wire.end is None else wire.end)


def moment(milliseconds: float | None) -> datetime | None:
    """Turn the server's milliseconds since 1970 into a moment in UTC.

    :raises ValueError: if no calendar holds it.
    """
    if milliseconds is None:
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError("a time that is no moment") from error


def _said(value: Text) -> str | None:
    """A text, also where a number was sent; empty says nothing."""
    if type(value) is str:
        return value or None
    return None if value is None else str(value)


def _filled(value: str, name: str) -> str:
    if not value:
        raise ValueError(f"{name} is empty")
    return value


def _texts(values: list[str] | None) -> tuple[str, ...]:
    return tuple([value for value in values if value]) if values else ()


def _whole(value: float | None, name: str) -> int | None:
    if value is None:
        return None
    if abs(value) > LARGEST:
        raise ValueError(f"{name} is out of range")
    if type(value) is not int and not float(value).is_integer():
        raise ValueError(f"{name} is not a whole number")
    return int(value)


def _seconds(value: float | None, name: str) -> float | None:
    if value is not None and not math.isfinite(value):
        raise ValueError(f"{name} is out of range")
    return value


def _sum(values: Iterable[Number | None]) -> Number | None:
    known = [value for value in values if value is not None]
    return sum(known[1:], start=known[0]) if known else None


class _OnlyId(msgspec.Struct):
    id: str


def _id_or_nothing(encoded: bytes | msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(encoded, type=_OnlyId).id
    except msgspec.DecodeError:
        return ""
