"""The choice of a mode for a series or an author, and what each would change."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from library.models import Author, Series
from library.services import modes
from mamcrawler.lib.answering import page_or_fragment
from mamcrawler.operations.access import Visit, curator_required


def choice(listed: Series | Author) -> dict[str, Any]:
    """What `_modes.html` shows: what each mode would change takes too long to work out before a page is shown."""
    kind = listed._meta.model_name
    return {
        "listed": listed,
        "modes": [{"mode": mode, "label": label} for mode, label in modes.choices_of(listed)],
        "modes_url": reverse(f"library:{kind}-modes", args=[listed.pk]),
        "monitor_url": reverse(f"library:{kind}-monitor", args=[listed.pk]),
    }


@curator_required
@require_safe
def series_modes(request: Visit, pk: int) -> HttpResponse:
    """What each mode would change for the books of a series."""
    return _previewed(request, get_object_or_404(Series, pk=pk))


@curator_required
@require_safe
def author_modes(request: Visit, pk: int) -> HttpResponse:
    """What each mode would change for an author's books."""
    return _previewed(request, get_object_or_404(Author, pk=pk))


def _previewed(request: Visit, listed: Series | Author) -> HttpResponse:
    context = choice(listed) | {"modes": modes.previews(listed), "is_previewed": True}
    return page_or_fragment(request, "library/modes.html", "library/_modes.html", context)
