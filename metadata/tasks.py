"""Jobs of metadata; the first two are phases of the whole run as well."""

from collections.abc import Iterable

from library.models import Book, Change, Edition, Series
from mamcrawler.operations.jobs import Run, job
from metadata import services
from metadata.models import Proposal

BATCH = 100
"""Editions in one run over the library, so that a large one is completed day by day within the providers' limits."""


@job("list_series", "List the series")
def list_series(run: Run) -> str:
    """Ask providers for the full list of every series we own something of, where the last list is a month old."""
    due = list(services.series_due())
    with services.connect_all() as providers:
        for series in run.track(due):
            run.beat(f"listing {series.name}")
            services.list_series(series, providers)
            _count_series(run)
    _count_series(run)  # of one that a crash cut at its very end
    if not run.counts["series"]:
        return "every series' list is fresh"
    return f"{run.counts['listed']} of {run.counts['series']} series listed, {run.counts['new_books']} books new to us"


def _count_series(run: Run) -> None:
    asked = Series.objects.filter(listed_at__gte=run.began_at)
    run.count(
        series=asked.count() + services.series_due().count(),
        listed=asked.exclude(listed_by="").count(),
        new_books=Book.objects.filter(added_at__gte=run.began_at).count(),
    )


@job("enrich_arrivals", "Complete the metadata of new books")
def enrich_arrivals(run: Run) -> str:
    """Look up every edition that came since its shelf was connected."""
    return _enrich(run, Edition.objects.lacking_metadata().arrived())


@job("enrich_library", "Complete the metadata of the library")
def enrich_library(run: Run) -> str:
    """Look up the next hundred editions that no provider was asked about."""
    sentence = _enrich(run, Edition.objects.lacking_metadata()[:BATCH])
    left = Edition.objects.lacking_metadata().count()
    return f"{sentence}; {left} are left" if left else sentence


def _enrich(run: Run, due: Iterable[Edition]) -> str:
    editions = list(due)
    with services.connect_all() as providers:
        for edition in run.track(editions):
            run.beat(f"completing {edition}")
            services.enrich_edition(edition, providers)
            _count_written(run)
    _count_written(run)  # of one that a crash cut at its very end
    counts = run.counts
    if not editions and not counts["looked_up"]:
        return "every book has been looked up"
    words = f"{counts['looked_up']} looked up, {counts['fields']} fields written to {counts['completed']} books"
    return words + (f", {counts['proposed']} proposals to review" if counts["proposed"] else "")


def _count_written(run: Run) -> None:
    written = Change.objects.filter(at__gte=run.began_at, status=Change.Status.WRITTEN, by=None).order_by()
    run.count(
        looked_up=Book.objects.filter(enriched_at__gte=run.began_at).count(),
        completed=written.values("edition").distinct().count(),
        fields=written.count(),
        proposed=Proposal.objects.filter(made_at__gte=run.began_at).count(),
    )
