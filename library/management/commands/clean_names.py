"""Clean the names of items."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from library.models import Edition
from library.services.cleaning import CleaningProposal, CleaningReport, apply_cleaning, propose_cleaning

CHUNK = 500


class Command(BaseCommand):
    """`manage.py clean_names [--apply] [--json]`."""

    help = "Show how the titles, people and series of items would be cleaned; write it with --apply."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="write it to the shelves, as one batch")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Propose, and write on order.

        :raises CommandError: if a field could not be written.
        """
        report = CleaningReport()
        rows: list[dict[str, Any]] = []
        for proposals in _all_proposals():
            rows += [_row(proposal) for proposal in proposals]
            if options["apply"]:
                apply_cleaning(proposals, by=None, report=report)
        if options["json"]:
            told = {"items": rows, "written": report.written, "refused": report.refused}
            told |= {"batch": str(report.batch) if report.written else None}
            self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))
        else:
            self._print(rows, report, is_applied=options["apply"])
        if report.refused:
            raise CommandError(f"{len(report.refused)} fields were left alone.")

    def _print(self, rows: list[dict[str, Any]], report: CleaningReport, *, is_applied: bool) -> None:
        for row in rows:
            self.stdout.write(f"{row['path']}: {'; '.join(row['reasons'])}")
            for name, (old, new) in row["fields"].items():
                self.stdout.write(f"  {name}: {old!r} -> {new!r}")
        for what, reason in report.refused.items():
            self.stderr.write(f"{what}: {reason}")
        count = f"{len(rows)} item{'' if len(rows) == 1 else 's'} with names to clean"
        after = f"{report.sentence()}; undo batch {report.batch} on the history page." if is_applied else ""
        self.stdout.write(
            f"{count}. {after or 'Nothing was written; --apply writes it.'}" if rows else "Every name is clean."
        )


def _all_proposals() -> Iterator[list[CleaningProposal]]:
    last = 0
    present = Edition.objects.present().select_related("shelf").prefetch_related("locks").order_by("pk")
    while chunk := list(present.filter(pk__gt=last)[:CHUNK]):
        yield propose_cleaning(chunk)
        last = chunk[-1].pk


def _row(proposal: CleaningProposal) -> dict[str, Any]:
    return {
        "edition": proposal.edition.pk,
        "path": proposal.edition.path,
        "fields": {one.field: [one.old, one.new] for one in proposal.fields},
        "reasons": list(proposal.reasons),
    }
