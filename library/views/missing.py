"""Everything that should be on a shelf and is not, in the order in which it is looked for."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from library.models import Book, BookQuerySet
from mamcrawler.lib.answering import page_or_fragment
from mamcrawler.lib.paging import Chain, numbered_keys
from mamcrawler.operations.access import Visit, viewer_required

A_PAGE = 25
"""Each row has its gap in words and what a person may do about it."""


@viewer_required
@require_safe
def missing_list(request: Visit) -> HttpResponse:
    """Missing books with the gap each stands in and what is being done about it."""
    text = request.GET.get("q", "").strip()[:200]
    missing = Book.objects.missing().naming(text)
    rows = Chain(missing.looked_for(), missing.not_looked_for())
    context = {"page": numbered_keys(request, rows, BookQuerySet.for_shelves, size=A_PAGE), "text": text}
    return page_or_fragment(request, "library/missing_list.html", "library/_missing_rows.html", context)
