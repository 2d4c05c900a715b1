"""The list of books, one book, and an author's books."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from library import showing
from library.asking import SORTS, STANDINGS, BookFilter
from library.models import Author, Book, BookQuerySet, SavedSearch, Series, Shelf
from mamcrawler.lib.answering import page_or_fragment
from mamcrawler.lib.paging import numbered_keys
from mamcrawler.operations.access import Visit, viewer_required


@viewer_required
@require_safe
def book_list(request: Visit) -> HttpResponse:
    """All books, as covers or as a table."""
    asked = BookFilter.of(request.GET.dict())
    found = asked.find()
    books = asked.narrowed(found.books)
    context = {
        "asked": asked,
        "found": found,
        "page": numbered_keys(
            request, books, BookQuerySet.for_covers, total=asked.total(found), more_than=asked.more_than(found)
        ),
        "searches": SavedSearch.objects.filter(user=request.user),
        "shelves": Shelf.objects.active(),
        "sorts": {name: label for name, (label, _) in SORTS.items()},
        "standings": {name: label for name, (label, _) in STANDINGS.items()},
    }
    return page_or_fragment(request, "library/book_list.html", "library/_books.html", context)


@viewer_required
@require_safe
def book_detail(request: Visit, pk: int) -> HttpResponse:
    """One book: what it is, its copies with their fields, what is done to get it, and what was changed."""
    book = get_object_or_404(Book.objects.for_page(), pk=pk)
    editions = [coverage.edition for coverage in book.coverages.all()]
    return render(
        request,
        "library/book_detail.html",
        {
            "book": book,
            "copies": [showing.copy_of(edition, book.claims.all()) for edition in editions],
            "wants": book.wants.for_page(),
        },
    )


@viewer_required
@require_safe
def author_detail(request: Visit, pk: int) -> HttpResponse:
    """An author's books, by series, owned or not."""
    author = get_object_or_404(Author, pk=pk)
    books = list(Book.objects.for_shelves().filter(authors=author).order_by("sort_title", "pk"))
    return render(
        request,
        "library/author_detail.html",
        {
            "author": author,
            "groups": showing.by_series(books),
            "total": len(books),
            "owned": sum(book.standing == Book.Standing.OWNED for book in books),
            "missing": sum(book.standing == Book.Standing.MISSING for book in books),
            "series_count": Series.objects.filter(entries__book__authors=author).distinct().count(),
        },
    )
