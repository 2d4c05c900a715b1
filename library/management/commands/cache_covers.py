"""Fetch the covers of all copies and keep them in sizes."""

from mamcrawler.operations.commands import JobCommand


class Command(JobCommand):
    """`manage.py cache_covers [--json]`."""

    help = "Fetch the covers of all copies and keep them in the sizes that pages show."
    kind = "cache_covers"
