"""How many books there are: a large table takes longer to count than a page of it to show."""

from collections.abc import Callable

from django.core.cache import cache

from library.models import Book

KEPT_S = 10
MANY = 10_000
"""Fewer are counted whenever somebody asks."""


def all_books() -> int:
    """All books; in a large library as of some seconds ago."""
    return _kept("all_books", Book.objects.count)


def claimed_books() -> int:
    """All books but those that only authors' lists tell of; in a large library as of some seconds ago."""
    unclaimed = Book.objects.filter(is_unclaimed=True)
    return max(0, all_books() - _kept("unclaimed_books", unclaimed.count))  # quicker than to ask for the rest


def _kept(name: str, count: Callable[[], int]) -> int:
    if (known := cache.get(name)) is not None:
        return int(known)
    if (counted := count()) >= MANY:
        cache.set(name, counted, KEPT_S)
    return counted
