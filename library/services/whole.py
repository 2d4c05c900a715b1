"""A book with all that its page shows of it beside its card."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db.models import F, QuerySet
from django.db.models.expressions import RawSQL

from library.models import AudioFile, Book, Change, Coverage, Edition, FieldLock, Narrator, Recording
from mamcrawler.lib.keyed import give, models_by_keys


def whole_book(key: int) -> Book | None:
    """A book with its recordings, its copies with their files, locks and changes, and what sources say of it.

    Its coverages stand in the order of its page: copies that are there first.
    """
    books = _books([key])
    recordings = give(books, "recordings", _recordings([key]), "book_id")
    coverages = give(books, "coverages", _coverages([key]), "book_id")
    give(books, "claims", _claims([key]), "book_id")
    _read_copies([coverage.edition for coverage in coverages])
    performed = [coverage.edition.recording for coverage in coverages if coverage.edition.recording]
    read = [*recordings, *performed]
    give(read, "narrators", _narrators({recording.pk for recording in read}), "recording")
    return next(iter(books), None)


def _read_copies(editions: Sequence[Edition]) -> None:
    keys = [edition.pk for edition in editions]
    if keys:
        give(editions, "audio_files", _audio_files(keys), "edition_id")
        give(editions, "locks", _locks(keys), "edition_id")
        give(editions, "changes", _changes(keys), "edition_id")


@models_by_keys
def _books(books: RawSQL) -> QuerySet[Book]:
    return Book.objects.filter(pk__in=books).select_related("exclusion__by", "not_duplicate")


@models_by_keys
def _recordings(books: RawSQL) -> QuerySet[Recording]:
    return Recording.objects.filter(book__in=books).order_by("-runtime_s", "pk")


@models_by_keys
def _narrators(recordings: RawSQL) -> QuerySet[Narrator]:
    named = Narrator.objects.filter(recordings__in=recordings)
    return named.annotate(recording=F("recordings")).order_by("name", "pk")


@models_by_keys
def _coverages(books: RawSQL) -> QuerySet[Coverage]:
    told = ("edition__shelf", "edition__recording", "edition__cover")
    order = ("edition__status", "edition__title", "pk")
    return Coverage.objects.filter(book__in=books).select_related(*told).order_by(*order)


@models_by_keys
def _audio_files(editions: RawSQL) -> QuerySet[AudioFile]:
    return AudioFile.objects.filter(edition__in=editions).order_by("edition", "position")


@models_by_keys
def _locks(editions: RawSQL) -> QuerySet[FieldLock]:
    return FieldLock.objects.filter(edition__in=editions)


@models_by_keys
def _changes(editions: RawSQL) -> QuerySet[Change]:
    return Change.objects.filter(edition__in=editions).select_related("by")


@models_by_keys
def _claims(books: RawSQL) -> QuerySet[Any]:
    """By name: what sources say is gathered above the library."""
    claims: QuerySet[Any] = apps.get_model("metadata", "Claim")._default_manager.all()
    return claims.filter(book__in=books)
