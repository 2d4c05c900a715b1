"""The API's operations on authors, their monitoring, and recommendations."""

from collections.abc import Sequence

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status
from ninja.pagination import paginate

from library.authors.schemas import (
    AuthorDetailOut,
    AuthorFilter,
    AuthorMonitorIn,
    AuthorOrder,
    AuthorRowOut,
    DismissalOut,
    RecommendationKind,
    RecommendationOut,
)
from library.models import Author, Book, NotInterested, Series
from library.series.schemas import PreviewsOut
from library.services import modes, monitoring, recommending
from library.services.counted import counted_authors
from library.services.modes import Preview
from library.services.recommending import Recommendation, Subject
from mamcrawler.operations.api import ApiRequest, Paging

router = Router(tags=["Library"])


def _shown(authors: Sequence[int]) -> dict[int, Author]:
    return {author.pk: author for author in counted_authors(authors)}


@router.get("/authors", response=list[AuthorRowOut])
@paginate(Paging, reading=_shown)
def list_authors(
    request: ApiRequest, filters: Query[AuthorFilter], ordering: AuthorOrder = AuthorOrder.NAME
) -> QuerySet[Author]:
    """Authors with how much of their work is there."""
    authors = Author.objects.all()
    match ordering:
        case AuthorOrder.LENGTH:
            authors = authors.with_hours()
        case AuthorOrder.SHARE:
            authors = authors.with_share()
        case AuthorOrder.OWNED | AuthorOrder.GAP:
            authors = authors.with_counts(ordering.removeprefix("-"))
    return filters.filter(authors.order_by(ordering, "name", "pk"))


@router.get("/authors/{int:author_id}", response=AuthorDetailOut)
def get_author(request: ApiRequest, author_id: int) -> Author:
    """One author with all known books, owned and missing side by side."""
    return _author(author_id)


@router.patch("/authors/{int:author_id}", response=AuthorDetailOut)
def monitor_author(request: ApiRequest, author_id: int, change: AuthorMonitorIn) -> Author:
    """Say what an author is watched for: all books, those not owned now, those to come, or nothing."""
    author = get_object_or_404(Author, pk=author_id)
    monitoring.monitor_author(author, change.monitor, by=request.user)
    return _author(author_id)


@router.get("/authors/{int:author_id}/preview", response=PreviewsOut)
def preview_author(request: ApiRequest, author_id: int) -> dict[str, Sequence[Preview]]:
    """What each mode would change, and nothing changed."""
    return {"modes": modes.previews(get_object_or_404(Author, pk=author_id))}


@router.get("/recommendations", response=list[RecommendationOut])
@paginate(Paging)
def list_recommendations(request: ApiRequest, kind: RecommendationKind | None = None) -> list[Recommendation]:
    """Series and authors that may be worth having, the best founded first, each with its reasons."""
    return [one for one in recommending.recommend() if kind is None or one.kind == kind]


@router.get("/recommendations/dismissed", response=list[DismissalOut])
@paginate(Paging)
def list_dismissed(request: ApiRequest) -> list[DismissalOut]:
    """What is not to be recommended, newest first."""
    return [_dismissal(word) for word in NotInterested.objects.for_page()]


@router.post("/recommendations/{kind}/{int:pk}/dismissal", response={201: DismissalOut})
def dismiss_recommendation(request: ApiRequest, kind: RecommendationKind, pk: int) -> Status[DismissalOut]:
    """Recommend a series or an author no more; repeated it is the same word."""
    return Status(201, _dismissal(recommending.dismiss(_subject(kind, pk), by=request.user)))


@router.delete("/recommendations/{kind}/{int:pk}/dismissal", response={204: None})
def restore_recommendation(request: ApiRequest, kind: RecommendationKind, pk: int) -> Status[None]:
    """Recommend a series or an author again."""
    recommending.restore(_subject(kind, pk), by=request.user)
    return Status(204, None)


def _author(author_id: int) -> Author:
    books = Book.objects.with_standing().prefetch_related("series_entries__series").order_by("sort_title", "pk")
    authors = Author.objects.for_list().prefetch_related(Prefetch("books", books), "left_out")
    return get_object_or_404(authors, pk=author_id)


def _subject(kind: RecommendationKind, pk: int) -> Subject:
    return get_object_or_404(Series, pk=pk) if kind == RecommendationKind.SERIES else get_object_or_404(Author, pk=pk)


def _dismissal(word: NotInterested) -> DismissalOut:
    subject = word.series or word.author
    return DismissalOut(
        kind=RecommendationKind.SERIES if word.series else RecommendationKind.AUTHOR,
        id=subject.pk if subject else 0,
        name=str(subject),
        by=word.by.username if word.by else None,
        at=word.at,
    )
