"""Make, list and end keys for programs."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mamcrawler.lib import clock
from mamcrawler.operations.models import ApiKey, AuditEntry, User


class Command(BaseCommand):
    """`manage.py api_keys [--make NAME [--for USER] [--scope SCOPE]] [--end PREFIX] [--json]`."""

    help = "List the keys of programs, make one (its secret is shown this once), or end one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do; without it the keys are listed."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--make", metavar="NAME", help="make a key of this name")
        what.add_argument("--end", metavar="PREFIX", help="end the key whose secret begins so, as the list shows it")
        parser.add_argument("--for", dest="owner", metavar="USER", help="whose key it is; the first owner's by default")
        parser.add_argument("--scope", choices=ApiKey.Scope.values, default=ApiKey.Scope.READ, help="what it may do")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it.

        :raises CommandError: if there is no such person or key.
        """
        if options["make"]:
            told = [_made(options["make"], options["owner"], options["scope"])]
        elif options["end"]:
            told = [_ended(options["end"])]
        else:
            told = [_told(key) for key in ApiKey.objects.select_related("user")]
        if options["json"]:
            self.stdout.write(json.dumps(told, indent=2))
            return
        for row in told:
            self.stdout.write(", ".join(f"{name} {value}" for name, value in row.items() if value))
        if not told:
            self.stdout.write("No key yet; make one with --make NAME.")


def _made(name: str, owner: str | None, scope: str) -> dict[str, str | None]:
    people = User.objects.filter(is_active=True)
    person = people.filter(username=owner).first() if owner else people.filter(role=User.Role.OWNER).first()
    if person is None:
        raise CommandError(f"there is no active person {owner!r}" if owner else "there is no owner; sign in first")
    key, secret = ApiKey.issue(person, name[:80], scope)
    AuditEntry.objects.create(action="api_key.made", subject=str(key), detail={"scope": scope, "user": person.username})
    return {"secret": secret, **_told(key)}


def _ended(prefix: str) -> dict[str, str | None]:
    keys = ApiKey.objects.filter(prefix=prefix, revoked_at__isnull=True)
    if (key := keys.first()) is None or keys.count() > 1:
        raise CommandError(f"there is no single key that begins with {prefix!r} and was not ended")
    key.revoked_at = clock.now()
    key.save(update_fields=["revoked_at"])
    AuditEntry.objects.create(action="api_key.ended", subject=str(key))
    return _told(key)


def _told(key: ApiKey) -> dict[str, str | None]:
    moments = {"made": key.created_at, "last used": key.last_used_at, "ends": key.expires_at, "ended": key.revoked_at}
    told = {name: at.isoformat(timespec="seconds") if at else None for name, at in moments.items()}
    return {"name": key.name, "prefix": key.prefix, "user": key.user.username, "scope": key.scope, **told}
