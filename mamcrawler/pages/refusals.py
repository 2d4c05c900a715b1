"""What is told where a request is refused before anybody looked who sent it."""

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.request import split_domain_port
from django.template.loader import render_to_string


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A malformed request; one to a name that we do not answer to is told which setting allows it.

    Nothing may be asked of the request here: it was refused before it was known whose it is.
    """
    host = ""
    if isinstance(exception, DisallowedHost):
        host = split_domain_port(request.META.get("HTTP_HOST", ""))[0]
    return HttpResponseBadRequest(render_to_string("400.html", {"host": host}))
