"""Every book that is missing, the ones that are looked for first on top."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from library.models import Book, BookQuerySet
from library.services import GapFacts, gaps_of
from library.services.cards import Card, Named, cards
from library.showing import current_want
from mamcrawler.lib.answering import page_or_fragment
from mamcrawler.lib.keyed import Listing
from mamcrawler.lib.paging import Chain, numbered_keys
from mamcrawler.operations.access import Visit, viewer_required

A_PAGE = 25
"""Each row has its gap in words and what a person may do about it."""
GAPS = {
    "series": ("Gaps of series", BookQuerySet.in_followed_series),
    "author": ("Gaps of authors", BookQuerySet.outside_followed_series),
}


_ALL = Chain(
    Listing(lambda: Book.objects.missing().looked_for()), Listing(lambda: Book.objects.missing().not_looked_for())
)


@dataclass(frozen=True, slots=True)
class Row:
    """A missing book with the gap it stands in, None if it has just ceased to be missing."""

    book: Card
    gap: GapFacts | None

    @property
    def want(self) -> Any:
        """What is done to get it, if anything."""
        return current_want(self.book.wants)

    @property
    def is_as_ordered(self) -> bool:
        """Whether the gap is still the one for which the book was given its place in the queue."""
        parts = self.want.priority_parts if self.want else {}
        counted = {name: parts.get(name) for name in ("missing_in_series", "owned_in_series", "missing_of_author")}
        return self.gap is not None and counted == {
            "missing_in_series": self.gap.series_missing if self.gap.series_id else self.gap.author_missing,
            "owned_in_series": self.gap.series_owned,
            "missing_of_author": self.gap.author_missing,
        }

    @property
    def series(self) -> Named | None:
        """The series that the gap is counted in."""
        place = self.book.place_in(self.gap.series_id) if self.gap and self.gap.series_id else None
        return place.series if place else None


@viewer_required
@require_safe
def missing_list(request: Visit) -> HttpResponse:
    """Missing books with the gap each stands in and what is being done about it."""
    text = request.GET.get("q", "").strip()[:200]
    gap = request.GET.get("gap", "")
    gap = gap if gap in GAPS else ""
    rows = _ALL
    if text or gap:
        missing = Book.objects.missing().naming(text)
        missing = GAPS[gap][1](missing) if gap else missing
        rows = Chain(missing.looked_for(), missing.not_looked_for())
    context = {
        "page": numbered_keys(request, rows, _rows, size=A_PAGE),
        "text": text,
        "gap": gap,
        "gaps": {name: label for name, (label, _) in GAPS.items()},
    }
    return page_or_fragment(request, "library/missing_list.html", "library/_missing_rows.html", context)


def _rows(books: Sequence[int]) -> dict[int, Row]:
    gaps = gaps_of(books)
    return {key: Row(card, gaps.get(key)) for key, card in cards(books, with_wants=True).items()}
