"""Ask providers for all books of every author we own several of."""

from mamcrawler.operations.commands import JobCommand


class Command(JobCommand):
    """`manage.py list_authors [--json]`."""

    help = "Ask providers for all books of every author we own several of."
    kind = "list_authors"
