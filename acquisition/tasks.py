"""Jobs of acquisition, in the order of the path; each is a phase of the whole run as well."""

from datetime import timedelta

from django.db.models import Count

from acquisition import services
from acquisition.models import Download, DownloadEvent, Inspection, Want
from library.models import Book
from mamcrawler.lib import clock
from mamcrawler.operations import preferences
from mamcrawler.operations.jobs import Run, job
from tracker import services as tracker


@job("raise_wants", "Work out what is missing")
def raise_wants(run: Run) -> str:
    """Want every missing book and put the wants in order."""
    run.beat("working out what is missing")
    missing = Book.objects.missing().count()
    raised = services.raise_wants()
    run.count(
        missing=missing,
        new_wants=Want.objects.filter(wanted_at__gte=run.began_at).count(),
        dropped=Want.objects.filter(status=Want.Status.DROPPED, closed_at__gte=run.began_at).count(),
    )
    return f"{missing} books are missing; {run.counts['new_wants']} new wants, {raised.open} open"


@job("search_wants", "Search for releases")
def search_wants(run: Run) -> str:
    """Search for every want that is due, most urgent first."""
    due = list(Want.objects.due_for_search().for_list())
    if due:
        run.beat("reading the account")
        tracker.read_account(max_age=timedelta(minutes=5))
    for want in run.track(due):
        services.search_want(want, beat=run.beat)
        _count_searches(run)
    _count_searches(run)  # of a want whose search a crash cut at its very end
    if not run.counts["searched"]:
        return "nothing is due to be searched for"
    words = f"{run.counts['searched']} searched for, {run.counts['found']} found"
    return words + (f", {run.counts['unclear']} need a look" if run.counts["unclear"] else "")


def _count_searches(run: Run) -> None:
    searched = Want.objects.filter(searched_at__gte=run.began_at)
    run.count(
        searched=searched.count(),
        found=searched.filter(status=Want.Status.CHOSEN).count(),
        unclear=searched.filter(hold=Want.Hold.CHOICE).count(),
    )


@job("acquire", "Snatch, download, inspect and shelve")
def acquire(run: Run) -> str:
    """Snatch as budget and pace allow, follow, inspect and shelve, round by round, until nothing moves any more."""
    rules = preferences.read(preferences.SearchRules)
    every = timedelta(seconds=rules.monitor_every_s)
    run.row.total = rules.monitor_rounds
    for number in range(run.done, rules.monitor_rounds):  # those before a rest or a crash are behind us
        rounds_left = rules.monitor_rounds - number - 1
        before = sum(run.counts.values())
        try:
            _snatch(run)
        except tracker.PASSING_TROUBLE:
            _bring_home(run)  # what was taken before does not need the tracker any more
            raise
        _bring_home(run)
        is_waiting = Download.objects.in_client().exists()
        is_paced = Want.objects.held_until(clock.now() + rounds_left * every).exists()
        if not rounds_left or not (is_waiting or is_paced or sum(run.counts.values()) > before):
            break
        run.row.done = number + 1
        run.rest(every, "waiting for downloads" if is_waiting else "waiting for the pace of snatches")
    return _acquired(run)


@job("monitor", "Look after downloads")
def monitor(run: Run) -> str:
    """One look at the downloads on their way: follow, inspect and shelve what is ready; nothing new is taken."""
    _bring_home(run)
    return _acquired(run)


def _snatch(run: Run) -> None:
    for intended in Download.objects.at(Download.Status.INTENDED):
        run.beat(f"adding {intended}")
        services.add_to_client(intended)
    for want in list(Want.objects.choosable().for_list()):
        run.beat(f"weighing {want.book}")
        try:
            services.snatch_for(want)
        except services.SnatchRefused:
            continue
        _count(run)


def _bring_home(run: Run) -> None:
    run.beat("looking at the torrent client")
    services.follow_downloads()
    _count(run)
    for download in Download.objects.at(Download.Status.DOWNLOADED, Download.Status.INSPECTING):
        run.beat(f"inspecting {download}")
        services.inspect_download(download, beat=run.beat)
        _count(run)
    for download in Download.objects.at(Download.Status.INSPECTED, Download.Status.SHELVING):
        services.shelve(download, beat=run.beat)
        _count(run)


def _count(run: Run) -> None:
    moves = DownloadEvent.objects.filter(at__gte=run.began_at).order_by()
    moved = dict(moves.values_list("became").annotate(Count("download", distinct=True)))
    run.count(
        snatched=Download.objects.snatched_since(run.began_at).count(),
        downloaded=moved.get(Download.Status.DOWNLOADED, 0),
        failed=moved.get(Download.Status.FAILED, 0),
        inspected=Inspection.objects.filter(at__gte=run.began_at).count(),
        quarantined=moved.get(Download.Status.QUARANTINED, 0),
        shelved=moved.get(Download.Status.SHELVED, 0),
    )


def _acquired(run: Run) -> str:
    counts = run.counts
    running = Download.objects.in_client().count()
    if not any(counts.values()):
        return f"{running} still downloading" if running else "nothing to take"
    parts = [f"{counts.get(name, 0)} {name}" for name in ("snatched", "downloaded", "inspected", "shelved")]
    parts += [f"{counts[name]} {name}" for name in ("failed", "quarantined") if counts.get(name)]
    return ", ".join(parts) + (f"; {running} still downloading" if running else "")
