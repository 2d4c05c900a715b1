"""Import pages of the tracker that a person saved in the browser."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mamcrawler.operations import jobs
from mamcrawler.operations.models import JobRun
from tracker import documents, saved_pages
from tracker.documents import ImportReport


class Command(BaseCommand):
    """`manage.py pages PATH… [--dry-run] [--json]`: exit code 1 when a file was refused or the import failed."""

    help = "Import saved pages of the tracker: HTML or MHTML files, folders with all below them, zip archives."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, a folder or a zip archive")
        parser.add_argument("--dry-run", action="store_true", help="tell what would be imported, and keep nothing")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        paths = [path.resolve() for path in options["paths"]]
        missing = [str(path) for path in paths if not path.exists()]
        if missing:
            raise CommandError(f"There is no {', '.join(missing)}")
        if options["dry_run"]:
            report, outcome = documents.import_pages(saved_pages.find(paths), is_dry=True), "dry run"
            summary = f"Would be imported: {report.sentence()}"
        else:
            run = self._run(paths)
            report, outcome, summary = ImportReport.model_validate(run.report), run.status, run.outcome
        if options["json"]:
            told = report.model_dump(mode="json", exclude={"taken"}) | {"status": outcome, "summary": summary}
            self.stdout.write(json.dumps(told, indent=2))
        else:
            self.stdout.write(summary)
            for name, reason in report.refused:
                self.stdout.write(f"  {name}: {reason}")
        if report.refused or outcome not in {JobRun.Status.SUCCEEDED, "dry run"}:
            sys.exit(1)

    def _run(self, paths: list[Path]) -> JobRun:
        try:
            return jobs.run_now("import_pages", paths=[str(path) for path in paths])
        except jobs.AlreadyActive as error:
            raise CommandError(str(error)) from error
