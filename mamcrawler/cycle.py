"""The whole run: from reading the shelves to books on them with their metadata, resumable at every phase.

Each phase is a job of its app and moves rows on by asking a QuerySet what is due, so a phase that was cut goes on
where it stopped, and one that has nothing to do says so.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from acquisition import tasks as acquisition
from acquisition.models import Want
from library import tasks as library
from library.models import Book
from mamcrawler.lib import clock
from mamcrawler.lib.stopping import Interrupted
from mamcrawler.operations.jobs import Run
from mamcrawler.operations.models import JobPhase
from metadata import tasks as metadata

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Phase:
    """One phase: what it is called, what it does, and whether the run ends when it fails."""

    name: str
    label: str
    work: Callable[[Run], str]
    is_essential: bool = False


PHASES = (
    Phase("sync", "Read the shelves", library.sync_library, is_essential=True),
    Phase("series", "List the series", metadata.list_series),
    Phase("authors", "List the authors' books", metadata.list_authors),
    Phase("wants", "Work out what is missing", acquisition.raise_wants),
    Phase("search", "Search for releases", acquisition.search_wants),
    Phase("acquire", "Snatch, download, inspect and shelve", acquisition.acquire),
    Phase("link", "Link with the library server", library.link_items),
    Phase("enrich", "Complete the metadata", metadata.enrich_arrivals),
    Phase("stock", "Take stock", library.take_stock),
)


def run_cycle(run: Run) -> str:
    """Do every phase that is not done, and close with a report.

    A phase that fails is marked and the later ones still work on what there is; without a shelf nothing can be done.
    """
    run.plan([(phase.name, phase.label) for phase in PHASES])
    for phase in PHASES:
        row = run.phase(phase.name)
        if row.status in (JobPhase.Status.DONE, JobPhase.Status.FAILED):
            continue
        run.begin(row)
        try:
            summary = phase.work(run)
        except Interrupted:
            raise
        except Exception as error:
            run.finish(row, "", failure=str(error) or type(error).__name__)
            if phase.is_essential:
                raise
            log.warning("phase failed", phase=phase.name, reason=str(error))
        else:
            run.finish(row, summary)
    library.ask_for_covers()  # of what has come to the shelves; it is looked at from time to time besides
    return _report(run)


def _report(run: Run) -> str:
    """Write the counts of every phase into the run's report and say in a sentence what came of it."""
    phases = list(run.row.phases.all())
    run.row.report = {
        "phases": [
            {"name": p.name, "status": p.status, "summary": p.summary, "failure": p.failure, "counts": p.counts}
            for p in phases
        ],
        "counts": {name: count for p in phases for name, count in p.counts.items()},
        "seconds": round((clock.now() - (run.row.started_at or clock.now())).total_seconds()),
    }
    run.row.save(update_fields=["report"])
    words = _outcome(run.row.report["counts"])
    failed = [p.label for p in phases if p.status == JobPhase.Status.FAILED]
    return words + (f" These phases failed: {', '.join(failed)}." if failed else "")


def _outcome(counts: dict[str, int]) -> str:
    missing = Book.objects.missing().count()
    if any(counts.get(name) for name in ("snatched", "shelved", "completed", "quarantined")):
        shelved = counts.get("shelved", 0)
        words = f"{shelved} book{'' if shelved == 1 else 's'} shelved, {counts.get('completed', 0)} completed"
        return f"{words}; {missing} {'is' if missing == 1 else 'are'} still missing."
    if not missing:
        return "Nothing to do: no book is missing."
    words = f"Nothing to do: {missing} books are missing"
    if choices := Want.objects.filter(hold=Want.Hold.CHOICE).count():
        words += f", {choices} wait for your choice"
    next_look = Want.objects.open().filter(next_look_at__isnull=False).order_by("next_look_at").first()
    if next_look and next_look.next_look_at:
        words += f"; the next search is due {next_look.next_look_at:%d %b %H:%M}"
    return words + "."
