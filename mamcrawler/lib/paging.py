"""Pages of long lists: keys are found first, rows are read for the page alone, and nothing is counted to its end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)
MOST_COUNTED = 500
"""Longer lists say so and are counted no further, unless somebody pages beyond: counting costs more than showing."""
LAST_PAGE = 1_000_000


@dataclass(frozen=True)
class Count:
    """How many rows there are, as far as they were counted; capped where there are more."""

    rows: int
    is_capped: bool = False


@dataclass(frozen=True)
class Window:
    """The keys of the rows of one page, in order, and how many rows there are over all."""

    keys: list[int]
    count: Count


class Chain(Generic[Row]):
    """The rows of one list and after these the rows of another, each in its own order; no row stands in both."""

    def __init__(self, first: QuerySet[Row], rest: QuerySet[Row]) -> None:
        self.first, self.rest = first, rest

    @property
    def model(self) -> type[Row]:
        """What the rows are."""
        return self.first.model

    def keys(self, start: int, end: int) -> list[int]:
        """The keys of the rows from one place to another; the first list is counted only where it ends."""
        keys = _keys(self.first, start, end)
        if len(keys) == end - start:
            return keys
        before = start + len(keys) if keys else self.first.order_by().count()
        return keys + _keys(self.rest, max(start - before, 0), end - before)

    def counted_to(self, most: int | None) -> int:
        """How many rows there are, counted to so many."""
        count = _counted_to(self.first, most)
        return count + _counted_to(self.rest, None if most is None else most - count)


Rows = QuerySet[Row] | Chain[Row]


def window(rows: Rows[Any], start: int, size: int, *, total: int | None = None, more_than: int = 0) -> Window:
    """So many rows from one place on, and how many there are: to the end of a table, else no further than needed.

    Some way into a list the keys of the page after this one tell that it goes on, and nothing is counted.

    :param total: how many rows there are, where it is known.
    :param more_than: there are more than so many for certain.
    """
    end, after = start + size, start + 2 * size
    if total is None and isinstance(rows, QuerySet) and not rows.query.where and not rows.query.distinct:
        total = rows.count()
    if total is not None:
        return Window(_keys(rows, start, end), Count(total))
    if after <= more_than:
        return Window(_keys(rows, start, end), Count(more_than, is_capped=True))
    if after <= MOST_COUNTED:
        count = _counted_to(rows, MOST_COUNTED + 1)
        return Window(_keys(rows, start, end), Count(min(count, MOST_COUNTED), is_capped=count > MOST_COUNTED))
    keys = _keys(rows, start, after + 1)
    if not keys and start:
        return Window([], Count(_counted_to(rows, None)))
    return Window(keys[:size], Count(min(start + len(keys), after), is_capped=len(keys) > 2 * size))


class CappedPaginator(Paginator[Any]):
    """The pages of a list as far as it was counted."""

    def __init__(self, count: Count, size: int) -> None:
        super().__init__(range(count.rows), size)
        self.is_capped = count.is_capped


def numbered_keys(
    request: HttpRequest,
    rows: Rows[Row],
    showing: Callable[[Any], QuerySet[Row]],
    *,
    size: int = 50,
    total: int | None = None,
    more_than: int = 0,
) -> Page[Row]:
    """The page of rows that the address asks for, in order; one beyond the end is the last.

    :param showing: adds to the rows of the page what would be dear to work out for all.
    :param total: how many rows there are, where it is known.
    :param more_than: there are more than so many for certain.
    """
    asked = request.GET.get("page", "")
    wanted = max(1, min(int(asked[:9]), LAST_PAGE)) if asked.isascii() and asked.isdigit() else 1
    seen = window(rows, (wanted - 1) * size, size, total=total, more_than=more_than)
    page = CappedPaginator(seen.count, size).get_page(wanted)
    is_there = page.number == wanted
    keys = seen.keys if is_there else _keys(rows, page.start_index() - 1, page.end_index())
    shown = showing(rows.model._default_manager.all()).in_bulk(keys)
    page.object_list = [shown[key] for key in keys if key in shown]
    return page


def _keys(rows: Rows[Any], start: int, end: int) -> list[int]:
    if end <= start:
        return []
    if isinstance(rows, Chain):
        return rows.keys(start, end)
    return list(rows.values_list("pk", flat=True)[start:end])


def _counted_to(rows: Rows[Any], most: int | None) -> int:
    if isinstance(rows, Chain):
        return rows.counted_to(most)
    # By key: left alone, SQLite reads along any index, one of dates too, at whose beginning nothing may be found.
    return rows.order_by("pk")[:most].count() if most is not None else rows.order_by().count()
