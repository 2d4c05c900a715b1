"""Read the shelves, find what is missing, get it, shelve it and complete its metadata."""

from mamcrawler.operations.commands import JobCommand


class Command(JobCommand):
    """`manage.py cycle [--json]`."""

    help = "Read the shelves, find what is missing, get it, shelve it and complete its metadata."
    kind = "cycle"
