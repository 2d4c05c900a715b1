"""Taking a shelf back that was added by mistake: its copies go, and what only they told of; files are never touched."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from library.models import (
    Alias,
    Author,
    Book,
    CollectionMember,
    Edition,
    ListeningProgress,
    Narrator,
    Recording,
    Series,
    SeriesEntry,
    Shelf,
)
from library.services import folders, indexing, monitoring, switching, watching
from library.services.cataloguing import FIX_MATCH
from mamcrawler.operations import findings
from mamcrawler.operations.models import AuditEntry, User

A_TIME = 500


class CanNotRemove(Exception):
    """The shelf would come back by itself, or is being read."""


@dataclass(frozen=True)
class Removed:
    """How much went with a shelf."""

    copies: int
    books: int
    series: int
    authors: int


def why_kept(shelf: Shelf) -> str:
    """Why a shelf can not be removed, empty if it can: the next reading would bring it back."""
    if shelf.kind == Shelf.Kind.FOLDER:
        comes_back = shelf.path in folders.configured() and shelf.path not in folders.refused()
        return "it is named in LIBRARY_FOLDERS; take it out there and restart first" if comes_back else ""
    return "it is a library of the connected Audiobookshelf server" if settings.AUDIOBOOKSHELF_TOKEN else ""


@transaction.atomic
def remove_shelf(shelf: Shelf, *, by: User | None) -> Removed:
    """Forget a shelf with its copies, and the books, series and people of which nothing else tells; no file is touched.

    Books that a person, a download, a listener or a provider's list tells of stay; those of a list alone are followed
    no longer. Reading the folder again brings back all but what people said of its copies.

    :raises CanNotRemove: if it would come back by itself, or is being read.
    """
    if watching.is_syncing():
        raise CanNotRemove(f"{shelf.name}: the shelves are being read; try again when that is done")
    if reason := why_kept(shelf):
        raise CanNotRemove(f"{shelf.name}: {reason}")
    copies = list(shelf.editions.values_list("pk", flat=True))
    books = _keys(shelf.editions.filter(coverages__isnull=False), "coverages__book")
    series = [key for some in _chunks(books) for key in _keys(SeriesEntry.objects.filter(book__in=some), "series")]
    authors = [key for some in _chunks(books) for key in _keys(Author.objects.filter(books__in=some), "pk")]
    performed = [Recording.objects.filter(book__in=some, narrators__isnull=False) for some in _chunks(books)]
    narrators = [key for some in performed for key in _keys(some, "narrators")]
    audited = {"shelf": shelf.pk, "path": shelf.path}
    _settle_findings(shelf, copies)
    for some in _chunks(copies):
        Edition.objects.filter(pk__in=some).delete()
    shelf.delete()
    removed = Removed(
        copies=len(copies),
        books=sum(_forget(_told_by_nothing(some), Alias.Target.BOOK) for some in _chunks(books)),
        series=sum(
            _forget(
                Series.objects.filter(pk__in=some, entries=None, monitor_chosen_at=None, not_interested=None),
                Alias.Target.SERIES,
            )
            for some in _chunks(series)
        ),
        authors=sum(
            _forget(
                Author.objects.filter(pk__in=some, books=None, monitor="none", not_interested=None), Alias.Target.AUTHOR
            )
            for some in _chunks(authors)
        ),
    )
    for some in _chunks(narrators):
        _forget(Narrator.objects.filter(pk__in=some, recordings=None), Alias.Target.NARRATOR)
    for some in _chunks(series):
        monitoring.disclaim_series(some)
    for some in _chunks(books):
        monitoring.disclaim_books(some)
        indexing.mark_stale(books=some)
    AuditEntry.objects.create(
        user=by, action="shelf.removed", subject=shelf.name[:200], detail=audited | asdict(removed)
    )
    return removed


def _told_by_nothing(books: Sequence[int]) -> QuerySet[Book]:
    """Those of these books that only copies told of which are gone."""
    heard = ListeningProgress.objects.filter(book=OuterRef("pk"))
    collected = CollectionMember.objects.filter(book=OuterRef("pk"))
    in_list = SeriesEntry.objects.filter(book=OuterRef("pk")).exclude(series__listed_by="")
    by_author = Author.objects.filter(books=OuterRef("pk")).exclude(listed_by="")
    bare = Book.objects.filter(pk__in=books, coverages=None, wants=None, failed_attempts=None, exclusion=None)
    return bare.exclude(Q(Exists(heard)) | Q(Exists(collected)) | Q(Exists(in_list)) | Q(Exists(by_author)))


def _forget(rows: QuerySet[Any], target: Alias.Target) -> int:
    keys = list(rows.values_list("pk", flat=True))
    Alias.objects.filter(target=target, target_id__in=keys).delete()
    rows.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)


def _settle_findings(shelf: Shelf, copies: Sequence[int]) -> None:
    how = "its shelf was removed"
    switching.settle_findings(shelf, how=how)
    open_ones = {f"edition {pk}" for pk in copies} & findings.open_subjects(FIX_MATCH)
    for subject in open_ones:
        findings.settle(FIX_MATCH, subject, how=how)


def _keys(rows: QuerySet[Any], name: str) -> list[int]:
    return sorted(set(rows.order_by().values_list(name, flat=True)))


def _chunks(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), A_TIME):
        yield keys[start : start + A_TIME]
