"""How things are shown: icons, sizes, durations, moments, statuses, and the way through the pages."""

from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.http import HttpRequest
from django.template import engines
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mamcrawler.lib import clock
from mamcrawler.lib.addresses import numbered
from mamcrawler.lib.sources import source_name
from mamcrawler.operations import jobs
from mamcrawler.operations.models import JobPhase, JobRun
from mamcrawler.pages.navigation import PLACES

register = template.Library()

UNKNOWN = "–"
UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
REVIEW = "acquisition:review"
MINUTE, HOUR, DAY, WEEK, YEAR = 60, 3600, 86_400, 604_800, 31_557_600
COLOURS = {
    "success": "succeeded done passed healthy shelved seeding present accepted approved applied resumed ok free",
    "info": "running downloading inspecting shelving searching snatched added downloaded inspected bundle vip",
    "primary": "chosen wanted intended queued announced",
    "warning": "held blocked paused resting cancelling slow ambiguous unknown lost warning proposed not_found",
    "danger": "failed quarantined rejected critical vanished abandoned",
}
_COLOUR_OF = {status: colour for colour, statuses in COLOURS.items() for status in statuses.split()}


page_of = cache(reverse)
"""The address of a page that takes nothing."""


@cache  # a long page has hundreds, of few kinds
def _icon(name: str, classes: str = "") -> SafeString:
    sprite = static("vendor/tabler-icons/sprite.svg")
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        classes,
        sprite,
        name,
    )


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """One of the icons of `vendor/tabler-icons/sprite.svg`; it only decorates, so say in words what it means."""
    return _icon(name, classes)


@register.simple_tag
@lru_cache(maxsize=500, typed=True)  # of the same words those that are safe and those to be escaped are told apart
def badge(status: str, label: str = "") -> SafeString:
    """A status, or what it means in words, in the status's colour."""
    colour = status_colour(status)
    return format_html('<span class="badge bg-{0}-subtle text-{0}-emphasis">{1}</span>', colour, label or status)


@register.simple_tag
def progress(label: object, done: int = 0, total: int = 0) -> SafeString:
    """How much of something is done; without a total only that something happens."""
    if not total:
        return format_html('<progress class="bar" aria-label="{}"></progress>', label)
    told = '<progress class="bar" max="{0}" value="{1}" aria-label="{2}">{1} of {0}</progress>'
    return format_html(told, total, done, label)


def button(
    token: str,
    url: str,
    label: str,
    *,
    icon: str = "",
    classes: str = "",
    question: str = "",
    part: str = "",
    name: str = "",
    value: object = "",
) -> SafeString:
    """A button that does something, in a form of its own.

    :param token: proves that the form came from our page.
    :param question: is asked before.
    :param part: class of the part of the page around it that htmx replaces by the answer; the whole page without it.
    :param name: of the value that is sent along.
    """
    htmx = format_html(' hx-post="{}" hx-target="closest {}" hx-swap="outerHTML"', url, part) if part else ""
    return format_html(
        '<form method="post" action="{}"{}><input type="hidden" name="csrfmiddlewaretoken" value="{}">{}</form>',
        url, htmx, token, _pressed(label, icon=icon, classes=classes, question=question, name=name, value=str(value)),
    )  # fmt: skip


@lru_cache(maxsize=500, typed=True)  # a long page has few kinds
def _pressed(label: str, *, icon: str, classes: str, question: str, name: str, value: str) -> SafeString:
    sent = format_html(' name="{}" value="{}"', name, value) if name else ""
    asked = format_html(' data-confirm="{}"', question) if question else ""
    picture = _icon(icon) if icon else ""
    return format_html('<button class="btn btn-sm {}"{}{}>{}{}</button>', classes, sent, asked, picture, label)


@register.simple_tag(takes_context=True)
def act(context: template.Context, url: str, label: str, **options: Any) -> SafeString:
    """A button that does something, in a form of its own; options as `button` takes them."""
    return button(str(context["csrf_token"]), url, label, **options)


@register.simple_tag(takes_context=True)
def rows(context: template.Context, name: str, **values: Any) -> SafeString:
    """What a template of rows draws, with what this page knows and some values besides; functions keep their names."""
    engine: Any = engines["rows"]
    known = {word: value for word, value in context.flatten().items() if word not in engine.env.globals}
    if "csrf_token" in known:  # lazy, and asked for by each button; the frame of the page has it anyway
        known["csrf_token"] = str(known["csrf_token"])
    return SafeString(engine.get_template(name).render(known | values))


@register.simple_tag
def address(name: str, number: int) -> str:
    """The address of the page that takes a row's key alone: what `url` gives, for the rows of long lists."""
    return numbered(name, number)


@register.filter
def sources(told: str) -> str:
    """Sources, with a comma between several, as people write them at the beginning of a line."""
    named = ", ".join(source_name(one) for one in str(told).split(", "))
    return f"T{named[1:]}" if named.startswith("the ") else named


@register.filter
def filesize(size_bytes: float | None) -> str:
    """A size in binary units: 1.4 GiB."""
    if size_bytes is None:
        return UNKNOWN
    size, unit = float(size_bytes), 0
    while abs(size) >= 1023.95 and unit < len(UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.0f} {UNITS[unit]}" if unit == 0 or abs(size) >= 100 else f"{size:.1f} {UNITS[unit]}"


@register.filter
def duration(seconds: float | timedelta | None) -> str:
    """A stretch of time: 45 s, 12 min, 1 h 5 min, 3 days 2 h."""
    if seconds is None:
        return UNKNOWN
    total = round(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
    if total < MINUTE:
        return f"{total} s"
    total_minutes = round(total / MINUTE)
    hours, minutes = divmod(total_minutes, 60)
    if hours == 0:
        return f"{minutes} min"
    if hours < 72:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} days {hours} h" if hours and days < 7 else f"{days} days"


@register.filter
def hours(seconds: float | None) -> str:
    """A long stretch of time in whole hours, with a comma between thousands; less than one in minutes."""
    if seconds is None:
        return UNKNOWN
    return f"{round(seconds / HOUR):,} h" if seconds >= HOUR else f"{round(seconds / MINUTE)} min"


@register.filter
def ago(moment: datetime | None) -> str:
    """How long ago a moment of the product's time was, or how far ahead it is; the moment itself on hovering."""
    if moment is None:
        return UNKNOWN
    seconds = (clock.now() - moment).total_seconds()
    rough = _roughly(abs(seconds))
    words = "just now" if not rough else f"{rough} ago" if seconds > 0 else f"in {rough}"
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), f"{local:%-d %B %Y, %H:%M %Z}", words
    )


def _roughly(seconds: float) -> str:
    for unit, word in ((YEAR, "year"), (WEEK, "week"), (DAY, "day")):
        if seconds >= 2 * unit:
            return f"{seconds // unit:.0f} {word}s"
    if seconds >= 2 * HOUR:
        return f"{seconds // HOUR:.0f} h"
    return f"{seconds // MINUTE:.0f} min" if seconds >= MINUTE else ""


@register.filter
def status_colour(status: str) -> str:
    """The theme colour of a status: success, info, primary, warning, danger or secondary."""
    return _COLOUR_OF.get(status, "secondary")


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The page's query string with some parameters replaced, or dropped when None or empty.

    Anything but another `page` leads back to the first page.
    """
    parameters = context["request"].GET.copy()
    parameters.pop("page", None)
    for name, value in changes.items():
        if value is None or value == "":
            parameters.pop(name, None)
        else:
            parameters[name] = value
    return f"?{parameters.urlencode()}"


@register.simple_tag(takes_context=True)
def navigation(context: template.Context) -> SafeString:
    """The sidebar's links: the pages that exist and that this person may use, the current one marked."""
    request: HttpRequest = context["request"]
    is_owner = getattr(request.user, "may_own", False)
    links = [(place, page_of(place.url_name)) for place in PLACES if is_owner or not place.owner_only]
    home = page_of("dashboard")
    fitting = [
        (max(len(place.under), len(url)), url)
        for place, url in links
        if url != home and request.path.startswith((url, place.under or url))
    ]
    here = max(fitting, default=(0, home))[1]
    is_outside = here == home != request.path  # a page that no entry leads to
    waiting = context.get("waiting_count") or 0
    told = [
        {
            "place": place,
            "url": url,
            "is_here": url == here and not is_outside,
            "waiting": waiting if place.url_name == REVIEW else 0,
        }
        for place, url in links
    ]
    return rows(context, "navigation.html", links=told)


@register.simple_tag(takes_context=True)
def pagination(context: template.Context, page: Page[Any]) -> SafeString | str:
    """Where a page stands in its list, and the ways to others: the ends, the neighbours, an ellipsis between."""
    if not page.has_other_pages():
        return ""
    parameters = context["request"].GET.copy()
    parameters.pop("page", None)
    kept = parameters.urlencode()
    return rows(
        context,
        "pagination.html",
        page=page,
        numbers=page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        ahead=f"?{kept}&page=" if kept else "?page=",
        is_capped=getattr(page.paginator, "is_capped", False),
    )


@register.filter
def job_label(kind: str) -> str:
    """What people call a job of this kind."""
    known = jobs.JOBS.get(kind)
    return known.label if known else kind.replace("_", " ").capitalize()


@register.filter
def run_status(run: JobRun) -> str:
    """The status of a run as people see it: a queued run may be paused or rest."""
    if run.is_active and run.is_cancelling:
        return "cancelling"
    if run.is_active and run.is_paused:
        return "paused"
    if run.status == JobRun.Status.QUEUED and run.resume_at is not None:
        return "resting"
    return run.status


@register.filter
def until(moment: datetime | None) -> str:
    """How much time is left until a moment, roughly; nothing left is told as over."""
    if moment is None:
        return UNKNOWN
    left = (moment - clock.now()).total_seconds()
    return (_roughly(left) or "under a minute") if left > 0 else "over"


@register.filter
def took(work: JobRun | JobPhase) -> str:
    """How long a run or phase took, in the product's time."""
    if work.started_at is None or work.finished_at is None:
        return UNKNOWN
    return duration(work.finished_at - work.started_at)


@register.filter
def in_words(value: Any) -> str:
    """A name or figure of a report as people read it."""
    return value.replace("_", " ") if isinstance(value, str) else UNKNOWN if value is None else f"{value:,}"
