"""Arranging the figures of the library for its page: what is drawn, what stands in the table behind, where it leads."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from library.figures import Leader, Leaders, Month, Part, Share, Statistics, every_month
from mamcrawler.lib import charts

MOST_MONTHS = 24
HOUR = 3600
BY_HOURS, BY_BOOKS = "hours", "books"


@dataclass(frozen=True)
class Bar:
    """A month in a chart: its column, and what it says in words."""

    column: charts.Column
    label: str
    count: int


@dataclass(frozen=True)
class MonthChart:
    """Columns by month, the last two years, with all of them together; what came before them is counted apart."""

    label: str
    unit: str
    bars: tuple[Bar, ...]
    total: int
    earlier: int

    @property
    def most(self) -> int:
        """The highest of its columns."""
        return max((bar.count for bar in self.bars), default=0)


@dataclass(frozen=True)
class Row:
    """A row of a table: its count and how much of the whole that is, in percent."""

    label: str
    count: int
    percent: float
    seconds: int = 0
    size_bytes: int = 0
    url: str = ""


@dataclass(frozen=True)
class Table:
    """Parts of a whole, side by side."""

    label: str
    rows: tuple[Row, ...]
    has_lengths: bool = True


@dataclass(frozen=True)
class Stack:
    """Parts of a whole as one bar, with the table that explains it."""

    label: str
    pieces: tuple[tuple[charts.Column, Row], ...]


@dataclass(frozen=True)
class First:
    """The first of the authors, narrators or series: a bar is as long as its share of the first one's."""

    label: str
    leaders: tuple[tuple[Leader, str], ...]  # with the page each leads to
    most: int


@dataclass(frozen=True)
class Drawn:
    """All that the page draws."""

    months: tuple[MonthChart, ...]
    tables: tuple[Table, ...]
    firsts: tuple[First, ...]
    completeness: Stack
    fields: Table
    standing: Stack


def drawn(statistics: Statistics, by: str = BY_HOURS) -> Drawn:
    """The figures as the page shows them.

    :param by: whether the first authors, narrators and series are those by hours or by books.
    """
    months = every_month(statistics.months, MOST_MONTHS)
    complete = statistics.completeness
    return Drawn(
        months=(
            _by_month("Books added", "book", months, lambda month: month.books),
            _by_month("Hours added", "hour", months, lambda month: month.seconds / HOUR),
        ),
        tables=(
            _table("Formats", statistics.formats, "format"),
            _table("Languages", statistics.languages, "language"),
            _table("Bitrates", statistics.bitrates),
            _table("Lengths", statistics.lengths),
        ),
        firsts=(
            _first("Authors", statistics.authors, by, lambda key: reverse("library:author-detail", args=[key])),
            _first("Narrators", statistics.narrators, by, lambda key: _filtered("narrator", key)),
            _first("Series", statistics.series, by, lambda key: reverse("library:series-detail", args=[key])),
        ),
        completeness=_stack("Copies by how complete their metadata is", complete.buckets),
        fields=Table("Copies with each field", _rows(complete.fields, complete.editions), has_lengths=False),
        standing=_stack("Series of which a book is owned", statistics.series_standing),
    )


def _by_month(label: str, unit: str, months: Sequence[Month], count: Callable[[Month], float]) -> MonthChart:
    """Sums are of what was counted, not of what the columns say: rounded months do not add up."""
    shown = [month for month in months if month.month]
    counts = [count(month) for month in shown]
    bars = tuple(
        Bar(place, _named(month.month), round(place.value))
        for place, month in zip(charts.columns(counts), shown, strict=True)
    )
    earlier = round(sum(count(month) for month in months if not month.month))
    return MonthChart(label, unit, bars, round(sum(counts)), earlier)


def _named(month: str) -> str:
    return f"{date.fromisoformat(f'{month}-01'):%b %Y}"


def _table(label: str, shares: Sequence[Share], kind: str = "") -> Table:
    total = sum(share.editions for share in shares)
    rows = [
        Row(
            share.label,
            share.editions,
            _percent(share.editions, total),
            share.seconds,
            share.size_bytes,
            _filtered(kind, share.key) if kind and share.key.isalnum() else "",
        )
        for share in shares
    ]
    return Table(label, tuple(rows))


def _rows(parts: Iterable[Part], total: int) -> tuple[Row, ...]:
    return tuple(Row(part.label, part.count, _percent(part.count, total)) for part in parts)


def _stack(label: str, parts: Sequence[Part]) -> Stack:
    rows = _rows(parts, sum(part.count for part in parts))
    return Stack(label, tuple(zip(charts.pieces([row.count for row in rows]), rows, strict=True)))


def _first(label: str, leaders: Leaders, by: str, address: Callable[[int], str]) -> First:
    chosen = leaders.by_books if by == BY_BOOKS else leaders.by_hours
    most = max((leader.books if by == BY_BOOKS else leader.seconds for leader in chosen), default=0)
    return First(label, tuple((leader, address(leader.id)) for leader in chosen), most)


def _percent(count: int, total: int) -> float:
    return 100 * count / total if total else 0.0


def _filtered(kind: str, value: object) -> str:
    return f"{reverse('library:book-list')}?{urlencode({kind: str(value)})}"
