"""Jobs of the library; each is a phase of the whole run as well."""

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings

from library import services
from library.audiobookshelf import LibraryServerError
from library.models import Edition, Shelf
from library.services import hygiene, statistics
from mamcrawler.operations.jobs import Run, job

SCAN_ROUNDS = 30
SCAN_PAUSE = timedelta(seconds=10)


class NothingConnected(Exception):
    """There is no shelf to read: without one nothing can be missing."""

    def __init__(self) -> None:
        super().__init__("no library is connected: set AUDIOBOOKSHELF_TOKEN or LIBRARY_FOLDERS, then run it again")


@job("sync_library", "Read the shelves")
def sync_library(run: Run) -> str:
    """Bring the mirror of every shelf up to date; a shelf that can not be read is told, and the others are.

    With `shelves` among its arguments only those of these keys are read.
    """
    services.settle_interrupted()
    chosen = run.arguments.get("shelves")
    shelves = services.discover_shelves() if chosen is None else list(Shelf.objects.active().filter(pk__in=chosen))
    if chosen and not shelves:
        return "no such shelf is read any more"
    if not shelves:
        raise NothingConnected
    reports, told, troubles = [], [], []
    for shelf in run.track(shelves):
        try:
            report = services.sync_shelf(shelf, beat=run.beat)
        except (services.TooManyVanished, services.ShelfUnreachable, LibraryServerError) as error:
            troubles.append(f"{shelf.name}: {error}")
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
    if troubles and not told:
        raise services.ShelfUnreachable("; ".join(troubles))
    return "; ".join(told + troubles)


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
