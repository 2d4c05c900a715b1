"""How many books there are: a large table takes longer to count than a page of it to show."""

from django.core.cache import cache

from library.models import Book

KEPT_S = 10
MANY = 10_000
"""Fewer are counted whenever somebody asks."""


def all_books() -> int:
    """All books; in a large library as of some seconds ago."""
    return _counted()[0]


def claimed_books() -> int:
    """All books but those that only authors' lists tell of; in a large library as of some seconds ago."""
    return _counted()[1]


def _counted() -> tuple[int, int]:
    known: tuple[int, int] | None = cache.get("books_counted")
    if known is None:
        every = Book.objects.count()
        unclaimed = Book.objects.filter(is_unclaimed=True).count()  # quicker than to ask for the rest
        known = every, max(0, every - unclaimed)
        if every >= MANY:
            cache.set("books_counted", known, KEPT_S)
    return known
