"""How much waits for a person, over all apps."""

from django.core.cache import cache

from acquisition.models import Candidate, Download
from library.models import Edition
from mamcrawler.operations.models import Finding
from metadata.models import Proposal

KEPT_S = 10


def waiting_for_a_person() -> int:
    """How many decisions the review page holds, up to ten seconds old: every page shows it."""
    return cache.get_or_set("waiting_for_a_person", _count, KEPT_S) or 0


def _count() -> int:
    sections = (
        Candidate.objects.for_review(),
        Download.objects.for_review(),
        Proposal.objects.open(),
        Edition.objects.unplaced(),
        Finding.objects.open().exclude(kind="library.fix_match"),
    )
    return sum(section.order_by().count() for section in sections)
