"""Look at every copy and tell what is not as it should be."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from library.hygiene import Severity
from library.services import hygiene


class Command(BaseCommand):
    """`manage.py hygiene [--json] [--fail]`."""

    help = "Look at every copy of the library and tell what is missing or odd; with --fail for use in a script."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--fail", action="store_true", help="exit with 1 when something serious was found")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, and print how many copies each check finds; the exit code is 1 only with --fail."""
        hygiene.look()
        report = hygiene.report()
        if options["json"]:
            told = {
                "looked_at": report.looked_at,
                "findings": report.findings,
                "checks": [_row(one) for one in report.tallies],
            }
            self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))
        else:
            for tally in report.tallies:
                dismissed = f" ({tally.dismissed:,} dismissed)" if tally.dismissed else ""
                self.stdout.write(f"{tally.check.severity.label}: {tally.check.label}: {tally.open:,}{dismissed}")
            self.stdout.write(f"{report.looked_at:,} copies looked at, {report.findings:,} findings.")
        if options["fail"] and report.of(Severity.SERIOUS):
            sys.exit(1)


def _row(tally: hygiene.Tally) -> dict[str, Any]:
    check = tally.check
    return {
        "name": check.name,
        "label": check.label,
        "severity": check.severity.value,
        "open": tally.open,
        "dismissed": tally.dismissed,
    }
