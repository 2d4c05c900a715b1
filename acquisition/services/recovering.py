"""What a person may do about a download: try again, give up, undo."""

from pathlib import PurePosixPath

from django.db import transaction

from acquisition import placing
from acquisition.models import Candidate, Download, FailedAttempt, Want
from acquisition.services.shelving import shelf_root, sources_of
from library import paths
from library import services as library
from mamcrawler.operations.models import AuditEntry, User


class NotPossible(Exception):
    """The download is not where this could be done; the message says what can be."""


@transaction.atomic
def retry(download: Download, *, by: User | None = None) -> None:
    """Let a stopped download go on: from the start, from the client, or by inspecting its files again.

    :raises NotPossible: if it has not stopped.
    """
    if download.status not in Download.STOPPED:
        raise NotPossible("only a download that failed or is quarantined can be tried again")
    want = download.candidate.want
    if want.status != Want.Status.SNATCHED:
        other = Want.objects.open().filter(book=want.book).exclude(pk=want.pk).exists()
        if other or want.candidates.filter(downloads__status__in=_ON_THEIR_WAY).exists():
            raise NotPossible("another release of this book is on its way")
        want.move(Want.Status.SNATCHED, explanation="tried again by a person")
    FailedAttempt.objects.filter(book=want.book, release=download.candidate.release).delete()
    if download.status == Download.Status.QUARANTINED:
        download.advance(Download.Status.DOWNLOADED, reason="inspected again at a person's word", settled_at=None)
    elif download.info_hash and download.events.filter(became=Download.Status.ADDED).exists():
        download.advance(Download.Status.ADDED, reason="followed again at a person's word", settled_at=None)
    else:
        download.advance(Download.Status.INTENDED, reason="tried again at a person's word", settled_at=None)
    AuditEntry.objects.create(user=by, action="download.retried", subject=str(download)[:200])


@transaction.atomic
def give_up(download: Download, *, by: User | None = None) -> None:
    """Look no further for the book of a stopped download; the torrent and its files are left alone.

    :raises NotPossible: if it has not stopped.
    """
    if download.status not in Download.STOPPED:
        raise NotPossible("only a download that failed or is quarantined can be given up")
    want = download.candidate.want
    if want.status not in Want.CLOSED:
        want.move(Want.Status.ABANDONED, explanation="given up by a person")
    Candidate.objects.filter(pk=download.candidate_id).update(verdict=Candidate.Verdict.DISMISSED)
    AuditEntry.objects.create(user=by, action="download.given_up", subject=str(download)[:200])


def unshelve(download: Download, *, by: User | None = None) -> list[str]:
    """Undo a shelving: what we placed is taken away, what seeds stays; returns files left because they changed.

    :raises NotPossible: if it was not shelved.
    """
    if download.status not in (Download.Status.SHELVED, Download.Status.SEEDING) or download.edition is None:
        raise NotPossible("only a shelved download can be taken off its shelf")
    edition, root = download.edition, shelf_root(download.edition.shelf)
    unplaced = placing.unplace(paths.inside(root, PurePosixPath(edition.path)), sources_of(download), root=root)
    with transaction.atomic():
        library.remove_edition(edition)
        reason = "taken off the shelf by a person; try it again to have it back"
        download.advance(Download.Status.QUARANTINED, reason=reason, edition=None, target_path="")
        # Closed as given up, not as shelved: the next run must not fetch the book again at once.
        download.candidate.want.move(Want.Status.ABANDONED, explanation="taken off the shelf by a person")
        AuditEntry.objects.create(user=by, action="download.unshelved", subject=str(download)[:200])
    return [str(path) for path in unplaced.kept]


_ON_THEIR_WAY = (
    Download.Status.INTENDED,
    Download.Status.ADDED,
    Download.Status.DOWNLOADING,
    Download.Status.DOWNLOADED,
    Download.Status.INSPECTING,
    Download.Status.INSPECTED,
    Download.Status.SHELVING,
    Download.Status.SHELVED,
)
