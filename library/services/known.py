"""A known book with what is compared of it, and reading many of them at once."""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from library import identity
from library.models import Author, Book, Recording, Series, SeriesEntry
from library.services import rows


@dataclass(slots=True, eq=False)
class Known:
    """A book with what is compared of it; what is new in a batch has no key yet."""

    book: Book
    authors: list[Author] = field(default_factory=list)
    entries: list[SeriesEntry] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)

    def work(self) -> identity.Work:
        """The book as identity compares it."""
        return identity.Work(
            title=self.book.title,
            subtitle=self.book.subtitle,
            authors=tuple(author.name for author in self.authors),
            series=tuple((entry.series.name, entry.position) for entry in self.entries),
            isbn=self.book.isbn,
        )


def read_known(keys: Collection[int]) -> list[Known]:
    """The books with these keys, oldest first.

    What hangs on a book is read past the ORM: a popular place in like-named series brings thousands of rows a batch.
    """
    if not keys:
        return []
    known = {book.pk: Known(book) for book in Book.objects.filter(pk__in=keys).order_by("pk")}
    _read_authors(known)
    _read_entries(known)
    told = ["id", "book_id", "asin", "narrator_key", "is_abridged", "runtime_s"]
    for pk, book_id, *rest in sorted(rows.pick(Recording, told, "book_id", known)):
        values = dict(zip(told[2:], rest, strict=True)) | {"is_abridged": bool(rest[2])}
        known[book_id].recordings.append(rows.stored(Recording, id=pk, book_id=book_id, **values))
    return list(known.values())


def _read_authors(known: dict[int, Known]) -> None:
    written = sorted(rows.pick(Book.authors.through, ["id", "book_id", "author_id"], "book_id", known))
    told = rows.pick(Author, ["id", "name", "key"], "id", {author_id for _, _, author_id in written})
    authors = {pk: rows.stored(Author, id=pk, name=name, key=key) for pk, name, key in told}
    for _, book_id, author_id in written:
        known[book_id].authors.append(authors[author_id])


def _read_entries(known: dict[int, Known]) -> None:
    told = ["id", "book_id", "series_id", "position", "start", "end", "kind", "is_primary"]
    entries = sorted(rows.pick(SeriesEntry, told, "book_id", known), key=lambda row: row[0])
    columns = ["id", "name", "key", "author_key", "is_unclaimed"]
    series = {
        pk: rows.stored(Series, id=pk, name=name, key=key, author_key=author_key, is_unclaimed=bool(is_unclaimed))
        for pk, name, key, author_key, is_unclaimed in rows.pick(Series, columns, "id", {row[2] for row in entries})
    }
    for pk, book_id, series_id, position, start, end, kind, is_primary in entries:
        values: dict[str, Any] = {"position": position, "kind": kind, "is_primary": bool(is_primary)}
        values |= {"start": _number(start), "end": _number(end)}
        entry = rows.stored(SeriesEntry, id=pk, book_id=book_id, series_id=series_id, **values)
        entry._state.fields_cache["series"] = series[series_id]
        known[book_id].entries.append(entry)


def _number(stored: Any) -> Decimal | None:
    return None if stored is None else Decimal(str(stored))
