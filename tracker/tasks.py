"""The tracker's jobs."""

from pathlib import Path

from mamcrawler.operations.jobs import Run, RunCancelled, job
from mamcrawler.operations.models import JobRun
from tracker import documents, saved_pages
from tracker.documents import Counts, CrawlingOff, ImportReport


@job("crawl", "Crawl the guides")
def crawl(run: Run) -> str:
    """Read the tracker's guides as far as one session may go."""
    try:
        report = documents.crawl_guides(run)
    except CrawlingOff as off:
        return str(off)
    _keep(run, report)
    return report.sentence()


@job("import_pages", "Import saved pages", is_runnable=False)
def import_pages(run: Run) -> str:
    """Import the pages in the files, folders and archives that the run's arguments name."""
    paths = [Path(path) for path in run.arguments["paths"]]
    report = ImportReport.model_validate(run.row.report)
    try:
        documents.import_pages(saved_pages.find(paths), report=report, beat=run.beat)
    except RunCancelled:
        documents.forget_uploads(paths)
        raise
    finally:
        _keep(run, report)  # also when the chunk is over: the next one goes on from here
    documents.forget_uploads(paths)
    return report.sentence()


def _keep(run: Run, report: Counts) -> None:
    """Write the report into the run's row, unless another process has taken the run up."""
    run.row.report = report.model_dump(mode="json")
    JobRun.objects.filter(pk=run.row.pk, holder=run.row.holder).update(report=run.row.report)
