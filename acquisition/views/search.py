"""Searching the tracker by hand, and taking what was found."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from acquisition import matching, services, troubles
from acquisition.models import Candidate, Want
from acquisition.services import choosing, searching
from acquisition.showing import judged
from library.models import Book
from mamcrawler.lib.answering import wants_fragment, way_back
from mamcrawler.operations.access import Visit, curator_required, viewer_required
from tracker.models import Release


@require_http_methods(["GET", "HEAD", "POST"])
@viewer_required
def search(request: Visit) -> HttpResponse:
    """Show what was found for a want; a POST asks the tracker, and reloading a page never does."""
    asked = request.POST if request.method == "POST" else request.GET
    want = _want_named(asked.get("want", ""))
    text = asked.get("q", "").strip()[:200] or (_first_query(want) if want else "")
    context: dict[str, object] = {"want": want, "text": text}
    if request.method == "POST":
        if not request.user.may_curate:
            raise PermissionDenied("Searching the tracker takes the role of a curator. Ask the owner.")
        context |= _searched(want, text) if text else {"is_wordless": True}
    elif want is not None:
        context |= _candidates(list(want.candidates.for_page()))
    return render(
        request, "acquisition/_results.html" if wants_fragment(request) else "acquisition/search.html", context
    )


@require_POST
@curator_required
def candidate_snatch(request: Visit, pk: int) -> HttpResponse:
    """Take this release now, if the rules allow."""
    return _decide(request, pk, lambda candidate: choosing.take(candidate, by=request.user), "Taken")


@require_POST
@curator_required
def candidate_approve(request: Visit, pk: int) -> HttpResponse:
    """Say that this release is the book; the next run takes it as the rules allow."""
    return _decide(request, pk, lambda candidate: services.approve(candidate, by=request.user), "Approved")


@require_POST
@curator_required
def candidate_dismiss(request: Visit, pk: int) -> HttpResponse:
    """Say that this release is not the book."""
    return _decide(request, pk, lambda candidate: services.dismiss(candidate, by=request.user), "Dismissed")


@require_POST
@curator_required
def candidate_restore(request: Visit, pk: int) -> HttpResponse:
    """Take a person's word on a release back: it is judged by itself again."""
    return _decide(request, pk, lambda candidate: services.restore_candidate(candidate, by=request.user), "Undone")


@require_POST
@curator_required
def release_take(request: Visit, pk: int) -> HttpResponse:
    """Want a book by a release that a search brought, and take that release."""
    release = get_object_or_404(Release, pk=pk)
    book = get_object_or_404(Book, pk=request.POST.get("book") or 0)
    try:
        choosing.take(choosing.offer_for(book, release, by=request.user), by=request.user)
    except troubles.EXPECTED as error:
        trouble = troubles.explain(error)
        messages.warning(request, f"{trouble.title}: {trouble.advice}")
    else:
        messages.success(request, f"{release} is on its way for {book}.")
    return redirect(book)


def _decide(request: Visit, pk: int, act: Callable[[Candidate], object], done: str) -> HttpResponse:
    candidate = get_object_or_404(Candidate.objects.for_page(), pk=pk)
    trouble = None
    try:
        is_done = bool(act(candidate))
    except troubles.EXPECTED as error:
        trouble, is_done = troubles.explain(error), False
    if not is_done and trouble is None:
        trouble = troubles.Trouble("Nothing changed", "The release was taken, or its want is closed.", "queue", "Queue")
    if wants_fragment(request):
        candidate = Candidate.objects.for_page().get(pk=pk)
        row = judged(list(candidate.want.candidates.for_page()))
        context = {"row": next(one for one in row if one.candidate.pk == pk), "trouble": trouble, "done": done}
        return render(request, "acquisition/_candidate.html", context)
    if trouble:
        messages.warning(request, f"{trouble.title}: {trouble.advice}")
    else:
        messages.success(request, f"{done}: {candidate.release}")
    return way_back(request, "acquisition:review")


def _want_named(number: str) -> Want | None:
    if not (number.isascii() and number.isdigit()):
        return None
    return get_object_or_404(Want.objects.for_list(), pk=number)


def _first_query(want: Want) -> str:
    return next(iter(matching.queries(searching.wish_for(want.book))), want.book.title)


def _searched(want: Want | None, text: str) -> dict[str, object]:
    """Ask the tracker; what goes wrong is part of the answer."""
    try:
        if want is not None:
            return _candidates(choosing.look_for(want, text)) | {"has_searched": True}
        return {"found": choosing.found_by(text), "has_searched": True}
    except troubles.EXPECTED as error:
        return {"trouble": troubles.explain(error)}


def _candidates(candidates: list[Candidate]) -> dict[str, object]:
    costs = services.weigh_all([candidate.release for candidate in candidates])
    return {"rows": judged(candidates, costs)}
