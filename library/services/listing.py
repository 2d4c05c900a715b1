"""Keeping what providers list: the books of a series and the recordings of a book."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import transaction

from library import positions
from library.identity.languages import language_code, usual_spelling
from library.listing_signs import Sign, sign_of
from library.models import Alias, Book, Coverage, Recording, Series, SeriesEntry
from library.services import monitoring
from library.services.cataloguing import AmbiguousBook, complete, enter, known_book, narrator_key, new_book
from library.services.indexing import mark_stale
from library.services.naming import narrators_named
from library.services.placeholders import fill_local_gaps
from mamcrawler.lib import clock

Kind = SeriesEntry.Kind


@dataclass(frozen=True)
class ListedRecording:
    """A performance as a provider lists it."""

    asin: str = ""
    narrators: tuple[str, ...] = ()
    runtime_s: float | None = None
    language: str = ""
    publisher: str = ""
    released_on: date | None = None
    is_abridged: bool = False
    is_dramatised: bool = False


@dataclass(frozen=True)
class ListedBook:
    """A book as a provider lists it in a series."""

    title: str
    position: str
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    kind: str = Kind.MAIN
    released_on: date | None = None
    is_announced: bool = False
    has_audio: bool | None = None
    external_id: str = ""
    isbn: str = ""
    recordings: tuple[ListedRecording, ...] = ()


@dataclass
class Recorded:
    """What a series' list changed."""

    new: int = 0
    completed: int = 0
    known: int = 0
    titles: list[str] = field(default_factory=list)
    books: list[int] = field(default_factory=list)  # the keys of the new ones


@transaction.atomic
def record_series(series: Series, listed: Iterable[ListedBook], *, source: str) -> Recorded:
    """Bring a series' books in line with a provider's full list; nothing is removed, and no person's choice changed."""
    recorded = Recorded()
    monitoring.begin_monitoring(series)
    languages = _languages_of(series)
    for row in listed:
        _record_listed(series, row, source, recorded, languages)
    monitoring.ask_before_flood(series, recorded.books)
    monitoring.claim_for_authors(recorded.books)
    series.listed_at, series.listed_by = clock.now(), source
    series.save(update_fields=["listed_at", "listed_by"])
    fill_local_gaps(series)  # drops what was guessed before and this list does not hold
    mark_stale(books=series.entries.values_list("book", flat=True))
    return recorded


def add_recordings(book: Book, listed: Iterable[ListedRecording]) -> int:
    """Note performances of a book; returns how many were new."""
    return sum(_add_recording(book, row) for row in listed)


def _add_recording(book: Book, row: ListedRecording) -> bool:
    narrators = narrators_named(row.narrators)
    key = narrator_key(narrators)
    same = book.recordings.filter(asin=row.asin) if row.asin else book.recordings.filter(narrator_key=key)
    facts: dict[str, Any] = {
        "runtime_s": row.runtime_s,
        "language": usual_spelling(row.language)[:40],
        "publisher": row.publisher[:300],
    }
    facts |= {"released_on": row.released_on, "is_abridged": row.is_abridged, "is_dramatised": row.is_dramatised}
    known = same.first()
    if known is None and row.asin and key:
        known = book.recordings.filter(narrator_key=key, asin="", is_abridged=row.is_abridged).first()
    if known is not None:
        Recording.objects.filter(pk=known.pk).update(
            **{name: value for name, value in facts.items() if value not in (None, "")}, asin=row.asin or known.asin
        )
        return False
    recording = Recording.objects.create(book=book, asin=row.asin[:10], narrator_key=key, **facts)
    recording.narrators.set(narrators)
    return True


def _languages_of(series: Series) -> set[str]:
    """The codes of the languages in which books of a series are owned; empty when none is known."""
    present = Coverage.objects.present().filter(book__series_entries__series=series)
    told = present.values_list("book__language", "edition__metadata__language").distinct()
    return {code for pair in told for language in pair if (code := language_code(language))}


def _record_listed(
    series: Series, row: ListedBook, source: str, recorded: Recorded, languages: Collection[str]
) -> None:
    authors = list(row.authors)
    book = _listed_book(series, row, authors, source)
    sign = _sign_of(row, languages)
    if sign is not None and (book is None or not Book.objects.owned().filter(pk=book.pk).exists()):
        row = replace(row, kind=Kind.COLLECTION if sign == Sign.BOX_SET else Kind.EXTRA)
    if book is not None and book.is_unclaimed:  # an author's list told of it, and nobody decided about it since
        book.is_unclaimed, book.is_monitored = False, _is_monitored(series, row)
        recorded.books.append(book.pk)
    if book is None:
        book = new_book(row.title, row.subtitle, authors)
        book.is_monitored = _is_monitored(series, row)
        recorded.new += 1
        recorded.titles.append(row.title)
        recorded.books.append(book.pk)
    elif book.is_placeholder:
        complete(book, row.title, row.subtitle, authors)
        recorded.completed += 1
    else:
        recorded.known += 1
    _note_facts(book, row)
    entry = enter(series, book, row.position, row.kind)
    if entry.kind != row.kind:
        SeriesEntry.objects.filter(pk=entry.pk).update(kind=row.kind)
    if row.external_id:
        Alias.objects.get_or_create(
            target=Alias.Target.BOOK, source=source, value=row.external_id[:300], defaults={"target_id": book.pk}
        )
    add_recordings(book, row.recordings)


def _sign_of(row: ListedBook, languages: Collection[str]) -> Sign | None:
    """Why a listed entry is no book of the main line that could be missing; None if it is one, or was filed apart."""
    if row.kind == Kind.COLLECTION:
        return None
    spoken = [recording.language for recording in row.recordings]
    return sign_of(row.title, row.subtitle, position=row.position, recorded_in=spoken, languages=languages)


def _listed_book(series: Series, row: ListedBook, authors: list[str], source: str) -> Book | None:
    """The known book that a listed one is: by the provider's id, by its place and title, or by its title."""
    if row.external_id:
        alias = Alias.objects.filter(target=Alias.Target.BOOK, source=source, value=row.external_id).first()
        if alias is not None and (known := Book.objects.filter(pk=alias.target_id).first()) is not None:
            return known
    # A collection stands at the number of its first book, which is another book.
    position = "" if row.kind == Kind.COLLECTION else row.position
    try:
        return known_book(row.title, authors, [(series.name, position)])
    except AmbiguousBook:
        start = positions.parse(position).start
        entry = series.entries.filter(start=start).order_by("pk").first() if start is not None else None
        return entry.book if entry else None


def _note_facts(book: Book, row: ListedBook) -> None:
    if row.kind == Kind.COLLECTION:
        book.kind = Book.Kind.COLLECTION
    if row.has_audio is not None:
        book.has_audio = Book.HasAudio.YES if row.has_audio else Book.HasAudio.NO
    book.released_on = row.released_on or book.released_on
    book.is_announced = row.is_announced and book.released_on is None
    book.isbn = book.isbn or row.isbn[:20]
    book.save()


def _is_monitored(series: Series, row: ListedBook) -> bool:
    if row.kind != Kind.MAIN:
        return False  # novellas and extras are listed, and wanted when a person says so
    if series.wants_back_catalogue:
        return True
    if series.monitor == Series.Monitor.FUTURE:
        return series.counts_from(is_announced=row.is_announced, released_on=row.released_on)
    return False
