"""The downloads on their way, those that stopped, and those that arrived lately."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from acquisition.models import Candidate, Download
from acquisition.services import recovering
from mamcrawler.operations.access import Visit, curator_required, viewer_required

A_PAGE = 50
FEW = 20


@vary_on_headers("HX-Request")
@viewer_required
def queue(request: Visit) -> HttpResponse:
    """Show the queue; its fragment renews itself."""
    return _show(request)


@require_POST
@curator_required
def download_retry(request: Visit, pk: int) -> HttpResponse:
    """Try a stopped download again."""
    return _act(request, pk, lambda download: recovering.retry(download, by=request.user))


@require_POST
@curator_required
def download_give_up(request: Visit, pk: int) -> HttpResponse:
    """Look no further for the book of a stopped download."""
    return _act(request, pk, lambda download: recovering.give_up(download, by=request.user))


def _act(request: Visit, pk: int, act: Callable[[Download], object]) -> HttpResponse:
    refusal = ""
    try:
        act(get_object_or_404(Download, pk=pk))
    except recovering.NotPossible as error:
        refusal = f"Not done: {error}."
    if request.htmx:
        return _show(request, refusal)
    if refusal:
        messages.error(request, refusal)
    return redirect("queue")


def _show(request: Visit, refusal: str = "") -> HttpResponse:
    on_their_way = Paginator(_for_queue(Download.objects.unfinished()), A_PAGE)
    arrived = Download.objects.at(Download.Status.SHELVED, Download.Status.SEEDING)
    context = {
        "on_their_way": on_their_way.get_page(request.GET.get("page")),
        "stopped": _for_queue(stopped()).order_by("-pk")[:FEW],
        "stopped_count": stopped().count(),
        "arrived": _for_queue(arrived).order_by("-settled_at", "-pk")[:FEW],
        "refusal": refusal,
    }
    return render(request, "pages/_queue.html" if request.htmx else "pages/queue.html", context)


def stopped() -> QuerySet[Download]:
    """Downloads that stopped and that nobody has given up."""
    return Download.objects.at(*Download.STOPPED).exclude(candidate__verdict=Candidate.Verdict.DISMISSED)


def _for_queue(downloads: QuerySet[Download]) -> QuerySet[Download]:
    bulky = ("info_dictionary", "candidate__release__description")
    return downloads.defer(*bulky).prefetch_related("candidate__want__book__authors", "events")
