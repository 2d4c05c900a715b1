"""The tracker's guides and rules as they were imported or crawled."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from mamcrawler.lib.answering import numbered, page_or_fragment
from mamcrawler.operations.access import Visit, viewer_required
from tracker.models import Document


@viewer_required
@require_safe
def document_list(request: Visit) -> HttpResponse:
    """All pages that are kept, by kind."""
    text = request.GET.get("q", "").strip()[:200]
    context = {"page": numbered(request, Document.objects.naming(text).for_list()), "text": text}
    return page_or_fragment(request, "tracker/document_list.html", "tracker/_documents.html", context)


@viewer_required
@require_safe
def document_detail(request: Visit, pk: int) -> HttpResponse:
    """One page in its newest version, or in the one that `version` names."""
    document = get_object_or_404(Document, pk=pk)
    versions = list(document.versions.defer("text").order_by("-number"))
    asked = request.GET.get("version", "")
    wanted = next((version for version in versions if str(version.number) == asked), versions[0] if versions else None)
    context = {
        "document": document,
        "versions": versions,
        "shown": wanted,
        "text": document.versions.get(pk=wanted.pk).text if wanted else "",
    }
    return render(request, "tracker/document_detail.html", context)
