"""The pictures of covers."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from library.services import covers
from mamcrawler.lib.answering import unchanging
from mamcrawler.operations.access import Visit, viewer_required


@viewer_required
@require_safe
def cover(request: Visit, digest: str, width: int) -> HttpResponse:
    """One size of a cover; the same address gives the same picture for ever."""
    return unchanging(request, covers.open_size(digest, width), media_type=covers.MEDIA_TYPE)
