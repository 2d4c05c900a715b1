"""Candidates for pages of other apps: each with why it stands where it stands."""

from django import template

from acquisition import planning
from acquisition.models import Want
from acquisition.services.wanting import POLICY
from acquisition.showing import Judged, judged

register = template.Library()


@register.filter
def judged_candidates(want: Want) -> list[Judged]:
    """A want's candidates, best first; they are read with `Want.objects.for_page()`."""
    return judged(list(want.candidates.all()))


@register.simple_tag
def order_of_queue(policy: str = POLICY) -> str:
    """What decides which gap is filled first, and what a phase is."""
    return planning.told(policy)
