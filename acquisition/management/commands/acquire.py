"""Snatch as the rules allow, follow, inspect and shelve."""

from mamcrawler.operations.commands import JobCommand


class Command(JobCommand):
    """`manage.py acquire [--json]`."""

    help = "Snatch as the rules allow, follow, inspect and shelve."
    kind = "acquire"
