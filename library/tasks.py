"""Jobs of the library; each is a phase of the whole run as well."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db.models import Count

from library import services
from library.audiobookshelf import LibraryServerError
from library.models import Cover, Edition, Shelf
from library.services import covers, hygiene, planning_statistics, statistics
from mamcrawler.lib import clock
from mamcrawler.operations import jobs
from mamcrawler.operations.jobs import Run, job
from mamcrawler.operations.models import JobRun

SCAN_ROUNDS = 30
SCAN_PAUSE = timedelta(seconds=10)
COVER_PAUSE_S = 0.1
"""Between two covers of a library server."""
MOST_UNREACHABLE = 3
"""So many covers in a row that could not be looked at, and their shelf is left alone for this run."""


class NothingConnected(Exception):
    """There is no shelf to read: without one nothing can be missing."""

    def __init__(self) -> None:
        connect = "no library is connected: set AUDIOBOOKSHELF_TOKEN or LIBRARY_FOLDERS, then run it again"
        switch_on = "every shelf is switched off: switch one on under Set-up, then run it again"
        super().__init__(switch_on if Shelf.objects.exists() else connect)


@job("sync_library", "Read the shelves")
def sync_library(run: Run) -> str:
    """Bring the mirror of every shelf up to date; a shelf that can not be read is told, and the others are.

    With `shelves` among its arguments only those of these keys are read; with `may_vanish` so many items of one may be
    marked as vanished, since a person confirmed it.
    """
    services.settle_interrupted()
    chosen = run.arguments.get("shelves")
    shelves, troubles = _shelves() if chosen is None else (list(Shelf.objects.active().filter(pk__in=chosen)), [])
    if chosen and not shelves:
        return "no such shelf is read any more"
    if not shelves:
        raise NothingConnected
    reports, told = [], []
    for shelf in run.track(shelves):
        try:
            may_vanish = services.confirmed_of(shelf, run.arguments)
            report = services.sync_shelf(shelf, beat=run.beat, may_vanish=may_vanish)
        except services.TooManyVanished as error:
            troubles.append(f"{shelf.name}: {error}")
            continue
        except (services.ShelfUnreachable, LibraryServerError) as error:
            troubles.append(f"{shelf.name} was not read: {error}")
            continue
        reports.append(report)
        run.count(
            items=sum(one.seen for one in reports),
            new=sum(one.new for one in reports),
            changed=sum(one.changed for one in reports),
            vanished=sum(one.vanished for one in reports),
        )
        told.append(f"{shelf.name}: {report.sentence()}")
    services.catch_up(run.beat)
    planning_statistics.refresh_after(sum(one.new + one.changed + one.vanished for one in reports))
    if troubles and not told:
        raise services.ShelfUnreachable("; ".join(troubles))
    return "; ".join(told + troubles)


def _shelves() -> tuple[list[Shelf], list[str]]:
    """All shelves and no trouble; the folders alone, and why, if the library server can not be asked for its own.

    :raises LibraryServerError: if it can not, and there is no folder.
    """
    try:
        return services.discover_shelves(), []
    except LibraryServerError as error:
        folders = list(Shelf.objects.active().filter(kind=Shelf.Kind.FOLDER))
        if not folders:
            raise
        return folders, [f"The library server was not read: {error}"]


@job("link_items", "Link with the library server")
def link_items(run: Run) -> str:
    """Have the library server find what was placed, and learn its items."""
    unlinked = Edition.objects.unlinked()
    if "to_link" not in run.counts:
        run.count(to_link=unlinked.count())
    shelves = [shelf for shelf in Shelf.objects.active() if shelf.editions.unlinked().exists()]
    for shelf in run.track(shelves):
        with services.connect() as client:
            client.scan(shelf.external_id)
            for _ in range(SCAN_ROUNDS):
                run.rest(SCAN_PAUSE, f"{shelf.name}: waiting for its scan")
                if not client.is_scanning(shelf.external_id):
                    break
        services.sync_shelf(shelf, beat=run.beat)
    left = unlinked.count()
    run.count(linked=run.counts["to_link"] - left)
    if not run.counts["to_link"]:
        return "nothing new to link"
    return f"{run.counts['linked']} linked" + (f", {left} not found by the server yet" if left else "")


@job("index_library", "Check what the search knows")
def index_library(run: Run) -> str:
    """Compare every book with what the search knows of it, and put right what differs."""
    repaired = services.catch_up(run.beat) + services.repair(run.beat)
    return f"{repaired} books read again" if repaired else "every book is known as it is"


@job("read_listening", "Read listening progress and collections")
def read_listening(run: Run) -> str:
    """Read who listened to what, and the lists of books that people made on the library server."""
    shelves = [shelf for shelf in Shelf.objects.active() if shelf.kind == Shelf.Kind.AUDIOBOOKSHELF]
    if not settings.AUDIOBOOKSHELF_TOKEN:
        return "nothing to read: no library server is connected"
    notes: dict[str, None] = {}
    with services.connect() as client:
        for report in services.read_listening(client, shelves, beat=run.beat, behind=run.done):
            run.row.done += 1
            read = {name: getattr(report, name) for name in ("listeners", "books", "lists", "unknown", "changed")}
            read["broken"] = len(report.broken)
            run.count(**{name: run.counts.get(name, 0) + count for name, count in read.items()})
            notes |= dict.fromkeys(report.notes)
    return "; ".join([_read_in_words(run.counts), *notes])


def _read_in_words(counts: Mapping[str, int]) -> str:
    words = f"{counts['listeners']} listeners in {counts['books']} books, {counts['lists']} collections and playlists"
    words += f", {counts['changed']} rows changed" if counts["changed"] else ", nothing changed"
    words += f", {counts['unknown']} of items that no sync has brought" if counts["unknown"] else ""
    return words + (f", {counts['broken']} rows could not be read" if counts["broken"] else "")


@job("check_backups", "Check the library server's backups")
def check_backups(run: Run) -> str:
    """See whether the library server keeps backups of itself; nothing is made or removed there."""
    if not settings.AUDIOBOOKSHELF_TOKEN:
        return "nothing to check: no library server is connected"
    run.beat("asking the library server for its backups")
    try:
        return services.watch_backups().message
    except services.BackupsHidden as hidden:
        return str(hidden)


@job("take_stock", "Take stock")
def take_stock(run: Run) -> str:
    """Work out the statistics and look at every copy for the hygiene report."""
    run.beat("working out the statistics")
    kept = statistics.take(run.beat)
    run.beat("looking at every copy")
    looked = hygiene.look(run.beat)
    run.count(copies=looked.copies, findings=looked.found, mended=looked.settled)
    books = kept.statistics.totals.books
    return (
        f"{books:,} book{'' if books == 1 else 's'}, worth about {kept.value:,.2f} {kept.currency}; {looked.sentence()}"
    )


@job("cache_covers", "Fetch the covers", is_housekeeping=True)
def cache_covers(run: Run) -> str:
    """Keep the covers of all copies in the sizes that pages show; a shelf that is out of reach is left for later."""
    if "due" not in run.counts:
        covers.tidy(run.beat)
        run.count(due=covers.due().count())
    failures: Counter[int] = Counter()
    troubles: dict[int, str] = {}
    with services.connect() as client:
        for key in run.track(list(covers.due().values_list("pk", flat=True)), "Looking at the covers"):
            edition = Edition.objects.select_related("shelf").filter(pk=key).first()
            if edition is None or failures[edition.shelf_id] >= MOST_UNREACHABLE:
                continue
            try:
                covers.cache_cover(edition, client)
            except covers.CopyGone:
                run.count(gone=run.counts.get("gone", 0) + 1)
            except covers.UNREACHABLE as error:
                failures[edition.shelf_id] += 1
                troubles[edition.shelf_id] = f"{edition.shelf.name}: {error}"
            else:
                failures[edition.shelf_id] = 0
            if edition.external_id:
                clock.sleep(COVER_PAUSE_S)
    return _told_of_covers(run, list(troubles.values()))


def ask_for_covers() -> str:
    """Ask for a run that fetches covers, if any are due; after one that failed not before an hour has passed."""
    if not covers.due().exists() and not covers.are_lost():
        return "no cover is due"
    lately = JobRun.objects.filter(kind="cache_covers", finished_at__gt=clock.now() - covers.RETRY)
    if lately.filter(status=JobRun.Status.FAILED).exists():
        return "the last run failed within the hour"
    try:
        return f"asked for run {jobs.request('cache_covers').pk}"
    except jobs.AlreadyActive as active:
        return str(active)


def _told_of_covers(run: Run, troubles: list[str]) -> str:
    """Count what this run noted, and say it.

    :raises LibraryServerError: if nothing could be looked at.
    """
    noted = Cover.objects.filter(looked_at__gte=run.began_at, retry_at__isnull=True)
    found = dict(noted.values_list("status").annotate(Count("pk")).order_by())
    fetched, without, unreadable = (found.get(status, 0) for status in Cover.Status.values)
    run.count(covers=fetched, without_cover=without, unreadable=unreadable)
    if troubles and not found:
        raise LibraryServerError("; ".join(troubles))
    gone = run.counts.get("gone", 0)
    if not found and not gone:
        return "nothing to do: every cover is known"
    parts = [f"{fetched} cover{'' if fetched == 1 else 's'} ready"]
    parts += [f"{without} cop{'y' if without == 1 else 'ies'} without one"] if without else []
    parts += [f"{unreadable} unreadable"] if unreadable else []
    parts += [f"the files of {gone} not there"] if gone else []
    return "; ".join([", ".join(parts), *troubles])
