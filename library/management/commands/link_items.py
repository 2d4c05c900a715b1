"""Have the library server find what was placed, and learn its items."""

from mamcrawler.operations.commands import JobCommand


class Command(JobCommand):
    """`manage.py link_items [--json]`."""

    help = "Have the library server find what was placed, and learn its items."
    kind = "link_items"
