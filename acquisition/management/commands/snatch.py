"""Take a release for a want, or say what would be taken."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from acquisition import services
from acquisition.models import Want
from acquisition.torrents import TorrentClientError
from tracker import services as tracker


class Command(BaseCommand):
    """`manage.py snatch [WANT_ID …] [--dry-run]`: without ids, every want that has a release."""

    help = "Take the best release of a want, as budget and pace allow."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("want_ids", nargs="*", type=int)
        parser.add_argument("--dry-run", action="store_true", help="say what would be taken and why, and take nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        wants = Want.objects.choosable().for_list()
        if options["want_ids"]:
            wants = wants.filter(pk__in=options["want_ids"])
        if not wants:
            self.stdout.write("No want has a release that could be taken.")
        for want in wants:
            self.stdout.write(self._weigh(want) if options["dry_run"] else self._snatch(want))

    def _weigh(self, want: Want) -> str:
        candidate = want.candidates.takeable().select_related("release").first()
        if candidate is None:
            return f"{want.book}: no release is left to take"
        answer = services.weigh(candidate.release)
        return f"{want.book}: {'would take' if answer.allowed else 'held'} {candidate.release}: {answer.reason}"

    def _snatch(self, want: Want) -> str:
        try:
            download = services.snatch_for(want)
        except services.SnatchRefused as refusal:
            return f"{want.book}: held, {refusal}"
        except (*tracker.PASSING_TROUBLE, TorrentClientError) as error:
            raise CommandError(f"{want.book}: {error}") from error
        return f"{want.book}: {download.get_status_display().lower()}, {download}"
