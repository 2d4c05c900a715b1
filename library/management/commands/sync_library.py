"""Bring the mirror of every shelf up to date."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from library import services
from library.models import Shelf
from mamcrawler.operations import jobs
from mamcrawler.operations.commands import JobCommand
from mamcrawler.operations.models import JobRun


class Command(JobCommand):
    """`manage.py sync_library [--confirm-vanished SHELF ITEMS] [--json]`."""

    help = "Bring the mirror of every shelf up to date."
    kind = "sync_library"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a person's word that items are gone as well."""
        super().add_arguments(parser)
        parser.add_argument(
            "--confirm-vanished",
            nargs=2,
            type=int,
            metavar=("SHELF", "ITEMS"),
            help="read this shelf alone; so many of its items are really gone, as the finding on the Review page asks",
        )

    def start(self, options: dict[str, Any]) -> JobRun:
        """Read the shelves, or the one whose items are gone.

        :raises CommandError: if there is no such shelf, or it does not ask.
        """
        if options["confirm_vanished"] is None:
            return super().start(options)
        key, count = options["confirm_vanished"]
        shelf = Shelf.objects.filter(pk=key).first()
        if shelf is None:
            raise CommandError(f"there is no shelf {key}")
        try:
            return services.confirm_vanished(shelf, count, by=None, start=jobs.run_now)
        except services.NothingToConfirm as error:
            raise CommandError(str(error)) from error
