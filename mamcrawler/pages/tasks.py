"""Jobs that span the apps."""

from mamcrawler import cycle
from mamcrawler.operations.jobs import Run, job


@job("cycle", "Whole run")
def run_cycle(run: Run) -> str:
    """Find what is missing, get it, shelve it, complete it."""
    return cycle.run_cycle(run)
