"""manage.py benchmark: measure the product against its bars."""

import argparse
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """Runs a benchmark in a process of its own, with its own database; exit code 1 when a bar is missed."""

    help = "Measure the product against its bars; each benchmark takes --json, --database URL and its own size."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the name; the benchmark takes the rest."""
        parser.add_argument("name", help="library_sync, adopt, missing or library_pages")
        parser.add_argument("options", nargs=argparse.REMAINDER, help="such as --json, or --items N")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it and print what it printed."""
        command = [sys.executable, "-m", "mamcrawler.benchmarks", options["name"], *options["options"]]
        done = subprocess.run(command, cwd=settings.BASE_DIR, check=False, stdout=subprocess.PIPE, text=True)
        self.stdout.write(done.stdout, ending="")
        if done.returncode:
            sys.exit(done.returncode)
