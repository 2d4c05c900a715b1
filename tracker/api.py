"""The API's operations on the account, the releases on offer and the tracker's pages."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from ninja.pagination import paginate

from mamcrawler.operations.api import ApiRequest, Paging
from tracker.models import AccountReading, Document, Release, TrackerSession
from tracker.schemas import (
    AccountOut,
    DocumentDetailOut,
    DocumentFilter,
    DocumentOut,
    ReleaseFilter,
    ReleaseOut,
)

router = Router(tags=["Tracker"])


@router.get("/account", response=AccountOut)
def get_account(request: ApiRequest) -> dict[str, object]:
    """How we stand with the tracker, as last read; nothing is asked for it."""
    return {
        "reading": AccountReading.objects.newest(),
        "session": TrackerSession.objects.filter(name="main").first(),
    }


@router.get("/releases", response=list[ReleaseOut])
@paginate(Paging)
def list_releases(request: ApiRequest, filters: Query[ReleaseFilter]) -> QuerySet[Release]:
    """Every release that was ever listed to us, newest sighting first."""
    return filters.filter(Release.objects.for_list())


@router.get("/documents", response=list[DocumentOut])
@paginate(Paging)
def list_documents(request: ApiRequest, filters: Query[DocumentFilter]) -> QuerySet[Document]:
    """The tracker's guides and rules that we keep."""
    return filters.filter(Document.objects.order_by("kind", "title", "pk"))


@router.get("/documents/{int:document_id}", response=DocumentDetailOut)
def get_document(request: ApiRequest, document_id: int) -> Document:
    """One page with its newest text."""
    return get_object_or_404(Document.objects.prefetch_related("versions"), pk=document_id)
