"""The library that the sandbox's user starts with: what is owned, what its owner never filled in, and the files."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from mamcrawler.sandbox.catalogue import Catalogue, CatalogueBook, Performance
from mamcrawler.sandbox.covers import draw_cover
from mamcrawler.sandbox.payloads import AudioPlan, duration_s, file_name, plan_audio, write_audio

OWNED_POSITIONS = {
    "Red Rising Saga": "1 2 3 5",
    "Dungeon Crawler Carl": "1 2 3 4 5 6",
    "Bobiverse": "1 2 3",
    "Children of Time": "1 2",
    "The Riyria Revelations": "1-2 3",  # the first two as one omnibus
    "The Green Bone Saga": "1 2",
    "Lightbringer": "1 2 3 5",
    "Cormoran Strike": "1 2 3 4 5 6",
    "Alex Verus": "1 2 3 5 6 7 8 10 11",
    "Dune": "1 2 3",
    "The Broken Earth": "1 2 3",  # complete
    "Thursday Murder Club": "1 2 3 4",
    "Arcane Ascension": "1 3",
    "Earthsea": "1 2 3 4",
    "The Hitchhiker's Guide to the Galaxy": "1 3 4 5",
    "Silo": "1 3",
}
OWNED_ALONE = (
    "orwell-animal-farm",
    "morgenstern-the-night-circus",
    "harari-sapiens",
    "noah-born-a-crime",
    "westover-educated",
    "stoker-dracula",
    "shelley-frankenstein",
)
OWNED_TWICE = "herbert-dune"  # in two recordings
OWNED_ABRIDGED = "adams-the-hitchhikers-guide-to-the-galaxy"
SYNTHETIC_OWNED = 8  # of each ten synthetic books
REAL_CHAPTER_S = 20 * 60
REAL_PART_S = 40 * 60  # of a set of mp3 files


@dataclass(frozen=True)
class ItemMetadata:
    """What the library server knows of an item; None and empty where its owner never filled it in."""

    title: str
    subtitle: str | None
    authors: tuple[str, ...]
    narrators: tuple[str, ...]
    series: tuple[tuple[str, str], ...]  # name and sequence
    genres: tuple[str, ...]
    tags: tuple[str, ...]
    published_year: str | None
    published_date: str | None
    publisher: str | None
    description: str | None
    isbn: str | None
    asin: str | None
    language: str | None
    abridged: bool
    explicit: bool = False


@dataclass
class OwnedItem:
    """One item of the library: a folder of real audio files, and what the library server tells of it."""

    key: str  # unique and stable, for making ids
    book_keys: tuple[str, ...]  # several for an omnibus
    performance: Performance
    folder: str  # below the library's folder, with "/"
    filetype: str  # "m4b" or "mp3"
    bitrate_kbps: int
    metadata: ItemMetadata
    has_cover: bool
    added_at: datetime
    audio: AudioPlan  # its files, in order of play, with their durations and chapters
    on_disk: bool = True  # synthetic items have no files
    files: list[str] = field(default_factory=list)  # names of the audio files in `folder`, in order of play
    progress: float = 0.0  # how much of it was listened to, 0 to 1

    @property
    def duration_s(self) -> float:
        """How long it plays, in seconds."""
        return self.audio.duration_s


def starting_library(catalogue: Catalogue, *, now: datetime) -> list[OwnedItem]:
    """What a user of the sandbox owns at first: series with gaps, a few books that stand alone, and some oddities."""
    items: list[OwnedItem] = []
    for series, positions in OWNED_POSITIONS.items():
        places = {
            place.position: book
            for book in catalogue.series[series].books
            for place in book.series
            if place.name == series
        }
        items += [
            own(places[position], series, len(items) + number, now=now)
            for number, position in enumerate(positions.split())
        ]
    items += [own(catalogue.books[key], "", len(items) + number, now=now) for number, key in enumerate(OWNED_ALONE)]
    twice = catalogue.books[OWNED_TWICE]
    items.append(own(twice, twice.series[0].name, len(items), now=now, recording=1))
    return items


def synthetic_library(catalogue: Catalogue, *, now: datetime) -> list[OwnedItem]:
    """Most of the synthetic books, without files on disk: for measuring a large library."""
    synthetic = [book for book in catalogue.books.values() if book.key.startswith("synthetic-")]
    owned = [(number, book) for number, book in enumerate(synthetic) if number % 10 < SYNTHETIC_OWNED]
    return [_full_length(own(book, book.series[0].name, number, now=now)) for number, book in owned]


def _full_length(item: OwnedItem) -> OwnedItem:
    """An item without files on disk, told as long as the book really is: with its many chapters or parts."""
    audio = plan_audio(
        item.metadata.title,
        item.performance.hours * 3600,
        filetype=item.filetype,
        kbps=item.bitrate_kbps,
        chapter_s=REAL_CHAPTER_S,
        part_s=REAL_PART_S,
    )
    return replace(item, on_disk=False, audio=audio, files=[part.name for part in audio.parts])


def own(book: CatalogueBook, series: str, number: int, *, now: datetime, recording: int | None = None) -> OwnedItem:
    """One book on the shelf; `number` decides what its owner forgot to fill in and how it is encoded."""
    performance = book.performances[recording or 0]
    if recording is None and book.key == OWNED_ABRIDGED:
        performance = next(one for one in book.performances if one.abridged)
    position = next((place.position for place in book.series if place.name == series), "")
    filetype, kbps = ("m4b", (64, 128, 64, 96)[number % 4]) if number % 3 else ("mp3", (64, 128)[number % 2])
    audio = plan_audio(book.title, duration_s(performance), filetype=filetype, kbps=kbps)
    return OwnedItem(
        key=f"{book.key}-{recording}" if recording else book.key,
        book_keys=book.contains or (book.key,),
        performance=performance,
        folder=_folder(book, series, position, performance),
        filetype=filetype,
        bitrate_kbps=kbps,
        metadata=_metadata(book, series, position, performance, number),
        has_cover=number % 8 != 5,
        added_at=now - timedelta(days=900 - 12 * (number % 70), minutes=number),
        audio=audio,
        files=[part.name for part in audio.parts],
        progress=(0.0, 1.0, 0.0, 0.35)[number % 4] if number % 5 == 0 else 0.0,
    )


def write_library(items: list[OwnedItem], library_dir: Path) -> None:
    """Put the files of all items on disk, some hundred a second."""
    library_dir.mkdir(parents=True, exist_ok=True)
    for number, item in enumerate(one for one in items if one.on_disk):
        folder = library_dir / item.folder
        tags = {
            "album": item.metadata.title,
            "artist": ", ".join(item.metadata.authors),
            "composer": ", ".join(item.metadata.narrators),
            "genre": ", ".join(item.metadata.genres),
            "date": item.metadata.published_year or "",
        }
        write_audio(folder, item.audio, tags={name: value for name, value in tags.items() if value}, start=number * 7)
        if item.has_cover:
            (folder / "cover.jpg").write_bytes(draw_cover(item.metadata.title, ", ".join(item.metadata.authors)))


def _folder(book: CatalogueBook, series: str, position: str, performance: Performance) -> str:
    title = f"Vol. {position} - {book.title}" if position else book.title
    place = [book.authors[0], series] if series else [book.authors[0]]
    return "/".join(file_name(part) for part in [*place, f"{title} {{{performance.narrators[0]}}}"])


def _metadata(book: CatalogueBook, series: str, position: str, performance: Performance, number: int) -> ItemMetadata:
    """What the owner filled in: nearly everything for most, with holes that come round at different paces."""
    published = book.released_on
    return ItemMetadata(
        title=book.title,
        subtitle=book.subtitle or None,
        authors=book.authors,
        narrators=() if number % 9 == 4 else performance.narrators,
        series=((series, position),) if series else (),
        genres=() if number % 11 == 6 else tuple(genre.title() for genre in book.genres),
        tags=(),
        published_year=str(published.year) if published and number % 10 != 7 else None,
        published_date=None,
        publisher=None if number % 6 == 2 else performance.publisher or None,
        description=None if number % 7 == 3 else book.description,
        isbn=book.isbn or None,
        asin=None if number % 4 == 1 else performance.asin,
        language=None if number % 8 == 1 else "English",
        abridged=performance.abridged,
    )
