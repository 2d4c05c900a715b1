"""Rows by their keys: many keys as one parameter, and SQL that is worked out once instead of for every page."""

import json
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache, wraps
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from mamcrawler.lib import clock

Row = tuple[Any, ...]
_KEYS = object()
"""Stands in the parameters where the keys of each asking go."""


def among(keys: Iterable[int]) -> RawSQL:
    """Keys for `pk__in` as one parameter, which hundreds by themselves take longer to compile than to look up."""
    return _among(_parameter(keys))


def by_keys(told: Callable[[RawSQL], QuerySet[Any, Any]]) -> Callable[[Iterable[int]], list[Row]]:
    """Make a queryset of `values_list`, given what its `__in` takes for the keys, ask for rows by any keys.

    Django takes longer to build such a queryset and put it into SQL than the database to answer it. Here that happens
    once a day in each process: the queryset may depend on the day and the keys, and on nothing else.
    """

    @cache
    def compiled(_vendor: str, _day: date) -> tuple[str, Row, Any, Any]:
        compiler = told(_among(_KEYS)).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        return sql, parameters, compiler, compiler.get_converters(field for field, _, _ in compiler.select)

    @wraps(told)
    def asked(keys: Iterable[int]) -> list[Row]:
        sql, template, compiler, converters = compiled(connection.vendor, clock.now().date())
        given = _parameter(keys)
        parameters = [given if one is _KEYS else one for one in template]
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            rows: list[Row] = cursor.fetchall()
        return [tuple(row) for row in compiler.apply_converters(rows, converters)] if converters else rows

    return asked


def _among(parameter: object) -> RawSQL:
    if connection.vendor == "sqlite":
        return RawSQL("SELECT value FROM json_each(%s)", [parameter])
    return RawSQL("SELECT unnest(%s::bigint[])", [parameter])


def _parameter(keys: Iterable[int]) -> Any:
    return json.dumps(list(keys)) if connection.vendor == "sqlite" else list(keys)
