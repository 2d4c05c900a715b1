"""Complete the metadata of books that no provider was asked about, a hundred at a time."""

from mamcrawler.operations.commands import JobCommand


class Command(JobCommand):
    """`manage.py enrich [--json]`."""

    help = "Complete the metadata of books that no provider was asked about, a hundred at a time."
    kind = "enrich_library"
