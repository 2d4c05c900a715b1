"""Looking after the library server's own backups: it is only asked, nothing there is made, changed or removed."""

from library.audiobookshelf import AudiobookshelfClient, NotOnServer, PermissionMissing
from library.backups import BackupCheck, Keeping, KeptBackup, judge
from library.services.sync import connect
from mamcrawler.lib import clock
from mamcrawler.operations import findings

KIND, SUBJECT = "library.backups", "audiobookshelf"


class BackupsHidden(Exception):
    """The token's user may not see the server's backups."""


def check_backups() -> BackupCheck:
    """Judge the backups that the library server has of itself.

    :raises BackupsHidden: if the token may not see them.
    :raises LibraryServerError: if the server gives no usable answer.
    """
    with connect() as client:
        return _check(client)


def _check(client: AudiobookshelfClient) -> BackupCheck:
    visitor = client.whoami()
    try:
        listed = client.backups()
    except (PermissionMissing, NotOnServer) as error:
        raise BackupsHidden(
            "The token's user is no administrator, so whether the server has backups can not be seen."
        ) from error
    backups = [KeptBackup(made_at=row.created_at, size_bytes=row.size_bytes) for row in listed.rows]
    keeping = Keeping(schedule=visitor.backup_schedule, keeps=visitor.backups_kept)
    return judge(backups, keeping, now=clock.now())


def watch_backups() -> BackupCheck:
    """Check the backups and let what is wrong wait in Review until it is right.

    :raises BackupsHidden: if the token may not see them.
    :raises LibraryServerError: if the server gives no usable answer.
    """
    check = check_backups()
    if check.is_ok:
        findings.settle(KIND, SUBJECT, how="the backups are as they should be")
    else:
        findings.report(KIND, SUBJECT, check.message, advice=check.advice)
    return check
