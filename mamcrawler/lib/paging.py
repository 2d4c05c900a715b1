"""Pages of long lists: keys are found first, rows are read for the page alone, and nothing is counted to its end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)
MOST_COUNTED = 500
"""Longer lists say so and are counted no further, unless somebody pages beyond: counting costs more than showing."""


@dataclass(frozen=True)
class Count:
    """How many rows there are, as far as they were counted; capped where there are more."""

    rows: int
    is_capped: bool


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
        keys = list(self.first.values_list("pk", flat=True)[start:end])
        if len(keys) == end - start:
            return keys
        before = start + len(keys) if keys else self.first.order_by().count()
        return keys + list(self.rest.values_list("pk", flat=True)[max(start - before, 0) : end - before])

    def counted_to(self, most: int) -> int:
        """How many rows there are, counted to so many."""
        count = self.first.order_by()[:most].count()
        return count if count == most else count + self.rest.order_by()[: most - count].count()


def counted(rows: QuerySet[Any] | Chain[Any], *, shown: int = 0) -> Count:
    """Count rows no further than needed; those of a whole table are counted to the end, for that costs little.

    :param shown: so many are shown up to here, so the count goes beyond.
    """
    most = max(MOST_COUNTED, shown)
    if isinstance(rows, Chain):
        count = rows.counted_to(most + 1)
    elif not rows.query.where and not rows.query.distinct:
        return Count(rows.count(), is_capped=False)
    else:
        count = rows.order_by()[: most + 1].count()
    return Count(min(count, most), is_capped=count > most)


class _Keys(Sequence[int]):
    """The keys of rows, of which only slices are read."""

    def __init__(self, rows: QuerySet[Any] | Chain[Any]) -> None:
        self._rows = rows

    def __getitem__(self, part: Any) -> Any:
        if isinstance(self._rows, Chain):
            return self._rows.keys(part.start, part.stop)
        return self._rows.values_list("pk", flat=True)[part]

    def __len__(self) -> int:
        return counted(self._rows).rows


class CappedPaginator(Paginator[Any]):
    """Pages of keys, counted no further than needed.

    :param wanted: the number of the page that is asked for.
    :param total: the count, where it is known already.
    :param more_than: there are more than so many for certain.
    """

    def __init__(
        self,
        rows: QuerySet[Any] | Chain[Any],
        size: int,
        *,
        wanted: int,
        total: int | None = None,
        more_than: int = 0,
    ) -> None:
        super().__init__(_Keys(rows), size)
        self._rows = rows
        self._shown = (wanted + 1) * size
        self._total = total
        self._more_than = more_than

    @cached_property
    def _counted(self) -> Count:
        if self._total is not None:
            return Count(self._total, is_capped=False)
        if self._shown <= self._more_than:
            return Count(self._more_than, is_capped=True)
        return counted(self._rows, shown=self._shown)

    @cached_property
    def count(self) -> int:
        """How many rows there are, as far as they were counted."""
        return self._counted.rows

    @property
    def is_capped(self) -> bool:
        """Whether there are more than were counted."""
        return self._counted.is_capped


def numbered_keys(
    request: HttpRequest,
    rows: QuerySet[Row] | Chain[Row],
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
    wanted = min(int(asked), 1_000_000) if asked.isascii() and asked.isdigit() else 1
    paginator = CappedPaginator(rows, size, wanted=wanted, total=total, more_than=more_than)
    page = paginator.get_page(wanted)
    chosen = list(page.object_list)
    shown = showing(rows.model._default_manager.all()).in_bulk(chosen)
    page.object_list = [shown[key] for key in chosen if key in shown]
    return page
