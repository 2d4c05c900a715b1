"""Whether everything works: for people, and in one word for a monitor."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from mamcrawler import doctor
from mamcrawler.operations.access import Visit, viewer_required
from mamcrawler.operations.models import OutsideHost


@viewer_required
def health(request: Visit) -> HttpResponse:
    """Show the hosts at once and the checks as soon as they are done; `?check` waits for them."""
    if request.htmx:
        return render(request, "pages/_checks.html", {"checks": doctor.check_all()})
    context = {
        "checks": doctor.check_all() if "check" in request.GET else None,
        "hosts": OutsideHost.objects.all(),
    }
    return render(request, "pages/health.html", context)


@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """Tell a monitor whether this process can serve; no sign-in, no details."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unavailable"}, status=503)
    return JsonResponse({"status": "ok"})
