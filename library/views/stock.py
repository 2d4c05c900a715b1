"""The library as a whole: its statistics, and what is not as it should be."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from library import charting
from library.hygiene import BY_NAME, Check
from library.models import Edition, HygieneMark
from library.services import exporting, hygiene, listeners, statistics
from mamcrawler.lib.answering import way_back
from mamcrawler.lib.paging import numbered_keys
from mamcrawler.operations.access import Visit, curator_required, viewer_required

A_PAGE = 50


@viewer_required
@require_safe
def statistics_page(request: Visit) -> HttpResponse:
    """The library in figures and charts."""
    kept = statistics.current()
    by = charting.BY_BOOKS if request.GET.get("by") == charting.BY_BOOKS else charting.BY_HOURS
    heard = listeners.listeners_totals()
    context = {
        "kept": kept,
        "totals": kept.statistics.totals,
        "drawn": charting.drawn(kept.statistics, by),
        "by": by,
        "listening": listeners.together(heard),
        "heard": [
            {"totals": one, "value": one.books_finished * kept.book_value}
            for one in (heard if request.user.may_curate else ())
        ],
    }
    return render(request, "library/statistics.html", context)


@viewer_required
@require_safe
def hygiene_report(request: Visit) -> HttpResponse:
    """Every check with how many copies it finds, worst first."""
    return render(request, "library/hygiene.html", {"report": hygiene.report()})


@viewer_required
@require_safe
def hygiene_check(request: Visit, name: str) -> HttpResponse:
    """The copies that one check finds, or those of them that a person dismissed."""
    check, is_dismissed = _check(name), request.GET.get("show") == "dismissed"
    page = _page(request, check, is_dismissed=is_dismissed)
    context: dict[str, Any] = {
        "check": check,
        "page": page,
        "is_dismissed": is_dismissed,
        "has_dismissed": hygiene.marks_of(check, dismissed=True).exists(),
    }
    return render(request, "library/hygiene_check.html", context)


@login_required
@require_safe
def hygiene_export(request: Visit, name: str) -> StreamingHttpResponse:
    """The copies that one check finds, as a file that is written while it is sent."""
    rows = hygiene.lines(hygiene.marks_of(_check(name)))
    response = StreamingHttpResponse(exporting.table(hygiene.COLUMNS, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


@curator_required
@require_POST
def hygiene_dismiss(request: Visit, name: str, pk: int) -> HttpResponse:
    """Note that what a check finds about a copy is meant so."""
    check, edition = _check(name), get_object_or_404(Edition, pk=pk)
    hygiene.dismiss(check, edition, by=request.user)
    messages.success(request, f"{edition} is no longer listed here; Dismissed can bring it back.")
    return way_back(request, "library:hygiene")


@curator_required
@require_POST
def hygiene_restore(request: Visit, name: str, pk: int) -> HttpResponse:
    """List a copy again."""
    check = _check(name)
    hygiene.restore(check, get_object_or_404(Edition, pk=pk), by=request.user)
    return redirect("library:hygiene-check", check.name)


def _check(name: str) -> Check:
    if name not in BY_NAME:
        raise Http404(f"there is no check {name!r}")
    return BY_NAME[name]


def _page(request: Visit, check: Check, *, is_dismissed: bool) -> Page[hygiene.Item]:
    """The page of findings that the address asks for; only its own copies are read."""
    marks = hygiene.marks_of(check, dismissed=is_dismissed)
    page: Page[Any] = numbered_keys(request, marks, HygieneMark.objects.in_bulk, size=A_PAGE)
    keys = [mark.pk for mark in page.object_list]
    page.object_list = hygiene.items(HygieneMark.objects.filter(pk__in=keys).newest_first())
    return page
