"""Writing rows so that every step can be taken back exactly: what a row was, and what it became, is kept with it.

A step is plain JSON: `model` and `pk` of a row, what was done to it, and its fields as they `was` and `is`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from django.apps import apps
from django.db import IntegrityError, connection, models

Step: TypeAlias = dict[str, Any]

DERIVED = frozenset({"library.searchdocument"})
"""Tables that are made from others and made anew when these change: nothing of them is kept here."""

_PLAIN = (str, int, float, bool, list, dict)


class ChangedSince(Exception):
    """A row is not as the step left it: what was made of it since would be lost."""


class Steps:
    """Rows that are changed, added and removed in one go, with all that is needed to take it back."""

    def __init__(self) -> None:
        self.taken: list[Step] = []

    def change(self, row: models.Model, values: Mapping[str, Any], *, is_vital: bool = True) -> None:
        """Write fields of a row; nothing happens where they are so already.

        :param is_vital: False where taking it back may leave the row alone if it was changed again since.
        """
        fields = [_field(row, name) for name in values]
        row.refresh_from_db(fields=list(values))  # as the database has them, whoever else holds the row
        before = _told(row, fields)
        for name, value in values.items():
            setattr(row, name, value)
        after = _told(row, fields)
        if before == after:
            return
        row.save(update_fields=list(values))
        self._note("changed", row, was=before, now=after, is_vital=is_vital)

    def add(self, row: models.Model) -> None:
        """Store a new row."""
        row.save(force_insert=True)
        self._note("added", row, was={}, now=_told(row, row._meta.concrete_fields))

    def remove(self, row: models.Model) -> None:
        """Delete a row that nothing hangs on any more.

        :raises ChangedSince: if something does.
        """
        told = _told(row, row._meta.concrete_fields)
        _require_free(row)
        key = row.pk
        row.delete()
        row.pk = key
        self._note("removed", row, was=told, now={})

    def _note(self, what: str, row: models.Model, *, was: Step, now: Step, is_vital: bool = True) -> None:
        self.taken.append(
            {"model": row._meta.label_lower, "pk": row.pk, "what": what, "was": was, "is": now, "vital": is_vital}
        )


def take_back(taken: Sequence[Step]) -> None:
    """Make every row what it was before the steps, last step first; call it inside a transaction.

    :raises ChangedSince: if a row was changed again since, or something new hangs on a row that would go.
    """
    try:
        for step in reversed(taken):
            _TAKE_BACK[step["what"]](apps.get_model(step["model"]), step)
        connection.check_constraints({apps.get_model(step["model"])._meta.db_table for step in taken})
    except IntegrityError as error:
        raise ChangedSince(f"a row it needs is gone, or another has taken its place ({error})") from error


def _unchange(model: type[models.Model], step: Step) -> None:
    row = _row(model, step["pk"])
    if row is not None and _told(row, [_field(row, name) for name in step["is"]]) == step["is"]:
        _write(model, step)
    elif step["vital"]:
        raise ChangedSince(f"{row or _words(model)} was changed again since")


def _unadd(model: type[models.Model], step: Step) -> None:
    row = _row(model, step["pk"])
    if row is not None:
        _require_free(row)
        row.delete()


def _unremove(model: type[models.Model], step: Step) -> None:
    row = model(pk=step["pk"])
    for name, value in step["was"].items():
        field = _field(row, name)
        setattr(row, field.attname, field.to_python(value))
    row.save_base(raw=True, force_insert=True)


_TAKE_BACK = {"changed": _unchange, "added": _unadd, "removed": _unremove}


def _write(model: type[models.Model], step: Step) -> None:
    row = model(pk=step["pk"])
    fields = {name: _field(row, name) for name in step["was"]}
    values = {fields[name].attname: fields[name].to_python(value) for name, value in step["was"].items()}
    model._base_manager.filter(pk=step["pk"]).update(**values)


def pointing_at(model: type[models.Model]) -> list[Any]:
    """Every column of any table that points at a model's rows, those of many-to-many tables included."""
    relations = model._meta.get_fields(include_hidden=True)
    return [
        relation.field
        for relation in relations
        if isinstance(relation, models.ManyToOneRel) and relation.field.model._meta.label_lower not in DERIVED
    ]


def _require_free(row: models.Model) -> None:
    for field in pointing_at(type(row)):
        if field.model._base_manager.filter(**{field.name: row.pk}).exists():
            raise ChangedSince(f"{row} has {_words(field.model, many=True)} of its own by now")


def _row(model: type[models.Model], key: Any) -> models.Model | None:
    return model._base_manager.filter(pk=key).first()


def _field(row: models.Model, name: str) -> Any:
    return row._meta.get_field(name)


def _told(row: models.Model, fields: Iterable[Any]) -> Step:
    """Fields of a row as JSON holds them, from which `to_python` makes the very same values."""
    told = {}
    for field in fields:
        value = field.value_from_object(row)
        told[field.name] = value if value is None or type(value) in _PLAIN else field.value_to_string(row)
    return told


def _words(model: type[models.Model], *, many: bool = False) -> str:
    return str(model._meta.verbose_name_plural if many else f"a {model._meta.verbose_name}")
