"""Addresses of pages of rows: `reverse` looks through all patterns anew, and a long page has hundreds of them."""

from functools import cache

from django.urls import reverse

_NUMBER = 1_234_567_890_123


def numbered(name: str, number: int) -> str:
    """The address of the page that takes a row's key alone, as `reverse` gives it.

    :raises NoReverseMatch: if no page of that name does.
    """
    before, behind = _around(name)
    return f"{before}{number}{behind}"


@cache
def _around(name: str) -> tuple[str, str]:
    before, _, behind = reverse(name, args=[_NUMBER]).partition(str(_NUMBER))
    return before, behind
