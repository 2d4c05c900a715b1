"""A person's word on proposed changes."""

from library import services as library
from library.models import Change
from mamcrawler.lib import clock
from mamcrawler.operations.models import User
from metadata.models import Proposal


class DecidedBefore(Exception):
    """Somebody decided on this proposal before."""


class NotWritten(Exception):
    """The shelf did not take the change; the message says why."""


def accept(proposal: Proposal, *, by: User | None) -> None:
    """Write a proposed value to its shelf.

    :raises DecidedBefore: if it is no longer open.
    :raises NotWritten: if the shelf refused; the proposal stays open.
    """
    _require_open(proposal)
    result = library.write(
        proposal.edition, {proposal.field: proposal.new}, source=proposal.sources, by=by, even_locked=True
    )
    if result.refused:
        raise NotWritten(result.refused[proposal.field])
    _decide(proposal, Proposal.Status.ACCEPTED, by=by, batch=result.batch)


def reject(proposal: Proposal, *, by: User | None) -> None:
    """Leave the field as it is, and do not propose this value again.

    :raises DecidedBefore: if it is no longer open.
    """
    _require_open(proposal)
    _decide(proposal, Proposal.Status.REJECTED, by=by)


def reopen(proposal: Proposal, *, by: User | None) -> None:
    """Undo a decision: what was written is put back, and the proposal waits again.

    :raises DecidedBefore: if it is open already, or a newer proposal for the field is.
    :raises NotWritten: if the value was changed again since.
    """
    newer = Proposal.objects.filter(edition=proposal.edition, field=proposal.field, status=Proposal.Status.OPEN)
    if proposal.status == Proposal.Status.OPEN or newer.exists():
        raise DecidedBefore("there is an open proposal for this field")
    if proposal.status == Proposal.Status.ACCEPTED and proposal.batch:
        changes = Change.objects.undoable().filter(batch=proposal.batch)
        if changes:
            result = library.undo(changes, by=by)
            if result.refused:
                raise NotWritten("; ".join(result.refused.values()))
    Proposal.objects.filter(pk=proposal.pk).update(
        status=Proposal.Status.OPEN, decided_at=None, decided_by=None, batch=None
    )
    proposal.refresh_from_db()


def _require_open(proposal: Proposal) -> None:
    proposal.refresh_from_db()
    if proposal.status != Proposal.Status.OPEN:
        raise DecidedBefore(f"this was {proposal.get_status_display().lower()} before")


def _decide(proposal: Proposal, status: Proposal.Status, *, by: User | None, batch: object = None) -> None:
    Proposal.objects.filter(pk=proposal.pk, status=Proposal.Status.OPEN).update(
        status=status, decided_at=clock.now(), decided_by=by, batch=batch
    )
    proposal.refresh_from_db()
