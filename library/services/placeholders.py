"""Books known only by their number, in series that no provider knows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from library import positions
from library.gaps import Owned, missing_numbers, number_in
from library.models import Author, Book, Coverage, Series, SeriesEntry
from library.services import indexing
from library.services.cataloguing import enter, new_book


@dataclass
class Filled:
    """What the rule changed: numbers that are missing now, and how many placeholders were needed no more."""

    made: list[int] = field(default_factory=list)
    retired: int = 0


@transaction.atomic
def fill_local_gaps(series: Series, *, from_one: bool = False) -> Filled:
    """Make a placeholder for every number that is missing between the owned books of a series, and drop needless ones.

    The rule is for series that no provider knows; of one that a provider lists, only what is needless is dropped. A
    place that had no number gets the one that its book's title tells. Safe to repeat.
    """
    authors = list(_authors_of(series))
    missing: tuple[int, ...] = ()
    if not series.listed_by:
        missing = missing_numbers(_owned_positions(series, [author.name for author in authors]), from_one=from_one)
    taken = [positions.parse(written) for written in _named_positions(series)]
    named = {number for position in taken for number in position.numbers_inside()}
    wanted = [number for number in missing if number not in named]
    placeholders = {entry.start: entry for entry in _unowned_placeholders(series)}
    filled = Filled(retired=_retire([entry for start, entry in placeholders.items() if start not in wanted]))
    for number in wanted:
        if number in placeholders:
            continue
        book = new_book(f"{series.name} #{number}", "", [author.name for author in authors], is_placeholder=True)
        if not series.wants_back_catalogue:
            Book.objects.filter(pk=book.pk).update(is_monitored=False)
        enter(series, book, str(number))
        filled.made.append(number)
    if filled.made:
        indexing.mark_stale(books=series.entries.values_list("book", flat=True))
    return filled


def _authors_of(series: Series) -> QuerySet[Author]:
    """Who wrote the owned books of a series."""
    owned = Coverage.objects.present().filter(book__series_entries__series=series).values("book")
    return Author.objects.filter(books__in=owned).distinct().order_by("pk")


def _owned_positions(series: Series, authors: Sequence[str]) -> list[positions.Position]:
    """The numbers of all owned books of a series, those that only a title tells written into their places."""
    found = []
    for book in _owned_books(series, authors):
        entries = list(book.series_entries.all())
        copies = [coverage.edition for coverage in book.coverages.all()]
        told = Owned(
            titles=(book.title, *(edition.title for edition in copies)),
            authors=tuple(author.name for author in book.authors.all()),
            places=tuple((entry.series.name, entry.position) for entry in entries),
        )
        position = number_in(series.name, told, by=authors)
        if position is None or not position.is_known:
            continue
        found.append(position)
        if position.part is None:
            enter(series, book, _written(position))
    return found


def _written(position: positions.Position) -> str:
    """A position without the words around it; what names more than one number stays as it is written."""
    start = position.start
    return position.text if start is None or position.is_range else format(start.normalize(), "f")


def _owned_books(series: Series, authors: Sequence[str]) -> Iterable[Book]:
    """The owned books in a series, and those of its authors whose titles may name it."""
    near = Q(series_entries__series=series)
    if authors:
        near |= Q(authors__name__in=authors, series_entries__isnull=True)
    books = Book.objects.filter(near).distinct().owned().order_by("pk")
    return books.prefetch_related("authors", "series_entries__series", "coverages__edition")


def _named_positions(series: Series) -> QuerySet[SeriesEntry, str]:
    return series.entries.filter(book__is_placeholder=False).values_list("position", flat=True)


def _unowned_placeholders(series: Series) -> QuerySet[SeriesEntry]:
    owned = Coverage.objects.present().filter(book=OuterRef("book"))
    return series.entries.filter(~Exists(owned), book__is_placeholder=True).select_related("book")


def _retire(entries: Sequence[SeriesEntry]) -> int:
    """Let placeholders go that stand for no gap any more; one of which more is known is only left out of the series.

    What a person said of one, or what was already looked for, is kept with its row.
    """
    books = [entry.book_id for entry in entries]
    if not books:
        return 0
    SeriesEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
    alone = Book.objects.filter(pk__in=books, is_placeholder=True, series_entries__isnull=True)
    alone.update(is_monitored=False)
    alone.filter(wants__isnull=True, coverages__isnull=True, exclusion__isnull=True, claims__isnull=True).delete()
    return len(books)
