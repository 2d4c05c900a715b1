"""The process that crash tests kill: `python -m tests.crash_worker` works in a fresh fork for every line it reads.

Starting Python and Django takes a second, a fork a few milliseconds; a kill ends either just as suddenly. It answers
`started <process id>` when the fork runs and `ended <exit code>` when it is over. The lines:

    migrate       make the database
    request       ask for a run of the cycle
    work          take up what is left and work until nothing is queued or running
    tell <file>   write as JSON what stands in the database
"""

import json
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

ASK_AGAIN_S = 0.02


def main() -> None:
    """Serve until standard input ends."""
    django.setup()
    import mamcrawler.cycle  # noqa: F401 - so that no fork has to import the product

    for line in sys.stdin:
        child = os.fork()
        if not child:
            os._exit(_in_fork(line.split()))
        _say(f"started {child}")
        _say(f"ended {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _in_fork(words: list[str]) -> int:
    from django.conf import settings

    from mamcrawler.lib import clock

    os.setsid()
    clock.follow(settings.SANDBOX_CLOCK, speed=settings.SANDBOX_TIME_FACTOR)  # every world has a clock of its own
    try:
        COMMANDS[words[0]](*words[1:])
    except Exception:  # noqa: BLE001 - a fork must not run on into its parent's code
        traceback.print_exc()
        return 1
    return 0


def migrate() -> None:
    """Make the database."""
    call_command("migrate", verbosity=0, skip_checks=True)


def request() -> None:
    """Ask for a run of the cycle."""
    from mamcrawler.operations import jobs

    jobs.request("cycle")


def work() -> None:
    """Do what a worker does at its start, and then the cycle; the covers that it asks for are left queued."""
    from mamcrawler.operations import jobs
    from mamcrawler.operations.models import JobRun

    jobs.sweep()
    while active := list(JobRun.objects.active().filter(kind="cycle")):
        for run in active:
            jobs.work(run.pk)
        time.sleep(ASK_AGAIN_S)


def tell(path: str) -> None:
    """Write what stands in the database, by names that are the same in every run."""
    Path(path).write_text(json.dumps(_standing()), encoding="utf-8")


def _standing() -> dict[str, Any]:
    from acquisition.models import Download, DownloadEvent, Want
    from library.models import Book, Change, Coverage, Edition
    from mamcrawler.operations.models import JobRun, OutsideHost

    run = JobRun.objects.get(kind="cycle")
    shelved = DownloadEvent.objects.filter(became=Download.Status.SHELVED)
    changes = Change.objects.values_list("edition__path", "field", "status", "new")
    return {
        "run": {"status": run.status, "failure": run.failure, "chunks": run.chunks},
        "counts": {name: count for phase in run.phases.all() for name, count in phase.counts.items()},
        "spans": {phase.name: _span(run, phase) for phase in run.phases.all() if phase.finished_at},
        "phases": {phase.name: f"{phase.status} {phase.failure}".strip() for phase in run.phases.all()},
        "books": sorted(map(str, Book.objects.all())),
        "wants": sorted(f"{want.book}: {want.status} {want.hold}".strip() for want in Want.objects.all()),
        "downloads": sorted(f"{one.candidate.release}: {one.status}" for one in Download.objects.all()),
        "inspections": sorted(Counter(Download.objects.values_list("info_hash", "inspections")).values()),
        "tags": [one.tag for one in Download.objects.exclude(info_hash="")],
        "shelvings": sorted(Counter(shelved.values_list("download", flat=True)).values()),
        "editions": sorted(Edition.objects.values_list("path", "status")),
        "coverages": sorted(Coverage.objects.values_list("edition__path", "book__title")),
        "changes": sorted([path, name, status, json.dumps(new)] for path, name, status, new in changes),
        "held": list(OutsideHost.objects.exclude(holder="").values_list("name", flat=True)),
    }


def _span(run: Any, phase: Any) -> list[float]:
    """When a phase began and ended, in seconds of real time from the start of its run."""
    from mamcrawler.lib import clock

    return [clock.real_seconds(moment - run.started_at) for moment in (phase.started_at, phase.finished_at)]


COMMANDS: dict[str, Callable[..., None]] = {"migrate": migrate, "request": request, "work": work, "tell": tell}

if __name__ == "__main__":
    main()
