"""The library in figures, each aggregated by the database in the same number of queries however large it is.

Over a hundred thousand books that takes a second or two, so the figures are kept and told with their moment.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, NullIf, TruncMonth
from pydantic import ValidationError

from library import figures
from library.figures import Counted, Leader, Leaders, Month, Part, Statistics, Totals
from library.models import (
    AudioFile,
    Author,
    Book,
    Coverage,
    Edition,
    Narrator,
    Series,
    SeriesEntry,
    Snapshot,
)
from mamcrawler.lib import clock
from mamcrawler.operations import preferences

Beat = Callable[[], object]
MOST_LEADERS = 10
_COMPLETING = (
    "authors", "narrators", "description", "language", "asin", "isbn", "published_year", "published_date", "publisher",
)  # fmt: skip
NOTHING = ("", "[]", "null")
"""How a field of the metadata that says nothing is read as text; a null is a word to SQLite."""
_SUMS = {"copies": Count("pk"), "length_s": Sum("duration_s"), "bytes": Sum("size_bytes")}


@dataclass(frozen=True)
class Kept:
    """Figures with the moment at which they were so, and what the books are worth by what is set now."""

    statistics: Statistics
    taken_at: datetime
    book_value: float
    currency: str

    @property
    def value(self) -> float:
        """What the owned books are worth altogether."""
        return round(self.statistics.totals.books * self.book_value, 2)


def current() -> Kept:
    """The figures as they were last worked out; worked out now where they never were."""
    kept = Snapshot.objects.filter(kind=Snapshot.Kind.STATISTICS).first()
    try:
        known = Statistics.model_validate(kept.figures) if kept else None
    except ValidationError:  # kept by another version
        known = None
    if kept is None or known is None:
        return take()
    return _valued(known, kept.taken_at)


def take(beat: Beat = lambda: None) -> Kept:
    """Work the figures out and keep them."""
    statistics, now = work_out(beat), clock.now()
    Snapshot.objects.update_or_create(
        kind=Snapshot.Kind.STATISTICS, defaults={"figures": statistics.model_dump(mode="json"), "taken_at": now}
    )
    return _valued(statistics, now)


def work_out(beat: Beat = lambda: None) -> Statistics:
    """The figures as they are now."""
    parts: dict[str, Any] = {"totals": _totals()}
    beat()
    parts |= _shares()
    beat()
    for name, found in (("authors", _authors), ("narrators", _narrators), ("series", _series)):
        parts[name] = found()
        beat()
    parts["months"] = _months()
    beat()
    parts["completeness"] = _completeness()
    beat()
    return Statistics(**parts, series_standing=_series_standing())


def _valued(statistics: Statistics, taken_at: datetime) -> Kept:
    rules = preferences.read(preferences.LibraryRules)
    return Kept(statistics, taken_at, rules.book_value, rules.currency)


def _is_owned(book: str) -> Exists:
    return Exists(Coverage.objects.present().filter(book=OuterRef(book)))


def _totals() -> Totals:
    copies = Edition.objects.present().aggregate(recordings=Count("recording", distinct=True), **_SUMS)
    outside = ~Exists(SeriesEntry.objects.filter(book=OuterRef("pk")))
    books = Book.objects.owned().aggregate(books=Count("pk"), books_outside_series=Count("pk", filter=outside))
    return Totals(
        **_counted(copies).model_dump(),
        **books,
        recordings=copies["recordings"],
        files=AudioFile.objects.filter(edition__status=Edition.Status.PRESENT).count(),
        authors=_different(Book.authors.through.objects.filter(_is_owned("book")), "author"),
        series=_different(SeriesEntry.objects.owned(), "series"),
        narrators=_different(Edition.objects.present(), "recording__narrators"),
    )


def _different(rows: QuerySet[Any], name: str) -> int:
    count: int = rows.order_by().aggregate(count=Count(name, distinct=True))["count"]
    return count


def _counted(row: dict[str, Any]) -> Counted:
    """Sums as whole numbers; of nothing they are nothing."""
    return Counted(editions=row["copies"], seconds=round(row["length_s"] or 0), size_bytes=int(row["bytes"] or 0))


def _shares() -> dict[str, Any]:
    """The copies by format, bitrate, length and language, from one look at all of them."""
    told = Coalesce(
        NullIf(NullIf(KT("metadata__language"), Value("")), Value("null")),
        F("recording__language"),
        Value(""),
        output_field=models.TextField(),
    )
    groups = ("audio_format", "bitrate", "length", "language")
    rows = list(
        Edition.objects.present()
        .order_by()
        .annotate(bitrate=_band("bitrate_kbps", figures.BITRATES, figures.HIGH_BITRATE))
        .annotate(length=_band("duration_s", [(h * 3600, name) for h, name in figures.LENGTHS], figures.GREAT_LENGTH))
        .annotate(language=told)
        .values(*groups)
        .annotate(**_SUMS)
    )

    def grouped(group: str) -> Iterator[tuple[str, Counted]]:
        for row in rows:
            yield row[group], _counted(row)

    return {
        "formats": figures.by_size(grouped("audio_format")),
        "bitrates": figures.in_bands(grouped("bitrate"), [*_labels(figures.BITRATES), figures.HIGH_BITRATE]),
        "lengths": figures.in_bands(grouped("length"), [*_labels(figures.LENGTHS), figures.GREAT_LENGTH]),
        "languages": figures.by_language(grouped("language")),
    }


def _labels(bands: Iterable[tuple[int, str]]) -> list[str]:
    return [label for _, label in bands]


def _band(field: str, bands: Iterable[tuple[int, str]], above: str) -> Case:
    unknown = When(Q(**{f"{field}__isnull": True}) | Q(**{field: 0}), then=Value(figures.UNKNOWN))
    below = [When(**{f"{field}__lt": limit}, then=Value(label)) for limit, label in bands]
    return Case(unknown, *below, default=Value(above), output_field=models.CharField())


def _of_books(group: str) -> QuerySet[Any, Any]:
    """Books and seconds by something that books have; an edition of several books is shared out among them."""
    contained = Coverage.objects.filter(edition=OuterRef("edition")).order_by().values("edition")
    many = Subquery(contained.annotate(count=Count("pk")).values("count"), output_field=models.FloatField())
    present = Coverage.objects.present().order_by().filter(**{f"{group}__isnull": False})
    rows: QuerySet[Any, Any] = (
        present.annotate(many=many)
        .values(group)
        .annotate(books=Count("book", distinct=True), seconds=Sum(F("edition__duration_s") / F("many")))
        .values_list(group, "books", "seconds")
    )
    return rows


def _authors() -> Leaders:
    return _leaders(Author, _of_books("book__authors"))


def _series() -> Leaders:
    return _leaders(Series, _of_books("book__series_entries__series"))


def _narrators() -> Leaders:
    heard = Edition.objects.present().order_by().filter(recording__narrators__isnull=False)
    rows = heard.values("recording__narrators").annotate(
        books=Count("recording__book", distinct=True), seconds=Sum("duration_s")
    )
    return _leaders(Narrator, rows.values_list("recording__narrators", "books", "seconds"))


def _leaders(model: type[Author] | type[Narrator] | type[Series], rows: QuerySet[Any, Any]) -> Leaders:
    known = {key: (key, books, round(seconds or 0)) for key, books, seconds in rows}
    by_hours, by_books = figures.leaders(known.values(), MOST_LEADERS)
    names = dict(model._default_manager.filter(pk__in={*by_hours, *by_books}).values_list("pk", "name"))

    def told(keys: list[int]) -> list[Leader]:
        rows = [known[key] for key in keys if key in names]
        return [Leader(id=key, name=names[key], books=books, seconds=seconds) for key, books, seconds in rows]

    return Leaders(by_hours=told(by_hours), by_books=told(by_books))


def _months() -> list[Month]:
    """What was added by month; a book counts when the first of its copies that are there came."""
    copies = Edition.objects.present().order_by().annotate(month=TruncMonth("added_at"))
    added = {
        row["month"]: row for row in copies.values("month").annotate(editions=Count("pk"), seconds=Sum("duration_s"))
    }
    earlier = (
        Coverage.objects.present()
        .filter(book=OuterRef("book"))
        .filter(
            Q(edition__added_at__lt=OuterRef("edition__added_at"))
            | Q(edition__added_at=OuterRef("edition__added_at"), edition__lt=OuterRef("edition"))
        )
    )
    first = (
        Coverage.objects.present().order_by().filter(~Exists(earlier)).annotate(month=TruncMonth("edition__added_at"))
    )
    books = dict(first.values("month").annotate(books=Count("pk")).values_list("month", "books"))
    return [
        Month(
            month=f"{month:%Y-%m}",
            editions=row["editions"],
            seconds=round(row["seconds"] or 0),
            books=books.get(month, 0),
        )
        for month, row in sorted(added.items())
    ]


def _completeness() -> figures.Completeness:
    has = {
        "title": ~Q(title=""),
        "authors": _says("authors"),
        "narrators": _says("narrators"),
        "description": _says("description"),
        "cover": Q(has_cover=True),
        "year": _says("published_year") | _says("published_date"),
        "language": _says("language"),
        "identifier": _says("asin") | _says("isbn"),
        "publisher": _says("publisher"),
        "duration": Q(duration_s__gt=0),
    }
    flags = {f"flag_{name}": Case(When(has[name], then=Value(1)), default=Value(0)) for name in figures.FIELDS}
    texts = {
        f"told_{name}": Coalesce(KT(f"metadata__{name}"), Value(""), output_field=models.TextField())
        for name in _COMPLETING
    }
    rows = Edition.objects.present().order_by().annotate(**texts).annotate(**flags).values_list(*flags)
    groups = rows.annotate(count=Count("pk"))
    return figures.completeness((tuple(map(bool, row[:-1])), row[-1]) for row in groups)


def _says(name: str) -> Q:
    """A field of the metadata, as text, that says something: a text or a list that is not empty."""
    return ~Q(**{f"told_{name}__in": NOTHING})


def _series_standing() -> list[Part]:
    """The series of which a book of the main line is owned: complete, in part, hardly begun.

    Whether one is complete that no provider has listed, nobody knows: only its owned books are known.
    """
    is_whole, is_barely = Q(gap__lte=0), Q(owned__lt=F("released") / float(figures.BARELY))
    is_listed = ~Q(listed_by="")
    counted = Series.objects.begun().aggregate(
        complete=Count("pk", filter=is_whole & is_listed),
        unlisted=Count("pk", filter=is_whole & ~is_listed),
        partial=Count("pk", filter=~is_whole & ~is_barely),
        barely=Count("pk", filter=~is_whole & is_barely),
    )
    labels = {
        "complete": "Complete",
        "unlisted": "Not listed yet: nothing missing as far as is known",
        "partial": "In part",
        "barely": "Barely: under a third",
    }
    return [Part(label=label, count=counted[name]) for name, label in labels.items()]
