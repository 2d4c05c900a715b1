"""Jobs of metadata; the first three are phases of the whole run as well."""

from collections.abc import Iterable

from library.models import Author, Book, Change, Edition, LeftOut, Series
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


@job("list_authors", "List the authors' books")
def list_authors(run: Run) -> str:
    """Ask providers for all books of every author we own several of, where the last list is old; each once a run."""
    due = list(services.authors_due(asked_before=run.began_at))
    with services.connect_all() as providers:
        for author in run.track(due):
            run.beat(f"listing {author.name}")
            services.list_author(author, providers)
            _count_authors(run)
    _count_authors(run)  # of one that a crash cut at its very end
    counts = run.counts
    if not counts["authors"]:
        return "every author's list is fresh"
    words = f"{counts['authors_listed']} of {counts['authors']} authors listed"
    return f"{words}, {counts['works']} books new to us, {counts['left_out']} entries left out"


def _count_authors(run: Run) -> None:
    asked = Author.objects.filter(asked_at__gte=run.began_at)
    listed = asked.filter(listed_at__gte=run.began_at).exclude(listed_by="")
    run.count(
        authors=asked.count() + services.authors_due(asked_before=run.began_at).count(),
        authors_listed=listed.count(),
        works=Book.objects.filter(added_at__gte=run.began_at).count(),
        left_out=LeftOut.objects.filter(author__in=listed).count(),
    )


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
    return f"{sentence}; {left} {'is' if left == 1 else 'are'} left" if left else sentence


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
    return words + (
        f", {counts['proposed']} proposal{'' if counts['proposed'] == 1 else 's'} to review"
        if counts["proposed"]
        else ""
    )


def _count_written(run: Run) -> None:
    written = Change.objects.filter(at__gte=run.began_at, status=Change.Status.WRITTEN, by=None).order_by()
    run.count(
        looked_up=Book.objects.filter(enriched_at__gte=run.began_at).count(),
        completed=written.values("edition").distinct().count(),
        fields=written.count(),
        proposed=Proposal.objects.filter(made_at__gte=run.began_at).count(),
    )
