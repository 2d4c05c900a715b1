"""Taking turns at an outside host, over all processes, without a transaction that outlives a statement."""

import os
import random
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import F

from mamcrawler.lib import clock
from mamcrawler.lib.pace import NotNow
from mamcrawler.operations.models import OutsideHost

HOLD = timedelta(seconds=120)
"""Real time after which a holder that said nothing counts as dead; longer than any client's time-out."""
CALM = timedelta(minutes=30)
"""How long the pace stays reduced after a sign of throttling."""
SLOWER = 5
"""In slow mode the gap between requests is so many times longer."""
FAILURES_TO_OPEN = 5
FIRST_OPENING = timedelta(seconds=60)
LONGEST_OPENING = timedelta(hours=1)
THROTTLED = frozenset({403, 429})
LATENCY_RISE = 6
"""An answer so many times slower than usual, and slower than two seconds, is a sign of throttling."""


def process_name() -> str:
    """A name no other process or thread has; its first parts tell a sweeper the host, the process id and its start."""
    return f"{socket.gethostname()}:{os.getpid()}.{_started(os.getpid())}:{uuid.uuid4().hex[:12]}"


def has_died(name: str) -> bool:
    """Whether the process of this name has surely ended; of one on another host nothing is known.

    A process that took its id over, as after a restart of a container, is told by its start.
    """
    if not is_on_this_host(name):
        return False
    pid, _, started = name.split(":", 2)[1].partition(".")
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return started != _started(int(pid))


def is_on_this_host(name: str) -> bool:
    """Whether the process of this name runs, or ran, where we do."""
    return name.partition(":")[0] == socket.gethostname()


def _started(pid: int) -> str:
    """When a process started, in ticks since the machine did; "" once it is dead, and where the system has no /proc."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return ""
    fields = status.rpartition(")")[2].split()  # the command's name before it may hold anything
    return "" if fields[0] in "ZX" else fields[19]


@dataclass
class HostTurn:
    """A turn that was taken; it remembers how the host answered until the place is given back."""

    status: int | None = None
    seconds: float = 0.0
    retry_after: float | None = None

    def answered(self, status: int, *, seconds: float, retry_after: float | None = None) -> None:
        """Note the answer; its consequences for the pace are written when the turn ends."""
        self.status, self.seconds, self.retry_after = status, seconds, retry_after


class HostLease:
    """The queue in front of one outside host; every process that asks it waits here.

    :param gap: product time between two requests.
    :param spread: up to so much is added to each gap at random.
    :param patience: how long a turn is waited for before `NotNow`.
    """

    def __init__(
        self,
        host: str,
        *,
        gap: timedelta,
        spread: timedelta = timedelta(0),
        patience: timedelta = timedelta(minutes=10),
    ) -> None:
        self.host, self._gap, self._spread, self._patience = host, gap, spread, patience

    @contextmanager
    def turn(self) -> Iterator[HostTurn]:
        """Wait for our turn, hold the place, and set when the next request is due.

        :raises NotNow: if the breaker is open, the host is stopped, or patience ran out.
        """
        holder = process_name()
        row = self._take(holder)
        turn = HostTurn()
        try:
            yield turn
        finally:
            next_at, changes = self._consequences(row, turn)
            row.release(holder, next_at=next_at, **changes)

    def _take(self, holder: str) -> OutsideHost:
        row, _ = OutsideHost.objects.get_or_create(name=self.host)
        give_up_at = clock.now() + self._patience
        while True:
            now = clock.now()
            free = OutsideHost.objects.filter(pk=row.pk).free(now=now, wall=clock.wall())
            if free.update(holder=holder, expires_at=clock.wall() + HOLD, last_asked_at=now):
                row.refresh_from_db()
                return row
            row.refresh_from_db()
            if row.holder and has_died(row.holder):
                # Its last request may just have been sent: ours keeps its distance from it.
                held = OutsideHost.objects.filter(pk=row.pk, holder=row.holder)
                held.update(holder="", expires_at=None, next_at=now + self._gap)
                continue
            self._refuse_if_pointless(row, now=now, give_up_at=give_up_at)
            due_in = (row.next_at - now).total_seconds()
            # A held place has no known end: look again after a twentieth of a real second.
            clock.sleep(due_in if due_in > 0 else 0.05 * clock.factor())

    def _refuse_if_pointless(self, row: OutsideHost, *, now: datetime, give_up_at: datetime) -> None:
        if row.stopped_reason:
            raise NotNow(f"{self.host}: {row.stopped_reason}")
        if row.open_until and row.open_until > now:
            raise NotNow(f"{self.host} failed {row.failures} times in a row; asked again after {row.open_until:%H:%M}")
        if row.next_at > give_up_at or now > give_up_at:
            raise NotNow(f"{self.host} is not due before {row.next_at:%Y-%m-%d %H:%M}")

    def _consequences(self, row: OutsideHost, turn: HostTurn) -> tuple[datetime, dict[str, object]]:
        now = clock.now()
        changes: dict[str, object] = {"last_status": turn.status}
        slow = row.is_slow
        if turn.status in THROTTLED or self._is_slowing_down(row, turn):
            slow, changes["slow_until"] = True, now + CALM
        if turn.status is None or turn.status == 0 or turn.status >= 500:
            failures = row.failures + 1
            changes["failures"] = failures
            if failures >= FAILURES_TO_OPEN:
                longer = FIRST_OPENING * 2 ** min(failures - FAILURES_TO_OPEN, 6)
                changes["open_until"] = now + min(longer, LONGEST_OPENING)
        else:
            changes |= {"failures": 0, "open_until": None}
            changes["typical_s"] = turn.seconds if not row.typical_s else 0.8 * row.typical_s + 0.2 * turn.seconds
        gap = self._gap * (SLOWER if slow else 1) + self._spread * random.random()
        if turn.retry_after:
            gap = max(gap, timedelta(seconds=turn.retry_after))
        return now + gap, changes

    def _is_slowing_down(self, row: OutsideHost, turn: HostTurn) -> bool:
        return bool(row.typical_s) and turn.seconds > max(2.0, LATENCY_RISE * row.typical_s)


def stop(host: str, reason: str) -> None:
    """Let nothing through to a host until a person resumes it."""
    OutsideHost.objects.get_or_create(name=host)
    OutsideHost.objects.filter(name=host).update(stopped_reason=reason[:300])


def resume(host: str) -> bool:
    """Let requests through again after a person looked; False if the host was not stopped."""
    return bool(
        OutsideHost.objects.filter(name=host)
        .exclude(stopped_reason="")
        .update(stopped_reason="", failures=F("failures") * 0, open_until=None)
    )
