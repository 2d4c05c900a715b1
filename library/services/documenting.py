"""Reading what is searched of books, many at once in a constant number of queries."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count

from library.identity.languages import language_code
from library.models import Author, Book, Coverage, Narrator, Recording, SeriesEntry
from library.search import documents
from library.search.documents import Document

_YEARS = range(1000, 2200)
_MOST_MINUTES = 1_000_000


@dataclass
class _Told:
    """What is known of one book, from everywhere."""

    title: str
    subtitle: str
    standing: str
    is_unclaimed: bool = False
    authors: dict[int, str] = field(default_factory=dict)
    series: dict[int, str] = field(default_factory=dict)
    narrators: dict[int, str] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    formats: set[str] = field(default_factory=set)
    released: list[int] = field(default_factory=list)  # years, the surest first
    lengths_s: list[float] = field(default_factory=list)

    def document(self) -> Document:
        """The book as it is searched."""
        year = next(iter(self.released), None)
        return Document(
            title=documents.words_of([self.title, self.subtitle]),
            author=documents.words_of_people(self.authors.values()),
            series=documents.words_of(self.series.values()),
            narrator=documents.words_of_people(self.narrators.values()),
            identifiers=tuple(sorted({code for told in self.codes if (code := documents.identifier(told))})),
            facets=documents.kept_facets(self._facets(year)),
            year=year,
            minutes=min(round(max(self.lengths_s) / 60), _MOST_MINUTES) if self.lengths_s else None,
            sort_title=documents.sort_title(self.title)[:500],
        )

    def _facets(self, year: int | None) -> Iterator[str]:
        if self.is_unclaimed:
            return  # words find it, but it is not counted among what is ours
        for name in self.formats:
            yield documents.facet("format", name)
        yield from documents.kept_languages(code for told in self.languages if (code := language_code(told)))
        if year is not None:
            yield documents.facet("decade", year // 10 * 10)
        yield documents.facet("standing", self.standing)
        for kind, keys in (("author", self.authors), ("series", self.series), ("narrator", self.narrators)):
            for key in keys:
                yield documents.facet(kind, key)


def documents_of(books: Sequence[int]) -> dict[int, Document]:
    """The books as they are searched, by key; one that is gone is left out."""
    told: dict[int, _Told] = {}
    columns = ("pk", "title", "subtitle", "standing", "isbn", "language", "released_on", "is_unclaimed")
    for pk, title, subtitle, standing, isbn, language, released_on, is_unclaimed in (
        Book.objects.with_standing().filter(pk__in=books).order_by().values_list(*columns)
    ):
        one = told[pk] = _Told(title, subtitle, standing, is_unclaimed)
        one.codes.append(isbn)
        one.languages.append(language)
        one.released += _years(released_on)
    _read_people(told)
    _read_recordings(told)
    _read_copies(told)
    return {pk: one.document() for pk, one in sorted(told.items())}


def _read_people(told: dict[int, _Told]) -> None:
    authors = Author.books.through.objects.filter(book__in=told).order_by("pk")
    for book, pk, name in authors.values_list("book", "author", "author__name"):
        told[book].authors[pk] = name
    entries = SeriesEntry.objects.filter(book__in=told).order_by("pk")
    for book, pk, name in entries.values_list("book", "series", "series__name"):
        told[book].series[pk] = name
    narrators = Narrator.objects.filter(recordings__book__in=told).order_by("pk")
    for book, pk, name in narrators.values_list("recordings__book", "pk", "name"):
        told[book].narrators[pk] = name


def _read_recordings(told: dict[int, _Told]) -> None:
    columns = ("book", "asin", "runtime_s", "language", "released_on")
    rows = Recording.objects.filter(book__in=told).order_by("released_on", "pk").values_list(*columns)
    for book, asin, runtime_s, language, released_on in rows:
        one = told[book]
        one.codes.append(asin)
        one.languages.append(language)
        one.released += _years(released_on)
        one.lengths_s += [runtime_s] if runtime_s else []


def _read_copies(told: dict[int, _Told]) -> None:
    columns = ("isbn", "asin", "language", "published_year")
    copies = Coverage.objects.present().filter(book__in=told).order_by("pk")
    shared = _shared(set(copies.values_list("edition", flat=True)))
    rows = copies.values_list(
        "book", "edition", "edition__duration_s", "edition__audio_format", *(f"edition__metadata__{c}" for c in columns)
    )
    for book, edition, duration_s, audio_format, isbn, asin, language, year in rows:
        one = told[book]
        one.codes += [str(code) for code in (isbn, asin) if code]
        one.languages.append(str(language or ""))
        one.formats |= {name for name in re.split(r"[^a-z0-9]+", audio_format.lower()) if name}
        if re.fullmatch(r"[0-9]{4}", str(year)) and int(year) in _YEARS:
            one.released.append(int(year))
        if duration_s and edition not in shared:  # the length of an omnibus is not that of its books
            one.lengths_s.append(duration_s)


def _shared(editions: Iterable[int]) -> set[int]:
    """Editions that contain several books."""
    counted = Coverage.objects.filter(edition__in=editions).order_by().values("edition").annotate(books=Count("pk"))
    return set(counted.filter(books__gt=1).values_list("edition", flat=True))


def _years(released_on: date | None) -> list[int]:
    return [released_on.year] if released_on else []
