"""What waits to be put right in the library, gathered for pages and programs: duplicates and copies to match."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.db import transaction
from django.db.models import Max, Prefetch, QuerySet
from rapidfuzz import fuzz

from library import duplicates, identity
from library.models import Author, Book, BookQuerySet, Coverage, Edition, FieldLock, Narrator, NotDuplicate, Series
from library.services import curating, regrouping, searching
from library.services.cataloguing import FIX_MATCH
from library.services.telling import told_by
from mamcrawler.operations import findings
from mamcrawler.operations.models import AuditEntry, User

Groupable = Author | Narrator | Series | Book
MOST_COMPARED = 500
MOST_SHOWN = 20


@dataclass(frozen=True)
class Duplicate:
    """A book with its copies by performance, and the copies as rows."""

    book: Book
    performances: tuple[duplicates.Performance, ...]
    editions: dict[int, Edition]


@dataclass(frozen=True)
class Suggestion:
    """A book that a copy may be, how sure that is, and what speaks for and against it."""

    book: Book
    confidence: float
    verdict: identity.Verdict
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Unplaced:
    """A copy that no book could be told for, with the books it may be, likeliest first."""

    edition: Edition
    suggestions: tuple[Suggestion, ...]


def duplicated_books() -> BookQuerySet:
    """Books with a performance that seems to be there twice, with all that is compared of their copies."""
    copies = (
        Coverage.objects.present()
        .filter(extent=Coverage.Extent.WHOLE)
        .select_related("edition__shelf", "edition__recording", "edition__cover")
    )
    copies = copies.prefetch_related("edition__audio_files", "edition__recording__narrators").order_by("edition")
    return (
        Book.objects.duplicated()
        .prefetch_related("authors", "series_entries__series", Prefetch("coverages", copies))
        .order_by("sort_title", "pk")
    )


def compare_copies(book: Book) -> Duplicate:
    """Put the copies of one of `duplicated_books` side by side, with the one to keep; nothing is done about it."""
    editions = {coverage.edition.pk: coverage.edition for coverage in book.coverages.all()}
    return Duplicate(book, tuple(duplicates.judge(_facts(edition) for edition in editions.values())), editions)


def compare_all(books: BookQuerySet) -> list[Duplicate]:
    """The copies of each of a page of `duplicated_books`, side by side."""
    return [compare_copies(book) for book in books]


def suggest_all(editions: QuerySet[Edition]) -> list[Unplaced]:
    """A page of copies without a book, each with the books it may be."""
    found = suggestions_for(list(editions))
    return [Unplaced(edition, tuple(found[edition.pk])) for edition in editions]


def dismiss_duplicate(book: Book, *, by: User | None) -> NotDuplicate:
    """Note that all copies of a book are meant to be there; another copy brings it back."""
    copies = Coverage.objects.present().filter(book=book, extent=Coverage.Extent.WHOLE)
    newest = copies.aggregate(newest=Max("edition"))["newest"] or 0
    said, _ = NotDuplicate.objects.update_or_create(
        book=book, defaults={"copies": copies.count(), "newest_edition": newest, "by": by}
    )
    AuditEntry.objects.create(user=by, action="book.not_duplicate", subject=str(book)[:200])
    return said


def report_duplicate(book: Book, *, by: User | None) -> bool:
    """Take back that the copies of a book are meant to be there; False if nobody said so."""
    count, _ = NotDuplicate.objects.filter(book=book).delete()
    if count:
        AuditEntry.objects.create(user=by, action="book.maybe_duplicate", subject=str(book)[:200])
    return bool(count)


def suggestions_for(editions: Sequence[Edition]) -> dict[int, list[Suggestion]]:
    """The books that each copy may be, likeliest first, with the reasons, by the copy's key."""
    like = curating.books_like_each(editions)
    books = Book.objects.filter(pk__in={book.pk for found in like.values() for book in found})
    full = {book.pk: book for book in books.prefetch_related("authors", "series_entries__series")}
    return {
        edition.pk: sorted(
            (_compared(edition, full[book.pk]) for book in like[edition.pk]),
            key=lambda one: (-one.confidence, one.book.pk),
        )
        for edition in editions
    }


def books_named(text: str) -> list[Book]:
    """The books that a search finds, whoever told of them; none where it leaves no book out."""
    found = searching.find(text)
    if found.is_everything:
        return []
    return list(
        Book.objects.filter(found.condition).prefetch_related("authors").order_by("sort_title", "pk")[:MOST_SHOWN]
    )


@transaction.atomic
def match_all(
    chosen: Iterable[tuple[Edition, Book | None]],
    *,
    by: User | None,
    authors: Mapping[int, Sequence[str]] | None = None,
) -> int:
    """Say of several copies which book each is; without one a book is made of the copy's own names.

    :param authors: who wrote the new books, where a person says so, by the copy's key.
    :raises CanNotMerge: if a copy is that book already.
    """
    count = 0
    for edition, book in chosen:
        if book is None:
            curating.place_as_new(edition, by=by, authors=(authors or {}).get(edition.pk))
        else:
            regrouping.reassign_edition(edition, book, by=by)
        count += 1
    return count


@transaction.atomic
def dismiss_match(edition: Edition, *, by: User | None) -> bool:
    """Leave a copy without a book for good; False if it has one."""
    if edition.coverages.exists():
        return False
    FieldLock.objects.get_or_create(edition=edition, field=Edition.BOOK_LOCK, defaults={"by": by})
    findings.settle(FIX_MATCH, f"edition {edition.pk}", how="left without a book by a person")
    AuditEntry.objects.create(user=by, action="edition.dismissed", subject=str(edition)[:200])
    return True


@transaction.atomic
def restore_match(edition: Edition, *, by: User | None) -> bool:
    """Let a copy that was left without a book wait to be matched again; False if it does or has one."""
    if edition.coverages.exists() or not edition.locks.filter(field=Edition.BOOK_LOCK).delete()[0]:
        return False
    AuditEntry.objects.create(user=by, action="edition.restored", subject=str(edition)[:200])
    return True


def merge_candidates(row: Groupable, text: str = "") -> list[Groupable]:
    """Others of a row's kind that could be merged into it: those with these words in their name, or alike."""
    key = identity.name_key(row.name) if isinstance(row, Author | Narrator) else row.key
    words = text.split() or key.split()[-1:] if isinstance(row, Author | Narrator) else text.split() or _telling(key)
    found: Any = type(row)._default_manager.exclude(pk=row.pk)
    for word in words:
        found = found.filter(**{"title__icontains" if isinstance(row, Book) else "name__icontains": word})
    if isinstance(row, Book):
        found = found.prefetch_related("authors")
    return sorted(found.order_by("pk")[:MOST_COMPARED], key=lambda one: (-fuzz.WRatio(one.key, key), one.pk))[
        :MOST_SHOWN
    ]


def _telling(key: str) -> list[str]:
    """The longest word of a name: the one that finds the fewest others."""
    return sorted(key.split(), key=len)[-1:]


def _compared(edition: Edition, book: Book) -> Suggestion:
    work = identity.Work(
        title=book.title,
        subtitle=book.subtitle,
        authors=tuple(author.name for author in book.authors.all()),
        series=tuple((entry.series.name, entry.position) for entry in book.series_entries.all()),
        isbn=book.isbn,
    )
    answer = identity.compare(told_by(edition).work(), work)
    return Suggestion(book, answer.confidence, answer.verdict, answer.reasons)


def _facts(edition: Edition) -> duplicates.CopyFacts:
    told, recording = edition.metadata, edition.recording
    narrators = [narrator.name for narrator in recording.narrators.all()] if recording else []
    return duplicates.CopyFacts(
        pk=edition.pk,
        recording=edition.recording_id,
        narrators=tuple(narrators or [str(name) for name in told.get("narrators") or []]),
        asin=(recording.asin if recording else "") or str(told.get("asin") or ""),
        is_abridged=recording.is_abridged if recording else told.get("abridged"),
        duration_s=edition.duration_s,
        runtime_s=recording.runtime_s if recording else None,
        size_bytes=edition.size_bytes,
        bitrate_kbps=edition.bitrate_kbps,
        audio_format=edition.audio_format,
        file_count=len(edition.audio_files.all()),
        chapter_count=edition.chapter_count,
        has_cover=edition.has_cover,
        field_count=sum(value not in (None, "", [], False) for value in told.values()),
        folder=str(PurePath(edition.shelf.path) / edition.path),
        inodes=_inodes(edition),
        is_seeded=any(file.is_seeded for file in edition.audio_files.all()),
    )


def _inodes(edition: Edition) -> frozenset[tuple[str, int]]:
    files = edition.audio_files.all()
    if not all(file.inode and file.size_bytes for file in files):
        return frozenset()
    return frozenset((file.inode, file.size_bytes or 0) for file in files)
