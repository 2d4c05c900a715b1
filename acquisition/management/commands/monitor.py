"""Look after the downloads on their way: follow, inspect, shelve."""

from mamcrawler.operations.commands import JobCommand


class Command(JobCommand):
    """`manage.py monitor [--json]`."""

    help = "Look after the downloads on their way: follow, inspect, shelve."
    kind = "monitor"
