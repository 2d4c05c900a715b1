"""Show how the account stands with the tracker."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.forms.models import model_to_dict

from tracker import services


class Command(BaseCommand):
    """`manage.py account [--json] [--resume]`."""

    help = "Read the account's numbers from the tracker, at most once a minute."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--resume", action="store_true", help="try a refused or blocked session again first")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["resume"]:
                services.resume_session(checked="said with --resume")
            reading = services.read_account(max_age=timedelta(minutes=1))
        except (*services.PASSING_TROUBLE, services.TrackerNotConfigured) as error:
            raise CommandError(str(error)) from error
        told = model_to_dict(reading, exclude=["id"]) | {"at": reading.at}
        if options["json"]:
            self.stdout.write(json.dumps(told, indent=2, cls=DjangoJSONEncoder))
            return
        for name, value in told.items():
            self.stdout.write(f"{name.replace('_', ' ')}: {'unknown' if value is None else value}")
