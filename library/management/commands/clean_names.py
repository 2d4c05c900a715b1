"""Clean the names of items."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from library.models import Edition
from library.services import ItemPreview
from library.services.cleaning import (
    CleaningProposal,
    CleaningReport,
    apply_cleaning,
    preview_cleaning,
    propose_cleaning,
)

CHUNK = 500


class Command(BaseCommand):
    """`manage.py clean_names [--look | --apply] [--json]`."""

    help = "Show how the titles, people and series of items would be cleaned; write it with --apply."

    def add_arguments(self, parser: ArgumentParser) -> None:
        doing = parser.add_mutually_exclusive_group()
        doing.add_argument("--look", action="store_true", help="ask the shelves what stands there now as well")
        doing.add_argument("--apply", action="store_true", help="write it to the shelves, as one batch")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Propose, and write on order.

        :raises CommandError: if a field could not be written.
        """
        report = CleaningReport()
        rows: list[dict[str, Any]] = []
        for proposals in _all_proposals():
            looked = {one.edition.pk: one for one in preview_cleaning(proposals)} if options["look"] else {}
            rows += [_row(proposal, looked.get(proposal.edition.pk)) for proposal in proposals]
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
                objection = row["left_alone"].get(name)
                self.stdout.write(
                    f"  {name}: {old!r} -> {new!r}" + (f" (left alone: {objection})" if objection else "")
                )
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


def _row(proposal: CleaningProposal, looked: ItemPreview | None) -> dict[str, Any]:
    """A proposal as it is printed; with a look at its shelf, why which fields would be left alone."""
    left_alone = {}
    if looked is not None:
        left_alone = {
            one.field: one.conflict or "it stands so already" for one in looked.fields if not one.would_be_written
        }
    if looked is not None and looked.trouble:
        left_alone = {one.field: looked.trouble for one in proposal.fields}
    return {
        "edition": proposal.edition.pk,
        "path": proposal.edition.path,
        "fields": {one.field: [one.old, one.new] for one in proposal.fields},
        "left_alone": left_alone,
        "reasons": list(proposal.reasons),
    }
