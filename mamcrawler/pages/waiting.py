"""How much waits for a person, over all apps."""

from collections.abc import Mapping

from django.core.cache import cache

from acquisition.models import Candidate, Download
from library.hygiene import Severity
from library.models import Edition
from library.services import hygiene
from mamcrawler.operations.models import Finding
from metadata.models import Proposal

KEPT_S = 30
"""Counting over a large library takes longer than showing a page."""
HYGIENE_KEPT_S = 60


def waiting_for_a_person() -> int:
    """How many decisions the review page holds, up to half a minute old: every page shows it."""
    return cache.get_or_set("waiting_for_a_person", _count, KEPT_S) or 0


def hygiene_in_brief() -> Mapping[str, int]:
    """How many findings of the hygiene report there are and how many are serious, up to a minute old."""
    return cache.get_or_set("hygiene_in_brief", _brief, HYGIENE_KEPT_S) or {}


def _brief() -> Mapping[str, int]:
    report = hygiene.report()
    return {"findings": report.findings, "serious": report.of(Severity.SERIOUS)}


def _count() -> int:
    sections = (
        Candidate.objects.for_review(),
        Download.objects.for_review(),
        Proposal.objects.open(),
        Edition.objects.unplaced(),
        Finding.objects.open().exclude(kind="library.fix_match"),
    )
    return sum(section.order_by().count() for section in sections)
