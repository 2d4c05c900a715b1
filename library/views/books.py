"""The list of books and one book."""

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from library import showing
from library.asking import SORTS, STANDINGS, BookFilter
from library.models import SavedSearch, Shelf
from library.services import listeners
from library.services.cards import cards
from library.services.whole import whole_book
from mamcrawler.lib.answering import page_or_fragment
from mamcrawler.lib.keyed import all_models, models_by_keys
from mamcrawler.lib.paging import A_PAGE, numbered_keys, page_number
from mamcrawler.operations.access import Visit, viewer_required


@viewer_required
@require_safe
def book_list(request: Visit) -> HttpResponse:
    """All books, as covers or as a table."""
    asked = BookFilter.of(request.GET.dict())
    found = asked.find(until=(page_number(request) + 1) * A_PAGE)  # the next page is looked for too
    books = asked.narrowed(found)
    context = {
        "asked": asked,
        "found": found,
        "page": numbered_keys(request, books, cards, total=asked.total(found), more_than=asked.more_than(found)),
        "searches": _saved([request.user.pk]),
        "shelves": _shelves(),
        "sorts": {name: label for name, (label, _) in SORTS.items()},
        "standings": {name: label for name, (label, _) in STANDINGS.items()},
    }
    return page_or_fragment(request, "library/book_list.html", "library/_books.html", context)


@models_by_keys
def _saved(people: RawSQL) -> QuerySet[SavedSearch]:
    return SavedSearch.objects.filter(user__in=people)


@all_models
def _shelves() -> QuerySet[Shelf]:
    return Shelf.objects.all()


@viewer_required
@require_safe
def book_detail(request: Visit, pk: int) -> HttpResponse:
    """One book: what it is, its copies with their fields, what is done to get it, and what was changed."""
    book, card = whole_book(pk), cards([pk], with_wants=True).get(pk)
    if book is None or card is None:
        raise Http404
    editions = [coverage.edition for coverage in book.coverages.all()]
    return render(
        request,
        "library/book_detail.html",
        {
            "book": book,
            "card": card,
            "year": showing.year_of(editions),
            "copies": [showing.copy_of(edition, book.claims.all()) for edition in editions],
            "listening": listeners.listening_to(book),
            "wants": book.wants.for_page() if card.wants else (),
        },
    )
