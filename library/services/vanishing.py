"""A shelf that lost many items at once: nothing is marked until a person says that they are really gone."""

from collections.abc import Callable, Mapping
from typing import Any

from library.models import Shelf
from mamcrawler.operations import findings, jobs
from mamcrawler.operations.models import AuditEntry, Finding, JobRun, User

VANISHED = "library.vanished"
MOST_VANISHED = 0.10
"""A sync that would mark a larger share of a shelf as vanished stops and asks."""
FEW = 2
"""So many may always vanish: of a small shelf, every one is a large share."""


class TooManyVanished(Exception):
    """More items would be marked as vanished than a healthy shelf loses; a person has to confirm."""


class NothingToConfirm(Exception):
    """No reading of the shelf waits for the word that so many items are gone."""


def require_few(shelf: Shelf, gone: int, present: int, *, confirmed: int) -> None:
    """Refuse to mark a large share of a shelf.

    :param confirmed: so many a person confirmed.
    :raises TooManyVanished: unless a person confirmed it.
    """
    if gone <= max(FEW, MOST_VANISHED * present, confirmed + FEW if confirmed else 0):
        return
    message = f"{gone} of {present} items are gone at once. Nothing was marked; is a disk missing?"
    findings.report(
        VANISHED,
        _subject(shelf),
        f"{shelf.name}: {message}",
        advice=(
            "Mount the disk and read the shelves again. If the items are really gone, say so with the button here on "
            f"the Review page, or run: python manage.py sync_library --confirm-vanished {shelf.pk} {gone}"
        ),
        shelf=shelf.pk,
        gone=gone,
    )
    raise TooManyVanished(message)


def confirm_vanished(
    shelf: Shelf, count: int, *, by: User | None, start: Callable[..., JobRun] = jobs.request
) -> JobRun:
    """Have the shelf read once more by a run that may mark so many items as vanished; they return if they come back.

    :param start: how the run is begun.
    :raises NothingToConfirm: if the shelf does not ask, or asks about more items by now.
    :raises AlreadyActive: if the shelves are being read.
    """
    question = _question(shelf)
    if question is None or not shelf.is_active:
        raise NothingToConfirm(f"{shelf.name}: no items wait for your word that they are gone")
    if question.detail.get("gone", 0) > count:
        raise NothingToConfirm(f"{shelf.name}: {question.detail['gone']} items are gone by now; look again first")
    run = start("sync_library", user=by, shelves=[shelf.pk], may_vanish=count)
    AuditEntry.objects.create(
        user=by, action="shelf.vanished_confirmed", subject=shelf.name[:200], detail={"items": count, "run": run.pk}
    )
    return run


def confirmed_of(shelf: Shelf, arguments: Mapping[str, Any]) -> int:
    """How many items a run may mark by a person's word, which holds as long as the question stands."""
    return int(arguments.get("may_vanish", 0)) if _question(shelf) is not None else 0


def settle(shelf: Shelf) -> None:
    """Note that the shelf is in step: the question is answered, and the word used up."""
    findings.settle(VANISHED, _subject(shelf), how="the shelf is in step")


def _question(shelf: Shelf) -> Finding | None:
    return Finding.objects.open().filter(kind=VANISHED, subject=_subject(shelf)).first()


def _subject(shelf: Shelf) -> str:
    return f"shelf {shelf.pk}"
