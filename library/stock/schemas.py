"""What the API says of statistics and hygiene."""

from datetime import datetime
from typing import Any

from ninja import Field, Schema

from library.figures import Completeness, Leaders, Month, Part, Share, Totals
from library.hygiene import Severity


class StatisticsOut(Schema):
    """The library in figures as they were at one moment; lengths in seconds, sizes in bytes."""

    taken_at: datetime
    value: float = Field(description="What the owned books are worth, by the value of a book that is set.")
    currency: str
    totals: Totals = Field(alias="statistics.totals")
    formats: list[Share] = Field(alias="statistics.formats")
    bitrates: list[Share] = Field(alias="statistics.bitrates")
    lengths: list[Share] = Field(alias="statistics.lengths")
    languages: list[Share] = Field(alias="statistics.languages")
    authors: Leaders = Field(alias="statistics.authors")
    narrators: Leaders = Field(alias="statistics.narrators")
    series: Leaders = Field(alias="statistics.series")
    months: list[Month] = Field(alias="statistics.months")
    completeness: Completeness = Field(alias="statistics.completeness")
    series_standing: list[Part] = Field(alias="statistics.series_standing")


class CheckOut(Schema):
    """A check, and how many copies it finds; dismissed ones are counted apart."""

    name: str = Field(alias="check.name")
    label: str = Field(alias="check.label")
    why: str = Field(alias="check.why")
    advice: str = Field(alias="check.advice")
    severity: Severity = Field(alias="check.severity")
    open: int
    dismissed: int


class HygieneOut(Schema):
    """What the checks found, worst first; `taken_at` is null where nobody looked yet."""

    taken_at: datetime | None
    looked_at: int
    findings: int
    checks: list[CheckOut] = Field(alias="tallies")


class MarkOut(Schema):
    """A copy that a check found; `is_settled` when it was put right since."""

    edition_id: int = Field(alias="edition.pk")
    title: str = Field(alias="edition.title")
    shelf: str = Field(alias="edition.shelf.name")
    path: str = Field(alias="edition.path")
    books: list[int]
    found: str = Field(alias="fact")
    is_settled: bool

    @staticmethod
    def resolve_books(item: Any) -> list[int]:
        """Their ids."""
        return [book.pk for book in item.books]
