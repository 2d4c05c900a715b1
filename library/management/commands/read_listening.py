"""Read listening progress and collections from the library server."""

from mamcrawler.operations.commands import JobCommand


class Command(JobCommand):
    """`manage.py read_listening [--json]`."""

    help = "Read listening progress and collections from the library server."
    kind = "read_listening"
