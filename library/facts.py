"""What any source of library items tells about one of them, whether a library server or a folder of files.

Structs rather than dataclasses: a large library makes a million of them in one go.
"""

import msgspec


class Credit(msgspec.Struct, frozen=True, gc=False):
    """A person as the source names them; `id` is the source's own, empty where it has none."""

    name: str
    id: str = ""


class SeriesPlace(msgspec.Struct, frozen=True, gc=False):
    """A place in a series; the position stays text, since "1.5", "1-3" and "Prequel" all occur."""

    name: str
    sequence: str | None = None
    id: str = ""


class Chapter(msgspec.Struct, frozen=True, gc=False):
    """A chapter, in seconds from the start of the whole book."""

    title: str
    start_s: float
    end_s: float


class AudioFileFacts(msgspec.Struct, frozen=True, gc=False):
    """One audio file of an item, in order of play from index 1."""

    index: int
    path: str
    rel_path: str  # below the item's own path
    ino: str | None
    size_bytes: int | None
    duration_s: float | None
    bitrate_bps: int | None
    codec: str | None
    format: str | None
    chapter_count: int
    is_excluded: bool = False  # present, but its listener has taken it out of the book
    error: str | None = None


class ItemFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts that a library server and a folder tell alike; None and () say that the source does not know."""

    path: str
    rel_path: str
    ino: str | None = None
    is_file: bool = False
    title: str | None = None
    subtitle: str | None = None
    authors: tuple[Credit, ...] = ()
    narrators: tuple[str, ...] = ()
    series: tuple[SeriesPlace, ...] = ()
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published_year: str | None = None
    published_date: str | None = None
    publisher: str | None = None
    description: str | None = None  # HTML as the source holds it
    isbn: str | None = None
    asin: str | None = None
    language: str | None = None
    explicit: bool | None = None
    abridged: bool | None = None
    cover_path: str | None = None
    duration_s: float | None = None
    size_bytes: int | None = None
    audio_files: tuple[AudioFileFacts, ...] = ()
    chapters: tuple[Chapter, ...] = ()
