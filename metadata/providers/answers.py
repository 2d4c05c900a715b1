"""What a provider is asked and what it answers, in the same words for all of them."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

type_of_entry = Literal["main", "novella", "extra", "compilation"]


@dataclass(frozen=True)
class BookQuestion:
    """What we know of a book that a provider is to describe; empty means unknown."""

    title: str
    authors: tuple[str, ...] = ()
    series: str = ""
    position: str = ""
    isbn: str = ""
    asin: str = ""
    language: str = ""
    subtitle: str = ""
    narrators: tuple[str, ...] = ()
    runtime_s: float | None = None


@dataclass(frozen=True)
class SeriesQuestion:
    """A series whose full list is wanted; `external_id` is the provider's own id when an earlier answer told it."""

    name: str
    author: str = ""
    external_id: str = ""


@dataclass(frozen=True)
class ProviderBook:
    """One book, and where the provider knows it one recording of it, as that provider describes it.

    Empty text, an empty tuple and None all mean that the provider does not say. `description` is the provider's HTML,
    unchecked. `external_id` names the book at the provider; two recordings of one book share it.
    """

    provider: str
    external_id: str
    title: str
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    narrators: tuple[str, ...] = ()
    series: tuple[tuple[str, str], ...] = ()
    isbn: str = ""
    asin: str = ""
    publisher: str = ""
    released_on: date | None = None
    release_year: int | None = None
    runtime_s: float | None = None
    description: str = ""
    language: str = ""
    genres: tuple[str, ...] = ()
    cover_url: str = ""
    abridged: bool | None = None
    dramatised: bool | None = None
    has_audio: bool | None = None
    raw: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class ProviderRecording:
    """One performance of a book in a provider's series list."""

    external_id: str
    narrators: tuple[str, ...] = ()
    isbn: str = ""
    asin: str = ""
    runtime_s: float | None = None
    publisher: str = ""
    language: str = ""
    released_on: date | None = None
    abridged: bool | None = None
    dramatised: bool | None = None


@dataclass(frozen=True)
class SeriesBook:
    """One place in a series. `has_audio` is None while the provider cannot know, as for a book still to come."""

    external_id: str
    title: str
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    position: str = ""
    kind: type_of_entry = "main"
    released_on: date | None = None
    has_audio: bool | None = None
    isbn: str = ""
    asin: str = ""
    recordings: tuple[ProviderRecording, ...] = ()


@dataclass(frozen=True)
class ProviderSeries:
    """A whole series as one provider lists it, in reading order."""

    provider: str
    external_id: str
    name: str
    author: str = ""
    is_completed: bool | None = None
    books: tuple[SeriesBook, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class AuthorQuestion:
    """An author whose works are wanted.

    :param titles: titles of theirs that are known here: they tell two authors of one name apart.
    :param external_ids: the provider's own ids where earlier answers told them.
    """

    name: str
    titles: tuple[str, ...] = ()
    external_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProviderWork:
    """A work in an author's list. `has_audio` is None while the provider cannot know, as for a book still to come."""

    external_id: str
    title: str
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    series: tuple[tuple[str, str], ...] = ()
    is_collection: bool = False
    released_on: date | None = None
    release_year: int | None = None
    has_audio: bool | None = None
    isbn: str = ""
    recordings: tuple[ProviderRecording, ...] = ()


@dataclass(frozen=True)
class Bibliography:
    """All works of one author as one provider lists them, the best known first."""

    provider: str
    external_id: str
    name: str
    works: tuple[ProviderWork, ...] = ()


@dataclass(frozen=True)
class ProviderAuthor:
    """An author as a provider knows them."""

    external_id: str
    name: str


@dataclass(frozen=True)
class Chapter:
    """One chapter of a recording."""

    title: str
    start_ms: int
    length_ms: int


@dataclass(frozen=True)
class Chapters:
    """The chapters of one recording as sold: offsets include the shop's spoken intro."""

    asin: str
    intro_ms: int
    outro_ms: int
    runtime_ms: int
    is_accurate: bool
    chapters: tuple[Chapter, ...]

    def without_branding(self) -> tuple[Chapter, ...]:
        """The chapters for files that lack the shop's intro and outro."""
        last = len(self.chapters) - 1
        return tuple(
            Chapter(
                chapter.title,
                max(0, chapter.start_ms - self.intro_ms) if number else chapter.start_ms,
                max(
                    0,
                    chapter.length_ms - (0 if number else self.intro_ms) - (self.outro_ms if number == last else 0),
                ),
            )
            for number, chapter in enumerate(self.chapters)
        )
