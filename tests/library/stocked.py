"""Small libraries in every condition, drawn by chance from a seed."""

import random
from datetime import UTC, datetime, timedelta

from library.models import Edition
from tests.factories import (
    AudioFileFactory,
    AuthorFactory,
    BookFactory,
    CoverageFactory,
    EditionFactory,
    ExclusionFactory,
    NarratorFactory,
    RecordingFactory,
    SeriesEntryFactory,
    SeriesFactory,
    ShelfFactory,
)

FULL = {
    "title": "A Title",
    "subtitle": "",
    "authors": ["Ann Author"],
    "narrators": ["Ned Narrator"],
    "series": [],
    "genres": [],
    "published_year": "2001",
    "published_date": "",
    "publisher": "A House",
    "description": "A story.",
    "asin": "B000000001",
    "isbn": "",
    "language": "English",
}


def copy(book=None, *, without=(), told=None, **facts):
    """A copy that lacks nothing but what is named, of a book or of none."""
    title = book.title if book else "A Title"
    author = next((one.name for one in book.authors.all()), "Ann Author") if book else "Ann Author"
    metadata = (
        FULL | {"title": title, "authors": [author]} | {name: type(FULL[name])() for name in without} | (told or {})
    )
    healthy = {"has_cover": True, "chapter_count": 12, "bitrate_kbps": 64, "duration_s": 36_000, "title": title}
    edition = EditionFactory(**({"metadata": metadata, "path": f"{author}/{title}"} | healthy | facts))
    AudioFileFactory(edition=edition, duration_s=36_000)
    if book:
        CoverageFactory(book=book, edition=edition)
    return edition


def fill(seed):
    """A library of up to fourteen books and twenty copies."""
    chance = random.Random(seed)
    shelf = ShelfFactory()
    authors, narrators = AuthorFactory.create_batch(4), NarratorFactory.create_batch(3)
    series = [SeriesFactory(listed_by=provider) for provider in ("hardcover", "", "hardcover")]
    books = [_book(chance, authors, series, narrators) for _ in range(chance.randint(0, 14))]
    for number in range(chance.randint(0, 20) if books else 0):
        _copy(chance, shelf, number, books)
    return chance


def _book(chance, authors, series, narrators):
    book = BookFactory(
        is_announced=chance.random() < 0.2, has_audio=chance.choice(["yes", "no", "unknown"]), language="English"
    )
    book.authors.set(chance.sample(authors, chance.randint(0, 2)))
    for one in chance.sample(series, chance.choice((0, 1, 1, 2))):
        position = chance.choice(("", "1", "2.5"))
        placed = {"position": position, "start": position or None, "end": position or None}
        SeriesEntryFactory(book=book, series=one, kind=chance.choice(("main", "main", "novella")), **placed)
    if chance.random() < 0.1:
        ExclusionFactory(book=book)
    for _ in range(chance.randint(0, 2)):
        recording = RecordingFactory(book=book, runtime_s=chance.choice((None, 36_000, 7_200)), language="ger")
        recording.narrators.set(chance.sample(narrators, chance.randint(0, 2)))
    return book


def _copy(chance, shelf, number, books):
    contained = chance.sample(books, min(len(books), chance.choice((0, 1, 1, 1, 3))))
    recordings = list(contained[0].recordings.all()) if len(contained) == 1 else []
    told = {name: value for name, value in FULL.items() if chance.random() < 0.9}
    told |= {name: type(FULL[name])() for name in told if chance.random() < 0.25}
    told |= {"language": None} if chance.random() < 0.1 else {}
    is_gone = chance.random() < 0.15
    added_at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=chance.randrange(500))
    edition = EditionFactory(
        shelf=shelf,
        title=f"Copy {number}",
        path=f"somewhere/{number}",
        metadata=told,
        recording=chance.choice(recordings) if recordings else None,
        status=Edition.Status.VANISHED if is_gone else Edition.Status.PRESENT,
        vanished_at=added_at if is_gone else None,
        added_at=added_at,
        audio_format=chance.choice(("", "mp3", "m4b", "m4b+mp3")),
        duration_s=chance.choice((None, 0.0, 120.0, 3_600.0, 36_000.0, 39_700.0, 400_000.0)),
        bitrate_kbps=chance.choice((None, 0, 32, 63, 64, 128, 320)),
        size_bytes=chance.choice((None, 10_000_000, 3_000_000_000)),
        chapter_count=chance.choice((0, 9)),
        has_cover=chance.random() < 0.5,
    )
    for book in contained:
        CoverageFactory(book=book, edition=edition)
    for position in range(chance.randint(0, 2)):
        AudioFileFactory(edition=edition, position=position, duration_s=chance.choice((None, 0.0, 60.0, 60.0)))
