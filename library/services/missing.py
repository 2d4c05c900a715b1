"""The gap that each missing book stands in, over the whole library in a handful of queries."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, FloatField, QuerySet
from django.db.models.functions import Cast

from library.models import Author, Book, Coverage, SeriesEntry

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class GapFacts:
    """A missing book and its gap: in the series it is shown under, or with its authors where it stands in none.

    :param position: its number in the series, None without one.
    :param series_missing: missing books of the series, this one counted in; 0 outside any series.
    :param series_owned: books of its main line that are owned.
    :param author_missing: missing books of the author of whom most are missing, this one counted in.
    """

    book_id: int
    series_id: int | None
    position: float | None
    series_missing: int
    series_owned: int
    author_missing: int

    @property
    def is_series_gap(self) -> bool:
        """Whether a series lacks it, and not merely an author's shelf."""
        return self.series_id is not None

    @property
    def share_owned(self) -> float:
        """How much of what could be owned of the series is owned, from 0 to 1."""
        total = self.series_owned + self.series_missing
        return self.series_owned / total if total else 0.0


def gap_facts(told: QuerySet[Book] | None = None) -> list[GapFacts]:
    """The gap of every missing book, in the order of their keys.

    :param told: only tell of those of these that are missing; gaps are counted over the whole library all the same.
    """
    missing = set(Book.objects.missing().order_by("pk").values_list("pk", flat=True))
    books = missing if told is None else missing & set(told.order_by().values_list("pk", flat=True))
    if not books:
        return []
    places, series_missing = _places(missing)
    authors, author_missing = _authors(missing)
    owned = _owned_by_series()
    found = []
    for book in sorted(books):
        series, position = places.get(book, (None, None))
        found.append(
            GapFacts(
                book_id=book,
                series_id=series,
                position=position,
                series_missing=series_missing[series] if series else 0,
                series_owned=owned.get(series, 0) if series else 0,
                author_missing=max((author_missing[author] for author in authors.get(book, ())), default=1),
            )
        )
    return found


def _places(missing: set[int]) -> tuple[dict[int, tuple[int, float | None]], Counter[int]]:
    """The first place of each missing book, and how many are missing of each series.

    All places are read and few are kept: quicker than having the database look each up.
    """
    entries = SeriesEntry.objects.order_by("-pk").values_list("book_id", "series_id", Cast("start", FloatField()))
    rows = [row for row in entries.iterator(BATCH) if row[0] in missing]
    return {book: (series, start) for book, series, start in rows}, Counter(series for _, series, _ in rows)


def _authors(missing: set[int]) -> tuple[dict[int, list[int]], Counter[int]]:
    """The authors of each missing book, and how many books are missing of each author."""
    written = Author.books.through.objects.values_list("book_id", "author_id")
    rows = [row for row in written.iterator(BATCH) if row[0] in missing]
    authors: dict[int, list[int]] = {}
    for book, author in rows:
        authors.setdefault(book, []).append(author)
    return authors, Counter(author for _, author in rows)


def _owned_by_series() -> dict[int, int]:
    """How many books of the main line are owned of each series."""
    present = Coverage.objects.present().values("book")
    entries = SeriesEntry.objects.main().filter(book__in=present).order_by()
    return dict(entries.values_list("series").annotate(count=Count("pk")))
