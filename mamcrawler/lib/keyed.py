"""Rows by their keys: many keys as one parameter, and SQL that is worked out once instead of for every page."""

import json
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache, update_wrapper, wraps
from typing import Any, Generic, Literal, Self, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.query import get_related_populators
from psycopg import Cursor

from mamcrawler.lib import clock

Columns = tuple[Any, ...]
Kind = Literal["bigint", "text"]
Key = TypeVar("Key", int, str)
Told = TypeVar("Told")
Row = TypeVar("Row", bound=Model)
_populators: Any = get_related_populators  # which takes more in a later Django than in ours, as its types know
_BEYOND = 2**63
_KEYS = object()
"""Stands in the parameters where the keys of each asking go."""


def among(keys: Iterable[int]) -> RawSQL:
    """Keys for `pk__in` as one parameter, which hundreds by themselves take longer to compile than to look up."""
    return _among(_parameter(keys))


class Asking(Generic[Key, Told]):
    """A query that is asked with any keys; made by `by_keys` and its like."""

    def __init__(self, told: Callable[[RawSQL], QuerySet[Any, Any]], kind: Kind = "bigint", *, models: bool) -> None:
        update_wrapper(self, told)
        self._compiled, self._models = _once_a_day(told, kind), models

    def __call__(self, keys: Iterable[Key]) -> list[Told]:
        """What it tells of some keys."""
        asked = self.of(keys)
        return asked.read(asked.sent())

    def of(self, keys: Iterable[Key]) -> "Asked":
        """The question for some keys, to be put together with others."""
        return Asked(self._compiled(), _parameter(keys), models=self._models)


@dataclass(frozen=True)
class Asked:
    """A query with its keys, not asked yet."""

    compiled: "_Compiled"
    given: Any
    models: bool

    def sent(self) -> Any:
        """A cursor that was asked."""
        cursor = _keeping_plans()
        self.compiled.send(cursor, self.given)
        return cursor

    def read(self, cursor: Any) -> list[Any]:
        """What a cursor that was asked tells."""
        with cursor:
            rows = self.compiled.rows(cursor)
        return self.compiled.models(rows) if self.models else rows


def by_keys(told: Callable[[RawSQL], QuerySet[Any, Any]]) -> Asking[int, Columns]:
    """Make a queryset of `values_list`, given what its `__in` takes for the keys, ask for rows by any keys.

    Django takes longer to build such a queryset and put it into SQL than the database to answer it. Here that happens
    once a day in each process: the queryset may depend on the day and the keys, and on nothing else.
    """
    return Asking(told, models=False)


def models_by_keys(told: Callable[[RawSQL], QuerySet[Row]]) -> Asking[int, Row]:
    """As `by_keys` for a queryset of models with their annotations and `select_related`, without any prefetches."""
    return Asking(told, models=True)


def models_by_texts(told: Callable[[RawSQL], QuerySet[Row]]) -> Asking[str, Row]:
    """As `models_by_keys` where the keys are texts."""
    return Asking(told, "text", models=True)


def all_models(told: Callable[[], QuerySet[Row]]) -> Callable[[], list[Row]]:
    """As `models_by_keys` for a queryset without keys, all of whose rows are few."""
    asking: Asking[int, Row] = Asking(lambda _keys: told(), models=True)
    return wraps(told)(lambda: asking(()))


def ask_together(*asked: Asked) -> list[list[Any]]:
    """What several queries tell, each in its place; PostgreSQL is asked for all before the first answer is read.

    To wait for each answer takes as long as to get it: four small queries come in three fifths of the time.
    """
    if connection.vendor != "postgresql" or connection.queries_logged:
        return [one.read(one.sent()) for one in asked]
    _connect()
    with connection.wrap_database_errors, connection.connection.pipeline():
        cursors = [one.sent() for one in asked]
    return [one.read(cursor) for one, cursor in zip(asked, cursors, strict=True)]


def give(rows: Iterable[Model], relation: str, found: Iterable[Model], of: str) -> None:
    """Give rows what was found of a relation, so that its `all()` asks nothing more, as after `prefetch_related`.

    :param of: the attribute of what was found that tells the key of its row.
    """
    told: defaultdict[int, list[Any]] = defaultdict(list)
    for one in found:
        told[getattr(one, of)].append(one)
    for row in rows:
        queryset: Any = type(row)._meta.get_field(relation).related_model._default_manager.get_queryset()  # type: ignore[union-attr]
        queryset._result_cache = told[row.pk]
        row.__dict__.setdefault("_prefetched_objects_cache", {})[relation] = queryset


class Listing(Generic[Row]):
    """The keys of a list that is asked for again and again, page by page: its SQL is worked out once a day as well.

    :param told: gives the rows in order; may depend on the day and on nothing else.
    """

    def __init__(self, told: Callable[[], QuerySet[Row]]) -> None:
        self._told = told
        self._compiled = _once_a_day(lambda _keys: told().values_list("pk"))

    def keys(self, start: int, end: int) -> list[int]:
        """The keys of the rows from one place to another."""
        return [key for (key,) in self._compiled().page(start, end)]

    def count(self) -> int:
        """How many rows there are."""
        return self._told().order_by().count()


class _Compiled:
    """A queryset as SQL."""

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        self._compiler: Any = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self._sql, self._parameters = _inlined(*self._compiler.as_sql())
        self._converters = self._compiler.get_converters(field for field, _, _ in self._compiler.select)

    def send(self, cursor: Any, given: Any) -> None:
        """Ask with keys, as a parameter."""
        cursor.execute(self._sql, [given if one is _KEYS else one for one in self._parameters])

    def page(self, start: int, end: int) -> list[Columns]:
        """The rows from one place to another; planned each time, for the way there depends on how far it is."""
        with connection.cursor() as cursor:
            cursor.execute(f"{self._sql} LIMIT %s OFFSET %s", [*self._parameters, end - start, start])
            return self.rows(cursor)

    def rows(self, cursor: Any) -> list[Columns]:
        """What a cursor tells, each value as its field has it."""
        rows: list[Columns] = cursor.fetchall()
        if not self._converters:
            return rows
        return [tuple(row) for row in self._compiler.apply_converters(rows, self._converters)]

    def models(self, rows: Iterable[Columns]) -> list[Any]:
        """Rows as models."""
        model, places, names, related = self._shape
        annotated = self._compiler.annotation_col_map.items()
        made = []
        for row in rows:
            one = model.from_db(DEFAULT_DB_ALIAS, names, [row[place] for place in places])
            for name, place in annotated:
                setattr(one, name, row[place])
            for relation in related:
                relation.populate(row, one)
            made.append(one)
        return made

    @cached_property
    def _shape(self) -> tuple[Any, list[int], list[str], list[Any]]:
        told, select = self._compiler.klass_info, self._compiler.select
        places = told["select_fields"]
        names = [select[place][0].target.attname for place in places]
        return told["model"], places, names, _populators(told, select, DEFAULT_DB_ALIAS)


def _inlined(sql: str, parameters: Iterable[Any]) -> tuple[str, list[Any]]:
    """SQL with all that stays the same written out: PostgreSQL plans for any values what it is told as a parameter.

    It would leave aside an index of those that vanished where "vanished" is a parameter.
    """
    if connection.vendor != "postgresql":
        return sql, list(parameters)
    marker = secrets.token_hex(16)
    operations: Any = connection.ops
    composed = operations.compose_sql(sql, [marker if one is _KEYS else one for one in parameters])
    pieces = composed.replace("%", "%%").split(f"'{marker}'")
    return "%s".join(pieces), [_KEYS] * (len(pieces) - 1)


class _PreparingCursor(Cursor[Any]):
    """Has the server keep the plan of what it is asked: planning takes as long as answering, or several times that.

    The settings have it keep one plan for whatever keys: left to itself it plans anew for each.
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """Ask, with the parameters apart from the query."""
        return super().execute(query, params, **options | {"prepare": True})


def _keeping_plans() -> Any:
    if connection.vendor != "postgresql" or connection.queries_logged:  # whose parameters belong into the log
        return connection.cursor()
    _connect()
    preparing: Any = _PreparingCursor(connection.connection)
    return connection.make_cursor(preparing)


def _connect() -> None:
    """As Django does before each query: the first one of a page finds out whether the server ended the connection."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()


def _once_a_day(told: Callable[[RawSQL], QuerySet[Any, Any]], kind: Kind = "bigint") -> Callable[[], _Compiled]:
    @lru_cache(maxsize=2)
    def compiled(_vendor: str, _day: date) -> _Compiled:
        return _Compiled(told(_among(_KEYS, kind)))

    return lambda: compiled(connection.vendor, clock.now().date())


def _among(parameter: object, kind: Kind = "bigint") -> RawSQL:
    if connection.vendor == "sqlite":
        return RawSQL("SELECT value FROM json_each(%s)", [parameter])
    return RawSQL(f"SELECT unnest(%s::{kind}[])", [parameter])  # noqa: S611 - one of two words of ours


def _parameter(keys: Iterable[object]) -> Any:
    given: list[Any] = list(keys)
    if connection.vendor == "sqlite":
        return json.dumps(given)
    if any(type(key) is not int for key in given):
        return given
    # As the server reads it: psycopg looks for the type of each first. An address may ask for what no key can be.
    return f"{{{','.join(str(key) for key in given if abs(key) < _BEYOND)}}}"
