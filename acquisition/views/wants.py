"""Wanting books and looking no further for them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from acquisition import services
from acquisition.models import Want
from acquisition.services import choosing
from library.models import Book, Series
from mamcrawler.lib.answering import wants_fragment, way_back
from mamcrawler.operations.access import Visit, curator_required


@require_POST
@curator_required
def want_book(request: Visit, pk: int) -> HttpResponse:
    """Look for a book because a person wants it."""
    book = get_object_or_404(Book, pk=pk)
    services.want_book(book, by=request.user)
    return _answer(request, book)


@require_POST
@curator_required
def book_decline(request: Visit, pk: int) -> HttpResponse:
    """Note that a book is not wanted, and look no further for it."""
    book = get_object_or_404(Book, pk=pk)
    choosing.decline(book, by=request.user, reason=request.POST.get("reason", ""))
    return _answer(request, book)


@require_POST
@curator_required
def want_drop(request: Visit, pk: int) -> HttpResponse:
    """Look no further for a book; wanting it again starts anew."""
    want = get_object_or_404(Want.objects.select_related("book"), pk=pk)
    refusal = "" if services.drop_want(want) else f"{want.book} is being fetched already: see the queue."
    return _answer(request, want.book, refusal)


@require_POST
@curator_required
def series_want(request: Visit, pk: int) -> HttpResponse:
    """Look for everything that a series lacks."""
    series = get_object_or_404(Series, pk=pk)
    count = choosing.want_missing(series, by=request.user)
    messages.success(request, f"{count} books of {series} are looked for." if count else "All of them are looked for.")
    return redirect(series)


def _answer(request: Visit, book: Book, refusal: str = "") -> HttpResponse:
    if wants_fragment(request):
        context = {"book": Book.objects.for_shelves().get(pk=book.pk), "refusal": refusal}
        return render(request, "library/_standing.html", context)
    if refusal:
        messages.error(request, refusal)
    return way_back(request, book.get_absolute_url())
