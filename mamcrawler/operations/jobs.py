"""Jobs: registered by kind, queued as a row, worked in chunks, taken up again when their process dies."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django_q.tasks import async_task, schedule

from mamcrawler.lib import clock, stopping
from mamcrawler.lib.stopping import Interrupted
from mamcrawler.operations.leases import has_died, is_on_this_host, process_name
from mamcrawler.operations.models import JobPhase, JobRun, User
from mamcrawler.operations.models.jobs import SILENCE

log = structlog.get_logger(__name__)

CHUNK = timedelta(seconds=45)
"""Real time after which a run gives its worker back at the next beat."""
SHORT_REST = timedelta(seconds=20)
"""A rest of less real time is slept through; a longer one gives the worker back."""
LONG_WAIT = timedelta(minutes=5)
"""A message that brought no worker for so much real time counts as lost."""
LONG_SILENCE = timedelta(minutes=20)
"""`SILENCE` for a process that we see living: it may wait its turn at a host, or copy a large book."""
MOST_LOSSES = 5

T = TypeVar("T")


class UnknownJob(Exception):
    """No job of that kind is registered."""


class AlreadyActive(Exception):
    """A run of this kind is queued or running."""

    def __init__(self, run: JobRun) -> None:
        super().__init__(f"{JOBS[run.kind].label} is already {run.status}; follow run {run.pk} or cancel it")
        self.run = run


class ChunkOver(Interrupted):
    """The worker is wanted back, or the run rests: queue it again."""

    def __init__(self, resume_at: datetime | None = None) -> None:
        super().__init__("to be continued")
        self.resume_at = resume_at


class RunCancelled(Interrupted):
    """A person asked for the run to end."""


class RunTaken(Interrupted):
    """Another process took the run up, since ours seemed dead: touch nothing more."""


@dataclass(frozen=True)
class Job:
    """A kind of work and the function that does it and returns a sentence on what it did."""

    kind: str
    label: str
    function: Callable[["Run"], str]
    is_runnable: bool
    is_housekeeping: bool = False


JOBS: dict[str, Job] = {}


def job(
    kind: str, label: str = "", *, is_runnable: bool = True, is_housekeeping: bool = False
) -> Callable[[Callable[["Run"], str]], Callable[["Run"], str]]:
    """Register a function as the job of this kind.

    :param is_runnable: whether people may start it from the jobs page.
    :param is_housekeeping: whether nobody needs to hear that it went well.
    """

    def register(function: Callable[["Run"], str]) -> Callable[["Run"], str]:
        JOBS[kind] = Job(kind, label or kind.replace("_", " ").capitalize(), function, is_runnable, is_housekeeping)
        return function

    return register


def last_worth_telling() -> JobRun | None:
    """The run that ended last, leaving out housekeeping that went well."""
    quiet = [one.kind for one in JOBS.values() if one.is_housekeeping]
    return JobRun.objects.finished().exclude(kind__in=quiet, status=JobRun.Status.SUCCEEDED).first()


class Run:
    """A claimed `JobRun` in the hands of its worker: progress, heartbeat, cancel, pause and phases."""

    def __init__(self, row: JobRun, *, is_chunked: bool) -> None:
        self.row = row
        self.arguments: Mapping[str, Any] = row.arguments
        self._chunk_ends = clock.wall() + CHUNK if is_chunked else None
        self._beaten_at = clock.wall()
        self._phase: JobPhase | None = None

    @property
    def counts(self) -> dict[str, int]:
        """What was counted so far: in the phase at hand, or in the run when it has none."""
        counts: dict[str, int] = self._phase.counts if self._phase else self.row.report.setdefault("counts", {})
        return counts

    @property
    def began_at(self) -> datetime:
        """When the phase at hand began, or the run when it has none: what rows tell since then was done in it."""
        return (self._phase.started_at if self._phase else None) or self.row.started_at or clock.now()

    def count(self, **counts: int) -> None:
        """Keep what this run (or its phase at hand) found and did by now.

        Count rows since `began_at`, then a crash neither loses nor doubles anything. A sum that grew is progress, so
        earlier losses are forgiven.
        """
        has_grown = sum(counts.values()) > sum(self.counts.get(name, 0) for name in counts)
        self.counts.update(counts)
        if self._phase:
            self._phase.save(update_fields=["counts"])
        else:
            self.row.save(update_fields=["report"])
        if has_grown:
            self._forgive_losses()

    def _forgive_losses(self) -> None:
        JobRun.objects.filter(pk=self.row.pk, holder=self.row.holder).update(losses=0)

    @property
    def done(self) -> int:
        """How many rows `track` has handed out and got back."""
        return self.row.done

    def beat(self, doing: str | None = None) -> None:
        """Say that we are alive and ask whether to go on; call it between small pieces of work.

        :raises Interrupted: if the run is cancelled, paused, taken by another process, the chunk is over, or this
            program is asked to end.
        """
        if doing is not None:
            self.row.doing = doing[:300]
        self._beaten_at = clock.wall()
        ours = JobRun.objects.filter(pk=self.row.pk, holder=self.row.holder, status=JobRun.Status.RUNNING)
        if not ours.update(
            heartbeat_at=self._beaten_at, doing=self.row.doing, done=self.row.done, total=self.row.total
        ):
            raise RunTaken
        cancelling, paused = JobRun.objects.values_list("is_cancelling", "is_paused").get(pk=self.row.pk)
        if cancelling:
            raise RunCancelled
        stopping.check()
        if paused or (self._chunk_ends and self._beaten_at > self._chunk_ends):
            raise ChunkOver

    def track(self, rows: Iterable[T], doing: str = "") -> Iterator[T]:
        """Hand out rows one by one with progress and a beat between them."""
        if isinstance(rows, QuerySet):
            rows = list(rows)
        self.row.done, self.row.total = 0, len(rows) if isinstance(rows, list | tuple) else None
        for row in rows:
            self.beat(doing or None)
            yield row
            self.row.done += 1
        self.beat()

    def rest(self, duration: timedelta, doing: str) -> None:
        """Wait for so much of the product's time; a long wait gives the worker back meanwhile."""
        until = clock.now() + duration
        seconds = clock.real_seconds(duration)
        if self._chunk_ends and seconds > SHORT_REST.total_seconds():
            self.beat(doing)
            raise ChunkOver(resume_at=until)
        while (left := (until - clock.now()).total_seconds()) > 0:
            self.beat(doing)
            clock.sleep(min(left, 2 * clock.factor()))

    def plan(self, phases: Iterable[tuple[str, str]]) -> None:
        """Lay out the run's phases, name and label; those that exist stay as they are."""
        rows = [
            JobPhase(run=self.row, position=position, name=name, label=label)
            for position, (name, label) in enumerate(phases)
        ]
        JobPhase.objects.bulk_create(rows, ignore_conflicts=True)

    def phase(self, name: str) -> JobPhase:
        """The phase of this name."""
        return JobPhase.objects.get(run=self.row, name=name)

    def begin(self, phase: JobPhase) -> None:
        """Mark a phase as running; what is counted from now on is counted in it."""
        self._phase = phase
        if phase.status != JobPhase.Status.RUNNING:
            self.row.done, self.row.total = 0, None
            phase.status, phase.started_at = JobPhase.Status.RUNNING, phase.started_at or clock.now()
            phase.save(update_fields=["status", "started_at"])

    def finish(self, phase: JobPhase, summary: str, *, failure: str = "") -> None:
        """Mark a phase as done, or failed with a reason; progress, so earlier losses are forgiven."""
        phase.status = JobPhase.Status.FAILED if failure else JobPhase.Status.DONE
        phase.summary, phase.failure, phase.finished_at = summary[:500], failure, clock.now()
        phase.save()
        self._phase = None
        self._forgive_losses()


def request(kind: str, *, user: User | None = None, **arguments: Any) -> JobRun:
    """Ask for a run of a job; a worker takes it up.

    :raises UnknownJob: if nothing of this kind is registered.
    :raises AlreadyActive: if a run of this kind is queued or running.
    """
    if kind not in JOBS:
        raise UnknownJob(f"there is no job {kind!r}; the jobs are {', '.join(sorted(JOBS))}")
    try:
        with transaction.atomic():
            run = JobRun.objects.create(kind=kind, requested_by=user, arguments=arguments)
            _wake(run)
    except IntegrityError:
        active = JobRun.objects.active().filter(kind=kind).first()
        if active is None:  # it ended between the two statements
            return request(kind, user=user, **arguments)
        raise AlreadyActive(active) from None
    return run


def run_now(kind: str, *, user: User | None = None, **arguments: Any) -> JobRun:
    """Do a job in this process, from beginning to end, as a command does; a run whose process died goes on here.

    :raises AlreadyActive: if a run of this kind is queued or running.
    """
    if kind not in JOBS:
        raise UnknownJob(f"there is no job {kind!r}; the jobs are {', '.join(sorted(JOBS))}")
    try:
        with transaction.atomic():
            row = JobRun.objects.create(kind=kind, requested_by=user, arguments=arguments)
    except IntegrityError:
        row = JobRun.objects.active().get(kind=kind)
        if row.status != JobRun.Status.RUNNING or not _is_dead(row) or not _take_up(row):
            raise AlreadyActive(row) from None
    work(row.pk, is_chunked=False)
    row.refresh_from_db()
    return row


def work(run_id: int, *, is_chunked: bool = True) -> str:
    """Take up a queued run and do a chunk of it; delivered twice, the second finds nothing to take or cuts no rest.

    A program that is asked to end begins nothing, and what it interrupts goes on at its next start: that is no loss.
    """
    if stopping.is_asked():
        return "left for the next start"
    holder, wall = process_name(), clock.wall()
    claimed = (
        _due()
        .filter(pk=run_id)
        .update(status=JobRun.Status.RUNNING, holder=holder, heartbeat_at=wall, resume_at=None, chunks=F("chunks") + 1)
    )
    if not claimed:
        return "not ours to do"
    row = JobRun.objects.get(pk=run_id)
    if row.started_at is None:
        row.started_at = clock.now()
        row.save(update_fields=["started_at"])
    structlog.contextvars.bind_contextvars(job=row.kind, run_id=row.pk)
    try:
        return _do(row, is_chunked=is_chunked)
    finally:
        structlog.contextvars.unbind_contextvars("job", "run_id")


def _do(row: JobRun, *, is_chunked: bool) -> str:
    run = Run(row, is_chunked=is_chunked)
    try:
        sentence = JOBS[row.kind].function(run)
    except ChunkOver as over:
        _queue_again(row, over.resume_at)
        return "to be continued"
    except stopping.Stopping:
        log.info("run interrupted, since the program ends")
        _queue_again(row, None)
        return "interrupted, to be continued"
    except RunTaken:
        log.warning("run taken by another process")
        return "taken by another process"
    except RunCancelled:
        _end(row, JobRun.Status.CANCELLED, summary="Cancelled; what was done so far is kept.")
        return "cancelled"
    except Exception as error:
        log.exception("job failed")
        _end(row, JobRun.Status.FAILED, failure=f"{type(error).__name__}: {error}"[:2000])
        return "failed"
    _end(row, JobRun.Status.SUCCEEDED, summary=sentence)
    return sentence


def cancel(run: JobRun) -> bool:
    """Ask a run to end at its next beat; one that nobody works on ends at once. False if it had ended."""
    asked = JobRun.objects.active().filter(pk=run.pk).update(is_cancelling=True)
    JobRun.objects.filter(pk=run.pk, status=JobRun.Status.QUEUED).update(
        status=JobRun.Status.CANCELLED, finished_at=clock.now(), summary="Cancelled before it began."
    )
    return bool(asked)


def pause(run: JobRun) -> bool:
    """Let a run rest at its next beat until it is resumed; False if it had ended."""
    return bool(JobRun.objects.active().filter(pk=run.pk).update(is_paused=True))


def unpause(run: JobRun) -> bool:
    """Let a paused run go on; False if it was not paused."""
    if not JobRun.objects.active().filter(pk=run.pk, is_paused=True).update(is_paused=False):
        return False
    _wake(run)
    return True


def sweep() -> int:
    """Take up runs whose process died; called at the worker's start and every minute. Returns how many.

    Runs that nobody took for long get a new message as well: a worker may have died with theirs.
    """
    taken_up = 0
    for row in JobRun.objects.filter(status=JobRun.Status.RUNNING):
        if _is_dead(row) and _take_up(row):
            taken_up += 1
    wake_queued(waiting_for=LONG_WAIT)
    return taken_up


def wake_queued(*, waiting_for: timedelta = timedelta(0)) -> None:
    """Give the queue every run that is queued and has been due for so much real time."""
    for row in _due():
        waiting_since = row.resume_at or row.requested_at
        has_waited = clock.real_seconds(clock.now() - waiting_since) >= waiting_for.total_seconds()
        is_quiet = row.heartbeat_at is None or row.heartbeat_at <= clock.wall() - waiting_for
        if has_waited and is_quiet:
            _wake(row)


def _due() -> QuerySet[JobRun]:
    is_rested = Q(resume_at__isnull=True) | Q(resume_at__lte=clock.now())
    return JobRun.objects.filter(is_rested, status=JobRun.Status.QUEUED, is_paused=False)


def _is_dead(row: JobRun) -> bool:
    if row.heartbeat_at is None or has_died(row.holder):
        return True
    silence = LONG_SILENCE if is_on_this_host(row.holder) else SILENCE
    return row.heartbeat_at < clock.wall() - silence


def _take_up(row: JobRun) -> bool:
    if row.losses + 1 >= MOST_LOSSES:
        failure = (
            f"Its process died {row.losses + 1} times without finishing a phase; see the log, then start it again."
        )
        return _end(row, JobRun.Status.LOST, failure=failure)
    with transaction.atomic():
        taken = JobRun.objects.filter(pk=row.pk, holder=row.holder, status=JobRun.Status.RUNNING).update(
            status=JobRun.Status.QUEUED, holder="", losses=F("losses") + 1
        )
        if taken:
            _wake(row)
    log.warning("took up a run whose process died", run_id=row.pk, kind=row.kind)
    return bool(taken)


def _queue_again(row: JobRun, resume_at: datetime | None) -> None:
    with transaction.atomic():
        ours = JobRun.objects.filter(pk=row.pk, holder=row.holder, status=JobRun.Status.RUNNING)
        if not ours.update(status=JobRun.Status.QUEUED, holder="", resume_at=resume_at):
            return
        row.refresh_from_db(fields=["is_paused"])
        if resume_at is not None:
            wait = timedelta(seconds=clock.real_seconds(resume_at - clock.now()))
            schedule("mamcrawler.operations.jobs.work", row.pk, schedule_type="O", next_run=clock.wall() + wait)
        elif not row.is_paused:
            _wake(row)


def _wake(row: JobRun) -> None:
    async_task("mamcrawler.operations.jobs.work", row.pk, task_name=f"{row.kind}-{row.pk}")


def _end(row: JobRun, status: JobRun.Status, *, summary: str = "", failure: str = "") -> bool:
    return bool(
        JobRun.objects.filter(pk=row.pk, holder=row.holder, status=JobRun.Status.RUNNING).update(
            status=status, finished_at=clock.now(), summary=summary, failure=failure, is_cancelling=False, doing=""
        )
    )
