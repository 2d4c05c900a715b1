"""The API's operations on books, series and editions."""

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
    Series,
    SeriesEntry,
)
from library.models.series import SeriesQuerySet
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
    MonitorIn,
    RenameIn,
    SavedSearchIn,
    SavedSearchOut,
    SeriesDetailOut,
    SeriesFilter,
    SeriesOut,
    TroubleOut,
)
from library.search import parse
from library.services import covers, curating, monitoring, saving, searching
from library.shelves.api import router as shelves_router
from library.stock.api import router as stock_router
from mamcrawler.lib import clock
from mamcrawler.lib.answering import unchanging
from mamcrawler.operations.api import ApiRequest, Paging

router = Router(tags=["Library"])
router.add_router("", repair_router)
router.add_router("", listening_router)
router.add_router("", stock_router)
router.add_router("", authors_router)
router.add_router("", shelves_router)


def _shown(books: BookQuerySet) -> QuerySet[Book]:
    return _with_owned(books.for_list())


class _Searched(Paging):
    """Pages of a search, with what of it was not understood."""

    class Output(Paging.Output):
        troubles: list[TroubleOut] = Field([], description="What of the search was not understood, and left out.")

    def paginate_queryset(self, queryset: Any, pagination: Any, request: HttpRequest, **params: Any) -> dict[str, Any]:
        """The page, with the troubles of its search."""
        page = super().paginate_queryset(queryset, pagination, request, **params)
        return {**page, "troubles": parse(params["filters"].q or "").troubles}


_ORDERS = {"title": "sort_title", "added_at": "added_at"}


@router.get("/books", response=list[BookOut])
@paginate(_Searched, showing=_shown, afresh=True)
def list_books(
    request: ApiRequest, filters: Query[BookFilter], ordering: BookOrder = BookOrder.TITLE
) -> QuerySet[Book]:
    """Books, owned or not; those without a date come last when ordered by it."""
    name, is_down = ordering.removeprefix("-"), ordering.startswith("-")
    field = F(_ORDERS.get(name, name))
    lacks = True if name not in _ORDERS else None  # an index has no say about the place of what is never lacking
    order = field.desc(nulls_last=lacks) if is_down else field.asc(nulls_last=lacks)
    return filters.of(Book.objects.order_by(order, "pk"))


@router.get("/books/facets", response=FacetsOut)
def list_book_facets(request: ApiRequest, filters: Query[BookFilter]) -> dict[str, object]:
    """What the books that pass have in common, with how a search was understood."""
    found = searching.find(filters.q or "")
    others = filters.model_copy(update={"q": None})
    is_narrow = any(value is not None for value in others.model_dump().values())
    told = searching.facets_of(found, of=others.of(found.books) if is_narrow else None)
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
@paginate(Paging)
def list_missing(request: ApiRequest, gap: Gap | None = None) -> QuerySet[Book]:
    """Books that should be on a shelf and are not; with `gap` those of followed series, or the others, alone."""
    books = Book.objects.missing()
    if gap is not None:
        books = books.in_followed_series() if gap == Gap.SERIES else books.outside_followed_series()
    return _with_owned(books.for_list())


@router.get("/calendar", response=list[BookOut])
@paginate(Paging)
def list_calendar(request: ApiRequest, since: date | None = None) -> QuerySet[Book]:
    """Books to look out for in the order in which they come out, from a day on or from today."""
    coming = Book.objects.coming_out(since or clock.now().date())
    return _with_owned(coming.prefetch_related("authors", "series_entries__series"))


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


@router.get("/series", response=list[SeriesOut])
@paginate(Paging, showing=SeriesQuerySet.with_counts)
def list_series(request: ApiRequest, filters: Query[SeriesFilter]) -> QuerySet[Series]:
    """Series by name, with how much of each is there."""
    return filters.filter(Series.objects.order_by("name", "pk"))


@router.get("/series/{int:series_id}", response=SeriesDetailOut)
def get_series(request: ApiRequest, series_id: int) -> Series:
    """One series with its books, owned and missing side by side."""
    return _series(series_id)


@router.patch("/series/{int:series_id}", response=SeriesDetailOut)
def monitor_series(request: ApiRequest, series_id: int, change: MonitorIn) -> Series:
    """Say what a series is watched for: all its books, those still to come, or none."""
    series = get_object_or_404(Series, pk=series_id)
    monitoring.monitor_series(series, change.monitor, by=request.user)
    return _series(series_id)


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


def _series(series_id: int) -> Series:
    entries = (
        SeriesEntry.objects.select_related("book")
        .annotate(
            is_owned=Exists(Coverage.objects.present().filter(book=OuterRef("book"))),
            is_missing=Exists(Book.objects.missing().filter(pk=OuterRef("book"))),
        )
        .order_by(F("start").asc(nulls_last=True), "pk")
    )
    series = Series.objects.with_counts().prefetch_related(Prefetch("entries", entries))
    return get_object_or_404(series, pk=series_id)
