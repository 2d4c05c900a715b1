"""The API's operations on series and their monitoring."""

from collections.abc import Sequence

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.expressions import RawSQL
from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from ninja.pagination import paginate

from library.models import Book, Coverage, Series, SeriesEntry
from library.series.schemas import MonitorIn, PreviewsOut, SeriesDetailOut, SeriesFilter, SeriesOut
from library.services import modes, monitoring
from library.services.counted import series_of
from library.services.modes import Preview
from mamcrawler.lib.keyed import give, models_by_keys
from mamcrawler.operations.api import ApiRequest, Paging

router = Router(tags=["Library"])


@router.get("/series", response=list[SeriesOut])
@paginate(Paging, reading=series_of)
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


@router.get("/series/{int:series_id}/preview", response=PreviewsOut)
def preview_series(request: ApiRequest, series_id: int) -> dict[str, Sequence[Preview]]:
    """What each mode would change, and nothing changed."""
    return {"modes": modes.previews(get_object_or_404(Series, pk=series_id))}


def _series(series_id: int) -> Series:
    if (series := series_of([series_id]).get(series_id)) is None:
        raise Http404
    give([series], "entries", _entries([series_id]), "series_id")
    return series


@models_by_keys
def _entries(series: RawSQL) -> QuerySet[SeriesEntry]:
    return (
        SeriesEntry.objects.filter(series__in=series)
        .select_related("book")
        .annotate(
            is_owned=Exists(Coverage.objects.present().filter(book=OuterRef("book"))),
            is_missing=Exists(Book.objects.missing().filter(pk=OuterRef("book"))),
        )
        .order_by(F("start").asc(nulls_last=True), "pk")
    )
