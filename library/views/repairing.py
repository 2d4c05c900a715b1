"""Pages that put identity right: duplicates, copies without a book, unclean names, and what was merged or split."""

from collections.abc import Iterable

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from library import services
from library.models import Book, Edition, Regrouping
from library.services import cleaning, regrouping, repairing
from mamcrawler.lib.answering import numbered, way_back
from mamcrawler.operations.access import Visit, curator_required, viewer_required

A_PAGE = 25
NAMES_A_PAGE = 100  # a form takes a thousand fields at the most
FEW = 10


@viewer_required
@require_safe
def duplicate_list(request: Visit) -> HttpResponse:
    """Books that seem to be there twice, their copies side by side, with the one to keep."""
    page = numbered(request, repairing.duplicated_books(), size=A_PAGE)
    rows = [repairing.compare_copies(book) for book in page]
    return render(request, "library/duplicate_list.html", {"page": page, "rows": rows})


@curator_required
@require_POST
def duplicate_dismiss(request: Visit, pk: int) -> HttpResponse:
    """Note that all copies of a book are meant to be there."""
    book = get_object_or_404(Book, pk=pk)
    repairing.dismiss_duplicate(book, by=request.user)
    messages.success(request, f"{book} is not listed until another copy of it arrives. Its page can take this back.")
    return way_back(request, "library:duplicate-list")


@curator_required
@require_POST
def duplicate_restore(request: Visit, pk: int) -> HttpResponse:
    """Take back that all copies of a book are meant to be there."""
    repairing.report_duplicate(get_object_or_404(Book, pk=pk), by=request.user)
    return way_back(request, "library:duplicate-list")


@viewer_required
@require_safe
def match_list(request: Visit) -> HttpResponse:
    """Copies that no book could be told for, each with the books it may be and why.

    An address may be about one copy alone, with other books that a search finds.
    """
    one = _keys([request.GET.get("copy", "")])
    text = request.GET.get("q", "").strip()[:200] if one else ""
    unplaced = Edition.objects.unplaced()
    page = numbered(request, unplaced.filter(pk__in=one) if one else unplaced, size=A_PAGE)
    editions = list(page)
    suggested = repairing.suggestions_for(editions)
    context = {
        "page": page,
        "rows": [(edition, suggested[edition.pk]) for edition in editions],
        "is_one": bool(one),
        "text": text,
        "found": repairing.books_named(text) if text and editions else [],
        "dismissed": Edition.objects.dismissed()[:A_PAGE],
    }
    return render(request, "library/match_list.html", context)


@curator_required
@require_POST
def match_choose(request: Visit) -> HttpResponse:
    """Say of the ticked copies which book each is."""
    editions = Edition.objects.unplaced().filter(pk__in=_keys(request.POST.getlist("edition")))
    answers = {edition: request.POST.get(f"book-{edition.pk}", "") for edition in editions}
    books = Book.objects.in_bulk(_keys(answers.values()))
    chosen = [
        (edition, None if answer == "new" else books[int(answer)])
        for edition, answer in answers.items()
        if answer == "new" or (answer in _numbers(answers.values()) and int(answer) in books)
    ]
    if not chosen:
        messages.info(request, "Tick the copies first, and choose a book for each.")
        return redirect("library:match-list")
    authors = {
        edition.pk: [name.strip() for name in told.split(";") if name.strip()]
        for edition in editions
        if (told := request.POST.get(f"author-{edition.pk}")) is not None
    }
    count = repairing.match_all(chosen, by=request.user, authors=authors)
    messages.success(request, f"{count} cop{'y has its' if count == 1 else 'ies have their'} book now.")
    return redirect("library:match-list")


@curator_required
@require_POST
def match_dismiss(request: Visit, pk: int) -> HttpResponse:
    """Leave a copy without a book."""
    edition = get_object_or_404(Edition, pk=pk)
    if repairing.dismiss_match(edition, by=request.user):
        messages.success(request, f"{edition} stays without a book; it can be brought back below.")
    else:
        messages.info(request, f"{edition} has its book by now.")
    return redirect("library:match-list")


@curator_required
@require_POST
def match_restore(request: Visit, pk: int) -> HttpResponse:
    """Let a copy that was left without a book wait again."""
    repairing.restore_match(get_object_or_404(Edition, pk=pk), by=request.user)
    return redirect("library:match-list")


@viewer_required
@require_safe
def name_list(request: Visit) -> HttpResponse:
    """How names would be cleaned, item by item, as a difference."""
    editions = Edition.objects.present().select_related("shelf").prefetch_related("locks").order_by("title", "pk")
    page = numbered(request, editions, size=NAMES_A_PAGE)
    context = {
        "page": page,
        "proposals": cleaning.propose_cleaning(page),
        "is_ticked": request.GET.get("tick") != "none",
    }
    return render(request, "library/name_list.html", context)


@curator_required
@require_http_methods(["GET", "HEAD", "POST"])
def name_preview(request: Visit) -> HttpResponse:
    """What writing the ticked fields would do to the shelves as they stand now; all, none or some of it can be ticked.

    Coming back to this address, or reloading it, leads to the list of names.
    """
    again = request.POST.get("shown", "").split(",") if request.POST.get("shown") else []
    before = request.POST.getlist("field")
    only = _fields(again or before)
    if not only:
        if request.method == "POST":
            messages.info(request, "Tick the fields first.")
        return redirect("library:name-list")
    items = cleaning.preview_cleaning(cleaning.propose_cleaning(_named(only)), only=only)
    shown = [f"{item.edition.pk}:{field.field}" for item in items for field in item.fields]
    possible = {f"{item.edition.pk}:{field.field}" for item in items for field in item.fields if field.would_be_written}
    ticked = {"all": possible, "none": set[str]()}.get(
        request.POST.get("tick", ""), possible & set(before) if again else possible
    )
    context = {"items": items, "shown": ",".join(shown), "ticked": ticked, "count": len(possible)}
    return render(request, "library/name_preview.html", context)


@curator_required
@require_POST
def name_clean(request: Visit) -> HttpResponse:
    """Write the ticked fields as one batch."""
    only = _fields(request.POST.getlist("field"))
    report = cleaning.apply_cleaning(cleaning.propose_cleaning(_named(only)), by=request.user, only=only)
    if report.written:
        messages.success(request, f"{report.sentence().capitalize()}; undo it below History.")
    elif not report.refused:
        messages.info(request, "Tick the fields first.")
    for what, reason in list(report.refused.items())[:FEW]:
        messages.warning(request, f"{what} was left as it is: {reason}.")
    return way_back(request, "library:name-list")


@viewer_required
@require_safe
def regrouping_list(request: Visit) -> HttpResponse:
    """What was merged, split, moved and cleaned, and how to take it back."""
    page = numbered(request, Regrouping.objects.for_page())
    context = {"page": page, "batches": cleaning.cleaning_batches(FEW) if page.number == 1 else []}
    return render(request, "library/regrouping_list.html", context)


@curator_required
@require_POST
def regrouping_undo(request: Visit, pk: int) -> HttpResponse:
    """Make every row what it was before."""
    row = get_object_or_404(Regrouping, pk=pk)
    try:
        regrouping.undo_regrouping(row, by=request.user)
    except services.NotUndoable as error:
        messages.error(request, f"Not undone: {error}.")
    else:
        messages.success(request, f"Undone: {row}.")
    return redirect("library:regrouping-list")


def _fields(values: Iterable[str]) -> dict[int, list[str]]:
    """The fields that are named as "key of a copy:field", by copy."""
    named: dict[int, list[str]] = {}
    for value in values:
        key, _, name = value.partition(":")
        for number in _keys([key]):
            named.setdefault(number, []).append(name)
    return named


def _named(fields: Iterable[int]) -> QuerySet[Edition]:
    """The copies of these keys, with what cleaning asks of them."""
    present = Edition.objects.present().filter(pk__in=fields)
    return present.select_related("shelf").prefetch_related("locks").order_by("title", "pk")


def _numbers(values: Iterable[str]) -> list[str]:
    return [value for value in values if value.isascii() and value.isdigit() and len(value) < 19]


def _keys(values: Iterable[str]) -> list[int]:
    return [int(value) for value in _numbers(values)]
