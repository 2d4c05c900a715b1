"""Taking a release: weigh it, record the intention, fetch its torrent, hand it to the client, record that."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from acquisition import planning
from acquisition import torrents as torrent_client
from acquisition.models import Candidate, Download, FailedAttempt, PathMapping, Want
from acquisition.services.weighing import weigh
from library.models import Book
from mamcrawler.lib import clock, torrentfile
from mamcrawler.operations import preferences
from tracker import services as tracker
from tracker.mam import UnexpectedAnswer
from tracker.models import AccountReading

log = structlog.get_logger(__name__)

FLAGS_STAY = timedelta(minutes=10)
"""A release seen no longer ago than this needs no second look at its flags before it is taken."""


class SnatchRefused(Exception):
    """A rule of the budget or the pace says no; the want is held with that reason."""

    def __init__(self, hold: Want.Hold, reason: str, *, not_before: datetime | None = None) -> None:
        super().__init__(reason)
        self.hold, self.not_before = hold, not_before


def connect() -> torrent_client.TorrentClient:
    """A client for the configured qBittorrent."""
    return torrent_client.TorrentClient(
        base_url=settings.QBITTORRENT_URL,
        username=settings.QBITTORRENT_USERNAME,
        password=settings.QBITTORRENT_PASSWORD,
    )


def snatch_for(want: Want) -> Download:
    """Take the best release that a want has.

    :raises SnatchRefused: if the rules say no; the want is held and says why.
    :raises TrackerError: if the tracker can not be asked; the intention stands and is taken up again.
    """
    candidate = want.candidates.takeable().select_related("release", "want__book").first()
    if candidate is None:
        want.move(Want.Status.WANTED, explanation="none of the releases found can be taken: searched again")
        raise SnatchRefused(Want.Hold.NONE, "no release is left to take")
    try:
        return snatch(candidate)
    except SnatchRefused as refusal:
        want.refresh_from_db()
        if refusal.hold and (want.hold, want.explanation) != (refusal.hold, str(refusal)):
            want.move(Want.Status.HELD, hold=refusal.hold, explanation=str(refusal), next_look_at=refusal.not_before)
        raise


def snatch(candidate: Candidate) -> Download:
    """Take one release; safe to repeat, the torrent is added once.

    :raises SnatchRefused: if a rule says no.
    :raises TrackerError: if the tracker can not be asked; the intention stands and is taken up again.
    """
    existing = candidate.downloads.first()
    if existing is None:
        existing = _intend(candidate)
    if existing.status == Download.Status.INTENDED:
        add_to_client(existing)
    return existing


def add_to_client(download: Download) -> None:
    """Fetch the torrent of an intended download and hand it to the client; looks before it adds.

    What is wrong with the release itself fails the download and lets the next candidate have its turn.
    """
    release = download.candidate.release
    if release.tracker_id is None:
        fail(download, "it is not on the tracker, and other indexers are only searched, not taken from")
        return
    try:
        content, torrent = tracker.fetch_torrent(release)
    except (torrentfile.TorrentRefused, UnexpectedAnswer) as error:
        fail(download, f"the tracker sent no usable torrent: {error}")
        return
    if torrent.tracker_id not in (None, release.tracker_id):
        fail(download, f"the tracker sent the torrent of release {torrent.tracker_id}")
        return
    other = Download.objects.filter(info_hash=torrent.info_hash).exclude(pk=download.pk).first()
    if other is not None:
        fail(download, f"the same torrent was taken already, for {other.candidate.want.book}")
        return
    Download.objects.filter(pk=download.pk).update(
        info_hash=torrent.info_hash, info_dictionary=torrent.info_dictionary, size_bytes=torrent.total_bytes
    )
    download.refresh_from_db()
    with connect() as client:
        try:
            client.add_once(
                content,
                info_hash=torrent.info_hash,
                category=settings.QBITTORRENT_CATEGORY,
                tag=download.tag,
                save_path=settings.QBITTORRENT_SAVE_PATH or client.default_save_path(),
            )
        except torrent_client.TorrentRefused as error:
            fail(download, f"qBittorrent refused the torrent: {error}")
            return
    download.advance(Download.Status.ADDED)
    tracker.count_sighting(release)


@transaction.atomic
def fail(download: Download, reason: str, *, status: Download.Status = Download.Status.FAILED) -> None:
    """Stop a download for a reason that lies with its release: the want turns to its next best one."""
    if not download.advance(status, reason=reason, settled_at=clock.now()):
        return
    want, now = download.candidate.want, clock.now()
    attempt, is_new = FailedAttempt.objects.get_or_create(
        book=want.book, release=download.candidate.release, defaults={"reason": reason[:500]}
    )
    if not is_new:
        FailedAttempt.objects.filter(pk=attempt.pk).update(
            attempts=attempt.attempts + 1, last_at=now, reason=reason[:500]
        )
    log.warning("download stopped", download=download.pk, reason=reason)
    _turn_to_next(want, reason)


MOST_FAILURES = 3
"""So many releases may fail for a book before a person has to look."""


def _turn_to_next(want: Want, reason: str) -> None:
    if want.status != Want.Status.SNATCHED:
        return
    if want.book.failed_attempts.filter(first_at__gte=want.wanted_at).count() >= MOST_FAILURES:
        want.move(Want.Status.ABANDONED, explanation=f"{MOST_FAILURES} releases failed, the last because {reason}")
    elif want.candidates.takeable().exists():
        want.move(Want.Status.CHOSEN, explanation=f"the next best release, since the first failed: {reason}")
    else:
        tomorrow = clock.now() + timedelta(days=1)
        want.move(Want.Status.NOT_FOUND, explanation=f"its only release failed: {reason}", next_look_at=tomorrow)


def _intend(candidate: Candidate) -> Download:
    """Ask the rules, then record that this release is to be taken."""
    _require_open(candidate)
    if candidate.release.seen_at < clock.now() - FLAGS_STAY:
        candidate.release = tracker.reread(candidate.release)
    tracker.read_account(max_age=timedelta(minutes=5))
    answer = weigh(candidate.release)
    if not answer.allowed:
        raise SnatchRefused(Want.Hold(answer.hold), answer.reason)
    reading = AccountReading.objects.newest()
    costs = candidate.release.costs_ratio(is_vip_member=reading is not None and reading.is_vip)
    paced = _pace(candidate.want.book, costs_ratio=costs, ratio=reading.ratio if reading else None)
    if not paced.allowed:
        raise SnatchRefused(Want.Hold.PACING, paced.words, not_before=paced.not_before)
    try:
        with transaction.atomic():
            download = Download.objects.create(
                candidate=candidate,
                cost_ratio=costs,
                budget_answer=answer.as_json() | {"pace": paced.words},
                size_bytes=candidate.release.size_bytes,
            )
            if not candidate.want.move(Want.Status.SNATCHED, explanation=f"{answer.reason}; {paced.words}"):
                raise SnatchRefused(Want.Hold.NONE, "another worker decided on this want meanwhile")
    except IntegrityError:
        return candidate.downloads.get()
    return download


def _require_open(candidate: Candidate) -> None:
    """Refuse a release that is not the book, and a want that has its book or gets it already."""
    want = candidate.want
    if candidate.verdict not in (Candidate.Verdict.ACCEPTED, Candidate.Verdict.APPROVED):
        words = f"this release {candidate.get_verdict_display().lower()}: approve it first if it is the book after all"
        raise SnatchRefused(Want.Hold.NONE, words)
    if want.status in Want.CLOSED:
        raise SnatchRefused(Want.Hold.NONE, f"{want.book} is {want.get_status_display().lower()}: want it again first")
    if want.status == Want.Status.SNATCHED:
        raise SnatchRefused(Want.Hold.NONE, f"a release of {want.book} is on its way already")


def _pace(book: Book, *, costs_ratio: bool, ratio: float | None) -> planning.PaceAnswer:
    now = clock.now()
    rules = preferences.read(preferences.RatioRules)
    week = Download.objects.snatched_since(now - planning.WEEK).order_by("snatched_at")
    return planning.pace(
        planning.profile_for(ratio, warning=rules.warning, emergency=rules.emergency),
        planning.Pace(
            taken=tuple(week.values_list("snatched_at", flat=True)),
            now=now,
            downloading=Download.objects.filter(
                status__in=[Download.Status.INTENDED, Download.Status.ADDED, Download.Status.DOWNLOADING]
            ).count(),
        ),
        costs_ratio=costs_ratio,
        few_missing=_few_missing(book),
    )


def _few_missing(book: Book) -> bool:
    under = preferences.read(preferences.SearchRules).at_once_under
    authors = book.authors.all()
    return any(Book.objects.missing().filter(authors=author).count() < under for author in authors)


def local_path(system: str, theirs: str) -> str:
    """Where a path of the torrent client or library server is found from here; the longest mapping wins."""
    mappings: list[tuple[str, str]] = sorted(
        PathMapping.objects.filter(system=system).values_list("theirs", "ours"), key=lambda pair: -len(pair[0])
    )
    for prefix, ours in mappings:
        if theirs == prefix or theirs.startswith(prefix.rstrip("/\\") + ("\\" if "\\" in prefix else "/")):
            return ours.rstrip("/") + theirs[len(prefix.rstrip("/\\")) :].replace("\\", "/")
    return theirs
