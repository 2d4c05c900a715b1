"""Looking rows up by their key where templates arrange them anew."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def at(rows: Mapping[Any, Any], key: Any) -> Any:
    """The row of this key, None where there is none."""
    return rows.get(key)


@register.filter
def place(key: int, name: str) -> str:
    """How a form names a field of a row."""
    return f"{key}:{name}"
