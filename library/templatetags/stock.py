"""How the figures of the library are shown: hours, days, shares."""

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma

from library.services.hygiene import Tally

register = template.Library()

HOUR = 3600
DAY_H = 24
YEAR_D = 365.25


@register.filter
def hours(seconds: float) -> str:
    """A length in whole hours, in minutes where it is less than one."""
    if 0 < seconds < HOUR:
        return f"{max(1, round(seconds / 60))} min"
    return f"{intcomma(round(seconds / HOUR))} h"


@register.filter
def as_days(seconds: float) -> str:
    """A length as days or years of listening without a break."""
    days = seconds / HOUR / DAY_H
    if days < 2:
        return "from end to end"
    return f"{days / YEAR_D:.1f} years on end" if days >= YEAR_D else f"{round(days)} days on end"


@register.filter
def percent(share: float) -> str:
    """A share in percent; what is not nothing is never told as 0, nor what is not all as 100."""
    if 0 < share < 1:
        return "< 1 %"
    return f"{min(round(share), 99) if share < 100 else 100} %"


@register.filter
def share_of(tally: Tally, total: int) -> float:
    """How much of all copies a check finds, in percent."""
    return 100 * tally.open / total if total else 0.0
