"""Asking the tracker and Prowlarr, and keeping what they say."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from mamcrawler.lib import clock, torrentfile
from mamcrawler.lib.logs import redactor
from mamcrawler.lib.pace import NotNow
from mamcrawler.lib.sealing import seal
from mamcrawler.operations import findings, leases, preferences
from mamcrawler.operations.leases import HostLease
from mamcrawler.operations.models import AuditEntry, Finding, OutsideHost, User
from tracker.mam import DownloadsBlocked, SearchQuery, SessionRejected, TrackerClient, TrackerError
from tracker.mam.parsing import Account, Offer
from tracker.models import AccountReading, Release, TrackerSession
from tracker.prowlarr import ProwlarrClient, ProwlarrOffer

log = structlog.get_logger(__name__)

HOST = "tracker"
"""The tracker's place in the queue of hosts; Prowlarr's indexer uses the same account and so the same place."""
INFINITE_RATIO = 999_999.0


class TrackerNotConfigured(Exception):
    """There is no session cookie: create an API session at the tracker and set MAM_ID."""

    def __init__(self) -> None:
        super().__init__("The tracker is not configured: set MAM_ID to the cookie of an API session, then restart.")


class SessionUnusable(Exception):
    """The tracker refused us before: nothing is sent until a person has looked."""


def session() -> TrackerSession:
    """The session with the tracker; a cookie that was configured anew starts it afresh.

    :raises TrackerNotConfigured: if no cookie is configured.
    """
    seed = settings.TRACKER_COOKIE
    if not seed:
        raise TrackerNotConfigured
    digest = hashlib.sha256(seed.encode()).hexdigest()
    row, is_new = TrackerSession.objects.get_or_create(
        name="main", defaults={"seed_digest": digest, "sealed_cookie": seal(seed)}
    )
    if not is_new and row.seed_digest != digest:
        row.seed_digest, row.sealed_cookie = digest, seal(seed)
        row.state, row.reason, row.changed_at = TrackerSession.State.UNKNOWN, "", clock.now()
        row.save()
        findings.settle("tracker.session", how="a new cookie was configured")
        leases.resume(HOST)
    return row


def lease() -> HostLease:
    """The tracker's queue at the pace that is set."""
    return HostLease(HOST, gap=timedelta(seconds=preferences.read(preferences.TrackerPace).gap_s))


def page_lease() -> HostLease:
    """The same queue at the pace of a person who reads."""
    pace = preferences.read(preferences.TrackerPace)
    return HostLease(
        HOST,
        gap=timedelta(seconds=pace.page_gap_s),
        spread=timedelta(seconds=pace.page_spread_s),
        patience=timedelta(hours=1),
    )


@contextmanager
def connect(*, for_pages: bool = False) -> Iterator[TrackerClient]:
    """A client whose refusals become the session's state and a notice.

    :raises TrackerNotConfigured: if no cookie is configured.
    :raises SessionUnusable: if the session was refused or blocked before.
    :raises TrackerError: what the client raises.
    """
    row = session()
    if not row.is_usable:
        raise SessionUnusable(row.reason)

    def current_cookie() -> str:
        row.refresh_from_db(fields=["sealed_cookie"])
        return row.cookie

    def keep(cookie: str) -> None:
        redactor.learn(cookie)
        row.rotate(cookie)

    redactor.learn(row.cookie)
    client = TrackerClient(
        base_url=settings.TRACKER_URL,
        cookie=current_cookie,
        lease=page_lease() if for_pages else lease(),
        on_rotated=keep,
        allow_pages=for_pages and settings.TRACKER_PAGES_ALLOWED,
    )
    with client:
        try:
            yield client
        except SessionRejected as error:
            _mark_rejected(row, error)
            raise
        except DownloadsBlocked as error:
            _mark_blocked(row, error)
            raise
    row.become(TrackerSession.State.HEALTHY)


def standstill() -> tuple[str, str]:
    """Why nothing is sent to the tracker, and what a person looks at before it is asked again; both empty if it is."""
    row = TrackerSession.objects.filter(name="main").first()
    if row is not None and not row.is_usable:
        return row.reason, _TO_CHECK[row.state]
    stopped = OutsideHost.objects.filter(name=HOST).values_list("stopped_reason", flat=True).first()
    return (stopped, _TO_CHECK[TrackerSession.State.BLOCKED]) if stopped else ("", "")


_TO_CHECK: dict[str, str] = {
    TrackerSession.State.REJECTED: "The API session is still listed at the tracker, it allows the address that we ask "
    "from, and its cookie is the one in MAM_ID.",
    TrackerSession.State.BLOCKED: "I read at the tracker why downloads were blocked, and the account may download "
    "again.",
}


@transaction.atomic
def resume_session(*, by: User | None = None, checked: str = "") -> TrackerSession:
    """Try a refused or blocked session again because a person says so; the next request tells whether it works.

    :param checked: what the person has looked at, for the record.
    """
    row = session()
    happened, _ = standstill()
    row.become(TrackerSession.State.UNKNOWN)
    leases.resume(HOST)
    findings.settle("tracker.session", how="resumed by a person")
    if happened:
        detail = {"happened": happened, "checked": checked}
        AuditEntry.objects.create(user=by, action="host.resumed", subject=HOST, detail=detail)
        log.info("tracker resumed", by=str(by or "a command"))
    return row


def read_account(*, max_age: timedelta = timedelta(minutes=1)) -> AccountReading:
    """The account's numbers, asked for again only when the last reading is older than that; never within a minute.

    :raises TrackerError: if the tracker gives no usable answer.
    """
    recent = AccountReading.objects.since(max(max_age, timedelta(minutes=1))).newest()
    if recent is not None:
        return recent
    with connect() as client:
        return _store_account(client.account())


def search(text: str) -> list[Release]:
    """Search the tracker for audiobooks and keep what it lists; a hundred hits at most.

    :raises TrackerError: if the tracker gives no usable answer.
    """
    with connect() as client:
        page = client.search(SearchQuery(text=text, with_description=True))
    return [store_offer(offer) for offer in page.offers]


def search_prowlarr(text: str) -> list[Release]:
    """Search through Prowlarr and keep what it lists; nothing when Prowlarr is not configured.

    Rows of the tracker carry no authors or narrators here, so a row that is already known keeps its own.
    """
    if not settings.PROWLARR_API_KEY:
        return []
    with connect_prowlarr() as client:
        return [store_prowlarr_offer(offer) for offer in client.search(text)]


def connect_prowlarr() -> ProwlarrClient:
    """A client for Prowlarr, in the tracker's queue since its indexer uses the same account."""
    return ProwlarrClient(base_url=settings.PROWLARR_URL, api_key=settings.PROWLARR_API_KEY, lease=lease())


def reread(release: Release) -> Release:
    """Ask the tracker for one release again, so that a decision rests on its flags of now."""
    if release.tracker_id is None:
        return release
    with connect() as client:
        page = client.search(SearchQuery(tracker_id=release.tracker_id, main_cats=(), with_description=True))
    for offer in page.offers:
        if offer.tracker_id == release.tracker_id:
            return store_offer(offer)
    return release


def fetch_torrent(release: Release) -> tuple[bytes, torrentfile.TorrentFile]:
    """The release's torrent file, checked to be one and private, with its info hash.

    The bytes hold the passkey: hand them to the client and keep only the info dictionary.

    :raises TrackerError: if the tracker gives no usable answer.
    :raises torrentfile.NotATorrent: if the answer is something else.
    """
    if release.tracker_id is None:
        raise TrackerError(f"{release} is not on the tracker, and other indexers are not fetched from yet")
    with connect() as client:
        content = client.torrent(release.tracker_id)
    return content, torrentfile.read(content, require_private=True)


def store_offer(offer: Offer) -> Release:
    """Keep a release as the tracker lists it; the latest sighting wins."""
    now = clock.now()
    fields = {
        "title": offer.title[:500],
        "authors": list(offer.authors),
        "narrators": list(offer.narrators),
        "series": [list(place) for place in offer.series],
        "language": offer.language_code[:10],
        "main_category": offer.main_cat or None,
        "category": offer.category or None,
        "category_name": offer.category_name[:80],
        "file_types": offer.filetype[:80],
        "size_bytes": offer.size_bytes,
        "file_count": offer.numfiles or None,
        "duration_s": offer.duration_s,
        "bitrate_kbps": offer.bitrate_kbps,
        "is_abridged": offer.is_abridged,
        "isbn": offer.isbn[:20],
        "asin": offer.asin[:10],
        "tags": offer.tags,
        "description": offer.description,
        "seeders": offer.seeders,
        "leechers": offer.leechers,
        "snatches": offer.snatches,
        "is_free": offer.is_free,
        "is_vip": offer.is_vip,
        "vip_until": offer.vip_until,
        "is_personal_freeleech": offer.is_personal_freeleech,
        "is_snatched": offer.my_snatched,
        "listed_at": offer.added_at,
        "seen_at": now,
    }
    release, _ = Release.objects.update_or_create(tracker_id=offer.tracker_id, defaults=fields)
    return release


@transaction.atomic
def store_prowlarr_offer(offer: ProwlarrOffer) -> Release:
    """Keep a release as Prowlarr lists it; a release of the tracker is the same row as when seen there."""
    seen = {"seeders": offer.seeders or 0, "leechers": offer.leechers or 0, "seen_at": clock.now()}
    first = seen | {
        "title": offer.title[:500],
        "size_bytes": offer.size_bytes,
        "is_free": offer.is_free,
        "listed_at": offer.published_at,
        "main_category": 13,
    }
    if offer.tracker_id is not None:
        release, is_new = Release.objects.get_or_create(tracker_id=offer.tracker_id, defaults=first)
    else:
        release, is_new = Release.objects.get_or_create(
            indexer=offer.indexer[:60], guid=offer.guid[:300], defaults=first
        )
    if not is_new:
        Release.objects.filter(pk=release.pk).update(**seen)
        release.refresh_from_db()
    return release


def _store_account(account: Account) -> AccountReading:
    summary = account.summary
    ratio = account.ratio
    return AccountReading.objects.create(
        member_class=account.classname,
        ratio=None if ratio is None else min(ratio, INFINITE_RATIO),
        uploaded_bytes=account.uploaded_bytes,
        downloaded_bytes=account.downloaded_bytes,
        bonus_points=account.seedbonus,
        wedges=account.wedges,
        vip_until=account.vip_until,
        unsatisfied_count=summary.unsatisfied if summary else None,
        unsatisfied_limit=summary.unsatisfied_limit if summary else None,
        hit_and_run_count=summary.inactive_hit_and_run if summary else None,
        is_connectable=summary.connectable == "yes" if summary and summary.connectable else None,
    )


def _mark_rejected(row: TrackerSession, error: SessionRejected) -> None:
    reason = "The tracker refused the session cookie. Make a new API session at the tracker and set MAM_ID to it."
    row.become(TrackerSession.State.REJECTED, reason)
    findings.report("tracker.session", "session", reason, advice=str(error), severity=Finding.Severity.CRITICAL)
    log.error("session rejected", reason=str(error))


def _mark_blocked(row: TrackerSession, error: DownloadsBlocked) -> None:
    until = f" until {error.until:%Y-%m-%d %H:%M} UTC" if error.until else ""
    reason = f"The tracker blocked downloads{until}. Look at the account there, then resume it on the Health page."
    row.become(TrackerSession.State.BLOCKED, reason)
    leases.stop(HOST, reason)
    findings.report("tracker.session", "session", reason, advice=str(error), severity=Finding.Severity.CRITICAL)
    log.error("downloads blocked", reason=str(error))


PASSING_TROUBLE = (TrackerError, NotNow, SessionUnusable)
"""What a caller may meet when the tracker can not be asked now."""


def count_sighting(release: Release) -> None:
    """Note that a release was snatched through us, before the tracker's own lagging flag says so."""
    Release.objects.filter(pk=release.pk).update(is_snatched=True, snatches=F("snatches") + 1)
