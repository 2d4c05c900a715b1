"""Deciding on proposed changes, one by one or several at once."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from library import services as library
from library.audiobookshelf import LibraryServerError
from mamcrawler.lib.answering import wants_fragment, way_back
from mamcrawler.operations.access import Visit, curator_required
from metadata import services
from metadata.models import Proposal
from metadata.services import proposing

EXPECTED = (proposing.DecidedBefore, proposing.NotWritten, library.NotUndoable, LibraryServerError, OSError)
"""What can stand in the way of writing to a shelf."""


@require_POST
@curator_required
def proposal_accept(request: Visit, pk: int) -> HttpResponse:
    """Write a proposed value to its shelf."""
    return _decide(request, pk, lambda proposal: services.accept(proposal, by=request.user))


@require_POST
@curator_required
def proposal_reject(request: Visit, pk: int) -> HttpResponse:
    """Leave a field as it is."""
    return _decide(request, pk, lambda proposal: services.reject(proposal, by=request.user))


@require_POST
@curator_required
def proposal_undo(request: Visit, pk: int) -> HttpResponse:
    """Take a decision back; what was written is put back."""
    return _decide(request, pk, lambda proposal: services.reopen(proposal, by=request.user))


@require_POST
@curator_required
def proposals_decide(request: Visit) -> HttpResponse:
    """Accept or reject several proposals at once; what the shelf refuses stays open."""
    decide = services.accept if request.POST.get("decision") == "accept" else services.reject
    numbers = [number for number in request.POST.getlist("pk") if number.isascii() and number.isdigit()]
    chosen = list(Proposal.objects.open().filter(pk__in=numbers).select_related("edition__shelf"))
    refusals = []
    for proposal in chosen:
        try:
            decide(proposal, by=request.user)
        except EXPECTED as error:
            refusals.append(f"{proposal}: {_words(error)}")
    if not chosen:
        messages.info(request, "Tick the proposals first.")
    else:
        word = "accepted" if decide is services.accept else "rejected"
        messages.success(request, f"{len(chosen) - len(refusals)} of {len(chosen)} proposals {word}.")
    for refusal in refusals[:5]:
        messages.warning(request, refusal)
    return redirect("acquisition:review")


def _decide(request: Visit, pk: int, act: Callable[[Proposal], object]) -> HttpResponse:
    proposal = get_object_or_404(Proposal.objects.select_related("edition__shelf", "book"), pk=pk)
    refusal = ""
    try:
        act(proposal)
    except EXPECTED as error:
        refusal = f"Not done: {_words(error)}."
    proposal.refresh_from_db()
    if wants_fragment(request):
        return render(request, "metadata/_proposal.html", {"proposal": proposal, "refusal": refusal})
    if refusal:
        messages.error(request, refusal)
    else:
        messages.success(request, f"{proposal}: {proposal.get_status_display().lower()}")
    return way_back(request, "acquisition:review")


def _words(error: Exception) -> str:
    """What stood in the way; what the disk says comes without its paths."""
    if isinstance(error, OSError):
        return f"the shelf's folder can not be written to ({error.strerror}); check Health"
    return str(error)
