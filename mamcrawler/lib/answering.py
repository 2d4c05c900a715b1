"""What the views of all apps share: a page or its fragment, a numbered page of rows, the way back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

Row = TypeVar("Row", bound=Model)


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page; going back in the history needs all of it."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.history_restore_request


def page_or_fragment(request: HttpRequest, page: str, fragment: str, context: Mapping[str, Any]) -> HttpResponse:
    """Render the fragment for htmx and the whole page for everybody else."""
    response = render(request, fragment if wants_fragment(request) else page, dict(context))
    patch_vary_headers(response, ["HX-Request"])
    return response


def numbered(
    request: HttpRequest,
    rows: QuerySet[Row],
    *,
    size: int = 50,
    reading: Callable[[Sequence[int]], Mapping[int, Row]] | None = None,
) -> Page[Row]:
    """The page of rows that the address asks for; one beyond the end is the last.

    :param reading: gives the rows of the page by their keys, with what only those need, so that the rest is not
        worked out.
    """
    page = Paginator(rows if reading is None else rows.values_list("pk", flat=True), size)
    shown = page.get_page(request.GET.get("page"))
    if reading is not None:
        keys = list(shown.object_list)
        found = reading(keys)
        shown.object_list = [found[key] for key in keys if key in found]
    return shown


def unchanging(request: HttpRequest, content: bytes | None, *, media_type: str) -> HttpResponse:
    """A file that never changes under its address; a browser keeps it for itself and need not ask again.

    :raises Http404: if there is no such file.
    """
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type=media_type)
    response["ETag"] = f'"{request.path.rpartition("/")[2]}"'
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


def way_back(request: HttpRequest, otherwise: str) -> HttpResponseRedirect:
    """Back to the page of ours that the form stood on, else to another one."""
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return redirect(came_from if is_ours else otherwise)
