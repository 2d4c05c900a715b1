"""The API's operations that put identity right: merging, splitting, moving, duplicates, matching, cleaning."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status
from ninja.pagination import paginate

from library.models import Author, Book, Edition, Narrator, NotDuplicate, Recording, Regrouping, Series
from library.repair.schemas import (
    CleanedOut,
    CleaningIn,
    CleaningPageOut,
    CleaningPreviewOut,
    DuplicateOut,
    MergeIn,
    MoveIn,
    NotDuplicateOut,
    RegroupingOut,
    SplitIn,
    UnplacedOut,
)
from library.services import cleaning, regrouping, repairing
from mamcrawler.operations.api import ApiRequest, Paging

router = Router(tags=["Library"])

LOOKED_THROUGH = 200


@router.post("/authors/{int:author_id}/merge", response=RegroupingOut)
def merge_authors(request: ApiRequest, author_id: int, merge: MergeIn) -> Regrouping:
    """Make several authors one; their books follow and their names stay known."""
    return _merged(request, Author, author_id, merge, regrouping.merge_authors)


@router.post("/narrators/{int:narrator_id}/merge", response=RegroupingOut)
def merge_narrators(request: ApiRequest, narrator_id: int, merge: MergeIn) -> Regrouping:
    """Make several narrators one; their recordings follow and their names stay known."""
    return _merged(request, Narrator, narrator_id, merge, regrouping.merge_narrators)


@router.post("/series/{int:series_id}/merge", response=RegroupingOut)
def merge_series(request: ApiRequest, series_id: int, merge: MergeIn) -> Regrouping:
    """Make several series one; a book that stands in both stands there once."""
    return _merged(request, Series, series_id, merge, regrouping.merge_series)


@router.post("/books/{int:book_id}/merge", response=RegroupingOut)
def merge_books(request: ApiRequest, book_id: int, merge: MergeIn) -> Regrouping:
    """Make several books one; copies, recordings, places, wants and outside ids follow."""
    return _merged(request, Book, book_id, merge, regrouping.merge_books)


@router.post("/books/{int:book_id}/split", response=RegroupingOut)
def split_book(request: ApiRequest, book_id: int, split: SplitIn) -> Regrouping:
    """Move copies and recordings of a book to the book they are, or to a new one."""
    return regrouping.split_book(
        get_object_or_404(Book, pk=book_id),
        editions=list(Edition.objects.filter(pk__in=split.editions)),
        recordings=list(Recording.objects.filter(pk__in=split.recordings)),
        into=get_object_or_404(Book, pk=split.into) if split.into is not None else None,
        title=split.title.strip(),
        by=request.user,
    )


@router.post("/recordings/{int:recording_id}/move", response=RegroupingOut)
def move_recording(request: ApiRequest, recording_id: int, move: MoveIn) -> Regrouping:
    """Say that a performance is of another book; its copies go with it."""
    recording = get_object_or_404(Recording.objects.select_related("book"), pk=recording_id)
    return regrouping.move_recording(recording, get_object_or_404(Book, pk=move.book_id), by=request.user)


@router.post("/editions/{int:edition_id}/reassign", response=RegroupingOut)
def reassign_edition(request: ApiRequest, edition_id: int, move: MoveIn) -> Regrouping:
    """Say which one book a copy is; the sync keeps it."""
    edition = get_object_or_404(Edition, pk=edition_id)
    return regrouping.reassign_edition(edition, get_object_or_404(Book, pk=move.book_id), by=request.user)


@router.get("/regroupings", response=list[RegroupingOut])
@paginate(Paging)
def list_regroupings(request: ApiRequest) -> QuerySet[Regrouping]:
    """What was merged, split and moved, newest first."""
    return Regrouping.objects.for_page()


@router.post("/regroupings/{int:regrouping_id}/undo", response=RegroupingOut)
def undo_regrouping(request: ApiRequest, regrouping_id: int) -> Regrouping:
    """Make every row what it was before; refused if what was done since stands in the way."""
    row = get_object_or_404(Regrouping, pk=regrouping_id)
    regrouping.undo_regrouping(row, by=request.user)
    return row


@router.get("/duplicates", response=list[DuplicateOut])
@paginate(Paging, showing=repairing.compare_all)
def list_duplicates(request: ApiRequest) -> QuerySet[Book]:
    """Books of which a performance seems to be there twice, with the copy to keep; nothing is done about them."""
    return repairing.duplicated_books()


@router.post("/duplicates/{int:book_id}/dismiss", response=NotDuplicateOut)
def dismiss_duplicate(request: ApiRequest, book_id: int) -> NotDuplicate:
    """Say that all copies of a book are meant to be there; another copy brings it back."""
    return repairing.dismiss_duplicate(get_object_or_404(Book, pk=book_id), by=request.user)


@router.delete("/duplicates/{int:book_id}/dismiss", response={204: None})
def restore_duplicate(request: ApiRequest, book_id: int) -> Status[None]:
    """Take back that all copies of a book are meant to be there."""
    repairing.report_duplicate(get_object_or_404(Book, pk=book_id), by=request.user)
    return Status(204, None)


@router.get("/unplaced", response=list[UnplacedOut])
@paginate(Paging, showing=repairing.suggest_all)
def list_unplaced(request: ApiRequest) -> QuerySet[Edition]:
    """Copies that no book could be told for, each with the books it may be and why."""
    return Edition.objects.unplaced()


@router.post("/unplaced/{int:edition_id}/dismiss", response={204: None})
def dismiss_unplaced(request: ApiRequest, edition_id: int) -> Status[None]:
    """Leave a copy without a book for good; one that has a book stays as it is."""
    repairing.dismiss_match(get_object_or_404(Edition, pk=edition_id), by=request.user)
    return Status(204, None)


@router.delete("/unplaced/{int:edition_id}/dismiss", response={204: None})
def restore_unplaced(request: ApiRequest, edition_id: int) -> Status[None]:
    """Let a copy that was left without a book wait to be matched again."""
    repairing.restore_match(get_object_or_404(Edition, pk=edition_id), by=request.user)
    return Status(204, None)


@router.get("/cleaning", response=CleaningPageOut)
def propose_cleaning(request: ApiRequest, after: Query[int] = 0) -> dict[str, Any]:
    """How names would be cleaned among the next copies of the library; nothing is written."""
    present = Edition.objects.present().filter(pk__gt=after).select_related("shelf").prefetch_related("locks")
    editions = list(present.order_by("pk")[:LOOKED_THROUGH])
    is_more = len(editions) == LOOKED_THROUGH
    return {"items": cleaning.propose_cleaning(editions), "next_after": editions[-1].pk if is_more else None}


@router.post("/cleaning/preview", response=CleaningPreviewOut)
def preview_cleaning(request: ApiRequest, chosen: CleaningIn) -> dict[str, Any]:
    """What cleaning these copies would write to their shelves as they stand now, and what stands in the way."""
    proposals, only = _proposed(chosen)
    return {"items": cleaning.preview_cleaning(proposals, only=only)}


@router.post("/cleaning", response=CleanedOut)
def apply_cleaning(request: ApiRequest, chosen: CleaningIn) -> cleaning.CleaningReport:
    """Clean the names of these copies on their shelves, as one batch."""
    proposals, only = _proposed(chosen)
    return cleaning.apply_cleaning(proposals, by=request.user, only=only)


def _proposed(chosen: CleaningIn) -> tuple[list[cleaning.CleaningProposal], dict[int, list[str]] | None]:
    present = Edition.objects.present().filter(pk__in=chosen.editions)
    proposals = cleaning.propose_cleaning(present.select_related("shelf").prefetch_related("locks").order_by("pk"))
    return proposals, None if chosen.fields is None else dict.fromkeys(chosen.editions, chosen.fields)


def _merged(request: ApiRequest, model: Any, pk: int, merge: MergeIn, service: Callable[..., Regrouping]) -> Regrouping:
    kept = get_object_or_404(model, pk=pk)
    others = list(model.objects.filter(pk__in=merge.others))
    if len(others) < len(set(merge.others)):
        raise regrouping.CanNotMerge("one of them is gone; look again")
    return service(kept, others, by=request.user)
