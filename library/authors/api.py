"""The API's operations on authors, their monitoring, and recommendations."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.http import Http404
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
from library.services.cards import cards
from library.services.counted import authors_of
from library.services.modes import Preview
from library.services.recommending import Recommendation, Subject
from mamcrawler.lib.keyed import by_keys
from mamcrawler.operations.api import ApiRequest, Paging

router = Router(tags=["Library"])


@router.get("/authors", response=list[AuthorRowOut])
@paginate(Paging, reading=authors_of)
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
def get_author(request: ApiRequest, author_id: int) -> dict[str, Any]:
    """One author with all known books, owned and missing side by side."""
    return _author(author_id)


@router.patch("/authors/{int:author_id}", response=AuthorDetailOut)
def monitor_author(request: ApiRequest, author_id: int, change: AuthorMonitorIn) -> dict[str, Any]:
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


def _author(author_id: int) -> dict[str, Any]:
    if (author := authors_of([author_id]).get(author_id)) is None:
        raise Http404
    books = [key for (key,) in _works([author_id])]
    shown = cards(books)
    return {
        **{name: getattr(author, name) for name in AuthorRowOut.model_fields},
        "books": [shown[key] for key in books if key in shown],
        "left_out": list(author.left_out.all()),
    }


@by_keys
def _works(authors: RawSQL) -> QuerySet[Book, Any]:
    return Book.objects.filter(authors__in=authors).order_by("sort_title", "pk").values_list("pk")


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
