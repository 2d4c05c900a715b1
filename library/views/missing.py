"""Every book that is missing, the ones that are looked for first on top."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from library.models import Book, BookQuerySet
from mamcrawler.lib.answering import page_or_fragment
from mamcrawler.lib.paging import Chain, numbered_keys
from mamcrawler.operations.access import Visit, viewer_required

A_PAGE = 25
"""Each row has its gap in words and what a person may do about it."""
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
    missing = Book.objects.missing().naming(text)
    missing = GAPS[gap][1](missing) if gap else missing
    context = {
        "page": numbered_keys(
            request, Chain(missing.looked_for(), missing.not_looked_for()), BookQuerySet.for_missing, size=A_PAGE
        ),
        "text": text,
        "gap": gap,
        "gaps": {name: label for name, (label, _) in GAPS.items()},
    }
    return page_or_fragment(request, "library/missing_list.html", "library/_missing_rows.html", context)
