"""manage.py worker: do the work that is queued or due."""

from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django_q.cluster import Cluster

from library.services.watching import watching
from mamcrawler import schedules
from mamcrawler.lib import stopping
from mamcrawler.operations import jobs


class StoppableCluster(Cluster):  # type: ignore[misc]  # the package has no types
    """A cluster whose workers lay their runs down at the next beat when it is signalled, and then end."""

    def sig_handler(self, signum: int, frame: FrameType | None) -> None:
        """Tell the workers before waiting for them."""
        stopping.ask()
        super().sig_handler(signum, frame)


class Command(BaseCommand):
    """Takes up what an earlier worker left, then works until it is interrupted."""

    help = "Do what is queued or due, until interrupted; what an earlier worker left undone is taken up first."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run a cluster of worker processes; SIGINT or SIGTERM to this process ends them at their next beat.

        :raises CommandError: if the cluster dies without having been asked to end.
        """
        jobs.sweep()
        jobs.wake_queued()
        schedules.write(schedules.current())
        connections.close_all()  # the worker processes are forked and must not share ours
        cluster = StoppableCluster()
        cluster.start()
        with watching():  # only now: a fork would not take the thread along
            cluster.sentinel.join()  # the cluster handles the signals and stops it
        if cluster.sentinel.exitcode:
            raise CommandError(f"The worker processes died with exit code {cluster.sentinel.exitcode}; start it again.")
