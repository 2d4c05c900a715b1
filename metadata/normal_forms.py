"""When two values of a field say the same: compared without case, accents, markup and house style."""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from html import unescape
from typing import Any

from library.identity import name_key, series_key, title_key
from library.identity.languages import language_code
from library.identity.names import fold

NAMES = frozenset({"authors", "narrators"})
SAME_RUNTIME = 0.02  # recordings of one performance differ by the intros of the shops


def is_empty(value: object) -> bool:
    """Say whether a value says nothing: None, blank text, nothing in a list, a runtime of zero."""
    if value is None or isinstance(value, bool):
        return value is None
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, (list, tuple, set, frozenset, Mapping)):
        return all(is_empty(one) for one in value)
    return value == 0


def normal(field: str, value: Any) -> Hashable:
    """The form of a value that equals the form of every other way to write it."""
    if is_empty(value):
        return None
    if field in NAMES:
        return frozenset(name_key(str(name)).replace(" ", "") for name in _listed(value) if not is_empty(name))
    form = FORMS.get(field)
    return form(value) if form else _plain(value)


def cluster(field: str, values: Sequence[Any]) -> list[list[int]]:
    """Sort values that say the same together, as lists of their places; every list keeps the given order."""
    if field == "runtime_s":
        return _near(values)
    together: dict[Hashable, list[int]] = {}
    for place, value in enumerate(values):
        together.setdefault(normal(field, value), []).append(place)
    return list(together.values())


def same(field: str, one: Any, other: Any) -> bool:
    """Say whether two values say the same; two that say nothing do."""
    if is_empty(one) or is_empty(other):
        return is_empty(one) and is_empty(other)
    return len(cluster(field, [one, other])) == 1


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, (list, tuple, set, frozenset)) else (value,)


def _plain(value: Any) -> Hashable:
    """Text by its words (signs alone count as themselves), lists as sets, everything else as it is."""
    if isinstance(value, str):
        return fold(value) or value.strip()
    if isinstance(value, (list, tuple, set, frozenset)):
        return frozenset(_plain(one) for one in value if not is_empty(one))
    if isinstance(value, date):
        return value.isoformat()[:10]
    return value if isinstance(value, Hashable) else repr(value)


def _markup(value: Any) -> Hashable:
    """A description by its words alone."""
    return _plain(unescape(re.sub(r"<[^>]*>", " ", str(value))))


def _isbn(value: Any) -> Hashable:
    """An ISBN with thirteen digits, whichever way it is written."""
    digits = re.sub(r"[^0-9X]", "", str(value).upper())
    if len(digits) != 10:
        return digits or str(value)
    body = "978" + digits[:9]
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body.replace("X", "0")))
    return f"{body}{-total % 10}"


def _day(value: Any) -> Hashable:
    return str(value)[:10]


def _position(value: Any) -> Hashable:
    """Positions as numbers: "01" is "1", "1.0" is "1", a range keeps both its ends."""
    numbers = re.findall(r"\d+(?:\.\d+)?", str(value))
    return "-".join(f"{float(number):g}" for number in numbers) if numbers else _plain(value)


def _series(value: Any) -> Hashable:
    """The main series with its position: the first that has one, else the first; a bare name is one without.

    Sources agree on the main series and hardly ever on which others a book belongs to.
    """
    pairs = [one if isinstance(one, (list, tuple)) and len(one) == 2 else (one, "") for one in _listed(value)]
    name, at = next((pair for pair in pairs if not is_empty(pair[1])), pairs[0])
    return series_key(str(name)), _position(at) if not is_empty(at) else ""


def _language(value: Any) -> Hashable:
    return language_code(str(value)) or _plain(value)


def _runtime(value: Any) -> Hashable:
    return round(float(value) / 60)


def _near(values: Sequence[Any]) -> list[list[int]]:
    """Sort runtimes together that lie within two percent of the shortest of their group."""
    groups: list[list[int]] = []
    shortest = 0.0
    for place in sorted(range(len(values)), key=lambda place: float(values[place])):
        runtime = float(values[place])
        if not groups or runtime > shortest * (1 + SAME_RUNTIME):
            groups.append([])
            shortest = runtime
        groups[-1].append(place)
    return [sorted(group) for group in groups]


FORMS: Mapping[str, Callable[[Any], Hashable]] = {
    "description": _markup,
    "isbn": _isbn,
    "released_on": _day,
    "position": _position,
    "series": _series,
    "runtime_s": _runtime,
    "language": _language,
    "title": lambda value: title_key(str(value)),
}
