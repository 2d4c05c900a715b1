"""The first page: how the account stands, what happens, what needs a person, what was done lately."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render

from acquisition.models import Candidate, Download, DownloadEvent
from library.models import Book
from mamcrawler.lib import clock
from mamcrawler.operations import jobs
from mamcrawler.operations.access import Visit, viewer_required
from mamcrawler.operations.models import Finding, JobRun
from mamcrawler.pages.queue import stopped
from mamcrawler.pages.waiting import hygiene_in_brief
from metadata.models import Proposal
from tracker.models import AccountReading

DAY = timedelta(hours=24)


@viewer_required
def dashboard(request: Visit) -> HttpResponse:
    """Show everything at one look; the page renews its parts by asking for itself."""
    context = {
        "reading": AccountReading.objects.newest(),
        "runs": JobRun.objects.active().prefetch_related("phases"),
        "last_run": jobs.last_worth_telling(),
        "may_run_cycle": "cycle" in jobs.JOBS and request.user.may_curate,
        "waiting": _waiting(),
        "findings": list(Finding.objects.open()[:5]),
        "hygiene": hygiene_in_brief(),
        "lately": _lately(),
        "shelved": _shelved_last(6),
        "has_books": Book.objects.exists(),
    }
    return render(request, "pages/dashboard.html", context)


def _waiting() -> dict[str, int]:
    """How much waits for a decision, by kind."""
    return {
        "candidates": Candidate.objects.for_review().count(),
        "proposals": Proposal.objects.open().count(),
        "stopped": stopped().count(),
    }


def _lately() -> dict[str, Any]:
    """What was done within the last 24 hours of the product's time."""
    since = clock.now() - DAY
    moves = DownloadEvent.objects.filter(at__gte=since).aggregate(
        shelved=Count("pk", filter=Q(became=Download.Status.SHELVED)),
        stopped=Count("pk", filter=Q(became__in=Download.STOPPED)),
    )
    return moves | {
        "snatched": Download.objects.snatched_since(since).count(),
        "enriched": Book.objects.filter(enriched_at__gte=since).count(),
    }


def _shelved_last(count: int) -> list[Download]:
    shelved = Download.objects.filter(status__in=[Download.Status.SHELVED, Download.Status.SEEDING])
    shelved = shelved.select_related("candidate__want__book", "edition").order_by("-settled_at", "-pk")
    return list(shelved.prefetch_related("candidate__want__book__authors")[:count])
