"""What a person decides about books: wanted or not, monitored or not, locked, and which book a copy is."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q
from rapidfuzz import fuzz

from library import identity
from library.models import Book, Coverage, Edition, Exclusion, FieldLock
from library.services import cataloguing, indexing, monitoring
from library.services.writing import WRITABLE
from mamcrawler.operations import findings
from mamcrawler.operations.models import AuditEntry, User

MOST_SUGGESTED = 5
LEAST_LIKE = 60
"""A title less alike than this, of 100, is not worth suggesting."""


class NotAField(Exception):
    """The shelf has no field of this name."""


def exclude(book: Book, *, by: User | None, reason: str = "") -> Exclusion:
    """Note that a book is not wanted; it no longer counts as missing."""
    exclusion, is_new = Exclusion.objects.get_or_create(book=book, defaults={"by": by, "reason": reason[:300]})
    if is_new:
        _audit(by, "book.excluded", book)
        indexing.refresh([book.pk])
    return exclusion


def include(book: Book, *, by: User | None) -> bool:
    """Take back that a book is not wanted; False if nobody said so."""
    count, _ = Exclusion.objects.filter(book=book).delete()
    if count:
        _audit(by, "book.included", book)
        indexing.refresh([book.pk])
    return bool(count)


def monitor_book(book: Book, *, on: bool, by: User | None) -> None:
    """Count a book as missing while it is not owned, or leave it be."""
    Book.objects.filter(pk=book.pk).update(is_monitored=on, is_unclaimed=False)
    _audit(by, "book.monitored" if on else "book.unmonitored", book)
    indexing.refresh([book.pk])


def lock_field(edition: Edition, field: str, *, by: User | None) -> FieldLock:
    """Let only people change a field of an edition.

    :raises NotAField: if the shelf has no such field.
    """
    if field not in WRITABLE:
        raise NotAField(field)
    lock, is_new = FieldLock.objects.get_or_create(edition=edition, field=field, defaults={"by": by})
    if is_new:
        _audit(by, "field.locked", lock)
    return lock


def unlock_field(edition: Edition, field: str, *, by: User | None) -> bool:
    """Let the program change a field again; False if it was not locked."""
    lock = FieldLock.objects.filter(edition=edition, field=field).select_related("edition").first()
    if lock is None:
        return False
    _audit(by, "field.unlocked", lock)
    lock.delete()
    return True


def books_like_each(editions: Sequence[Edition]) -> dict[int, list[Book]]:
    """The known books that each edition might be, most alike first, by the edition's key."""
    titles = {edition.pk: str(edition.metadata.get("title") or edition.title) for edition in editions}
    names = {edition.pk: _author_keys(edition) for edition in editions}
    near = Q(key__in=[identity.title_key(title)[: cataloguing.LONGEST_TITLE] for title in titles.values()])
    near |= Q(authors__key__in=set().union(*names.values()))
    books = list(Book.objects.filter(near).distinct().prefetch_related("authors"))
    return {pk: _most_alike(title, names[pk], books) for pk, title in titles.items()}


def _author_keys(edition: Edition) -> set[str]:
    return {identity.name_key(str(name)) for name in edition.metadata.get("authors") or []}


def _most_alike(title: str, author_keys: set[str], books: Sequence[Book]) -> list[Book]:
    key = identity.title_key(title)
    scored = [
        (fuzz.WRatio(title, book.title), book)
        for book in books
        if book.key == key or author_keys & {author.key for author in book.authors.all()}
    ]
    alike = sorted((pair for pair in scored if pair[0] >= LEAST_LIKE), key=lambda pair: (-pair[0], pair[1].pk))
    return [book for _, book in alike[:MOST_SUGGESTED]]


@transaction.atomic
def place_edition(edition: Edition, book: Book, *, by: User | None) -> None:
    """Say which book an edition is, whatever was thought before; no sync and no cataloguing moves it from there."""
    were = set(edition.coverages.values_list("book", flat=True))
    edition.coverages.exclude(book=book).delete()
    Coverage.objects.get_or_create(edition=edition, book=book)
    FieldLock.objects.get_or_create(edition=edition, field=Edition.BOOK_LOCK, defaults={"by": by})
    cataloguing.perform(edition, book)  # the cataloguing, which passes over a locked edition, does so no more
    monitoring.claim_owned([book.pk])
    indexing.refresh({*were, book.pk})
    findings.settle("library.fix_match", f"edition {edition.pk}", how="matched by a person")
    AuditEntry.objects.create(
        user=by, action="edition.placed", subject=str(edition)[:200], detail={"edition": edition.pk, "book": book.pk}
    )


@transaction.atomic
def place_as_new(edition: Edition, *, by: User | None, authors: Sequence[str] | None = None) -> Book:
    """Make the book that an edition is, from the edition's own metadata.

    :param authors: who wrote it, where a person says so.
    """
    told = edition.metadata
    names = told.get("authors") or [] if authors is None else authors
    book = cataloguing.new_book(
        str(told.get("title") or edition.title),
        str(told.get("subtitle") or ""),
        [str(name) for name in names],
        language=str(told.get("language") or ""),
    )
    place_edition(edition, book, by=by)
    return book


def unplace_edition(edition: Edition, *, by: User | None) -> bool:
    """Take back which book an edition is: it waits to be matched again."""
    were = list(edition.coverages.values_list("book", flat=True))
    count, _ = edition.coverages.all().delete()
    edition.locks.filter(field=Edition.BOOK_LOCK).delete()
    if count:
        indexing.refresh(were)
        _audit(by, "edition.unplaced", edition)
    return bool(count)


def _audit(by: User | None, action: str, subject: object) -> None:
    AuditEntry.objects.create(user=by, action=action, subject=str(subject)[:200])
