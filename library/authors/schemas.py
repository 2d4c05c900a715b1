"""What the API says of authors and of what may be worth having."""

from datetime import date, datetime
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q
from ninja import Field, FilterSchema, Schema

from library.models import Author, Book, Coverage, LeftOut
from library.schemas import PlaceOut


class AuthorRowOut(Schema):
    """An author and how much of their work is there; `owned`, `announced` and `gap` add up to `total`."""

    id: int
    name: str
    monitor: Author.Monitor
    total: int = Field(description="Single books of main lines or outside any series that exist as audiobooks.")
    owned: int
    announced: int
    gap: int = Field(description="Out and not owned.")
    missing: int = Field(description="Out, not owned, and monitored.")
    in_print: int = Field(description="Not counted in the total.")
    owned_s: float = Field(description="How long the owned copies play, in seconds.")
    listed_at: datetime | None
    listed_by: str


class WorkOut(Schema):
    """A book by an author."""

    id: int
    title: str
    series: list[PlaceOut] = Field(alias="places")
    released_on: date | None
    standing: Book.Standing
    is_monitored: bool


class LeftOutOut(Schema):
    """An entry of the provider's list that was not taken for a book of its own."""

    title: str
    why: LeftOut.Why
    source: str


class AuthorDetailOut(AuthorRowOut):
    """An author with all known books, owned and missing side by side, and what the list held besides."""

    books: list[WorkOut]
    left_out: list[LeftOutOut]


class AuthorOrder(StrEnum):
    """How authors can be ordered."""

    NAME = "name"
    OWNED = "-owned"
    LENGTH = "-owned_s"
    SHARE = "-share_owned"
    GAP = "-gap"


class AuthorFilter(FilterSchema):
    """Which authors."""

    q: str | None = Field(None, max_length=200, description="Words of the name.")
    owned: bool | None = None
    monitor: Author.Monitor | None = None

    def filter_q(self, value: str | None) -> Q:
        """Authors whose name has these words."""
        found = Q()
        for word in (value or "").split():
            found &= Q(name__icontains=word)
        return found

    def filter_owned(self, value: bool | None) -> Q:
        """Authors of whom a book is owned, or the others."""
        held = Q(Exists(Coverage.objects.present().filter(book__authors=OuterRef("pk"))))
        return Q() if value is None else held if value else ~held


class AuthorMonitorIn(Schema):
    """What to watch an author for, beyond the series that are followed."""

    monitor: Author.Monitor


class ReasonOut(Schema):
    """One thing that speaks for a recommendation, with its part of the score."""

    words: str
    points: int


class RecommendationKind(StrEnum):
    """What is recommended."""

    SERIES = "series"
    AUTHOR = "author"


class RecommendationOut(Schema):
    """A series or an author that may be worth having."""

    kind: RecommendationKind
    id: int = Field(alias="pk")
    name: str
    by: str
    books: int = Field(description="Out as audiobooks, as far as is known, and not owned.")
    score: int = Field(description="Only good for ordering.")
    reasons: list[ReasonOut]


class DismissalOut(Schema):
    """A person's word that something is not to be recommended."""

    kind: RecommendationKind
    id: int
    name: str
    by: str | None
    at: datetime
