"""The API's operations on statistics and hygiene."""

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Router, Status
from ninja.pagination import paginate

from library.hygiene import BY_NAME, Check
from library.models import Edition, HygieneMark
from library.services import hygiene, statistics
from library.stock.schemas import HygieneOut, MarkOut, StatisticsOut
from mamcrawler.operations.api import ApiRequest, Paging

router = Router(tags=["Library"])


@router.get("/statistics", response=StatisticsOut)
def get_statistics(request: ApiRequest) -> statistics.Kept:
    """The library in figures, as they were when stock was last taken; the job `take_stock` works them out anew."""
    return statistics.current()


@router.get("/hygiene", response=HygieneOut)
def get_hygiene(request: ApiRequest) -> hygiene.Report:
    """How many copies each check finds, as of when stock was last taken."""
    return hygiene.report()


@router.get("/hygiene/{slug:name}", response=list[MarkOut])
@paginate(Paging, showing=hygiene.items)
def list_hygiene_items(request: ApiRequest, name: str, dismissed: bool = False) -> QuerySet[HygieneMark]:
    """The copies that a check found, the latest on the shelves first; dismissed ones when these are asked for."""
    return hygiene.marks_of(_check(name), dismissed=dismissed)


@router.post("/hygiene/{slug:name}/{int:edition_id}/dismiss", response={204: None})
def dismiss_hygiene_item(request: ApiRequest, name: str, edition_id: int) -> Status[None]:
    """Say that what a check finds about a copy is meant so; safe to repeat."""
    hygiene.dismiss(_check(name), get_object_or_404(Edition, pk=edition_id), by=request.user)
    return Status(204, None)


@router.delete("/hygiene/{slug:name}/{int:edition_id}/dismiss", response={204: None})
def restore_hygiene_item(request: ApiRequest, name: str, edition_id: int) -> Status[None]:
    """Take back that what a check finds about a copy is meant so."""
    hygiene.restore(_check(name), get_object_or_404(Edition, pk=edition_id), by=request.user)
    return Status(204, None)


def _check(name: str) -> Check:
    if name not in BY_NAME:
        raise Http404(f"there is no check {name!r}")
    return BY_NAME[name]
