"""What people say about whole shelves."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from library import services
from library.models import Shelf
from mamcrawler.lib.answering import way_back
from mamcrawler.operations.access import Visit, curator_required
from mamcrawler.operations.jobs import AlreadyActive


@curator_required
@require_POST
def shelf_confirm_vanished(request: Visit, pk: int) -> HttpResponse:
    """Say that the items a shelf asks about are really gone; it is read again at once."""
    shelf = get_object_or_404(Shelf, pk=pk)
    told = request.POST.get("gone", "")
    count = int(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0
    try:
        run = services.confirm_vanished(shelf, count, by=request.user)
    except (services.NothingToConfirm, AlreadyActive) as error:
        messages.error(request, f"Not done: {error}.")
        return way_back(request, "acquisition:review")
    messages.success(request, f"{shelf.name} is read again; what is gone is marked, and returns if it comes back.")
    return redirect("job-run", run.pk)
