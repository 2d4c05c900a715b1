"""Merging authors, narrators, series and books, and splitting a book: what would move is shown before it does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from library.models import Author, Book, Edition, Narrator, Recording, Regrouping, Series
from library.services import regrouping, repairing
from mamcrawler.operations.access import Visit, curator_required


@dataclass(frozen=True)
class Mergeable:
    """A kind of rows that can be merged."""

    model: Any
    plural: str
    merge: Callable[..., Regrouping]


KINDS = {
    "author": Mergeable(Author, "authors", regrouping.merge_authors),
    "narrator": Mergeable(Narrator, "narrators", regrouping.merge_narrators),
    "series": Mergeable(Series, "series", regrouping.merge_series),
    "book": Mergeable(Book, "books", regrouping.merge_books),
}


@curator_required
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: Visit, kind: str, pk: int) -> HttpResponse:
    """Find others of a row's kind, see what would follow them, and merge them into it."""
    if (mergeable := KINDS.get(kind)) is None:
        raise Http404
    kept = get_object_or_404(mergeable.model, pk=pk)
    asked = request.POST if request.method == "POST" else request.GET
    chosen = list(mergeable.model.objects.filter(pk__in=_keys(asked.getlist("other"))).exclude(pk=pk).order_by("pk"))
    if request.method == "POST":
        try:
            done = mergeable.merge(kept, chosen, by=request.user)
        except regrouping.CanNotMerge as error:
            messages.error(request, f"Not merged: {error}.")
        else:
            messages.success(request, f"{done}. History can undo it.")
            return redirect(_page_of(kept))
    text = asked.get("q", "").strip()[:200]
    context = {
        "kind": kind,
        "plural": mergeable.plural,
        "kept": kept,
        "page_of_kept": _page_of(kept),
        "text": text,
        "found": repairing.merge_candidates(kept, text),
        "chosen": [(one, regrouping.what_follows(one)) for one in chosen],
    }
    return render(request, "library/merge.html", context)


@curator_required
@require_http_methods(["GET", "HEAD", "POST"])
def book_split(request: Visit, pk: int) -> HttpResponse:
    """Choose the copies and recordings that are another book."""
    book = get_object_or_404(Book, pk=pk)
    if request.method == "POST":
        into = Book.objects.filter(pk__in=_keys([request.POST.get("into", "")])).first()
        try:
            done = regrouping.split_book(
                book,
                editions=list(Edition.objects.filter(pk__in=_keys(request.POST.getlist("edition")))),
                recordings=list(Recording.objects.filter(pk__in=_keys(request.POST.getlist("recording")))),
                into=into,
                title=request.POST.get("title", "").strip()[:500],
                by=request.user,
            )
        except regrouping.CanNotMerge as error:
            messages.error(request, f"Not split: {error}.")
        else:
            messages.success(request, f"{done}. History can undo it.")
            return redirect("library:book-detail", done.kept_id)
    text = request.GET.get("q", "").strip()[:200]
    context = {
        "book": book,
        "editions": Edition.objects.filter(coverages__book=book).select_related("shelf").order_by("title", "pk"),
        "recordings": Recording.objects.for_book(book),
        "text": text,
        "found": repairing.merge_candidates(book, text) if text else [],
    }
    return render(request, "library/book_split.html", context)


def _page_of(row: Any) -> str:
    """The page of a row; narrators have none, so theirs is the history."""
    return reverse("library:regrouping-list") if isinstance(row, Narrator) else str(row.get_absolute_url())


def _keys(values: list[str]) -> list[int]:
    return [int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19]
