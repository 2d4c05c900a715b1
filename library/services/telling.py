"""What an item or a provider tells of a book, brought to the form in which books are compared and stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import TypedDict

from library import identity, positions
from library.models import Book, Edition, Narrator, SeriesEntry
from library.services.naming import LONGEST_NAME

LONGEST_TITLE = 500

Place = tuple[str, Decimal]
"""The key of a series and a number in it."""


@dataclass(frozen=True)
class Told:
    """What an item, or a provider, says that tells which book it is."""

    title: str
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    places: tuple[tuple[str, str], ...] = ()  # names of series with positions as written
    narrators: tuple[str, ...] = ()
    asin: str = ""
    language: str = ""
    is_abridged: bool = False

    @cached_property
    def key(self) -> str:
        """The title as compared."""
        return identity.title_key(self.title)[:LONGEST_TITLE]

    @cached_property
    def collection(self) -> tuple[str, positions.Position] | None:
        """The first series of which it holds several books, with their numbers."""
        for name, written in self.places:
            position = position_of(written)
            if len(position.numbers_inside()) > 1:
                return name, position
        return None

    @cached_property
    def spots(self) -> list[Place]:
        """Every numbered place that it takes."""
        if (collection := self.collection) is not None:
            name, position = collection
            return [(series_key(name), Decimal(number)) for number in position.numbers_inside()]
        starts = [(name, stored(position_of(written).start)) for name, written in self.places]
        return [(series_key(name), start) for name, start in starts if start is not None]

    def work(self) -> identity.Work:
        """The book as identity compares it."""
        return identity.Work(title=self.title, authors=self.authors, series=self.places)


def told_by(edition: Edition) -> Told:
    """What an edition's metadata says of its book; a series that only the title mentions counts as well."""
    metadata = edition.metadata
    title = str(metadata.get("title") or edition.title)
    places = [
        (str(row.get("name") or ""), str(row.get("sequence") or ""))
        for row in metadata.get("series") or []
        if row.get("name")
    ]
    if not places and (mention := positions.from_title(title)) is not None and mention.series:
        places = [(mention.series, mention.position.text)]
    return Told(
        title=title,
        subtitle=str(metadata.get("subtitle") or ""),
        authors=tuple(str(name) for name in metadata.get("authors") or [] if str(name).strip()),
        places=tuple(places),
        narrators=tuple(str(name) for name in metadata.get("narrators") or []),
        asin=str(metadata.get("asin") or ""),
        language=str(metadata.get("language") or ""),
        is_abridged=bool(metadata.get("abridged")),
    )


def series_key(name: str) -> str:
    """The name of a series as compared, as long as its column is."""
    return identity.series_key(name)[:LONGEST_NAME]


def known_as(title_key: str, author_key: str) -> str:
    """By what an `Alias` remembers that a book of this title, by this author, was merged into another."""
    return f"{title_key} by {author_key}"[:LONGEST_NAME]


def narrator_key(narrators: Iterable[Narrator]) -> str:
    """One text for a set of narrators, in whatever order."""
    return "|".join(sorted(narrator.key for narrator in narrators))[:600]


def name_book(book: Book, title: str, subtitle: str) -> None:
    """Set a book's name and what is made from it."""
    book.title, book.subtitle = title[:LONGEST_TITLE], subtitle[:LONGEST_TITLE]
    book.key, book.sort_title = identity.title_key(title)[:LONGEST_TITLE], _sort_title(title)


class Placed(TypedDict):
    """The fields of a place in a series that tell its number."""

    position: str
    start: Decimal | None
    end: Decimal | None


def placed(written: str) -> Placed:
    """A position as it is stored."""
    position = position_of(written)
    return {"position": written[:60], "start": stored(position.start), "end": stored(position.end)}


def usual_kind(start: Decimal | None) -> SeriesEntry.Kind:
    """Whole numbers are of the main line, fractions are novellas."""
    return SeriesEntry.Kind.MAIN if start is None or start == int(start) else SeriesEntry.Kind.NOVELLA


@lru_cache(maxsize=4096)
def position_of(written: str) -> positions.Position:
    """Read a position; the same few are read again and again."""
    return positions.parse(written)


def stored(number: Decimal | None) -> Decimal | None:
    """A number as its column holds it; beyond its width there is none, and the position is kept as text alone."""
    return None if number is None or abs(number) >= 1_000_000 else round(number, 3)


def _sort_title(title: str) -> str:
    lowered = title.casefold().strip()
    for article in ("the ", "a ", "an "):
        lowered = lowered.removeprefix(article) if lowered.startswith(article) else lowered
    return lowered[:LONGEST_TITLE] or title[:LONGEST_TITLE]
