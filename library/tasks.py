"""Jobs of the library; each is a phase of the whole run as well."""

from datetime import timedelta

from library import services
from library.audiobookshelf import LibraryServerError
from library.models import Edition, Shelf
from library.services import planning_statistics
from mamcrawler.operations.jobs import Run, job

SCAN_ROUNDS = 30
SCAN_PAUSE = timedelta(seconds=10)


class NothingConnected(Exception):
    """There is no shelf to read: without one nothing can be missing."""

    def __init__(self) -> None:
        super().__init__("no library is connected: set AUDIOBOOKSHELF_TOKEN or LIBRARY_FOLDERS, then run it again")


@job("sync_library", "Read the shelves")
def sync_library(run: Run) -> str:
    """Bring the mirror of every shelf up to date; a shelf that can not be read is told, and the others are."""
    services.settle_interrupted()
    shelves = services.discover_shelves()
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
    planning_statistics.refresh_after(sum(one.new + one.changed + one.vanished for one in reports))
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
