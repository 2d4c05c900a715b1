"""Telling people what waits for them, once."""

from mamcrawler.lib import clock
from mamcrawler.operations.models import AuditEntry, Finding, User

_RANKS = {Finding.Severity.CRITICAL: 0, Finding.Severity.WARNING: 1, Finding.Severity.NOTE: 2}


def report(
    kind: str,
    subject: str,
    message: str,
    *,
    advice: str = "",
    severity: Finding.Severity = Finding.Severity.WARNING,
    **detail: object,
) -> Finding:
    """Make a finding, or note that an open one was seen again."""
    finding, is_new = Finding.objects.get_or_create(
        kind=kind,
        subject=subject[:300],
        settled_at=None,
        defaults={
            "message": message,
            "advice": advice,
            "severity": severity,
            "rank": _RANKS[severity],
            "detail": detail,
        },
    )
    if not is_new:
        Finding.objects.filter(pk=finding.pk).update(
            message=message, advice=advice, detail=detail, seen_again_at=clock.now()
        )
    return finding


def settle(kind: str, subject: str = "", *, how: str) -> int:
    """Close the open findings of a kind (and subject, when given); returns how many."""
    open_ones = Finding.objects.filter(kind=kind, settled_at__isnull=True)
    if subject:
        open_ones = open_ones.filter(subject=subject[:300])
    return open_ones.update(settled_at=clock.now(), settlement=how)


def open_subjects(kind: str) -> set[str]:
    """What the open findings of a kind are about."""
    return set(Finding.objects.open().filter(kind=kind).order_by().values_list("subject", flat=True))


def settle_one(finding: Finding, *, by: User | None) -> bool:
    """Close a finding because a person dealt with it; False if it was closed before."""
    open_one = Finding.objects.filter(pk=finding.pk, settled_at__isnull=True)
    if not open_one.update(settled_at=clock.now(), settlement=Finding.BY_PERSON):
        return False
    AuditEntry.objects.create(user=by, action="finding.settled", subject=finding.message[:200])
    return True


def reopen(finding: Finding, *, by: User | None) -> bool:
    """Open a finding again; False if it is open, or was noticed anew since."""
    if Finding.objects.open().filter(kind=finding.kind, subject=finding.subject).exists():
        return False
    Finding.objects.filter(pk=finding.pk).update(settled_at=None, settlement="")
    AuditEntry.objects.create(user=by, action="finding.reopened", subject=finding.message[:200])
    return True
