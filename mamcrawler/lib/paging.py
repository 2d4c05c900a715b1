"""Pages of long lists: keys are found first, rows are read for the page alone, and nothing is counted to its end."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)
MOST_COUNTED = 10_000
"""Longer lists say so and are counted no further, unless somebody pages beyond."""


class CappedPaginator(Paginator[Any]):
    """Pages of keys, counted no further than needed.

    :param wanted: the number of the page that is asked for.
    :param total: the count, where it is known already.
    """

    def __init__(
        self,
        keys: "QuerySet[Model, int]",
        size: int,
        *,
        wanted: int,
        total: int | None = None,
    ) -> None:
        super().__init__(keys, size)
        self._keys = keys
        self._most = max(MOST_COUNTED, (wanted + 1) * size)
        self._total = total

    @cached_property
    def _counted(self) -> int:
        if self._total is not None:
            return self._total
        return self._keys.order_by()[: self._most + 1].count()

    @cached_property
    def count(self) -> int:
        """How many rows there are, as far as they were counted."""
        return self._counted if self._total is not None else min(self._counted, self._most)

    @property
    def is_capped(self) -> bool:
        """Whether there are more than were counted."""
        return self._counted > self.count


def numbered_keys(
    request: HttpRequest,
    rows: QuerySet[Row],
    showing: Callable[[Any], QuerySet[Row]],
    *,
    size: int = 50,
    total: int | None = None,
) -> Page[Row]:
    """The page of rows that the address asks for, in order; one beyond the end is the last.

    :param showing: adds to the rows of the page what would be dear to work out for all.
    :param total: how many rows there are, where it is known.
    """
    wanted = wanted_page(request)
    paginator = CappedPaginator(rows.values_list("pk", flat=True), size, wanted=wanted, total=total)
    page = paginator.get_page(wanted)
    chosen = list(page.object_list)
    shown = showing(rows.model._default_manager.all()).in_bulk(chosen)
    page.object_list = [shown[key] for key in chosen if key in shown]
    return page


def wanted_page(request: HttpRequest) -> int:
    """The number of the page that the address asks for."""
    asked = request.GET.get("page", "")
    return min(int(asked), 1_000_000) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1
