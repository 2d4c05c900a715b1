"""manage.py schedules: write what happens by itself to the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mamcrawler import schedules


class Command(BaseCommand):
    """Writes the schedules of this version; safe to repeat, and done by the worker at each start."""

    help = "Write the schedules of this version to the database; safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --dry-run."""
        parser.add_argument("--dry-run", action="store_true", help="only list them")

    def handle(self, *args: Any, **options: Any) -> None:
        """List the schedules, and write them."""
        regulars = schedules.current()
        for regular in regulars:
            minutes = int(schedules.real_interval(regular).total_seconds() // 60)
            self.stdout.write(f"{regular.name}: every {minutes} min")
        if not options["dry_run"]:
            self.stdout.write(f"{schedules.write(regulars)} of the rows changed")
