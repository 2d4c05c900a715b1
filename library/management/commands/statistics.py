"""Tell the library in figures."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from library.figures import Part, Share
from library.services import statistics


class Command(BaseCommand):
    """`manage.py statistics [--json]`."""

    help = "Work out the library in figures: totals, formats, lengths, languages, completeness, value."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work them out, keep them, and print them."""
        kept = statistics.take()
        known = kept.statistics
        if options["json"]:
            told = {"taken_at": kept.taken_at.isoformat(), "value": kept.value, "currency": kept.currency}
            self.stdout.write(json.dumps(told | known.model_dump(mode="json"), indent=2, ensure_ascii=False))
            return
        for name, figure in known.totals.model_dump(exclude={"seconds", "size_bytes"}).items():
            self.stdout.write(f"{name.replace('_', ' ').capitalize()}: {figure:,}")
        self.stdout.write(f"Hours: {known.totals.seconds / 3600:,.0f}")
        self.stdout.write(f"Size: {known.totals.size_bytes / 2**30:,.1f} GiB")
        self.stdout.write(f"Estimated value: {kept.value:,.2f} {kept.currency}")
        for heading, parts in (
            ("Formats", known.formats),
            ("Bitrates", known.bitrates),
            ("Lengths", known.lengths),
            ("Languages", known.languages),
            ("Completeness", known.completeness.buckets),
            ("Series", known.series_standing),
        ):
            told_parts = ", ".join(f"{part.label} {_count(part):,}" for part in parts)
            self.stdout.write(f"{heading}: {told_parts or 'none'}")


def _count(part: Share | Part) -> int:
    return part.editions if isinstance(part, Share) else part.count
