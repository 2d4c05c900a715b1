"""manage.py worker: do the work that is queued or due."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django_q.cluster import Cluster

from mamcrawler import schedules
from mamcrawler.operations import jobs


class Command(BaseCommand):
    """Takes up what an earlier worker left, then works until it is interrupted."""

    help = "Do what is queued or due, until interrupted; what an earlier worker left undone is taken up first."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run a cluster of worker processes; SIGINT or SIGTERM to this process lets them finish and ends it.

        :raises CommandError: if the cluster dies without having been asked to end.
        """
        jobs.sweep()
        jobs.wake_queued()
        schedules.write(schedules.current())
        connections.close_all()  # the worker processes are forked and must not share ours
        cluster = Cluster()
        cluster.start()
        cluster.sentinel.join()  # the cluster handles the signals and stops it
        if cluster.sentinel.exitcode:
            raise CommandError(f"The worker processes died with exit code {cluster.sentinel.exitcode}; start it again.")
