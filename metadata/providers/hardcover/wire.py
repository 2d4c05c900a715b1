"""Hardcover's rows and search documents, as they come: nearly every field may be missing or null."""

import json
import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _day(told: object) -> object:
    """Take the day; years alone and unreadable dates stay unknown."""
    if isinstance(told, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", told[:10]):
        return told[:10]
    return None


def _nothing_if_empty(told: object) -> object:
    """Hardcover writes `{}` for a series or an image that is not there."""
    return told or None


Text = Annotated[str, BeforeValidator(lambda told: "" if told is None else str(told).strip())]
Texts = Annotated[tuple[str, ...], BeforeValidator(lambda told: tuple(one for one in told or () if one))]
Day = Annotated[date | None, BeforeValidator(_day)]


class Wire(BaseModel):
    """Anything that Hardcover sends; fields that we do not use are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Named(Wire):
    """An author, a publisher or a series, of which the name matters."""

    id: int | None = None
    name: Text = ""


class Language(Wire):
    """The language of an edition."""

    language: Text = ""


class Image(Wire):
    """A cover."""

    url: Text = ""


class Contribution(Wire):
    """A person and the part they had; no part, or "Author", is the author's."""

    contribution: Text = ""
    author: Named | None = None

    @property
    def name(self) -> str:
        """The person's name, or nothing."""
        return self.author.name if self.author else ""


Contributions = Annotated[tuple[Contribution, ...], BeforeValidator(lambda told: tuple(told or ()))]


def people(contributions: tuple[Contribution, ...], *parts: str) -> tuple[str, ...]:
    """The names of those who had one of these parts, in order and once each."""
    named = [one.name for one in contributions if one.name and one.contribution.casefold() in parts]
    return tuple(dict.fromkeys(named))


class BookName(Wire):
    """The book of an edition."""

    id: int
    title: Text = ""
    canonical_id: int | None = None


class Edition(Wire):
    """One edition of a book; narrators hang here, not on the book."""

    id: int
    asin: Text = ""
    isbn_10: Text = ""
    isbn_13: Text = ""
    title: Text = ""
    subtitle: Text = ""
    audio_seconds: float | None = None
    reading_format_id: int | None = None
    edition_format: Text = ""
    edition_information: Text = ""
    release_date: Day = None
    release_year: int | None = None
    language: Language | None = None
    publisher: Named | None = None
    image: Annotated[Image | None, BeforeValidator(_nothing_if_empty)] = None
    contributions: Contributions = ()
    book: BookName | None = None

    @property
    def book_id(self) -> int | None:
        """The book it belongs to today: merged books name the one that stayed."""
        return (self.book.canonical_id or self.book.id) if self.book else None

    @property
    def is_audio(self) -> bool:
        """Say whether this edition is to be heard."""
        return self.reading_format_id in {2, 3} or bool(self.audio_seconds)

    @property
    def isbn(self) -> str:
        """Its ISBN, the longer one first."""
        return self.isbn_13 or self.isbn_10

    @property
    def abridged(self) -> bool | None:
        """Whether it is abridged, if its own words say so."""
        said = f"{self.edition_format} {self.edition_information}".casefold()
        return None if "abridged" not in said else "unabridged" not in said

    @property
    def dramatised(self) -> bool | None:
        """True when its own words call it a dramatisation; never False, since most editions say nothing."""
        said = f"{self.edition_format} {self.edition_information} {self.title} {self.subtitle}"
        return True if re.search(r"dramati[sz]|full[- ]cast|graphicaudio", said, re.IGNORECASE) else None


class Placing(Wire):
    """The place of a book in one of its series."""

    position: float | None = None
    details: Text = ""
    featured: bool | None = None
    series: Named | None = None

    @property
    def as_text(self) -> str:
        """The position as text, "1", "2.5" or a range as "1-3"."""
        return position_text(self.position, self.details)


Placings = Annotated[tuple[Placing, ...], BeforeValidator(lambda told: tuple(told or ()))]


class BookRow(Wire):
    """A book by its id."""

    id: int
    title: Text = ""
    subtitle: Text = ""
    description: Text = ""
    canonical_id: int | None = None
    release_date: Day = None
    release_year: int | None = None
    image: Annotated[Image | None, BeforeValidator(_nothing_if_empty)] = None
    contributions: Contributions = ()
    book_series: Placings = ()

    def places(self) -> tuple[tuple[str, str], ...]:
        """Its series and positions, the one that Hardcover features first."""
        ordered = sorted(self.book_series, key=lambda place: not place.featured)
        return tuple((place.series.name, place.as_text) for place in ordered if place.series and place.series.name)


class BookDocument(Wire):
    """A book as the search index tells it; ids are text here."""

    id: int
    title: Text = ""
    subtitle: Text = ""
    description: Text = ""
    author_names: Texts = ()
    contributions: Contributions = ()
    series_names: Texts = ()
    featured_series: Annotated[Placing | None, BeforeValidator(_nothing_if_empty)] = None
    isbns: Texts = ()
    genres: Texts = ()
    has_audiobook: bool | None = None
    audio_seconds: float | None = None
    release_year: int | None = None
    release_date_i: int | None = None
    image: Annotated[Image | None, BeforeValidator(_nothing_if_empty)] = None

    @property
    def authors(self) -> tuple[str, ...]:
        """Those who wrote it; translators and illustrators are left out where the index tells them apart."""
        return people(self.contributions, "", "author") or self.author_names

    @property
    def released_on(self) -> date | None:
        """The day of release, which the index keeps in seconds."""
        return None if self.release_date_i is None else datetime.fromtimestamp(self.release_date_i, UTC).date()

    def places(self) -> tuple[tuple[str, str], ...]:
        """The featured series with its position, then the others, of which only the names are told."""
        featured = self.featured_series
        if not featured or not featured.series or not featured.series.name:
            return tuple((name, "") for name in self.series_names)
        first = (featured.series.name, featured.as_text)
        return (first, *((name, "") for name in self.series_names if name != first[0]))


class SeriesDocument(Wire):
    """A series as the search index tells it."""

    id: int
    name: Text = ""
    author_name: Text = ""
    readers_count: int | None = None


class BookInSeries(Wire):
    """The book of a place in a series."""

    id: int
    title: Text = ""
    subtitle: Text = ""
    release_date: Day = None
    release_year: int | None = None
    users_count: int | None = None
    compilation: bool | None = None


class AuthorDocument(Wire):
    """An author as the search index tells them, with the titles of some books."""

    id: int
    name: Text = ""
    alternate_names: Texts = ()
    books: Texts = ()
    books_count: int | None = None


class BookOfAuthor(BookRow):
    """A book with all that an author's list needs of it."""

    users_count: int | None = None
    compilation: bool | None = None

    def is_by(self, author_id: int) -> bool:
        """Whether this person wrote it, and not only read, translated or illustrated it."""
        parts = [one.contribution.casefold() for one in self.contributions if one.author and one.author.id == author_id]
        return any(part in ("", "author") for part in parts)


class Place(Wire):
    """One place of a series with its book."""

    position: float | None = None
    details: Text = ""
    compilation: bool | None = None
    book: BookInSeries | None = None

    @property
    def as_text(self) -> str:
        """The position as text, "1", "2.5" or a range as "1-3"."""
        return position_text(self.position, self.details)


class SeriesRow(Wire):
    """A series with its places."""

    id: int
    name: Text = ""
    is_completed: bool | None = None
    canonical_id: int | None = None
    author: Annotated[Named | None, BeforeValidator(_nothing_if_empty)] = None
    book_series: Annotated[tuple[Place, ...], BeforeValidator(lambda told: tuple(told or ()))] = ()


class Hit(Wire):
    """One hit of a search; what its document holds depends on what was searched."""

    document: dict[str, Any] = Field(default_factory=dict)


def _decoded(told: object) -> object:
    """Some deployments send the results as JSON in a string."""
    return json.loads(told) if isinstance(told, str) else told or {}


class Results(Wire):
    """What the index found."""

    hits: Annotated[tuple[Hit, ...], BeforeValidator(lambda told: tuple(told or ()))] = ()


class Search(Wire):
    """The answer of a search."""

    results: Annotated[Results, BeforeValidator(_decoded)] = Results()
    error: Text = ""


def position_text(position: float | None, details: str) -> str:
    """A position as text: the range where `details` has one ("1-3"), else the number, else nothing."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*[-–]\s*(\d+(?:\.\d+)?)", details)
    if found:
        return f"{found[1]}-{found[2]}"
    return "" if position is None else f"{position:g}"
