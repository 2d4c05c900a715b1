"""Signing in, and what only the owner may open; `operations.access` guards the other pages."""

from functools import wraps
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from mamcrawler.operations.access import View, Visit
from mamcrawler.operations.models import User


def owner_required(view: View) -> View:
    """Open the page to the owner alone; others read why not, strangers sign in first."""

    @wraps(view)
    def guarded(request: Visit, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.may_own:
            raise PermissionDenied("This takes the role of an owner. Ask the owner.")
        return view(request, *args, **kwargs)

    return login_required(guarded)


class SignInForm(AuthenticationForm):
    """Name and password, in the look of the pages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


class SignInView(LoginView):
    """The sign-in page; while there is no user at all it leads to the set-up."""

    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form, or begin the set-up."""
        if not User.objects.exists():
            return redirect("setup")
        return super().get(request, *args, **kwargs)


def dress(form: forms.BaseForm) -> None:
    """Give a form's fields the classes of the pages."""
    for field in form.fields.values():
        classes = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
        field.widget.attrs.setdefault("class", classes)
