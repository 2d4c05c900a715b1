"""Addresses of pages of rows: `reverse` looks through all patterns anew, and a long page has hundreds of them."""

from functools import cache

from django.urls import reverse

_NUMBER = 1_234_567_890_123
_DIGEST = "0123456789abcdef" * 2


def numbered(name: str, number: int) -> str:
    """The address of the page that takes a row's key alone, as `reverse` gives it.

    :raises NoReverseMatch: if no page of that name does.
    """
    before, behind = _around(name)
    return f"{before}{number}{behind}"


def pictured(name: str, digest: str, width: int) -> str:
    """The address of a picture in one of its widths, as `reverse` gives it.

    :param digest: hexadecimal, so that nothing of it has to be escaped.
    :raises NoReverseMatch: if that is not what the page takes.
    """
    before, between, behind = _between(name)
    return f"{before}{digest}{between}{width}{behind}"


@cache
def _between(name: str) -> tuple[str, str, str]:
    before, _, after = reverse(name, args=[_DIGEST, _NUMBER]).partition(_DIGEST)
    between, _, behind = after.partition(str(_NUMBER))
    return before, between, behind


@cache
def _around(name: str) -> tuple[str, str]:
    before, _, behind = reverse(name, args=[_NUMBER]).partition(str(_NUMBER))
    return before, behind
