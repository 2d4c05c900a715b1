"""Books as lines of CSV or JSON, read and sent in batches: the memory it takes does not grow with the library."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Prefetch

from library.models import Book, BookQuerySet, Recording

BATCH = 500
COLUMNS = (
    "id", "title", "subtitle", "authors", "series", "narrators", "standing", "language", "released_on", "runtime_min",
    "isbn", "asin", "publisher",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """Takes what the CSV writer writes and gives it back."""

    def write(self, text: str) -> str:
        return text


def csv_of(books: BookQuerySet) -> Iterator[str]:
    """A table of books with a heading."""
    return table(COLUMNS, _rows(books))


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """CSV with a heading; names are joined, and no cell begins a spreadsheet's formula."""
    writer = csv.writer(_Line())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([_cell(row[name]) for name in columns])


def json_of(books: BookQuerySet) -> Iterator[str]:
    """One list of objects."""
    begin = "[\n"
    for row in _rows(books):
        yield begin + json.dumps(row, ensure_ascii=False)
        begin = ",\n"
    yield "\n]\n" if begin != "[\n" else "[]\n"


def _rows(books: BookQuerySet) -> Iterator[dict[str, Any]]:
    """The books in order; their keys are read first, so that one order holds whatever changes meanwhile."""
    keys = list(books.values_list("pk", flat=True))
    recordings = Prefetch("recordings", Recording.objects.prefetch_related("narrators").order_by("pk"))
    shown = Book.objects.with_standing().prefetch_related("authors", "series_entries__series", recordings)
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        known = shown.in_bulk(batch)
        yield from (_told(known[key]) for key in batch if key in known)


def _told(book: Book) -> dict[str, Any]:
    recordings = list(book.recordings.all())
    lengths = [recording.runtime_s for recording in recordings if recording.runtime_s]
    return {
        "id": book.pk,
        "title": book.title,
        "subtitle": book.subtitle,
        "authors": [author.name for author in book.authors.all()],
        "series": [str(entry) for entry in book.places],
        "narrators": sorted({narrator.name for recording in recordings for narrator in recording.narrators.all()}),
        "standing": book.standing,
        "language": book.language,
        "released_on": book.released_on.isoformat() if book.released_on else None,
        "runtime_min": round(max(lengths) / 60) if lengths else None,
        "isbn": book.isbn,
        "asin": next((recording.asin for recording in recordings if recording.asin), ""),
        "publisher": book.publisher,
    }


def _cell(value: Any) -> str:
    text = "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
