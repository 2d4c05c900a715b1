"""Who may open which page: a viewer looks, a curator acts, the owner settles the rest."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

from mamcrawler.operations.models import User

View = Callable[..., HttpResponse]


class Visit(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    htmx: HtmxDetails


def viewer_required(view: View) -> View:
    """Open the page to everybody who is signed in."""
    return login_required(view)


def curator_required(view: View) -> View:
    """Open the page to those who may change books and decide; others read why not, strangers sign in first."""

    @wraps(view)
    def guarded(request: Visit, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.may_curate:
            raise PermissionDenied("This takes the role of a curator. Ask the owner.")
        return view(request, *args, **kwargs)

    return login_required(guarded)
