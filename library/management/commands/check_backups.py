"""Check the library server's own backups; nothing is made or removed there."""

from mamcrawler.operations.commands import JobCommand


class Command(JobCommand):
    """`manage.py check_backups [--json]`."""

    help = "Check the library server's own backups; nothing is made or removed there."
    kind = "check_backups"
