"""What happens by itself and how often; `manage.py schedules` writes it to the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django_q.models import Schedule

from mamcrawler.lib import clock
from mamcrawler.operations import jobs

PREFIX = "mamcrawler: "
"""Begins the name of every row that is ours; rows that a person added are left alone."""
SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True)
class Regular:
    """A function that is called again and again.

    :param function: its dotted path; a schedule row knows no other way.
    :param every: of the product's time.
    :param in_sandbox: False where a newcomer is to press *Run now*.
    """

    name: str
    function: str
    every: timedelta
    arguments: tuple[str, ...] = ()
    in_sandbox: bool = True


SCHEDULES = (
    Regular("sweep", "mamcrawler.operations.jobs.sweep", timedelta(minutes=1)),
    Regular("search", "library.services.indexing.catch_up", timedelta(minutes=5)),
    Regular("covers", "library.tasks.ask_for_covers", timedelta(minutes=10)),
    Regular("index", "mamcrawler.schedules.request", timedelta(days=1), arguments=("index_library",), in_sandbox=False),
    Regular(
        "listening", "mamcrawler.schedules.request", timedelta(days=1), arguments=("read_listening",), in_sandbox=False
    ),
    Regular(
        "backups", "mamcrawler.schedules.request", timedelta(days=1), arguments=("check_backups",), in_sandbox=False
    ),
    Regular("cycle", "mamcrawler.schedules.request", timedelta(hours=1), arguments=("cycle",), in_sandbox=False),
)


def request(kind: str) -> str:
    """Ask for a run of a job, unless one is under way; gives a sentence on which of the two it was."""
    try:
        run = jobs.request(kind)
    except jobs.AlreadyActive as active:
        return str(active)
    return f"asked for run {run.pk}"


def current() -> list[Regular]:
    """The schedules that hold here: in the sandbox some do not."""
    return [regular for regular in SCHEDULES if regular.in_sandbox or not settings.SANDBOX]


def real_interval(regular: Regular) -> timedelta:
    """How much real time lies between two calls, in whole minutes: the product's time may run faster."""
    real = timedelta(seconds=clock.real_seconds(regular.every))
    return max(SHORTEST, timedelta(minutes=round(real / timedelta(minutes=1))))


@transaction.atomic
def write(regulars: Sequence[Regular]) -> int:
    """Make the rows say just this; safe to repeat. Returns how many rows changed.

    A schedule whose interval stays the same keeps its next call, so a restart neither hastens nor delays it.
    """
    names = [PREFIX + regular.name for regular in regulars]
    removed: int = Schedule.objects.filter(name__startswith=PREFIX).exclude(name__in=names).delete()[0]
    return removed + sum(_write_one(regular) for regular in regulars)


def _write_one(regular: Regular) -> bool:
    interval = real_interval(regular)
    wanted = {
        "func": regular.function,
        "args": repr(regular.arguments) if regular.arguments else None,
        "schedule_type": Schedule.MINUTES,
        "minutes": interval // timedelta(minutes=1),
        "repeats": -1,
    }
    name = PREFIX + regular.name
    if Schedule.objects.filter(name=name, **wanted).exists():
        return False
    Schedule.objects.update_or_create(name=name, defaults={**wanted, "next_run": clock.wall() + interval})
    return True
