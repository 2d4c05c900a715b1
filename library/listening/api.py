"""The API's operations on listeners, collections and the library server's backups."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from ninja.errors import AuthorizationError
from ninja.pagination import paginate

from library.backups import BackupCheck
from library.listening.schemas import (
    BackupCheckOut,
    BookListeningOut,
    CollectionFilter,
    CollectionOut,
    ListenerOut,
    ListeningTotalsOut,
    MemberOut,
)
from library.models import Book, Collection, CollectionMember
from library.models.listening import CollectionQuerySet
from library.services import listeners
from library.services.backups import check_backups
from mamcrawler.operations.api import ApiRequest, Paging

router = Router(tags=["Library"])


@router.get("/listeners", response=list[ListenerOut])
@paginate(Paging)
def list_listeners(request: ApiRequest) -> list[listeners.ListenerTotals]:
    """The library server's users by name with what each heard; takes the role of a curator."""
    if not request.user.may_curate:
        raise AuthorizationError(message="Who listens is told to curators and the owner; viewers read the totals.")
    return listeners.listeners_totals()


@router.get("/listening-totals", response=ListeningTotalsOut)
def get_listening_totals(request: ApiRequest) -> listeners.ListeningTotals:
    """What all listeners together have heard."""
    return listeners.together(listeners.listeners_totals())


@router.get("/books/{int:book_id}/listening", response=BookListeningOut)
def get_book_listening(request: ApiRequest, book_id: int) -> dict[str, Any]:
    """How far people came in a book, in whatever copy; those who finished it first."""
    listening = listeners.listening_to(get_object_or_404(Book, pk=book_id))
    return {
        "finished": listening.finished,
        "listening": listening.listening,
        "listeners": list(listening.rows) if request.user.may_curate else None,
    }


@router.get("/collections", response=list[CollectionOut])
@paginate(Paging, showing=CollectionQuerySet.for_list)
def list_collections(request: ApiRequest, filters: Query[CollectionFilter]) -> QuerySet[Collection]:
    """Collections, and for curators playlists as well; those that the server has no longer bear a date."""
    return filters.filter(Collection.objects.seen_by(request.user).order_by("kind", "name", "pk"))


@router.get("/collections/{int:collection_id}", response=CollectionOut)
def get_collection(request: ApiRequest, collection_id: int) -> Collection:
    """One list with how much of it stands on a shelf."""
    return get_object_or_404(Collection.objects.seen_by(request.user).for_list(), pk=collection_id)


@router.get("/collections/{int:collection_id}/members", response=list[MemberOut])
@paginate(Paging, showing=lambda rows: rows.for_page())
def list_collection_members(request: ApiRequest, collection_id: int) -> QuerySet[CollectionMember]:
    """What a list holds, in its order."""
    collection = get_object_or_404(Collection.objects.seen_by(request.user), pk=collection_id)
    return collection.members.holding().order_by("position", "pk")


@router.get("/library-server/backups", response=BackupCheckOut)
def get_library_server_backups(request: ApiRequest) -> BackupCheck:
    """Ask the library server for its own backups and judge them; nothing there is changed."""
    return check_backups()
