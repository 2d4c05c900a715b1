"""Series and authors that may be worth having, with the reasons, and what a person says to them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from library.models import Author, NotInterested, Series
from library.services import monitoring, recommending
from library.services.recommending import Subject
from mamcrawler.lib.answering import wants_fragment, way_back
from mamcrawler.operations.access import Visit, curator_required, viewer_required

PAGE = 30
MOST_DISMISSED = 50
_KINDS = ("series", "author")


@viewer_required
@require_safe
def recommendation_list(request: Visit) -> HttpResponse:
    """Recommendations, the best founded first, and those that nobody wants to see any more."""
    found = recommending.recommend()
    kind = request.GET.get("kind", "")
    shown = [one for one in found if one.kind == kind] if kind in _KINDS else found
    context = {
        "page": Paginator(shown, PAGE).get_page(request.GET.get("page")),
        "kind": kind if kind in _KINDS else "",
        "counts": {name: sum(one.kind == name for one in found) for name in _KINDS},
        "total": len(found),
        "dismissed": NotInterested.objects.for_page()[:MOST_DISMISSED],
        "has_lists": Author.objects.exclude(listed_by="").exists(),
    }
    return render(request, "library/recommendation_list.html", context)


@curator_required
@require_POST
def recommendation_follow(request: Visit, kind: str, pk: int) -> HttpResponse:
    """Count a recommended series, or all by a recommended author, as missing; the next run fetches the full list."""
    subject = _subject(kind, pk)
    if isinstance(subject, Series):
        count = monitoring.monitor_series(subject, Series.Monitor.ALL, by=request.user)
    else:
        count = monitoring.monitor_author(subject, Author.Monitor.ALL, by=request.user)
    if wants_fragment(request):
        return _decided(request, subject, f"Monitored: {count} known books count as missing once they are out.")
    messages.success(request, f"{subject} is monitored: {count} known books count. The full list comes with a run.")
    return way_back(request, "library:recommendation-list")


@curator_required
@require_POST
def recommendation_dismiss(request: Visit, kind: str, pk: int) -> HttpResponse:
    """Recommend a series or an author no more."""
    subject = _subject(kind, pk)
    recommending.dismiss(subject, by=request.user)
    if wants_fragment(request):
        return _decided(request, subject, "Not recommended any more.", can_restore=True)
    messages.success(request, f"{subject} is not recommended any more; take it back at the end of the page.")
    return way_back(request, "library:recommendation-list")


@curator_required
@require_POST
def recommendation_restore(request: Visit, kind: str, pk: int) -> HttpResponse:
    """Recommend a series or an author again."""
    subject = _subject(kind, pk)
    recommending.restore(subject, by=request.user)
    if wants_fragment(request):
        return _decided(request, subject, "Recommended again.")
    messages.success(request, f"{subject} may be recommended again.")
    return way_back(request, "library:recommendation-list")


def _subject(kind: str, pk: int) -> Subject:
    if kind == "series":
        return get_object_or_404(Series, pk=pk)
    if kind == "author":
        return get_object_or_404(Author, pk=pk)
    raise Http404(f"nothing called {kind} is recommended")


def _decided(request: Visit, subject: Subject, words: str, *, can_restore: bool = False) -> HttpResponse:
    context = {"subject": subject, "kind": subject._meta.model_name, "words": words, "can_restore": can_restore}
    return render(request, "library/_recommendation_decided.html", context)
