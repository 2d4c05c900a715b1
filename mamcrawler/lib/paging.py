"""Pages of long lists: keys are found first, rows are read for the page alone, and nothing is counted to its end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from mamcrawler.lib.keyed import Listing

Row = TypeVar("Row", bound=Model)
Shown = TypeVar("Shown")
MOST_COUNTED = 500
"""Longer lists say so and are counted no further, unless somebody pages beyond: counting costs more than showing."""
LAST_PAGE = 1_000_000
A_PAGE = 50
"""Rows of a page where nothing else is said."""


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


@dataclass(frozen=True)
class Known(Generic[Row]):
    """Rows of which it is known how many they are, or that they are more than so many."""

    rows: QuerySet[Row] | Listing[Row]
    total: int | None = None
    more_than: int = 0


class Chain(Generic[Row]):
    """The rows of one list and after these the rows of another, each in its own order; no row stands in both."""

    def __init__(self, first: QuerySet[Row] | Listing[Row], rest: QuerySet[Row] | Listing[Row]) -> None:
        self.first, self.rest = first, rest

    def keys(self, start: int, end: int) -> list[int]:
        """The keys of the rows from one place to another; the first list is counted only where it ends."""
        keys = _keys(self.first, start, end)
        if len(keys) == end - start:
            return keys
        before = start + len(keys) if keys else _count(self.first)
        return keys + _keys(self.rest, max(start - before, 0), end - before)

    def count(self) -> int:
        """How many rows there are."""
        return _count(self.first) + _count(self.rest)


Rows = QuerySet[Row] | Listing[Row] | Chain[Row]


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
        keys = _keys(rows, 0, MOST_COUNTED + 1)  # counting them takes as long as telling them
        return Window(keys[start:end], Count(min(len(keys), MOST_COUNTED), is_capped=len(keys) > MOST_COUNTED))
    keys = _keys(rows, start, after + 1)
    if not keys and start:
        return Window([], Count(_count(rows)))
    return Window(keys[:size], Count(min(start + len(keys), after), is_capped=len(keys) > 2 * size))


class CappedPaginator(Paginator[Any]):
    """The pages of a list as far as it was counted."""

    def __init__(self, count: Count, size: int) -> None:
        super().__init__(range(count.rows), size)
        self.is_capped = count.is_capped


def page_number(request: HttpRequest) -> int:
    """Which page the address asks for, from 1; what is no number asks for the first."""
    asked = request.GET.get("page", "")
    return max(1, min(int(asked[:9]), LAST_PAGE)) if asked.isascii() and asked.isdigit() else 1


def numbered_keys(
    request: HttpRequest,
    rows: Rows[Any],
    reading: Callable[[Sequence[int]], Mapping[int, Shown]],
    *,
    size: int = A_PAGE,
    total: int | None = None,
    more_than: int = 0,
) -> Page[Shown]:
    """The page of rows that the address asks for, in order; one beyond the end is the last.

    :param reading: gives what is shown of the rows of the page by their keys; one that has gone meanwhile is left out.
    :param total: how many rows there are, where it is known.
    :param more_than: there are more than so many for certain.
    """
    wanted = page_number(request)
    seen = window(rows, (wanted - 1) * size, size, total=total, more_than=more_than)
    page = CappedPaginator(seen.count, size).get_page(wanted)
    is_there = page.number == wanted
    keys = seen.keys if is_there else _keys(rows, max(page.start_index() - 1, 0), page.end_index())
    shown = reading(keys)
    page.object_list = [shown[key] for key in keys if key in shown]
    return page


def _keys(rows: Rows[Any], start: int, end: int) -> list[int]:
    if end <= start:
        return []
    if isinstance(rows, QuerySet):
        return list(rows.values_list("pk", flat=True)[start:end])
    return rows.keys(start, end)


def _count(rows: Rows[Any]) -> int:
    return rows.order_by().count() if isinstance(rows, QuerySet) else rows.count()
