"""What the API says of duplicates, regroupings and unclean names."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Schema
from pydantic import model_validator

from library import identity
from library.models import Regrouping


class CopyOfOut(Schema):
    """A copy of a book that is there several times, with what speaks for keeping it or the best one."""

    edition_id: int = Field(alias="facts.pk")
    narrators: list[str] = Field(alias="facts.narrators")
    asin: str = Field(alias="facts.asin")
    is_abridged: bool | None = Field(alias="facts.is_abridged")
    duration_s: float | None = Field(alias="facts.duration_s")
    size_bytes: int | None = Field(alias="facts.size_bytes")
    bitrate_kbps: int | None = Field(alias="facts.bitrate_kbps")
    file_count: int = Field(alias="facts.file_count")
    chapter_count: int = Field(alias="facts.chapter_count")
    is_seeded: bool = Field(alias="facts.is_seeded")
    is_best: bool
    reasons: list[str]


class PerformanceOut(Schema):
    """Copies of one performance, the one to keep first; a suggestion, never acted upon."""

    is_duplicate: bool
    is_certain: bool
    is_same_files: bool = Field(description="Its very files are another copy here: remove neither for the other.")
    copies: list[CopyOfOut]


class DuplicateOut(Schema):
    """A book of which a performance seems to be there twice."""

    id: int = Field(alias="book.pk")
    title: str = Field(alias="book.title")
    performances: list[PerformanceOut]


class NotDuplicateOut(Schema):
    """A person's word that all copies of a book are meant to be there."""

    book_id: int
    copies: int
    at: datetime


class MergeIn(Schema):
    """What to merge into a row."""

    others: list[int] = Field(min_length=1, max_length=100, description="Ids of the rows that are the same.")


class SplitIn(Schema):
    """What of a book is another one."""

    editions: list[int] = Field(default=[], max_length=500)
    recordings: list[int] = Field(default=[], max_length=500)
    into: int | None = Field(None, description="Id of the book it is; a new one is made without.")
    title: str = Field("", max_length=500, description="Of the new book; the first copy's when empty.")


class MoveIn(Schema):
    """The book something belongs to."""

    book_id: int


class RegroupingOut(Schema):
    """What was merged, split or moved."""

    id: int
    kind: Regrouping.Kind
    target: Regrouping.Target
    kept_id: int
    words: str
    by: str | None
    at: datetime
    undone_by: str | None
    undone_at: datetime | None

    @staticmethod
    def resolve_by(row: Regrouping) -> str | None:
        """Whose word it was, by user name."""
        return row.by.username if row.by else None

    @staticmethod
    def resolve_undone_by(row: Regrouping) -> str | None:
        """Who took it back, by user name."""
        return row.undone_by.username if row.undone_by else None


class SuggestionOut(Schema):
    """A book that a copy may be, and why."""

    book_id: int = Field(alias="book.pk")
    title: str = Field(alias="book.title")
    confidence: float
    verdict: identity.Verdict
    reasons: list[str]


class UnplacedOut(Schema):
    """A copy that no book could be told for, with the books it may be, likeliest first."""

    id: int = Field(alias="edition.pk")
    title: str = Field(alias="edition.title")
    path: str = Field(alias="edition.path")
    shelf: str = Field(alias="edition.shelf.name")
    suggestions: list[SuggestionOut]


class FieldProposalOut(Schema):
    """A field as it is and as it would be."""

    field: str
    old: Any
    new: Any


class CleaningOut(Schema):
    """How the names of an item would be cleaned, and why."""

    edition_id: int = Field(alias="edition.pk")
    title: str = Field(alias="edition.title")
    fields: list[FieldProposalOut]
    reasons: list[str]


class CleaningPageOut(Schema):
    """What would be cleaned among the copies that were looked through; none of it is written."""

    items: list[CleaningOut]
    next_after: int | None = Field(description="Ask again with this as `after`; null at the end of the library.")


class CleaningIn(Schema):
    """Which copies to clean, and which of their fields."""

    editions: list[int] = Field(min_length=1, max_length=200)
    fields: list[str] | None = Field(None, description="Only these fields; all that are proposed without.")

    @model_validator(mode="after")
    def _each_once(self) -> "CleaningIn":
        self.editions = list(dict.fromkeys(self.editions))
        return self


class FieldPreviewOut(Schema):
    """A field as we know it, as it stands on its shelf now, and as it would be."""

    field: str
    old: Any
    there: Any
    new: Any
    conflict: str = Field(description="Why it would be left alone; empty if nothing stands in the way.")
    would_be_written: bool


class ItemPreviewOut(Schema):
    """What writing would do to a copy; with a trouble its shelf gave no answer, and no field is known."""

    edition_id: int = Field(alias="edition.pk")
    title: str = Field(alias="edition.title")
    fields: list[FieldPreviewOut]
    trouble: str


class CleaningPreviewOut(Schema):
    """What writing would do; nothing was written."""

    items: list[ItemPreviewOut]


class CleanedOut(Schema):
    """What was written, in a batch that can be undone."""

    batch: UUID
    written: int
    refused: dict[str, str]
