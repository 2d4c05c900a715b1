"""What the API says of books, series and editions."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from ninja import Field, FilterSchema, Schema

from library.models import (
    Author,
    Book,
    BookQuerySet,
    Change,
    Cover,
    Coverage,
    Edition,
    Exclusion,
    SavedSearch,
    SeriesEntry,
)
from library.services import searching
from library.services.cards import Card
from mamcrawler.lib.addresses import pictured


class AuthorOut(Schema):
    """An author."""

    id: int
    name: str


class PlaceOut(Schema):
    """A book's place in a series."""

    series_id: int
    series: str = Field(alias="series.name")
    position: str
    kind: SeriesEntry.Kind


COVER_URL = (
    "Path of the cover of a copy that is there, as WebP and at most 640 pixels wide; null without one. It is read with "
    "the same key or session, and never changes what it shows."
)


def cover_path(cover: Cover | None) -> str | None:
    """Where the API gives a cover."""
    return pictured("api:get_cover", cover.digest, cover.widths[-1]) if cover and cover.widths else None


class BookOut(Schema):
    """A book, owned or not."""

    id: int
    title: str
    subtitle: str
    kind: Book.Kind
    authors: list[AuthorOut]
    series: list[PlaceOut] = Field(alias="places")
    language: str
    released_on: date | None
    is_announced: bool
    has_audio: Book.HasAudio
    is_monitored: bool
    is_unclaimed: bool = Field(description="Known from an author's list alone; nobody said that it matters.")
    is_owned: bool
    cover_url: str | None = Field(description=COVER_URL)
    added_at: datetime

    @staticmethod
    def resolve_cover_url(book: Book | Card) -> str | None:
        """Its path, if there is a cover."""
        return cover_path(book.cover)


class RecordingOut(Schema):
    """One performance of a book, as catalogues know it."""

    id: int
    narrators: list[str]
    asin: str
    runtime_s: float | None
    language: str
    publisher: str
    released_on: date | None
    is_abridged: bool
    is_dramatised: bool

    @staticmethod
    def resolve_narrators(recording: Any) -> list[str]:
        """Their names."""
        return [narrator.name for narrator in recording.narrators.all()]


class CopyOut(Schema):
    """An edition that contains a book, wholly or in part."""

    edition_id: int
    title: str = Field(alias="edition.title")
    status: Edition.Status = Field(alias="edition.status")
    extent: Coverage.Extent


class ExclusionOut(Schema):
    """A person's word that a book is not wanted."""

    reason: str
    at: datetime


class BookDetailOut(BookOut):
    """A book with its performances and copies."""

    description: str
    genres: list[str]
    isbn: str
    publisher: str
    provider_cover_url: str = Field(description="Where a provider shows a cover; empty if unknown.")
    enriched_at: datetime | None
    exclusion: ExclusionOut | None
    recordings: list[RecordingOut]
    copies: list[CopyOut] = Field(alias="coverages")

    @staticmethod
    def resolve_provider_cover_url(book: Book) -> str:
        """Its name is taken by the cover that we keep."""
        return book.cover_url

    @staticmethod
    def resolve_exclusion(book: Book) -> Exclusion | None:
        """The exclusion, if there is one."""
        return getattr(book, "exclusion", None)


SEARCH_SYNTAX = (
    'Words of title, author, series or narrator, an ISBN or an ASIN; "quoted words" side by side; AND, OR, NOT and '
    "brackets; fields as in author:pratchett; ranges as in year:2010-2015 length:>10h; is:missing."
)


class BookOrder(StrEnum):
    """How books can be ordered; a minus turns it round."""

    TITLE = "title"
    TITLE_DOWN = "-title"
    ADDED = "added_at"
    ADDED_DOWN = "-added_at"
    RELEASED = "released_on"
    RELEASED_DOWN = "-released_on"


class Gap(StrEnum):
    """What lacks a missing book: a series that is followed, or only an author's shelf."""

    SERIES = "series"
    AUTHOR = "author"


class BookFilter(FilterSchema):
    """Which books."""

    q: str | None = Field(None, max_length=500, description=SEARCH_SYNTAX)
    owned: bool | None = None
    missing: bool | None = None
    series_id: int | None = None
    author_id: int | None = None

    def filter_q(self, _value: str | None) -> Q:
        """No condition: what is searched for is found by `find`, and only once."""
        return Q()

    def find(self, until: int) -> searching.Found:
        """What the search finds, spelling forgiven where nothing is spelt so.

        :param until: so many from the beginning on will be asked for.
        """
        return searching.find(self.q or "", of_all=True, until=until)

    @property
    def is_search_alone(self) -> bool:
        """Whether nothing else narrows what the search finds."""
        return all(value is None for value in self.model_dump(exclude={"q"}).values())

    def filter_owned(self, value: bool | None) -> Q:
        """Books that a present edition covers, or the others."""
        held = Q(Exists(Coverage.objects.present().filter(book=OuterRef("pk"))))
        return Q() if value is None else held if value else ~held

    def filter_missing(self, value: bool | None) -> Q:
        """Books that should be on a shelf and are not, or the others."""
        return ~Q(pk__in=Book.objects.missing()) if value is False else Q()  # those that are: by `of`

    def of(self, books: BookQuerySet) -> BookQuerySet:
        """The books of these that pass, but for the search."""
        # Not "among the keys of all that are missing": a database would look all of them up for a single page.
        return self.filter(books.missing() if self.missing else books)

    def filter_series_id(self, value: int | None) -> Q:
        """Books of a series."""
        return Q() if value is None else Q(pk__in=SeriesEntry.objects.filter(series=value).values("book"))

    def filter_author_id(self, value: int | None) -> Q:
        """Books by an author."""
        return Q() if value is None else Q(pk__in=Author.objects.filter(pk=value).values("books"))


class ExclusionIn(Schema):
    """Why a book is not wanted."""

    reason: str = Field("", max_length=300)


class AudioFileOut(Schema):
    """One file of an edition."""

    position: int
    path: str
    size_bytes: int | None
    duration_s: float | None
    bitrate_kbps: int | None
    codec: str
    is_seeded: bool


class CoveredBookOut(Schema):
    """A book that an edition contains."""

    book_id: int
    title: str = Field(alias="book.title")
    extent: Coverage.Extent


class EditionOut(Schema):
    """A copy on a shelf, with its metadata as the shelf has it."""

    id: int
    title: str
    shelf_id: int
    shelf: str = Field(alias="shelf.name")
    path: str
    status: Edition.Status
    recording_id: int | None
    metadata: dict[str, Any]
    locked_fields: list[str]
    books: list[CoveredBookOut] = Field(alias="coverages")
    audio_files: list[AudioFileOut]
    duration_s: float | None
    size_bytes: int | None
    bitrate_kbps: int | None
    audio_format: str
    chapter_count: int
    has_cover: bool
    cover_url: str | None = Field(description=COVER_URL)
    tracker_id: int | None
    added_at: datetime
    vanished_at: datetime | None
    written_at: datetime | None

    @staticmethod
    def resolve_cover_url(edition: Edition) -> str | None:
        """Its path, if there is a cover."""
        return cover_path(getattr(edition, "cover", None))

    @staticmethod
    def resolve_locked_fields(edition: Edition) -> list[str]:
        """The fields that only people change."""
        return [lock.field for lock in edition.locks.all()]


class ChangeOut(Schema):
    """One field that was changed on a shelf."""

    id: int
    batch: UUID
    field: str
    old: Any
    new: Any
    source: str
    by: str | None
    status: Change.Status
    reason: str
    at: datetime
    undone_at: datetime | None

    @staticmethod
    def resolve_by(change: Change) -> str | None:
        """Whose word it was, by user name; None where it was the program's."""
        return change.by.username if change.by else None


class FacetValueOut(Schema):
    """A value that found books have, and how many have it."""

    value: str
    label: str
    count: int


class FacetOut(Schema):
    """The values of one facet, those of most books first."""

    kind: str
    label: str
    values: list[FacetValueOut]


class TroubleOut(Schema):
    """What of a search was not understood, and where it begins."""

    position: int
    message: str


class FacetsOut(Schema):
    """What the books that a search finds have in common, and how it was understood.

    With `counted` set there were more books, and the counts are those of that many.
    """

    facets: list[FacetOut]
    counted: int | None
    troubles: list[TroubleOut]
    corrected: dict[str, str]


class SavedSearchIn(Schema):
    """A search to keep; filters are facets by kind, standing and shelf."""

    name: str = Field(min_length=1, max_length=100)
    query: str = Field("", max_length=500, description=SEARCH_SYNTAX)
    filters: dict[str, str] = {}
    sort: str = "title"
    look: SavedSearch.Look = SavedSearch.Look.GRID


class SavedSearchOut(SavedSearchIn):
    """A search that a person keeps."""

    id: int
    created_at: datetime


class RenameIn(Schema):
    """Another name."""

    name: str = Field(min_length=1, max_length=100)
