"""What commands that do a job have in common."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mamcrawler.operations import jobs
from mamcrawler.operations.models import JobRun


class JobCommand(BaseCommand):
    """Do a job here and now; exit code 1 when it, or one of its phases, failed."""

    kind: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take `--json`."""
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def start(self, options: dict[str, Any]) -> JobRun:
        """Do the job, as the options ask for it."""
        return jobs.run_now(self.kind)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job and print what came of it.

        :raises CommandError: if a run of this kind is active.
        """
        try:
            run = self.start(options)
        except jobs.AlreadyActive as error:
            raise CommandError(str(error)) from error
        phases = list(run.phases.all())
        if options["json"]:
            report = run.report | {"status": run.status, "summary": run.summary, "failure": run.failure}
            self.stdout.write(json.dumps(report, indent=2))
        else:
            for phase in phases:
                self.stdout.write(f"{phase.label}: {phase.failure or phase.summary or phase.status}")
            self.stdout.write(run.outcome)
        if run.status != JobRun.Status.SUCCEEDED or any(phase.failure for phase in phases):
            sys.exit(1)
