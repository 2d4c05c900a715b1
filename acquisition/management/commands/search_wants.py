"""Search for every want that is due."""

from mamcrawler.operations.commands import JobCommand


class Command(JobCommand):
    """`manage.py search_wants [--json]`."""

    help = "Search for every want that is due."
    kind = "search_wants"
