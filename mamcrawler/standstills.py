"""Outside hosts that nothing is sent to until a person has looked, and letting requests through to them again."""

from dataclasses import dataclass

from django.db import transaction

from mamcrawler.operations import leases
from mamcrawler.operations.models import AuditEntry, OutsideHost, User
from tracker import services as tracker


class NotStopped(Exception):
    """Nothing stands in the way of requests to this host, or there is no such host."""


@dataclass(frozen=True)
class Standstill:
    """A host that nothing is sent to, what happened, and what a person looks at before it is asked again."""

    host: str
    happened: str
    to_check: str


def all_of_them() -> list[Standstill]:
    """Every host that waits for a person, the tracker first."""
    happened, to_check = tracker.standstill()
    found = [Standstill(tracker.HOST, happened, to_check)] if happened else []
    stopped = OutsideHost.objects.exclude(stopped_reason="").exclude(name=tracker.HOST)
    words = "I looked at what the service says, and it may be asked again."
    return found + [Standstill(host.name, host.stopped_reason, words) for host in stopped]


def resume(host: str, *, by: User | None, checked: str) -> None:
    """Let requests through to a host again because a person looked; the next one tells whether it works.

    :param checked: what the person has looked at, for the record.
    :raises NotStopped: if it does not wait for anybody.
    :raises TrackerNotConfigured: if it is the tracker, and there is no cookie.
    """
    with transaction.atomic():
        found = next((one for one in all_of_them() if one.host == host), None)
        if found is None:
            raise NotStopped(f"nothing stands in the way of requests to {host[:60]}")
        if host == tracker.HOST:
            tracker.resume_session(by=by, checked=checked)
            return
        leases.resume(host)
        detail = {"happened": found.happened, "checked": checked}
        AuditEntry.objects.create(user=by, action="host.resumed", subject=host, detail=detail)
