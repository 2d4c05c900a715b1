"""Proposals for the review page, which belongs to another app."""

from django import template
from django.db.models import QuerySet

from metadata.models import Proposal

register = template.Library()

A_SECTION = 50
FEW = 10


@register.simple_tag
def open_proposals() -> QuerySet[Proposal]:
    """The proposals that wait for a person, the surest first."""
    return Proposal.objects.open()[:A_SECTION]


@register.simple_tag
def open_proposal_count() -> int:
    """How many proposals wait for a person."""
    return Proposal.objects.open().count()


@register.simple_tag
def decided_proposals() -> QuerySet[Proposal]:
    """The proposals that people decided on lately."""
    return Proposal.objects.decided_lately()[:FEW]


@register.filter
def percent(share: float) -> str:
    """A share of one as a percentage."""
    return f"{share * 100:.0f} %"
