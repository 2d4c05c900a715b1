"""What the sandbox's tracker has on offer: one release, as its uploader described it."""

from dataclasses import dataclass
from datetime import datetime

from mamcrawler.sandbox.catalogue import Performance

AUDIOBOOKS, EBOOKS = 13, 14

LANGUAGES = {"en": (1, "ENG"), "es": (4, "SPA"), "fr": (36, "FRE"), "de": (37, "GER")}
"""The catalogue's language code to the tracker's id and code."""

_CATEGORIES = {  # genre: category of the audiobook, of the e-book; the first that fits, in this order
    "urban fantasy": (108, 109),
    "fantasy": (41, 63),
    "science fiction": (47, 69),
    "crime": (40, 62),
    "thriller": (40, 62),
    "horror": (43, 65),
    "historical fiction": (98, 102),
    "romance": (46, 68),
    "young adult": (111, 112),
    "humour": (99, 103),
    "classics": (45, 67),
    "non-fiction": (52, 74),
}


@dataclass
class WorldRelease:
    """A torrent on offer, with everything that the tracker and Prowlarr tell about it."""

    tracker_id: int
    book_keys: tuple[str, ...]  # empty when it is about no book of the catalogue
    performance: Performance | None  # None for an e-book or a thing that is no recording of the book
    title: str | int  # as the uploader typed it, HTML entities and all; a number where the site sends one
    authors: tuple[str, ...]
    narrators: tuple[str, ...]
    series: tuple[tuple[str, str], ...]  # name and printed position
    language_id: int
    language_code: str
    category: int
    main_cat: int  # 13 audiobooks, 14 e-books
    filetype: str  # "m4b", "mp3", "epub"
    bitrate_kbps: int  # 0 for an e-book
    duration_s: float  # 0 for an e-book
    size_bytes: int  # of the real files; a close estimate until they were made
    numfiles: int
    added: datetime
    seeders: int
    leechers: int
    times_completed: int
    free: bool
    vip: bool
    vip_expire: int  # unix seconds; 0 with `vip` is permanent
    tags: str
    isbn: str
    asin: str
    description: str
    abridged: bool
    dramatised: bool
    trap: str = ""  # why it is a hard case; "" when it is what it says
    name: str = ""  # of the torrent: its folder, or its only file


def category_of(genres: tuple[str, ...], main_cat: int) -> int:
    """The tracker's category for a book of these genres."""
    audio, ebook = next((ids for genre, ids in _CATEGORIES.items() if genre in genres), (42, 64))
    return ebook if main_cat == EBOOKS else audio
