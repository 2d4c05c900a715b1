"""Bring the mirror of every shelf up to date."""

from mamcrawler.operations.commands import JobCommand


class Command(JobCommand):
    """`manage.py sync_library [--json]`."""

    help = "Bring the mirror of every shelf up to date."
    kind = "sync_library"
