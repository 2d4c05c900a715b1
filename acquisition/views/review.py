"""Everything that waits for a person, in one place."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from acquisition import services
from acquisition.models import Candidate, Download
from acquisition.services import recovering
from acquisition.showing import Judged
from library.models import Edition
from library.services import curating
from mamcrawler.lib.answering import wants_fragment, way_back
from mamcrawler.operations import findings
from mamcrawler.operations.access import Visit, curator_required, viewer_required
from mamcrawler.operations.models import Finding

A_SECTION = 50
FEW = 10
SHOWN_ELSEWHERE = ("library.fix_match",)
"""Kinds of findings that have a section of their own."""


@viewer_required
@require_safe
def review(request: Visit) -> HttpResponse:
    """Show ambiguous releases, stopped downloads, copies without a book, findings, and what was decided lately."""
    candidates = Candidate.objects.for_review().prefetch_related("downloads__events", "downloads__inspections")
    downloads = Download.objects.for_review()
    open_findings = Finding.objects.open().exclude(kind__in=SHOWN_ELSEWHERE)
    unplaced = Edition.objects.unplaced()
    shown = list(unplaced[:A_SECTION])
    suggestions = curating.books_like_each(shown)
    return render(
        request,
        "acquisition/review.html",
        {
            "candidate_count": candidates.count(),
            "rows": [Judged(candidate, "") for candidate in candidates[:A_SECTION]],
            "download_count": downloads.count(),
            "downloads": downloads[:A_SECTION],
            "finding_count": open_findings.count(),
            "findings": open_findings[:A_SECTION],
            "unplaced_count": unplaced.count(),
            "unplaced": [(edition, suggestions[edition.pk]) for edition in shown],
            "decided": [Judged(candidate, "") for candidate in Candidate.objects.decided_lately()[:FEW]],
            "settled": Finding.objects.settled_by_people()[:FEW],
        },
    )


@require_POST
@curator_required
def candidates_decide(request: Visit) -> HttpResponse:
    """Approve or dismiss several releases at once."""
    decide = services.approve if request.POST.get("decision") == "accept" else services.dismiss
    numbers = [number for number in request.POST.getlist("pk") if number.isascii() and number.isdigit()]
    chosen = list(Candidate.objects.filter(pk__in=numbers).select_related("want__book", "release"))
    count = sum(decide(candidate, by=request.user) for candidate in chosen)
    if not chosen:
        messages.info(request, "Tick the releases first.")
    else:
        word = "approved" if decide is services.approve else "dismissed"
        messages.success(request, f"{count} of {len(chosen)} releases {word}; they can be undone below.")
    return redirect("acquisition:review")


@require_POST
@curator_required
def download_retry(request: Visit, pk: int) -> HttpResponse:
    """Let a stopped download go on."""
    return _move(request, pk, lambda download: recovering.retry(download, by=request.user), "Tried again")


@require_POST
@curator_required
def download_give_up(request: Visit, pk: int) -> HttpResponse:
    """Look no further for the book of a stopped download."""
    return _move(request, pk, lambda download: recovering.give_up(download, by=request.user), "Given up")


@require_POST
@curator_required
def finding_settle(request: Visit, pk: int) -> HttpResponse:
    """Note that a finding is dealt with."""
    finding = get_object_or_404(Finding, pk=pk)
    findings.settle_one(finding, by=request.user)
    return _finding(request, finding)


@require_POST
@curator_required
def finding_reopen(request: Visit, pk: int) -> HttpResponse:
    """Take back that a finding is dealt with."""
    finding = get_object_or_404(Finding, pk=pk)
    findings.reopen(finding, by=request.user)
    return _finding(request, finding)


def _move(request: Visit, pk: int, act: Callable[[Download], object], done: str) -> HttpResponse:
    download = get_object_or_404(Download.objects.select_related("candidate__release", "candidate__want__book"), pk=pk)
    refusal = ""
    try:
        act(download)
    except recovering.NotPossible as error:
        refusal = f"Not done: {error}."
    if wants_fragment(request):
        context = {"download": download, "refusal": refusal, "done": "" if refusal else done}
        return render(request, "acquisition/_stopped.html", context)
    if refusal:
        messages.error(request, refusal)
    else:
        messages.success(request, f"{done}: {download}")
    return way_back(request, "acquisition:review")


def _finding(request: Visit, finding: Finding) -> HttpResponse:
    finding.refresh_from_db()
    if wants_fragment(request):
        return render(request, "acquisition/_finding.html", {"finding": finding})
    return way_back(request, "acquisition:review")
