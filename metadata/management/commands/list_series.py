"""Ask providers for the full list of every series we own something of."""

from mamcrawler.operations.commands import JobCommand


class Command(JobCommand):
    """`manage.py list_series [--json]`."""

    help = "Ask providers for the full list of every series we own something of."
    kind = "list_series"
