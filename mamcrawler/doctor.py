"""Whether everything around us works: each system asked once, the answer in words with what to do next."""

import shutil
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django_q.models import OrmQ, Schedule

from acquisition import torrents
from acquisition.services import snatching
from library import services as library
from library.audiobookshelf import LibraryServerError, PermissionMissing, TokenRejected
from library.models import Shelf
from library.services import folders
from mamcrawler.lib import clock
from mamcrawler.lib.pace import FreeLease, NotNow
from mamcrawler.lib.sealing import SealBroken
from mamcrawler.operations import preferences
from mamcrawler.operations.leases import HostLease
from mamcrawler.operations.models import JobRun
from metadata.providers.audnexus import Audnexus
from metadata.providers.errors import KeyRejected, ProviderError
from metadata.providers.hardcover import Hardcover
from tracker import services as tracker
from tracker.prowlarr import ApiKeyRejected, Indexer, ProwlarrClient, ProwlarrError

log = structlog.get_logger(__name__)

PATIENCE_S = 30.0
"""Real seconds within which all systems have to answer."""
LEAST_FREE_BYTES = 5 * 2**30
SWEEP = "mamcrawler.operations.jobs.sweep"
WORKER_SILENCE = timedelta(minutes=2)
"""A worker starts the sweep every minute; while one is overdue by so much of real time, there is no worker."""
OLD_READING = timedelta(minutes=15)
STOPPED = "Nothing is sent to the tracker until then."


@dataclass(frozen=True)
class SystemHealth:
    """How one system is: `message` says what was found, `advice` what to do about it."""

    system: str
    label: str
    is_configured: bool
    is_ok: bool
    message: str
    advice: str = ""
    seconds: float = 0.0
    is_warning: bool = False  # it works, and something about it should be looked after

    @property
    def is_failure(self) -> bool:
        """Whether a person has to do something: a system that is not configured is none."""
        return self.is_configured and not self.is_ok

    @property
    def status(self) -> str:
        """One word for a badge."""
        if self.is_configured and self.is_ok and self.is_warning:
            return "warning"
        return "failed" if self.is_failure else "ok" if self.is_configured else "off"


class UnknownSystem(Exception):
    """There is no system of that name to check."""


class _Unwell(Exception):
    """What is wrong, and what to do about it."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


class _Doubtful(_Unwell):
    """What works and should be looked after all the same: no failure."""


class _NotConfigured(Exception):
    """What to set for the system to be used."""


def check(system: str) -> SystemHealth:
    """Ask one system how it is.

    :raises UnknownSystem: if it is none of `SYSTEMS`.
    """
    if system not in SYSTEMS:
        raise UnknownSystem(f"there is no system {system!r}; the systems are {', '.join(SYSTEMS)}")
    label, examine = SYSTEMS[system]
    begun = clock.monotonic()

    def found(
        message: str, advice: str = "", *, is_configured: bool = True, is_ok: bool = False, is_warning: bool = False
    ) -> SystemHealth:
        seconds = round((clock.monotonic() - begun) / clock.factor(), 2)
        return SystemHealth(system, label, is_configured, is_ok, message, advice, seconds, is_warning)

    try:
        return found(examine(), is_ok=True)
    except _NotConfigured as missing:
        return found("Not configured.", str(missing), is_configured=False)
    except _Unwell as trouble:
        is_doubt = isinstance(trouble, _Doubtful)
        return found(str(trouble), trouble.advice, is_ok=is_doubt, is_warning=is_doubt)
    except NotNow as wait:
        return found(f"{wait}.", "Wait until then; a host that was stopped is resumed on the Health page.")
    except clock.TimeFactorRefused as refusal:
        return found(f"{refusal}.", "Unset SANDBOX_TIME_FACTOR: time may only run faster in the sandbox.")
    except Exception as error:
        log.exception("check failed", system=system)
        return found(f"The check itself failed: {type(error).__name__}.", "The log says more; report it as a bug.")


def check_all() -> list[SystemHealth]:
    """Ask all systems at once; one that takes longer than half a minute is told as silent."""
    answers: dict[str, SystemHealth] = {}

    def ask(system: str) -> None:
        try:
            answers[system] = check(system)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask, args=[system], daemon=True) for system in SYSTEMS]
    for thread in threads:
        thread.start()
    give_up_at = clock.monotonic() + PATIENCE_S * clock.factor()
    for thread in threads:
        thread.join(max(0.0, (give_up_at - clock.monotonic()) / clock.factor()))
    return [answers.get(system) or _silent(system) for system in SYSTEMS]


def _silent(system: str) -> SystemHealth:
    return SystemHealth(
        system,
        SYSTEMS[system][0],
        is_configured=True,
        is_ok=False,
        message=f"No answer within {PATIENCE_S:.0f} s.",
        advice="It is busy or unreachable; try again in a minute.",
        seconds=PATIENCE_S,
    )


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise _Unwell("The database can not be read.", "Check DATABASE_URL and the disk.") from error
    if pending:
        raise _Unwell(f"{len(pending)} migrations are not applied.", "Run: python manage.py migrate")
    return f"{connection.display_name}, all migrations applied."


def _worker() -> str:
    wall = clock.wall()
    running = JobRun.objects.filter(status=JobRun.Status.RUNNING, heartbeat_at__gte=wall - WORKER_SILENCE).first()
    if running is not None:
        return f"At work: {running.doing or running.kind}."
    if Schedule.objects.filter(func=SWEEP, next_run__gte=wall - WORKER_SILENCE).exists():
        return "Ready for work."
    waiting = OrmQ.objects.count()
    queue = f" while {waiting} tasks wait" if waiting else ""
    raise _Unwell(f"No worker is running{queue}.", "Start web and worker together: make run")


def _disk() -> str:
    downloads = Path(settings.QBITTORRENT_SAVE_PATH) if settings.QBITTORRENT_SAVE_PATH else None
    shelves = list(Shelf.objects.active())
    if downloads is None and not shelves:
        raise _NotConfigured("Set QBITTORRENT_SAVE_PATH and LIBRARY_FOLDERS, or connect Audiobookshelf.")
    if not_read := library.refused():
        raise _Unwell(f"{'; '.join(not_read.values())}.", folders.ADVICE)
    for folder in [Path(shelf.path) for shelf in shelves] + ([downloads] if downloads else []):
        _require_room(folder)
    apart = [shelf.name for shelf in shelves if downloads and not _can_link(downloads, Path(shelf.path))]
    if apart and not preferences.read(preferences.ShelvingRules).may_copy:
        raise _Unwell(
            f"{', '.join(apart)} lies on another file system than the downloads, so no hard link is possible.",
            "Keep downloads and shelves on one file system (one volume in Docker), or allow copies in the settings.",
        )
    free = shutil.disk_usage(downloads or shelves[0].path).free / 2**30
    how = f"copies instead of hard links on {', '.join(apart)}" if apart else "hard links work"
    return f"{free:.0f} GiB free; {how if downloads and shelves else 'no shelf or no download folder known yet'}."


def _require_room(folder: Path) -> None:
    if not folder.is_dir():
        raise _Unwell(
            f"{folder} is no folder here.",
            "Mount it where this program sees it, or add a path mapping (Admin, Path mappings).",
        )
    if (free := shutil.disk_usage(folder).free) < LEAST_FREE_BYTES:
        raise _Unwell(f"Only {free / 2**30:.1f} GiB are free at {folder}.", "Make room before the next download.")


def _can_link(downloads: Path, shelf: Path) -> bool:
    """Try it: equal device numbers promise nothing for mounts of mounts."""
    name = f".mamcrawler-{uuid.uuid4().hex}"
    original, twin = downloads / name, shelf / name
    try:
        original.touch()
        twin.hardlink_to(original)
    except OSError:
        return False
    finally:
        twin.unlink(missing_ok=True)
        original.unlink(missing_ok=True)
    return True


def _tracker() -> str:
    try:
        session = tracker.session()
    except tracker.TrackerNotConfigured:
        raise _NotConfigured("Make an API session at the tracker and set MAM_ID to its cookie.") from None
    if not session.is_usable:
        raise _Unwell(session.reason, STOPPED)
    try:
        reading = tracker.read_account(max_age=OLD_READING)
    except SealBroken as error:
        raise _Unwell(f"{error}.", "Restore the SECRET_KEY, or make a new API session and set MAM_ID.") from error
    except tracker.PASSING_TROUBLE as error:
        if not (current := tracker.session()).is_usable:
            raise _Unwell(current.reason, STOPPED) from error
        raise _Unwell(f"{error}.", "The next run tries again.") from error
    ratio = "unknown ratio" if reading.ratio is None else f"ratio {reading.ratio:.2f}"
    points = "" if reading.bonus_points is None else f", {reading.bonus_points:,} points"
    return f"Session accepted: {reading.member_class or 'unknown class'}, {ratio}{points}."


def _prowlarr() -> str:
    if not settings.PROWLARR_API_KEY:
        raise _NotConfigured("Set PROWLARR_API_KEY and PROWLARR_URL (Prowlarr: Settings, General).")
    try:  # asking Prowlarr about itself costs the tracker nothing, so it takes no turn there
        with ProwlarrClient(
            base_url=settings.PROWLARR_URL, api_key=settings.PROWLARR_API_KEY, lease=FreeLease()
        ) as client:
            version, indexers = client.status().version, client.indexers()
            failing = {failure.indexer_id for failure in client.failing_indexers()}
    except ApiKeyRejected as error:
        raise _Unwell("Prowlarr refused the API key.", "Copy it anew into PROWLARR_API_KEY, then restart.") from error
    except ProwlarrError as error:
        raise _Unwell(
            f"No usable answer: {error}.", "See that Prowlarr runs and PROWLARR_URL is its base address."
        ) from error
    _require_sound_indexers([indexer for indexer in indexers if indexer.is_enabled], failing)
    return f"Prowlarr {version}, {len(indexers)} indexer{'' if len(indexers) == 1 else 's'}."


def _require_sound_indexers(indexers: list[Indexer], failing: set[int]) -> None:
    for indexer in indexers:
        if indexer.is_tracker and indexer.spends_wedges:
            raise _Unwell(
                f"The indexer {indexer.name} spends wedges by itself.",
                "In Prowlarr, set the indexer's “Use Freeleech Wedges” to never: wedges are this program's decision.",
            )
    if failed := [indexer.name for indexer in indexers if indexer.id in failing]:
        raise _Unwell(
            f"Failing indexers: {', '.join(failed)}; their searches come back empty.", "Test them in Prowlarr."
        )


def _qbittorrent() -> str:
    if not settings.QBITTORRENT_URL:
        raise _NotConfigured("Set QBITTORRENT_URL, QBITTORRENT_USERNAME and QBITTORRENT_PASSWORD.")
    try:
        with snatching.connect() as client:
            version, wishes = client.version(), client.preferences()
    except torrents.LoginRefused as error:
        raise _Unwell(
            f"{error}.", "Check QBITTORRENT_USERNAME and QBITTORRENT_PASSWORD; after many tries it bans an address."
        ) from error
    except torrents.TorrentClientError as error:
        raise _Unwell(f"{error}.", "See that qBittorrent runs and its Web UI is at QBITTORRENT_URL.") from error
    if wishes.is_anonymous:
        raise _Unwell(
            "Anonymous mode is on; the tracker does not allow it.",
            "In qBittorrent: Options, BitTorrent, switch it off.",
        )
    return f"qBittorrent {version}, logged in."


def _audiobookshelf() -> str:
    if not settings.AUDIOBOOKSHELF_TOKEN:
        raise _NotConfigured("Set AUDIOBOOKSHELF_TOKEN and AUDIOBOOKSHELF_URL, or use LIBRARY_FOLDERS alone.")
    try:
        with library.connect() as client:
            version, visitor = client.status().server_version, client.whoami()
            books = [row.name for row in client.libraries() if row.media_type == "book"]
    except (TokenRejected, PermissionMissing) as error:
        raise _Unwell(
            "Audiobookshelf refused the token.", "Make an API key there, set AUDIOBOOKSHELF_TOKEN, restart."
        ) from error
    except LibraryServerError as error:
        raise _Unwell(f"No usable answer: {error}.", "See that Audiobookshelf runs at AUDIOBOOKSHELF_URL.") from error
    if not books:
        raise _Unwell("It shows no book library.", "Make one there, or let the token's user see it.")
    if not visitor.may_scan:
        raise _Unwell(
            f"The token's user {visitor.username} is no administrator, so new books can not be scanned in.",
            "Make the API key for an administrator.",
        )
    return f"Audiobookshelf {version}: {', '.join(books)}."


def _library_backups() -> str:
    if not settings.AUDIOBOOKSHELF_TOKEN:
        raise _NotConfigured("Set AUDIOBOOKSHELF_TOKEN: a folder of books has no backups that could be checked.")
    try:
        check = library.check_backups()
    except library.BackupsHidden as hidden:
        raise _Doubtful(str(hidden), "Make the API key for an administrator.") from hidden
    except LibraryServerError as error:
        raise _Doubtful(f"They can not be seen: {error}.", "See what is said of Audiobookshelf itself.") from error
    if not check.is_ok:
        raise _Doubtful(check.message, check.advice)
    return check.message


def _hardcover() -> str:
    if not settings.HARDCOVER_TOKEN:
        raise _NotConfigured("Set HARDCOVER_TOKEN (hardcover.app: Settings, Hardcover API) to learn of missing books.")
    lease = HostLease("hardcover", gap=timedelta(seconds=1))
    try:
        with Hardcover(base_url=settings.HARDCOVER_URL, token=settings.HARDCOVER_TOKEN, lease=lease) as host:
            return f"Signed in as {host.username()}."
    except KeyRejected as error:
        raise _Unwell(
            "Hardcover refused the token.", "It expires every year: renew it, set HARDCOVER_TOKEN."
        ) from error
    except ProviderError as error:
        raise _Unwell(f"{error}.", "Nothing to do: the next run tries again.") from error


def _audnexus() -> str:
    try:
        with Audnexus(base_url=settings.AUDNEXUS_URL, lease=HostLease("audnexus", gap=timedelta(seconds=0.6))) as host:
            is_well = host.is_well()
    except ProviderError as error:
        raise _Unwell(f"{error}.", "Nothing to do: the next run tries again.") from error
    if not is_well:
        raise _Unwell("Audnexus says it is not well.", "Nothing to do: the next run tries again.")
    return "Answers."


SYSTEMS: dict[str, tuple[str, Callable[[], str]]] = {
    "database": ("Database", _database),
    "worker": ("Worker", _worker),
    "disk": ("Disk", _disk),
    "tracker": ("MyAnonamouse", _tracker),
    "prowlarr": ("Prowlarr", _prowlarr),
    "qbittorrent": ("qBittorrent", _qbittorrent),
    "audiobookshelf": ("Audiobookshelf", _audiobookshelf),
    "library_backups": ("Library backups", _library_backups),
    "hardcover": ("Hardcover", _hardcover),
    "audnexus": ("Audnexus", _audnexus),
}
"""Every system by its name, with its label and its check."""
