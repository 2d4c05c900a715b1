"""A worker with a job that takes its time: `python -m tests.counting_worker` does what `manage.py worker` does.

At its first start it makes the database and asks for the job, which counts on until somebody stops it.
"""

from datetime import timedelta

import django
from django.core.management import call_command

ALWAYS = 1_000_000


def main() -> None:
    """Work until interrupted."""
    django.setup()
    from mamcrawler.operations import jobs
    from mamcrawler.operations.models import JobRun

    @jobs.job("counting")
    def count(run: jobs.Run) -> str:
        for number in range(run.done, ALWAYS):
            run.row.done = number + 1
            run.rest(timedelta(milliseconds=50), "counting")
        return "counted"

    call_command("migrate", verbosity=0, skip_checks=True)
    if not JobRun.objects.exists():
        jobs.request("counting")
    call_command("worker")


if __name__ == "__main__":
    main()
