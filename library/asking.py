"""What the address of a list of books asks for, be it a page, an export or a saved search."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F

from library.models import Book, BookQuerySet
from library.search.documents import FACETS
from library.services import searching, totals

SORTS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "title": ("Title", ("sort_title", "pk")),
    "added": ("Newest first", ("-added_at", "-pk")),
    "released": ("Latest release first", (F("released_on").desc(nulls_last=True), "sort_title", "pk")),
}
STANDINGS = {
    "owned": ("On the shelf", BookQuerySet.owned),
    "missing": ("Missing", BookQuerySet.missing),
    "announced": ("Announced", BookQuerySet.announced),
    "excluded": ("Not wanted", BookQuerySet.excluded),
}
LOOKS = ("grid", "list")
FILTERS = tuple(kind for kind in FACETS if kind != "standing")
_KEYED = ("author", "series", "narrator")


@dataclass(frozen=True)
class BookFilter:
    """What is asked for; anything unknown was ignored."""

    text: str = ""
    standing: str = ""
    shelf: int | None = None
    sort: str = "title"
    look: str = "grid"
    chosen: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "BookFilter":
        """The filter in an address."""
        told = {
            name: str(asked.get(name) or "").strip() for name in ("q", "standing", "shelf", "sort", "look", *FILTERS)
        }
        return cls(
            text=told["q"][:500],
            standing=told["standing"] if told["standing"] in STANDINGS else "",
            shelf=_key(told["shelf"]),
            sort=told["sort"] if told["sort"] in SORTS else "title",
            look=told["look"] if told["look"] in LOOKS else "grid",
            chosen={name: told[name][:60] for name in FILTERS if _makes_sense(name, told[name])},
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out."""
        return bool(self.text or self.standing or self.shelf or self.chosen)

    @property
    def filters(self) -> dict[str, str]:
        """All but text, sort and look, as in the address."""
        shelf = {"shelf": str(self.shelf)} if self.shelf else {}
        return {**self.chosen, **({"standing": self.standing} if self.standing else {}), **shelf}

    @property
    def told(self) -> list[searching.Told]:
        """The chosen facets in words."""
        return searching.told(self.chosen)

    def find(self, until: int = searching.A_PAGE) -> searching.Found:
        """What the text and the facets find.

        :param until: so many from the beginning on will be asked for.
        """
        return searching.find(self.text, self.chosen, until=until)

    def narrowed(self, found: searching.Found) -> BookQuerySet:
        """Of the found books those on the shelf and of the standing that are asked for, in order."""
        books = found.books
        if found.is_everything and self.standing == "missing":
            books = Book.objects.all()  # nothing unclaimed is missing, and its index need not tell
        if self.standing:
            books = STANDINGS[self.standing][1](books)
        if self.shelf:
            books = books.on_shelf(self.shelf)
        return books.order_by(*SORTS[self.sort][1])

    def total(self, found: searching.Found) -> int | None:
        """How many books pass, where that is known without looking at them."""
        if self.standing or self.shelf:
            return None
        return totals.claimed_books() if found.is_everything else found.total

    def more_than(self, found: searching.Found) -> int:
        """More books than so many pass for certain."""
        return 0 if self.standing or self.shelf else found.more_than


def _key(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _makes_sense(name: str, value: str) -> bool:
    return bool(value) and (name not in _KEYED or _key(value) is not None)
