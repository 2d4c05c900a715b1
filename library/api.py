"""The API's operations on books, series and editions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Status
from ninja.errors import HttpError
from ninja.pagination import paginate

from library import services
from library.asking import BookFilter as BookQuestion
from library.authors.api import router as authors_router
from library.listening.api import router as listening_router
from library.models import (
    Book,
    BookQuerySet,
    Change,
    Coverage,
    Edition,
    Exclusion,
    Recording,
    SavedSearch,
)
from library.repair.api import router as repair_router
from library.schemas import (
    BookDetailOut,
    BookFilter,
    BookOrder,
    BookOut,
    ChangeOut,
    EditionOut,
    ExclusionIn,
    ExclusionOut,
    FacetsOut,
    Gap,
    RenameIn,
    SavedSearchIn,
    SavedSearchOut,
    TroubleOut,
)
from library.search import Trouble
from library.series.api import router as series_router
from library.services import covers, curating, saving, searching, totals
from library.services.cards import cards
from library.shelves.api import router as shelves_router
from library.stock.api import router as stock_router
from mamcrawler.lib import clock
from mamcrawler.lib.answering import unchanging
from mamcrawler.lib.keyed import Listing
from mamcrawler.lib.paging import Known
from mamcrawler.operations.api import ApiRequest, Paging

router = Router(tags=["Library"])
router.add_router("", repair_router)
router.add_router("", listening_router)
router.add_router("", stock_router)
router.add_router("", authors_router)
router.add_router("", series_router)
router.add_router("", shelves_router)


class _Searched(Paging):
    """Pages of a search, with what of it was not understood."""

    class Output(Paging.Output):
        troubles: list[TroubleOut] = Field([], description="What of the search was not understood, and left out.")

    def paginate_queryset(self, queryset: Any, pagination: Any, request: HttpRequest, **params: Any) -> dict[str, Any]:
        """The page, with the troubles of its search."""
        page = super().paginate_queryset(queryset, pagination, request, **params)
        return {**page, "troubles": queryset.troubles}


@dataclass(frozen=True)
class _Found(Known[Book]):
    troubles: Sequence[Trouble] = ()


_MISSING = Listing(lambda: Book.objects.missing().order_by("sort_title", "pk"))
_ORDERS = {"title": "sort_title", "added_at": "added_at"}


@router.get("/books", response=list[BookOut])
@paginate(_Searched, reading=cards, pass_parameter="page")  # noqa: S106 - the word is its name
def list_books(
    request: ApiRequest, filters: Query[BookFilter], ordering: BookOrder = BookOrder.TITLE, **paged: Any
) -> _Found:
    """Books, owned or not; those without a date come last when ordered by it."""
    name, is_down = ordering.removeprefix("-"), ordering.startswith("-")
    field = F(_ORDERS.get(name, name))
    lacks = True if name not in _ORDERS else None  # an index has no say about the place of what is never lacking
    order = field.desc(nulls_last=lacks) if is_down else field.asc(nulls_last=lacks)
    page: Paging.Input = paged["page"]
    found, is_alone = filters.find(page.offset + page.limit), filters.is_search_alone
    books = filters.of(Book.objects.order_by(order, "pk").filter(found.condition))
    if not is_alone:
        return _Found(books, troubles=found.troubles)
    total = totals.all_books() if found.is_everything else found.total
    return _Found(books, total, found.more_than, found.troubles)


@router.get("/books/facets", response=FacetsOut)
def list_book_facets(request: ApiRequest, filters: Query[BookFilter]) -> dict[str, object]:
    """What the books that pass have in common, with how a search was understood."""
    found = searching.find(filters.q or "")
    told = searching.facets_of(found, of=None if filters.is_search_alone else filters.of(found.books))
    return {
        "facets": told.facets,
        "counted": told.counted,
        "troubles": found.troubles,
        "corrected": dict(found.corrected),
    }


@router.get("/saved-searches", response=list[SavedSearchOut])
@paginate(Paging)
def list_saved_searches(request: ApiRequest) -> QuerySet[SavedSearch]:
    """One's own saved searches by name."""
    return SavedSearch.objects.filter(user=request.user).order_by("name", "pk")


@router.post("/saved-searches", response={201: SavedSearchOut})
def add_saved_search(request: ApiRequest, search: SavedSearchIn) -> Status[SavedSearch]:
    """Keep a search under a name; what it does not know is left out."""
    told = search.model_dump()
    asked = BookQuestion.of({**told["filters"], "q": search.query, "sort": search.sort, "look": search.look})
    return Status(201, saving.save_search(request.user, search.name, asked))


@router.patch("/saved-searches/{int:search_id}", response=SavedSearchOut)
def rename_saved_search(request: ApiRequest, search_id: int, change: RenameIn) -> SavedSearch:
    """Give one of one's searches another name."""
    return saving.rename_search(get_object_or_404(SavedSearch, pk=search_id, user=request.user), change.name)


@router.delete("/saved-searches/{int:search_id}", response={204: None})
def delete_saved_search(request: ApiRequest, search_id: int) -> Status[None]:
    """Keep one of one's searches no longer."""
    get_object_or_404(SavedSearch, pk=search_id, user=request.user).delete()
    return Status(204, None)


@router.get("/books/{int:book_id}", response=BookDetailOut)
def get_book(request: ApiRequest, book_id: int) -> Book:
    """One book with its performances and copies."""
    books = _books().select_related("exclusion")
    performances = Recording.objects.prefetch_related("narrators").order_by("pk")
    copies = Coverage.objects.select_related("edition").order_by("pk")
    books = books.prefetch_related(Prefetch("recordings", performances), Prefetch("coverages", copies))
    return get_object_or_404(books, pk=book_id)


@router.get("/missing", response=list[BookOut])
@paginate(Paging, reading=cards)
def list_missing(request: ApiRequest, gap: Gap | None = None) -> Known[Book]:
    """Books that should be on a shelf and are not; with `gap` those of followed series, or the others, alone."""
    if gap is None:
        return Known(_MISSING)
    books = Book.objects.missing()
    books = books.in_followed_series() if gap == Gap.SERIES else books.outside_followed_series()
    return Known(books.order_by("sort_title", "pk"))


@router.get("/calendar", response=list[BookOut])
@paginate(Paging, reading=cards)
def list_calendar(request: ApiRequest, since: date | None = None) -> QuerySet[Book]:
    """Books to look out for in the order in which they come out, from a day on or from today."""
    return Book.objects.coming_out(since or clock.now().date())


@router.post("/books/{int:book_id}/exclusion", response=ExclusionOut)
def exclude_book(request: ApiRequest, book_id: int, exclusion: ExclusionIn) -> Exclusion:
    """Say that a book is not wanted; it no longer counts as missing."""
    book = get_object_or_404(Book, pk=book_id)
    return curating.exclude(book, by=request.user, reason=exclusion.reason)


@router.delete("/books/{int:book_id}/exclusion", response={204: None})
def include_book(request: ApiRequest, book_id: int) -> Status[None]:
    """Take back that a book is not wanted."""
    curating.include(get_object_or_404(Book, pk=book_id), by=request.user)
    return Status(204, None)


@router.get("/editions/{int:edition_id}", response=EditionOut)
def get_edition(request: ApiRequest, edition_id: int) -> Edition:
    """One copy with its files and its metadata as the shelf has it."""
    editions = Edition.objects.select_related("shelf", "cover").prefetch_related(
        "coverages__book", "audio_files", "locks"
    )
    return get_object_or_404(editions, pk=edition_id)


@router.get("/editions/{int:edition_id}/changes", response=list[ChangeOut])
@paginate(Paging)
def list_changes(request: ApiRequest, edition_id: int) -> QuerySet[Change]:
    """What was changed on an edition, newest first."""
    edition = get_object_or_404(Edition, pk=edition_id)
    return edition.changes.select_related("by").order_by("-at", "-pk")


@router.post("/changes/{int:change_id}/undo", response=ChangeOut)
def undo_change(request: ApiRequest, change_id: int) -> Change:
    """Put a field's old value back, unless it was changed again since."""
    change = get_object_or_404(Change.objects.select_related("by", "edition__shelf"), pk=change_id)
    undone = services.undo([change], by=request.user)
    if undone.refused:
        raise HttpError(409, f"{change.field} was left alone: {'; '.join(undone.refused.values())}")
    change.refresh_from_db()
    return change


PICTURE = {covers.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}


@router.get(
    "/covers/{digest}-{int:width}.webp", openapi_extra={"responses": {200: {"description": "OK", "content": PICTURE}}}
)
def get_cover(request: ApiRequest, digest: str, width: int) -> HttpResponse:
    """The picture of a cover, at the address that a book's `cover_url` gives; it may be kept for ever."""
    return unchanging(request, covers.open_size(digest, width), media_type=covers.MEDIA_TYPE)


def _books() -> QuerySet[Book]:
    return _with_owned(Book.objects.for_list())


def _with_owned(books: BookQuerySet) -> QuerySet[Book]:
    return books.with_covers().annotate(is_owned=Exists(Coverage.objects.present().filter(book=OuterRef("pk"))))
