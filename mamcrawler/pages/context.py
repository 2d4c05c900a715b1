"""What every page shows besides its own matter."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from mamcrawler.lib import clock
from mamcrawler.pages.waiting import waiting_for_a_person


def standing(request: HttpRequest) -> dict[str, Any]:
    """The version, the sandbox's banner and how much waits for a person."""
    if not request.user.is_authenticated:
        return {"version": settings.VERSION, "sandbox": settings.SANDBOX}
    return {
        "version": settings.VERSION,
        "sandbox": settings.SANDBOX,
        "sandbox_factor": clock.factor(),
        "product_now": clock.now(),
        "waiting_count": waiting_for_a_person(),
    }
