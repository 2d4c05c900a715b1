"""The lists of books that people made on the library server."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from library.models import Collection, CollectionMember
from mamcrawler.lib.answering import numbered
from mamcrawler.operations.access import Visit, viewer_required


@viewer_required
@require_safe
def collection_list(request: Visit) -> HttpResponse:
    """Collections with how much of each is owned; who may see names sees playlists too."""
    rows = Collection.objects.seen_by(request.user)
    context = {
        "page": numbered(request, rows.present().for_list()),
        "vanished": rows.vanished().for_list(),
    }
    return render(request, "library/collection_list.html", context)


@viewer_required
@require_safe
def collection_detail(request: Visit, pk: int) -> HttpResponse:
    """One list in its order, owned and missing side by side."""
    collection = get_object_or_404(Collection.objects.seen_by(request.user).for_list(), pk=pk)
    members = CollectionMember.objects.filter(collection=collection).holding()
    context = {"collection": collection, "page": numbered(request, members.for_page(), size=60)}
    return render(request, "library/collection_detail.html", context)
