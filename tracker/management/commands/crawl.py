"""Crawl the tracker's guides here and now."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mamcrawler.operations import jobs
from mamcrawler.operations.models import JobRun


class Command(BaseCommand):
    """`manage.py crawl [--json]`: exit code 1 when the crawl failed; run it again and it goes on where it was cut."""

    help = "Read the tracker's guides at the pace of a person, where the owner allowed it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = jobs.run_now("crawl")
        except jobs.AlreadyActive as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            report = run.report | {"status": run.status, "summary": run.summary, "failure": run.failure}
            self.stdout.write(json.dumps(report, indent=2))
        else:
            self.stdout.write(run.outcome)
            for path, reason in run.report.get("failed", {}).items():
                self.stdout.write(f"  {path}: {reason}")
        if run.status != JobRun.Status.SUCCEEDED:
            sys.exit(1)
