"""Watching folder shelves: what is changed there is read as soon as it has calmed down.

One thread looks at all folders in turn. It only asks for jobs: whatever goes wrong here, the regular sync remains.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from django.db import connections
from watchfiles import watch
from watchfiles.main import FileChange

from library.models import Shelf
from library.watching import Unrest, counts
from mamcrawler.lib import stopping
from mamcrawler.operations import jobs, preferences
from mamcrawler.operations.models import JobPhase, JobRun

log = structlog.get_logger(__name__)

JOB = "sync_library"
REFRESH_S = 10.0
"""Real seconds after which the folders to watch are looked up again, and whether they are still there."""
ASK_AGAIN_S = 3.0
A_LOOK_MS = 200
POLL_EVERY_MS = 60_000
"""Where the system can watch no more, a folder is gone through so often."""


class FolderWatch:
    """One folder under watch: it may vanish and come back, and be more than the system can watch.

    :param unread: changes may have been missed before, so it is to be read once.
    """

    def __init__(self, name: str, path: str, *, unread: bool, is_over: Callable[[], bool]) -> None:
        self.name, self.path, self.unrest = name, path, Unrest()
        self._unread = unread
        self._stop = _Sign(is_over)
        self._place: tuple[int, int] | None = None
        self._changes: Iterator[set[FileChange]] | None = None
        self._polls = False

    def refresh(self, now: float) -> None:
        """See whether the folder is where it was; one that was away, or is another now, is watched anew."""
        place = place_of(self.path)
        if place == self._place:
            return
        self.close()
        if place is None:
            log.warning("watched folder is away", shelf=self.name, folder=self.path)
            self.unrest.settle()
            self._unread = True
        self._place = place
        if place is not None:
            self._open()
            if self._unread:
                self.unrest.note(now)

    def look(self, now: float) -> None:
        """Take note of what was changed since the last look; returns after a moment."""
        if self._changes is None:
            return
        try:
            changes = next(self._changes)
        except StopIteration:  # the program ends
            self.close()
        except FileNotFoundError:
            self._lose()
        except (OSError, RuntimeError) as error:  # the latter for what is met while watching
            self._poll_instead(error, now)
        else:
            if any(counts(path, self.path) for _, path in changes):
                self.unrest.note(now)

    def close(self) -> None:
        """Watch no longer."""
        self._changes = None

    def _lose(self) -> None:
        """It is looked for again at the next refresh."""
        self.close()
        self._place, self._unread = None, True

    def _poll_instead(self, error: Exception, now: float) -> None:
        if self._polls:
            log.warning("folder can not be watched; it is tried again", shelf=self.name, reason=str(error))
            self._lose()
            return
        log.warning(
            "folder can not be watched and is gone through once a minute: raise fs.inotify.max_user_watches",
            shelf=self.name,
            reason=str(error),
        )
        self._polls = True
        self._open()
        self.unrest.note(now)

    def _open(self) -> None:
        self._changes = watch(
            self.path,
            watch_filter=None,  # with one, a look would last as long as there are changes that do not count
            debounce=2 * A_LOOK_MS,
            rust_timeout=A_LOOK_MS,
            yield_on_timeout=True,
            stop_event=self._stop,
            raise_interrupt=False,
            force_polling=self._polls or None,
            poll_delay_ms=POLL_EVERY_MS,
            ignore_permission_denied=True,
        )


class _Sign:
    """A function in the form of an event."""

    def __init__(self, is_set: Callable[[], bool]) -> None:
        self.is_set = is_set


def place_of(path: str) -> tuple[int, int] | None:
    """What tells a folder from another that stands, or is mounted, at its path; None where there is nothing in it.

    An empty folder may be the place of a disk that is not mounted: nothing is concluded from it.
    """
    try:
        with os.scandir(path) as entries:
            if next(entries, None) is None:
                return None
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


class ShelfWatch:
    """All folder shelves under watch, as far as the settings want it."""

    def __init__(self, is_over: Callable[[], bool]) -> None:
        self._is_over = is_over
        self._folders: dict[int, FolderWatch] = {}
        self._quiet_s = 0.0
        self._refresh_at = self._ask_at = float("-inf")

    def round(self, now: float) -> None:
        """Look at every folder once, and ask for a sync of those that have calmed down.

        :param now: real seconds from an arbitrary start.
        """
        if now >= self._refresh_at:
            self._refresh_at = now + REFRESH_S
            self._refresh(now)
        for folder in self._folders.values():
            folder.look(now)
        due = [pk for pk, folder in self._folders.items() if folder.unrest.is_due(now, quiet_s=self._quiet_s)]
        if due and now >= self._ask_at:
            self._ask_at = now + ASK_AGAIN_S
            self._ask(due, now)

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to watch."""
        return not self._folders

    def close(self) -> None:
        """Watch nothing any longer."""
        self._folders.clear()

    def _refresh(self, now: float) -> None:
        rules = preferences.read(preferences.LibraryRules)
        self._quiet_s = rules.watch_quiet_s
        folders = Shelf.objects.active().filter(kind=Shelf.Kind.FOLDER) if rules.watch_folders else Shelf.objects.none()
        wanted = {shelf.pk: shelf for shelf in folders}
        for pk, folder in list(self._folders.items()):
            if pk not in wanted or wanted[pk].path != folder.path:
                self._folders.pop(pk).close()
        for pk, shelf in wanted.items():
            if pk not in self._folders:
                # The very first sync is a person's to start; after it nothing that changed meanwhile is missed.
                unread = shelf.synced_at is not None
                self._folders[pk] = FolderWatch(shelf.name, shelf.path, unread=unread, is_over=self._is_over)
            self._folders[pk].refresh(now)

    def _ask(self, due: list[int], now: float) -> None:
        """Ask for one sync of all that have calmed down, unless one is under way: then it is asked for after it."""
        for pk in due:
            self._folders[pk].refresh(now)
        there = [pk for pk in due if self._folders[pk].unrest.is_due(now, quiet_s=self._quiet_s)]
        if not there or is_syncing():
            return
        try:
            run = jobs.request(JOB, shelves=there)
        except jobs.AlreadyActive:
            return
        log.info("watched folders were changed", shelves=[self._folders[pk].name for pk in there], run_id=run.pk)
        for pk in there:
            self._folders[pk].unrest.settle()


def is_syncing() -> bool:
    """Whether shelves are read now, by a run of their own or as a phase of a longer one."""
    in_phase = JobPhase.objects.filter(name="sync", status=JobPhase.Status.RUNNING, run__status__in=JobRun.ACTIVE)
    return JobRun.objects.active().filter(kind=JOB).exists() or in_phase.exists()


@contextmanager
def watching() -> Iterator[None]:
    """Watch folder shelves in a thread of this process while the block lasts; it ends soon when the block does."""
    over = threading.Event()
    thread = threading.Thread(target=_watch, args=[over], name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=5)


def _watch(over: threading.Event) -> None:
    def is_over() -> bool:
        return over.is_set() or stopping.is_asked()

    shelves = ShelfWatch(is_over)
    while not is_over():
        try:
            shelves.round(time.monotonic())
        except Exception:
            log.exception("watching folders failed; it is tried again")
            over.wait(REFRESH_S)
        finally:
            connections.close_all()
        if shelves.is_idle:
            over.wait(A_LOOK_MS / 1000)
    shelves.close()
