"""`manage.py doctor`: is everything set up and reachable?"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from mamcrawler import doctor

SIGNS = {"ok": "ok", "warning": "warn", "failed": "FAILED", "off": "off"}


class Command(BaseCommand):
    """Check every system; the exit code is 1 when one that is configured does not work; a warning is none."""

    help = "Check the database, the worker, the disk and every outside system, and say what to do."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the options."""
        parser.add_argument("systems", nargs="*", choices=[*doctor.SYSTEMS, []], help="Only these; all by default.")
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line a system."""
        found = [doctor.check(system) for system in options["systems"]] or doctor.check_all()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(health) for health in found], indent=2))
        else:
            for health in found:
                self.stdout.write(f"{SIGNS[health.status]:>6}  {health.label:<15} {health.message}")
                if health.advice:
                    self.stdout.write(f"{'':>8}{'':<16}→ {health.advice}")
        if any(health.is_failure for health in found):
            sys.exit(1)
