"""Everything that should be on a shelf and is not, in the order in which it is looked for."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from library.models import Book, BookQuerySet
from mamcrawler.lib.answering import numbered, page_or_fragment
from mamcrawler.operations.access import Visit, viewer_required

GAPS = {
    "series": ("Gaps of series", BookQuerySet.in_followed_series),
    "author": ("Gaps of authors", BookQuerySet.outside_followed_series),
}


@viewer_required
@require_safe
def missing_list(request: Visit) -> HttpResponse:
    """Missing books with the gap each stands in and what is being done about it."""
    text = request.GET.get("q", "").strip()[:200]
    gap = request.GET.get("gap", "")
    gap = gap if gap in GAPS else ""
    rows = Book.objects.missing().naming(text).by_urgency()
    rows = GAPS[gap][1](rows) if gap else rows
    context = {
        "page": numbered(request, rows, details=Book.objects.for_shelves()),
        "text": text,
        "gap": gap,
        "gaps": {name: label for name, (label, _) in GAPS.items()},
    }
    return page_or_fragment(request, "library/missing_list.html", "library/_missing_rows.html", context)
