"""The list of series and one series, owned and missing side by side."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from library.models import Book, Series, SeriesEntry
from library.services import monitoring
from library.services.cards import Card, Place, cards
from library.services.counted import series_of
from library.views.modes import choice
from mamcrawler.lib.answering import numbered, page_or_fragment
from mamcrawler.lib.keyed import by_keys
from mamcrawler.operations.access import Visit, curator_required, viewer_required

SORTS = {
    "name": ("Name", ("name", "pk")),
    "gap": ("Most missing first", ("-gap", "name", "pk")),
    "closest": ("Closest to complete", ("gap", "name", "pk")),
}


@viewer_required
@require_safe
def series_list(request: Visit) -> HttpResponse:
    """All series, with what is owned, announced and missing of each."""
    text, sort = request.GET.get("q", "").strip()[:200], request.GET.get("sort", "name")
    sort = sort if sort in SORTS else "name"
    only_gaps = request.GET.get("gaps") == "1" or sort == "closest"
    named = Series.objects.ours().naming(text)
    must_count = only_gaps or sort != "name"
    rows = named.incomplete() if only_gaps else named.with_gap() if must_count else named
    page = numbered(request, rows.order_by(*SORTS[sort][1]), reading=None if must_count else series_of)
    context = {
        "page": page,
        "text": text,
        "sort": sort,
        "only_gaps": only_gaps,
        "sorts": {name: label for name, (label, _) in SORTS.items()},
    }
    return page_or_fragment(request, "library/series_list.html", "library/_series_rows.html", context)


@viewer_required
@require_safe
def series_detail(request: Visit, pk: int) -> HttpResponse:
    """A series in order, owned and missing side by side, collections apart."""
    if (series := series_of([pk]).get(pk)) is None:
        raise Http404
    books = [key for (key,) in _placed([pk])]
    shown = cards(books, with_wants=True)
    rows = [(shown[key].place_in(pk), shown[key]) for key in books if key in shown]
    context = {
        "series": series,
        "rows": [row for row in rows if not _is_collection(*row)],
        "collections": [row for row in rows if _is_collection(*row)],
        "missing": sum(book.standing == Book.Standing.MISSING for _, book in rows),
    }
    return render(request, "library/series_detail.html", context | choice(series))


@by_keys
def _placed(series: RawSQL) -> QuerySet[SeriesEntry, Any]:
    return SeriesEntry.objects.filter(series__in=series).in_order().values_list("book")


def _is_collection(place: Place | None, book: Card) -> bool:
    return book.kind == Book.Kind.COLLECTION or (place is not None and place.kind == SeriesEntry.Kind.COLLECTION)


@curator_required
@require_POST
def series_monitor(request: Visit, pk: int) -> HttpResponse:
    """Monitor all books of a series, those not owned now, those to come, or none."""
    series = get_object_or_404(Series, pk=pk)
    if (mode := request.POST.get("mode", "")) not in Series.Monitor.values:
        messages.error(request, "Choose all books, those not owned now, those to come, or nothing.")
        return redirect(series)
    count = monitoring.monitor_series(series, Series.Monitor(mode), by=request.user)
    messages.success(
        request,
        f"{series}: {series.get_monitor_display().lower()}; {count} known book{'' if count == 1 else 's'} followed.",
    )
    return redirect(series)
