"""What belongs to searching the library: facets, exports and saved searches."""

from collections.abc import Callable, Iterator

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from library.asking import BookFilter
from library.models import BookQuerySet, SavedSearch
from library.services import exporting, saving, searching
from mamcrawler.lib.answering import page_or_fragment, way_back
from mamcrawler.operations.access import Visit, viewer_required

EXPORTS: dict[str, tuple[str, Callable[[BookQuerySet], Iterator[str]]]] = {
    "csv": ("text/csv; charset=utf-8", exporting.csv_of),
    "json": ("application/json", exporting.json_of),
}


@viewer_required
@require_safe
def book_facets(request: Visit) -> HttpResponse:
    """What the books that an address asks for have in common."""
    asked = BookFilter.of(request.GET.dict())
    found = asked.find()
    shown = asked.narrowed(found) if asked.standing or asked.shelf else None
    told = searching.facets_of(found, of=shown, chosen={**asked.chosen, "standing": asked.standing})
    context = {"asked": asked, "told": told}
    return page_or_fragment(request, "library/facets.html", "library/_facets.html", context)


@login_required
@require_safe
def book_export(request: Visit, form: str) -> StreamingHttpResponse:
    """The books that an address asks for, as a file that is written while it is sent."""
    asked = BookFilter.of(request.GET.dict())
    content_type, told = EXPORTS[form]
    response = StreamingHttpResponse(told(asked.narrowed(asked.find())), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="books.{form}"'
    return response


@viewer_required
@require_POST
def search_save(request: Visit) -> HttpResponse:
    """Keep what the list shows under a name."""
    asked = BookFilter.of(QueryDict(request.POST.get("asked", "").removeprefix("?")).dict())
    try:
        search = saving.save_search(request.user, request.POST.get("name", ""), asked)
    except (saving.NameTaken, saving.NameMissing) as error:
        messages.error(request, f"Not saved: {error}.")
        return way_back(request, "library:book-list")
    messages.success(request, f"Saved as {search.name}.")
    return redirect(search)


@viewer_required
@require_POST
def search_rename(request: Visit, pk: int) -> HttpResponse:
    """Give one of one's searches another name."""
    search = get_object_or_404(SavedSearch, pk=pk, user=request.user)
    try:
        saving.rename_search(search, request.POST.get("name", ""))
    except (saving.NameTaken, saving.NameMissing) as error:
        messages.error(request, f"Not renamed: {error}.")
    return way_back(request, "library:book-list")


@viewer_required
@require_POST
def search_delete(request: Visit, pk: int) -> HttpResponse:
    """Keep one of one's searches no longer."""
    search = get_object_or_404(SavedSearch, pk=pk, user=request.user)
    search.delete()
    messages.success(request, f"{search.name} is no longer kept.")
    return redirect(reverse("library:book-list"))
