"""Books as lines of CSV or JSON, read and sent in batches: the memory it takes does not grow with the library."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Prefetch

from library.identity.languages import usual_spelling
from library.models import Book, BookQuerySet, Coverage, Edition, Recording

BATCH = 500
COLUMNS = (
    "id", "title", "subtitle", "authors", "series", "narrators", "standing", "language", "released_on",
    "published_year", "runtime_min", "isbn", "asin", "publisher",
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
    owned = Coverage.objects.present().filter(extent=Coverage.Extent.WHOLE).select_related("edition").order_by("pk")
    shown = Book.objects.with_standing().prefetch_related(
        "authors", "series_entries__series", recordings, Prefetch("coverages", owned)
    )
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        known = shown.in_bulk(batch)
        yield from (_told(known[key]) for key in batch if key in known)


def _told(book: Book) -> dict[str, Any]:
    """What the owned copy says, and where it is silent or there is none, what is known of the book.

    Of an owned book whose performance is known the other performances are not asked.
    """
    copies = [coverage.edition for coverage in book.coverages.all()]
    heard = {copy.recording_id for copy in copies}
    known = list(book.recordings.all())
    recordings = [recording for recording in known if recording.pk in heard] or known
    length = max((copy.duration_s or 0 for copy in copies), default=0) or max(
        (recording.runtime_s or 0 for recording in recordings), default=0
    )
    released_on = _day(copies) or (book.released_on.isoformat() if book.released_on else None)
    year = next((copy.published_year for copy in copies if copy.published_year), "")
    return {
        "id": book.pk,
        "title": book.title,
        "subtitle": book.subtitle,
        "authors": [author.name for author in book.authors.all()],
        "series": [str(entry) for entry in book.places],
        "narrators": _narrators(copies, recordings),
        "standing": book.standing,
        "language": usual_spelling(_first(copies, "language") or book.language),
        "released_on": released_on,
        "published_year": int(year or (released_on or "")[:4] or 0) or None,
        "runtime_min": round(length / 60) if length else None,
        "isbn": _first(copies, "isbn") or book.isbn,
        "asin": _first(copies, "asin") or next((recording.asin for recording in recordings if recording.asin), ""),
        "publisher": _first(copies, "publisher")
        or book.publisher
        or next((recording.publisher for recording in recordings if recording.publisher), ""),
    }


def _first(copies: Iterable[Edition], name: str) -> str:
    """What the first copy that says anything in a field says there."""
    return next((told for copy in copies if (told := str(copy.metadata.get(name) or "").strip())), "")


def _day(copies: Iterable[Edition]) -> str | None:
    """The day that a copy was published on; a year alone is none."""
    try:
        return date.fromisoformat(_first(copies, "published_date")[:10]).isoformat()
    except ValueError:
        return None


def _narrators(copies: Iterable[Edition], recordings: Iterable[Recording]) -> list[str]:
    told = {str(name) for copy in copies for name in copy.metadata.get("narrators") or ()}
    return sorted(told or {narrator.name for recording in recordings for narrator in recording.narrators.all()})


def _cell(value: Any) -> str:
    text = "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
