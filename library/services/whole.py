"""A book with all that its page shows of it beside its card."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db.models import F, QuerySet
from django.db.models.expressions import RawSQL

from library.models import AudioFile, Book, Change, Coverage, Edition, FieldLock, Narrator, Recording
from mamcrawler.lib.keyed import ask_together, give, models_by_keys


def whole_book(key: int) -> Book | None:
    """A book with its recordings, its copies with their files, locks and changes, and what sources say of it.

    Its coverages stand in the order of its page: copies that are there first.
    """
    books, recordings, coverages, claims = ask_together(
        *(query.of([key]) for query in (_books, _recordings, _coverages, _claims))
    )
    give(books, "recordings", recordings, "book_id")
    give(books, "coverages", coverages, "book_id")
    give(books, "claims", claims, "book_id")
    editions = [coverage.edition for coverage in coverages]
    read = [*recordings, *(edition.recording for edition in editions if edition.recording)]
    _fill(editions, read)
    return next(iter(books), None)


def _fill(editions: Sequence[Edition], recordings: Sequence[Recording]) -> None:
    keys = [edition.pk for edition in editions]
    narrators, files, locks, changes = ask_together(
        _narrators.of({recording.pk for recording in recordings}),
        *(query.of(keys) for query in (_audio_files, _locks, _changes)),
    )
    give(recordings, "narrators", narrators, "recording")
    give(editions, "audio_files", files, "edition_id")
    give(editions, "locks", locks, "edition_id")
    give(editions, "changes", changes, "edition_id")


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
