"""What the API says of series, and of what their modes and those of authors would change."""

from datetime import date, datetime

from django.db.models import Q
from ninja import Field, FilterSchema, Schema

from library.models import Series, SeriesEntry


class SeriesOut(Schema):
    """A series and how much of its main line is there."""

    id: int
    name: str
    monitor: Series.Monitor
    is_complete: bool | None
    is_unclaimed: bool = Field(description="Known from an author's list alone; nothing was owned, listed or chosen.")
    total: int
    owned: int
    announced: int
    listed_at: datetime | None
    listed_by: str


class SeriesBookOut(Schema):
    """A book at its place in a series."""

    book_id: int
    title: str = Field(alias="book.title")
    position: str
    kind: SeriesEntry.Kind
    released_on: date | None = Field(alias="book.released_on")
    is_monitored: bool = Field(alias="book.is_monitored")
    is_owned: bool
    is_missing: bool


class SeriesDetailOut(SeriesOut):
    """A series with its books, owned and missing side by side."""

    books: list[SeriesBookOut] = Field(alias="entries")


class SeriesFilter(FilterSchema):
    """Which series."""

    q: str | None = Field(None, max_length=200, description="Words of the name.")
    monitor: Series.Monitor | None = None
    is_unclaimed: bool | None = None

    def filter_q(self, value: str | None) -> Q:
        """Series whose name has these words."""
        return Q(name__icontains=value) if value else Q()


class MonitorIn(Schema):
    """What to watch a series for."""

    monitor: Series.Monitor


class PreviewOut(Schema):
    """What setting a mode would do to the books of a series or an author."""

    mode: Series.Monitor
    missing: int = Field(description="Books that would be missing then.")
    more: int = Field(description="Of these, those that are not missing now.")
    fewer: int = Field(description="Books that are missing now and would not be.")
    announced: int = Field(description="Books to come that would be looked out for.")


class PreviewsOut(Schema):
    """What setting each mode would do."""

    modes: list[PreviewOut]
