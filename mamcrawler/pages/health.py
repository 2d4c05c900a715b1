"""Whether everything works: for people, and in one word for a monitor."""

from django.contrib import messages
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from mamcrawler import doctor, standstills
from mamcrawler.operations.access import Visit, viewer_required
from mamcrawler.operations.models import OutsideHost
from mamcrawler.pages.access import owner_required
from tracker.services import TrackerNotConfigured


@viewer_required
def health(request: Visit) -> HttpResponse:
    """Show the hosts at once and the checks as soon as they are done; `?check` waits for them."""
    if request.htmx:
        return render(request, "pages/_checks.html", {"checks": doctor.check_all()})
    context = {
        "checks": doctor.check_all() if "check" in request.GET else None,
        "hosts": OutsideHost.objects.all(),
        "standstills": standstills.all_of_them(),
    }
    return render(request, "pages/health.html", context)


@require_POST
@owner_required
def host_resume(request: Visit, host: str) -> HttpResponse:
    """Let requests through to a host again, once the owner says what was looked at."""
    checked = request.POST.get("checked", "").strip()[:300]
    if not checked:
        messages.error(request, "Look first, and tick that you did: nothing was resumed.")
        return redirect("health")
    try:
        standstills.resume(host, by=request.user, checked=checked)
    except (standstills.NotStopped, TrackerNotConfigured) as error:
        messages.warning(request, f"Not resumed: {error}")
    else:
        messages.success(request, f"Resumed: {host}. The next request tells whether it is taken.")
    return redirect("health")


@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """Tell a monitor whether this process can serve; no sign-in, no details."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unavailable"}, status=503)
    return JsonResponse({"status": "ok"})
