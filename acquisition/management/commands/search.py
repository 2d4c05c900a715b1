"""Search the tracker and Prowlarr as a person would."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from acquisition import services
from acquisition.models import Want
from mamcrawler.lib.pace import NotNow
from tracker import services as tracker


class Command(BaseCommand):
    """`manage.py search TEXT` lists releases; `manage.py search --want ID` judges them against a want."""

    help = "Search for releases by text, or for a want with every verdict explained."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", nargs="?", default="")
        parser.add_argument("--want", type=int, help="id of a want to search for")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = self._for_want(options["want"]) if options["want"] else self._by_text(options["text"])
        except (*tracker.PASSING_TROUBLE, tracker.TrackerNotConfigured, NotNow) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2, ensure_ascii=False))
            return
        for row in rows:
            self.stdout.write("  ".join(str(value) for value in row.values()))
        self.stdout.write(f"{len(rows)} releases.")

    def _by_text(self, text: str) -> list[dict[str, Any]]:
        if not text.strip():
            raise CommandError("say what to search for, or give --want")
        return [
            {"tracker_id": r.tracker_id, "title": r.title, "seeders": r.seeders, "size_bytes": r.size_bytes}
            for r in services.search_for(text)
        ]

    def _for_want(self, want_id: int) -> list[dict[str, Any]]:
        want = Want.objects.filter(pk=want_id).first()
        if want is None:
            raise CommandError(f"there is no want with the id {want_id}")
        services.search_want(want)
        return [
            {
                "verdict": c.verdict,
                "match": c.match_score,
                "quality": c.quality_score,
                "title": c.release.title,
                "reasons": "; ".join(c.match_reasons),
            }
            for c in want.candidates.select_related("release").order_by("rank")
        ]
