"""Letting one row take in another of its kind: all that points at the other points at the first from then on.

It knows no table by name. Where a constraint allows only one of two rows, these are taken for the same thing as well
and the one takes in the other; a row that can stand down instead (see `StandsDown`) does so and is kept.
"""

from collections.abc import Iterator
from typing import Any, Protocol, TypeVar, runtime_checkable

from django.db import models

from library.services.steps import Steps, pointing_at

Row = TypeVar("Row", bound=models.Model)

FILLED: dict[str, tuple[str, ...]] = {
    "library.book": (
        "subtitle", "language", "description", "genres", "isbn", "publisher", "cover_url", "released_on", "enriched_at",
    ),
    "library.recording": ("asin", "runtime_s", "language", "publisher", "released_on"),
    "library.series": ("is_complete", "listed_at", "listed_by"),
    "library.seriesentry": ("position", "start", "end"),
}  # fmt: skip
"""What a row takes over from the one it takes in, where it is empty itself."""


class CanNotMerge(Exception):
    """The rows can not become one as things stand; the message says what to wait for or to do first."""


@runtime_checkable
class StandsDown(Protocol):
    """A row that is closed and kept where another of its kind takes its place."""

    def standing_down(self, words: str) -> dict[str, Any] | None:
        """What to write to it to close it, or None if it can not stand down now."""


def absorb(steps: Steps, kept: Row, other: Row, *, words: str = "") -> None:
    """Let a row take in another, which is gone afterwards.

    :param words: why, for rows that stand down.
    :raises CanNotMerge: if two rows would have to be one and neither can give way.
    """
    for field in pointing_at(type(other)):
        for row in field.model._base_manager.filter(**{field.name: other.pk}).order_by("pk"):
            repoint(steps, row, field, kept, words=words)
    steps.remove(other)
    take_over(steps, kept, other)


def repoint(steps: Steps, row: models.Model, field: Any, to: models.Model, *, words: str = "") -> None:
    """Let a row belong to another one from now on."""
    twin = _twin(row, field, to)
    if twin is None:
        steps.change(row, {field.name: to})
    elif isinstance(row, StandsDown):
        _stand_down(steps, row, twin, words)
        steps.change(row, {field.name: to})
    else:
        absorb(steps, twin, row, words=words)


def take_over(steps: Steps, kept: models.Model, other: models.Model) -> None:
    """Fill what is empty in the one from the other."""
    values = {
        name: getattr(other, name)
        for name in FILLED.get(kept._meta.label_lower, ())
        if getattr(kept, name) in (None, "", []) and getattr(other, name) not in (None, "", [])
    }
    if "start" in values:  # a number goes with the words it was read from
        values["position"] = getattr(other, "position", "")
    if values:
        steps.change(kept, values, is_vital=False)


def _stand_down(steps: Steps, row: models.Model, twin: models.Model, words: str) -> None:
    for one in (row, twin):
        if isinstance(one, StandsDown) and (values := one.standing_down(words)) is not None:
            steps.change(one, values)
            return
    raise CanNotMerge(
        f"both have a {row._meta.verbose_name} that is under way; wait until one of them is done, or stop it first"
    )


def _twin(row: models.Model, field: Any, to: models.Model) -> models.Model | None:
    """The row that stands where this one would go, if a constraint allows only one."""
    manager = type(row)._base_manager
    columns = {column.name: column for column in row._meta.concrete_fields}
    for names, condition in _unique_with(type(row), field):
        values = {name: to.pk if name == field.name else columns[name].value_from_object(row) for name in names}
        if None in values.values():
            continue
        if condition is not None and not manager.filter(condition, pk=row.pk).exists():
            continue
        there = manager.filter(**values).exclude(pk=row.pk)
        if (twin := (there.filter(condition) if condition is not None else there).first()) is not None:
            return twin
    return None


def _unique_with(model: type[models.Model], field: Any) -> Iterator[tuple[tuple[str, ...], models.Q | None]]:
    """What has to be unique together with a field, and under which condition."""
    if field.unique:
        yield (field.name,), None
    for names in model._meta.unique_together:
        if field.name in names:
            yield tuple(names), None
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and field.name in constraint.fields:
            yield tuple(constraint.fields), constraint.condition
