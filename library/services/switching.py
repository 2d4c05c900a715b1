"""Switching a shelf off and on: whether it is read and written to, never what of it is owned."""

from django.db import transaction

from library.models import Shelf
from library.services import folders
from library.services.vanishing import VANISHED
from mamcrawler.operations import findings
from mamcrawler.operations.models import AuditEntry, User

UNREACHABLE = "library.shelf_unreachable"
BROKEN = "library.broken_items"


@transaction.atomic
def switch_shelf(shelf: Shelf, *, on: bool, by: User | None) -> bool:
    """Have a shelf read from now on, or left alone; False if it was so already.

    A shelf that is switched off is neither read nor watched, nothing is placed on it, and no cover or metadata of its
    copies is looked for unless a person asks. Its copies stay as they were last read: what it holds counts as owned.
    """
    if not Shelf.objects.filter(pk=shelf.pk, is_active=not on).update(is_active=on):
        return False
    shelf.is_active = on
    if not on:
        settle_findings(shelf, how="it was switched off")
    action = "shelf.switched_on" if on else "shelf.switched_off"
    AuditEntry.objects.create(user=by, action=action, subject=shelf.name[:200], detail={"shelf": shelf.pk})
    return True


def settle_findings(shelf: Shelf, *, how: str) -> None:
    """Close what a reading of the shelf has found: no other reading will."""
    for kind in (VANISHED, UNREACHABLE, BROKEN):
        findings.settle(kind, f"shelf {shelf.pk}", how=how)
    findings.settle(folders.REFUSED, shelf.path, how=how)
