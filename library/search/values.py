"""Numbers in a search: years, lengths, and ranges of them."""

import re
from collections.abc import Callable

Bounds = tuple[int | None, int | None]
Span = tuple[int, int]

LARGEST = 1_000_000
_LENGTH = re.compile(
    r"(?:(?P<hours>[0-9]{1,4}(?:[.,][0-9]{1,2})?)(?:h|hrs?|hours?)?)?(?:(?P<minutes>[0-9]{1,5})(?:m|min|minutes?))?"
)
_COMPARED = re.compile(r"(?P<sign>>=|<=|>|<)(?P<value>.+)")
_RANGE = re.compile(r"(?P<low>[^-–.]*(?:\.[0-9]+[^-–.]*)?)(?:\.\.|[-–])(?P<high>.*)")


class NotANumber(ValueError):
    """A value that is no number of the kind its field takes."""


def year(text: str) -> Span:
    """The one year that a text names.

    :raises NotANumber: if it is none.
    """
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise NotANumber(text)
    return int(text), int(text)


def minutes(text: str) -> Span:
    """The minutes that a length means: 10h is anything from ten hours to a minute under eleven; 10 alone is hours.

    :raises NotANumber: if it is no length.
    """
    found = _LENGTH.fullmatch(text.lower())
    if found is None or not text:
        raise NotANumber(text)
    hours = (found["hours"] or "0").replace(",", ".")
    total = round(float(hours) * 60) + int(found["minutes"] or 0)
    is_whole_hours = not found["minutes"] and "." not in hours
    return total, total + 59 if is_whole_hours else total


def bounds(text: str, read: Callable[[str], Span]) -> Bounds:
    """The bounds that a value, a comparison or a range means: 2010, >=2010, 2010-2015, 2010-, ..2015.

    :raises NotANumber: if a part of it is no number.
    """
    if compared := _COMPARED.fullmatch(text):
        low, _ = read(compared["value"])
        return {">": (low + 1, None), ">=": (low, None), "<": (None, low - 1), "<=": (None, low)}[compared["sign"]]
    if ranged := _RANGE.fullmatch(text):
        if not ranged["low"] and not ranged["high"]:
            raise NotANumber(text)
        low_end = read(ranged["low"])[0] if ranged["low"] else None
        high_end = read(ranged["high"])[0] if ranged["high"] else None
        return low_end, high_end
    return read(text)
