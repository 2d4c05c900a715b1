"""The list of authors and one author, owned and missing side by side."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import F, QuerySet
from django.db.models.expressions import RawSQL
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from library import showing
from library.models import Author, Book
from library.models.people import AuthorQuerySet
from library.services import monitoring
from library.services.cards import cards
from library.services.counted import authors_of
from library.views.modes import choice
from mamcrawler.lib.answering import page_or_fragment, way_back
from mamcrawler.lib.keyed import Listing, by_keys
from mamcrawler.lib.paging import numbered_keys
from mamcrawler.operations.access import Visit, curator_required, viewer_required

Counting = Callable[[AuthorQuerySet], AuthorQuerySet]
SORTS: dict[str, tuple[str, Counting, str]] = {  # a name, what has to be counted of all for it, and the order
    "name": ("Name", lambda authors: authors, "name"),
    "books": ("Most books owned first", lambda authors: authors.with_counts("owned"), "-owned"),
    "hours": ("Most hours owned first", AuthorQuerySet.with_hours, "-owned_s"),
    "closest": ("Closest to complete", AuthorQuerySet.with_share, "-share_owned"),
    "gap": ("Most not owned first", lambda authors: authors.with_counts("gap"), "-gap"),
}


@viewer_required
@require_safe
def author_list(request: Visit) -> HttpResponse:
    """Authors of whom something is owned, or all, with what is owned, announced and missing of each."""
    text, sort = request.GET.get("q", "").strip()[:200], request.GET.get("sort", "name")
    sort = sort if sort in SORTS else "name"
    is_all = request.GET.get("all") == "1"
    is_plain = not text and not is_all and sort == "name"
    context = {
        "page": numbered_keys(request, _OURS if is_plain else _authors(text, sort, is_all=is_all), authors_of),
        "text": text,
        "sort": sort,
        "is_all": is_all,
        "sorts": {name: label for name, (label, *_) in SORTS.items()},
    }
    return page_or_fragment(request, "library/author_list.html", "library/_author_rows.html", context)


def _authors(text: str, sort: str, *, is_all: bool) -> AuthorQuerySet:
    named = (Author.objects.all() if is_all else Author.objects.ours()).naming(text)
    _, counting, order = SORTS[sort]
    return counting(named).order_by(order, "name", "pk")


_OURS = Listing(lambda: _authors("", "name", is_all=False))


@by_keys
def _written(authors: RawSQL) -> QuerySet[Book, Any]:
    by_age = F("released_on").asc(nulls_last=True)
    return Book.objects.filter(authors__in=authors).order_by(by_age, "sort_title", "pk").values_list("pk")


@viewer_required
@require_safe
def author_detail(request: Visit, pk: int) -> HttpResponse:
    """An author's books by series and single ones, owned or not."""
    if (author := authors_of([pk]).get(pk)) is None:
        raise Http404
    books = [key for (key,) in _written([pk])]
    shown = cards(books, with_wants=True)
    groups = showing.by_series(shown[key] for key in books if key in shown)
    return render(
        request,
        "library/author_detail.html",
        {
            "author": author,
            "groups": [group for group in groups if not group.is_offered],
            "offered": [group for group in groups if group.is_offered],
            "left_out": showing.left_out(author.left_out.all()),
        }
        | choice(author),
    )


@curator_required
@require_POST
def author_monitor(request: Visit, pk: int) -> HttpResponse:
    """Count all books of an author as missing, those not owned now, those to come, or none."""
    author = get_object_or_404(Author, pk=pk)
    if (mode := request.POST.get("mode", "")) not in Author.Monitor.values:
        messages.error(request, "Choose all books, those not owned now, those to come, or nothing.")
        return redirect(author)
    count = monitoring.monitor_author(author, Author.Monitor(mode), by=request.user)
    words = f"{author}: {author.get_monitor_display().lower()}; {count} known book{'' if count == 1 else 's'} followed."
    unlisted = "" if author.listed_by else " Their full list comes with the next run."
    messages.success(request, words + unlisted)
    return way_back(request, author.get_absolute_url())
