"""What comes out when: a page, and a feed that calendars subscribe to."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from library.models import Book, CalendarFeed
from library.services import calendars
from mamcrawler.lib import clock, ical
from mamcrawler.lib.answering import numbered
from mamcrawler.operations.access import Visit, viewer_required


@viewer_required
@require_safe
def calendar(request: Visit) -> HttpResponse:
    """Books that came out lately or are to come, month by month, and those that have no date yet."""
    today = clock.now().date()
    feed = CalendarFeed.objects.filter(user=request.user).first()
    address = request.build_absolute_uri(reverse("library:calendar-feed", args=[feed.token])) if feed else ""
    context = {
        "page": numbered(request, Book.objects.coming_out(today - calendars.LOOKING_BACK).for_shelves()),
        "undated": Book.objects.undated().for_shelves()[: calendars.FEW],
        "today": today,
        "address": address,
    }
    return render(request, "library/calendar.html", context)


@viewer_required
@require_POST
def calendar_subscribe(request: Visit) -> HttpResponse:
    """Make an address for the calendar; an earlier one leads nowhere from then on."""
    had_one = CalendarFeed.objects.filter(user=request.user).exists()
    calendars.renew_feed(request.user)
    address = "a new address; the earlier one no longer works" if had_one else "an address"
    messages.success(request, f"Your calendar has {address}.")
    return redirect("library:calendar")


@require_safe
@cache_control(private=True, max_age=timedelta(hours=1).seconds)
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """Give the calendar as iCal to whoever knows its address."""
    if CalendarFeed.of_token(token) is None:
        raise Http404("no such calendar")
    events = calendars.events(request.build_absolute_uri)
    text = ical.calendar("Audiobooks", events, now=clock.now())
    return HttpResponse(text, content_type="text/calendar; charset=utf-8")
