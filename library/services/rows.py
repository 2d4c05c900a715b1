"""Writing rows by the hundred, several times quicker than `bulk_create` and `bulk_update` do.

Values go to the database as they stand; only those that it holds in another form are prepared. Nothing is checked but
by the database itself.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import DateTimeField, DecimalField, ForeignKey, JSONField, Model
from django.db.models.base import ModelState

Prepare = Callable[[Any], Any]
Row = TypeVar("Row", bound=Model)


def is_new(row: Model) -> bool:
    """Whether a row was never stored."""
    return row._state.adding


def make(model: type[Row], **values: Any) -> Row:
    """A new row of a model, as `model(**values)` makes it but without its signals: five times as quick."""
    plain, computed, relations = _blueprint(model)
    row = model.__new__(model)
    row._state = ModelState()
    held = row.__dict__
    held.update(plain)
    for name, default in computed:
        if name not in values:
            held[name] = default()
    for name in relations & values.keys():
        related = values.pop(name)
        row._state.fields_cache[name] = related
        held[f"{name}_id"] = None if related is None else related.pk
    held.update(values)
    return row


@cache
def _blueprint(model: type[Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]], frozenset[str]]:
    """What a new row holds: values that are always the same, values that are made each time, and its relations."""
    fields = model._meta.concrete_fields
    made = {field.attname: field for field in fields if field.has_default() and callable(field.default)}
    plain = {field.attname: None if field.attname in made else field.get_default() for field in fields}
    computed = [(name, field.default) for name, field in made.items()]
    return plain, computed, frozenset(field.name for field in fields if isinstance(field, ForeignKey))


def stored(model: type[Row], **values: Any) -> Row:
    """A row that the database holds, by its columns; the others are not known."""
    row = model.__new__(model)
    row._state = ModelState()
    row._state.adding = False
    row._state.db = DEFAULT_DB_ALIAS
    row.__dict__.update(values)
    return row


def pick(
    model: type[Model], names: Sequence[str], by: str, values: Iterable[str | int], *, where: str = ""
) -> list[tuple[Any, ...]]:
    """Columns of the rows of which one column is among many values, in any order, as the database holds them.

    The values are one parameter, however many they are: a list of hundreds costs more to compile than to look up.

    :param where: what else must hold, in SQL that is the same everywhere. Constants belong in here rather than in
        parameters, so that an index on a part of the rows can be used.
    """
    asked = list(values)
    if not asked:
        return []
    fields = {field.attname: field for field in model._meta.concrete_fields}
    columns, column = ", ".join(_quoted(fields[name]) for name in names), _quoted(fields[by])
    is_sqlite = connection.vendor == "sqlite"
    among = f"{column} IN (SELECT value FROM json_each(%s))" if is_sqlite else f"{column} = ANY(%s)"  # noqa: S608 - as above
    condition = f"{among} AND {where}" if where else among
    with connection.cursor() as cursor:
        parameter = json.dumps(asked) if is_sqlite else asked
        cursor.execute(f"SELECT {columns} FROM {_table(model)} WHERE {condition}", [parameter])  # noqa: S608 - our own names
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def insert(rows: Sequence[Model]) -> None:
    """Insert new rows of one model and give them their keys, in order; call it inside a transaction."""
    if not rows:
        return
    model = type(rows[0])
    for row, key in zip(rows, _reserve(model, len(rows)), strict=True):
        row.pk = key
        row._state.adding = False
    _point_at_saved(rows)
    fields = model._meta.concrete_fields
    columns, places = ", ".join(_quoted(field) for field in fields), ", ".join(["%s"] * len(fields))
    _run(f"INSERT INTO {_table(model)} ({columns}) VALUES ({places})", fields, rows)  # noqa: S608 - our own names


def insert_values(model: type[Model], names: Iterable[str], values: Sequence[Sequence[Any]]) -> None:
    """Insert rows of which nobody needs the keys, or any object: the quickest way for the many small ones."""
    if values:
        fields = [model._meta.get_field(name) for name in names]
        columns, places = ", ".join(_quoted(field) for field in fields), ", ".join(["%s"] * len(fields))
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {_table(model)} ({columns}) VALUES ({places})", values)  # noqa: S608 - as above


def update(rows: Sequence[Model], names: Iterable[str]) -> None:
    """Write these fields of existing rows of one model."""
    if not rows:
        return
    model = type(rows[0])
    _point_at_saved(rows)
    by_name = {field.name: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in names]
    told = ", ".join(f"{_quoted(field)} = %s" for field in fields)
    key = model._meta.pk
    _run(f"UPDATE {_table(model)} SET {told} WHERE {_quoted(key)} = %s", [*fields, key], rows)  # noqa: S608 - as above


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _quoted(field: Any) -> str:
    return connection.ops.quote_name(field.column)


def _run(statement: str, fields: Sequence[Any], rows: Sequence[Model]) -> None:
    read = attrgetter(*(field.attname for field in fields))
    prepared = [(number, prepare) for number, field in enumerate(fields) if (prepare := _preparing(field))]
    values = []
    for row in rows:
        told = list(read(row))
        for number, prepare in prepared:
            told[number] = prepare(told[number])
        values.append(told)
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def _preparing(field: Any) -> Prepare | None:
    """How a field's values are brought into the form of the database; None where they are already."""
    if isinstance(field, DecimalField):
        return _plain_number
    if isinstance(field, DateTimeField):
        return connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value
    if isinstance(field, JSONField):
        return json.dumps
    return None


def _plain_number(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _point_at_saved(rows: Sequence[Model]) -> None:
    """Take over the keys of related rows that were saved after they had been related."""
    relations = [field for field in type(rows[0])._meta.concrete_fields if isinstance(field, ForeignKey)]
    for row in rows:
        for field in relations:
            if (related := field.get_cached_value(row, default=None)) is not None:
                setattr(row, field.attname, related.pk)


def _reserve(model: type[Model], count: int) -> Sequence[int]:
    """Keys that no other row has or will get."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # nobody else writes: transactions begin as writing ones
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            (last,) = cursor.fetchone() or (0,)
            return range(last + 1, last + 1 + count)
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [key for (key,) in cursor.fetchall()]
