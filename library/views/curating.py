"""What a curator does about books, fields and copies; each step can be taken back on the same page."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from library import services
from library.audiobookshelf import LibraryServerError
from library.models import Book, Change, Edition
from library.services import curating
from mamcrawler.lib.answering import wants_fragment, way_back
from mamcrawler.operations.access import Visit, curator_required

FEW = 10
"""So many fields are named one by one."""


def book_answer(request: Visit, book: Book) -> HttpResponse:
    """How a book stands after something was decided about it."""
    if wants_fragment(request):
        return render(request, "library/_standing.html", {"book": Book.objects.for_shelves().get(pk=book.pk)})
    return way_back(request, book.get_absolute_url())


@curator_required
@require_POST
def book_include(request: Visit, pk: int) -> HttpResponse:
    """Take back that a book is not wanted."""
    book = get_object_or_404(Book, pk=pk)
    curating.include(book, by=request.user)
    return book_answer(request, book)


@curator_required
@require_POST
def book_monitor(request: Visit, pk: int) -> HttpResponse:
    """Count a book as missing while it is not owned, or leave it be."""
    book = get_object_or_404(Book, pk=pk)
    curating.monitor_book(book, on=request.POST.get("on") == "1", by=request.user)
    return book_answer(request, book)


@curator_required
@require_POST
def field_lock(request: Visit, pk: int, field: str) -> HttpResponse:
    """Let only people change a field."""
    edition = get_object_or_404(Edition, pk=pk)
    try:
        curating.lock_field(edition, field, by=request.user)
    except curating.NotAField:
        messages.error(request, f"The shelf has no field called {field}.")
    return way_back(request, "library:book-list")


@curator_required
@require_POST
def field_unlock(request: Visit, pk: int, field: str) -> HttpResponse:
    """Let the program change a field again."""
    curating.unlock_field(get_object_or_404(Edition, pk=pk), field, by=request.user)
    return way_back(request, "library:book-list")


@curator_required
@require_POST
def change_undo(request: Visit, pk: int) -> HttpResponse:
    """Put one field back to what it was."""
    change = get_object_or_404(Change.objects.select_related("edition__shelf"), pk=pk)
    return _undo(request, [change])


@curator_required
@require_POST
def batch_undo(request: Visit, batch: str) -> HttpResponse:
    """Put back all fields that were changed in one go."""
    return _undo(request, Change.objects.undoable().filter(batch=batch).select_related("edition__shelf"))


@curator_required
@require_POST
def edition_place(request: Visit, pk: int) -> HttpResponse:
    """Say which book a copy is: a known one, or a new one made of the copy's own metadata."""
    edition = get_object_or_404(Edition, pk=pk)
    chosen = request.POST.get("book", "")
    book = Book.objects.filter(pk=chosen).first() if chosen.isascii() and chosen.isdigit() else None
    if book is not None:
        curating.place_edition(edition, book, by=request.user)
    elif chosen == "new":
        book = curating.place_as_new(edition, by=request.user)
    else:
        messages.error(request, "Choose the book that this is, or make a new one.")
        return way_back(request, "library:book-list")
    if wants_fragment(request):
        return render(request, "library/_unplaced.html", {"edition": edition, "placed": book})
    messages.success(request, f"{edition} is {book} now.")
    return way_back(request, book.get_absolute_url())


@curator_required
@require_POST
def edition_unplace(request: Visit, pk: int) -> HttpResponse:
    """Take back which book a copy is."""
    edition = get_object_or_404(Edition, pk=pk)
    curating.unplace_edition(edition, by=request.user)
    if wants_fragment(request):
        context = {"edition": edition, "suggestions": curating.books_like_each([edition])[edition.pk]}
        return render(request, "library/_unplaced.html", context)
    messages.success(request, f"{edition} waits in Review to be matched.")
    return way_back(request, "library:book-list")


def _undo(request: Visit, changes: Iterable[Change]) -> HttpResponse:
    try:
        result = services.undo(changes, by=request.user)
    except services.NotUndoable as error:
        messages.error(request, f"Not undone: {error}.")
    except (LibraryServerError, OSError) as error:
        messages.error(request, f"Not undone: the shelf can not be reached ({error}). Check Health, then try again.")
    else:
        if result.written:
            few = len(result.written) <= FEW
            messages.success(
                request, f"Put back: {', '.join(result.written) if few else f'{len(result.written)} fields'}."
            )
        for field, reason in list(result.refused.items())[:FEW]:
            messages.warning(request, f"{field} was left as it is: {reason}.")
    return way_back(request, "library:book-list")
