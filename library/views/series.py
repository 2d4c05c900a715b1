"""The list of series and one series, owned and missing side by side."""

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from library.models import Book, Series, SeriesEntry
from library.services import monitoring
from library.views.modes import choice
from mamcrawler.lib.answering import numbered, page_or_fragment
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
    counted = named.incomplete() if only_gaps else named.with_gap()
    rows = (counted if must_count else named).order_by(*SORTS[sort][1])
    page = numbered(request, rows, details=None if must_count else Series.objects.with_gap())  # counting all is slow
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
    series = get_object_or_404(Series.objects.with_gap(), pk=pk)
    entries = list(series.entries.in_order().prefetch_related(Prefetch("book", Book.objects.for_covers())))
    is_collection = {
        entry.pk: entry.kind == SeriesEntry.Kind.COLLECTION or entry.book.kind == Book.Kind.COLLECTION
        for entry in entries
    }
    return render(
        request,
        "library/series_detail.html",
        {
            "series": series,
            "entries": [entry for entry in entries if not is_collection[entry.pk]],
            "collections": [entry for entry in entries if is_collection[entry.pk]],
            "missing": sum(entry.book.standing == Book.Standing.MISSING for entry in entries),
        }
        | choice(series),
    )


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
