"""Mirroring shelves: only what changed is stored, vanished items are marked and never deleted."""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.conf import settings

from library.audiobookshelf import AudiobookshelfClient, LibraryServerError
from library.models import Edition, Shelf
from library.services import folders, indexing, vanishing
from library.services.storing import SyncReport, metadata_of
from library.services.switching import BROKEN, UNREACHABLE
from library.services.walking import Beat, FolderWalk, ServerWalk, ShelfUnreachable
from mamcrawler.lib import clock
from mamcrawler.lib.collecting import seldom_collected
from mamcrawler.operations import findings
from mamcrawler.operations.models import Finding

__all__ = [
    "Beat",
    "ShelfUnreachable",
    "SyncReport",
    "connect",
    "discover_shelves",
    "metadata_of",
    "sync_shelf",
]

log = structlog.get_logger(__name__)

NOTED_EVERY = timedelta(minutes=5)
"""A sync that finds nothing new so soon after the last writes nothing at all."""

_ADVICE = {
    Shelf.Kind.FOLDER: "Mount its disk, or correct LIBRARY_FOLDERS, and read the shelves again.",
    Shelf.Kind.AUDIOBOOKSHELF: "See on the Health page whether the library server answers, and read the shelves again.",
}


def connect() -> AudiobookshelfClient:
    """A client for the configured library server."""
    return AudiobookshelfClient(base_url=settings.AUDIOBOOKSHELF_URL, token=settings.AUDIOBOOKSHELF_TOKEN)


def discover_shelves() -> list[Shelf]:
    """Make a shelf of every configured folder and of every book library on the server; those that exist stay.

    A folder that overlaps another shelf becomes none, and a finding says so.
    """
    folders.keep_configured()
    if settings.AUDIOBOOKSHELF_TOKEN:
        with connect() as client:
            for library in client.libraries():
                if library.media_type != "book":
                    continue
                path = library.folders[0].full_path if library.folders else ""
                Shelf.objects.get_or_create(
                    kind=Shelf.Kind.AUDIOBOOKSHELF,
                    external_id=library.id,
                    defaults={"name": library.name, "path": path},
                )
    folders.tell_refused()
    return list(Shelf.objects.active())


def sync_shelf(shelf: Shelf, *, beat: Beat, may_vanish: int = 0) -> SyncReport:
    """Bring our mirror of a shelf up to date; cut anywhere, the next run goes on, since only changes are fetched.

    :param may_vanish: a person confirmed that so many items are gone.
    :raises TooManyVanished: if too large a share would be marked; everything else was stored.
    :raises ShelfUnreachable: if the folder is not there, or overlaps another shelf.
    :raises LibraryServerError: if the server gives no usable answer.
    """
    with seldom_collected():
        try:
            report = _sync(shelf, beat, may_vanish=may_vanish)
        except folders.ShelfOverlaps:
            raise  # a finding of its own says so
        except (ShelfUnreachable, LibraryServerError) as error:
            advice = _ADVICE[Shelf.Kind(shelf.kind)]
            findings.report(UNREACHABLE, f"shelf {shelf.pk}", f"{shelf.name} was not read: {error}", advice=advice)
            raise
        return report


def _sync(shelf: Shelf, beat: Beat, *, may_vanish: int) -> SyncReport:
    report = SyncReport()
    present = shelf.editions.present().count()
    if shelf.kind == Shelf.Kind.AUDIOBOOKSHELF:
        with connect() as client:
            walk = ServerWalk(shelf, client, report, beat)
            gone = walk.run()
            _settle_unreachable(shelf)
            vanishing.require_few(shelf, len(gone), present, confirmed=may_vanish)
            walk.store_missing(gone.missing)
    else:
        folders.require_apart(shelf)
        gone = FolderWalk(shelf, report, beat).run()
        _settle_unreachable(shelf)
        vanishing.require_few(shelf, len(gone), present, confirmed=may_vanish)
    _mark_vanished(gone.unlisted, report)
    _note(shelf, report)
    vanishing.settle(shelf)
    _tell_broken(shelf, report)
    return report


def _settle_unreachable(shelf: Shelf) -> None:
    findings.settle(UNREACHABLE, f"shelf {shelf.pk}", how="the shelf was read")


def _mark_vanished(gone: Sequence[int], report: SyncReport) -> None:
    for start in range(0, len(gone), 500):
        editions = Edition.objects.present().filter(pk__in=gone[start : start + 500])
        indexing.mark_stale(editions=list(editions.values_list("pk", flat=True)))
        report.vanished += editions.update(status=Edition.Status.VANISHED, vanished_at=clock.now())


def _note(shelf: Shelf, report: SyncReport) -> None:
    """Note that the mirror is in step."""
    now = clock.now()
    if report.wrote or shelf.synced_at is None or shelf.synced_at < now - NOTED_EVERY:
        shelf.synced_at = now
        shelf.save(update_fields=["synced_at"])


def _tell_broken(shelf: Shelf, report: SyncReport) -> None:
    if not report.broken:
        findings.settle(BROKEN, f"shelf {shelf.pk}", how="every item can be read")
        return
    count = len(report.broken)
    findings.report(
        BROKEN,
        f"shelf {shelf.pk}",
        f"{shelf.name}: {count} item{'' if count == 1 else 's'} could not be read; the rest is kept.",
        items=report.broken[: Finding.MOST_ITEMS],
    )
    log.warning("items could not be read", shelf=shelf.name, count=count)
