"""Writing rows by the hundred, several times quicker than `bulk_create` and `bulk_update` do.

Values go to the database as they stand; only those that it holds in another form are prepared. Nothing is checked but
by the database itself.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, DecimalField, ForeignKey, JSONField, Model

Prepare = Callable[[Any], Any]


def is_new(row: Model) -> bool:
    """Whether a row was never stored."""
    return row._state.adding


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
    if isinstance(field, JSONField | DateTimeField):
        return lambda value: value if value is None else field.get_db_prep_save(value, connection)
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
