"""The API's operations on shelves."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from ninja import Router, Status
from ninja.errors import AuthorizationError, HttpError
from ninja.pagination import paginate

from library import services
from library.models import Shelf
from library.shelves.schemas import FolderIn, RemovedOut, ShelfDetailOut, ShelfOut, SwitchIn, VanishedIn
from mamcrawler.operations.api import ApiRequest, Paging
from mamcrawler.operations.models import JobRun
from mamcrawler.operations.schemas import JobRunOut

router = Router(tags=["Library"])


@router.get("/shelves", response=list[ShelfOut])
@paginate(Paging)
def list_shelves(request: ApiRequest) -> QuerySet[Shelf]:
    """The shelves by name."""
    return Shelf.objects.order_by("name", "pk")


@router.get("/shelves/{int:shelf_id}", response=ShelfDetailOut)
def get_shelf(request: ApiRequest, shelf_id: int) -> Shelf:
    """One shelf with how much it holds."""
    return get_object_or_404(Shelf.objects.with_holdings(), pk=shelf_id)


@router.patch("/shelves/{int:shelf_id}", response=ShelfDetailOut)
def switch_shelf(request: ApiRequest, shelf_id: int, change: SwitchIn) -> Shelf:
    """Have a shelf read from now on, or left alone; what it holds counts as owned all the same. For the owner."""
    _require_owner(request)
    services.switch_shelf(get_object_or_404(Shelf, pk=shelf_id), on=change.is_active, by=request.user)
    return get_shelf(request, shelf_id)


@router.delete("/shelves/{int:shelf_id}", response=RemovedOut)
def remove_shelf(request: ApiRequest, shelf_id: int) -> services.Removed:
    """Forget a shelf with its copies and the books that nothing else tells of; no file is touched. For the owner."""
    _require_owner(request)
    return services.remove_shelf(get_object_or_404(Shelf, pk=shelf_id), by=request.user)


@router.post("/shelves", response={201: ShelfOut})
def add_folder(request: ApiRequest, folder: FolderIn) -> Status[Shelf]:
    """Keep a folder of audio files as a shelf; one that is a shelf already is returned as it is."""
    try:
        return Status(201, services.add_folder(folder.path, name=folder.name))
    except services.NotAFolder as error:
        raise HttpError(422, str(error)) from error


@router.post("/shelves/{int:shelf_id}/confirm-vanished", response={202: JobRunOut})
def confirm_vanished(request: ApiRequest, shelf_id: int, word: VanishedIn) -> Status[JobRun]:
    """Say that the items a shelf asks about are really gone; a run reads it again and marks them."""
    shelf = get_object_or_404(Shelf, pk=shelf_id)
    return Status(202, services.confirm_vanished(shelf, word.gone, by=request.user))


def _require_owner(request: ApiRequest) -> None:
    if not request.user.may_own:
        raise AuthorizationError(message="This takes the role of an owner.")
