"""The searches that people keep: each under a name of its own."""

from django.db import IntegrityError, transaction

from library.asking import BookFilter
from library.models import SavedSearch
from mamcrawler.operations.models import User

LONGEST_NAME = 100


class NameTaken(Exception):
    """Another search of this person has the name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"you have a search named {name!r} already: choose another name")


class NameMissing(Exception):
    """A search cannot be found again without a name."""

    def __init__(self) -> None:
        super().__init__("give the search a name")


def save_search(user: User, name: str, asked: BookFilter) -> SavedSearch:
    """Keep a search under a new name.

    :raises NameMissing: if there is none.
    :raises NameTaken: if the person has a search of this name.
    """
    search = SavedSearch(
        user=user, name=name, query=asked.text, filters=asked.filters, sort=asked.sort, look=asked.look
    )
    return rename_search(search, name)


def rename_search(search: SavedSearch, name: str) -> SavedSearch:
    """Give a search another name.

    :raises NameMissing: if there is none.
    :raises NameTaken: if the person has another search of this name.
    """
    search.name = name.strip()[:LONGEST_NAME]
    if not search.name:
        raise NameMissing
    try:
        with transaction.atomic():
            search.save()
    except IntegrityError as error:
        raise NameTaken(search.name) from error
    return search
