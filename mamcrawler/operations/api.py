"""The API's operations on jobs, their runs and findings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from ninja.errors import HttpError
from ninja.pagination import LimitOffsetPagination, paginate

from mamcrawler.lib import paging
from mamcrawler.lib.keyed import Listing
from mamcrawler.operations import findings, jobs
from mamcrawler.operations.models import Finding, JobRun, User
from mamcrawler.operations.schemas import (
    FindingFilter,
    FindingOut,
    JobOut,
    JobRunDetailOut,
    JobRunFilter,
    JobRunOut,
    SettleIn,
)

router = Router(tags=["Operations"])


class ApiRequest(HttpRequest):
    """A request that the API has let in: its user is the person, or the owner of the key."""

    user: User


class Paging(LimitOffsetPagination):
    """Pages of a list by limit and offset, within what a database can count.

    :param showing: adds to the rows of the page what would be dear to work out for all.
    :param reading: gives instead what is shown of rows by their keys alone, where filtering them again would be dear;
        a `Known` needs it.
    """

    class Input(Schema):
        limit: int = Field(settings.NINJA_PAGINATION_PER_PAGE, ge=1, le=settings.NINJA_PAGINATION_MAX_LIMIT)
        offset: int = Field(0, ge=0, le=2**31 - 1)

    class Output(Schema):
        items: list[Any]
        count: int = Field(description="How many rows there are, as far as they were counted.")
        is_capped: bool = Field(False, description="Whether there are more: a long list is counted little further.")

    def __init__(
        self,
        *,
        showing: Callable[[Any], Any] = lambda rows: rows,
        reading: Callable[[Sequence[int]], Mapping[int, Any]] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._showing = showing
        self._reading = reading

    def paginate_queryset(self, queryset: Any, pagination: Any, request: HttpRequest, **params: Any) -> dict[str, Any]:
        """Find the page's keys first: what a row shows is then worked out for the page alone."""
        rows, total, more_than = queryset, None, 0
        if isinstance(queryset, paging.Known):
            rows, total, more_than = queryset.rows, queryset.total, queryset.more_than
        if not isinstance(rows, QuerySet | Listing):
            return dict(super().paginate_queryset(rows, pagination, request, **params))
        seen = paging.window(rows, pagination.offset, pagination.limit, total=total, more_than=more_than)
        told = {"count": seen.count.rows, "is_capped": seen.count.is_capped}
        if self._reading is None:
            return {"items": self._showing(queryset.filter(pk__in=seen.keys)), **told}
        shown = self._reading(seen.keys)
        return {"items": [shown[key] for key in seen.keys if key in shown], **told}


@router.get("/jobs", response=list[JobOut])
@paginate(Paging)
def list_jobs(request: ApiRequest) -> list[jobs.Job]:
    """The jobs that may be started."""
    return sorted((job for job in jobs.JOBS.values() if job.is_runnable), key=lambda job: job.kind)


@router.post("/jobs/{kind}/run", response={202: JobRunOut})
def run_job(request: ApiRequest, kind: str) -> Status[JobRun]:
    """Ask for a run of a job; a worker takes it up."""
    if kind in jobs.JOBS and not jobs.JOBS[kind].is_runnable:
        raise jobs.UnknownJob(f"the job {kind!r} starts by itself")
    return Status(202, jobs.request(kind, user=request.user))


@router.get("/job-runs", response=list[JobRunOut])
@paginate(Paging)
def list_job_runs(request: ApiRequest, filters: Query[JobRunFilter]) -> QuerySet[JobRun]:
    """Runs of jobs, newest first."""
    return filters.filter(_runs())


@router.get("/job-runs/{int:run_id}", response=JobRunDetailOut)
def get_job_run(request: ApiRequest, run_id: int) -> JobRun:
    """One run with its phases and its report."""
    return get_object_or_404(_runs(), pk=run_id)


@router.post("/job-runs/{int:run_id}/cancel", response={202: JobRunOut})
def cancel_job_run(request: ApiRequest, run_id: int) -> Status[JobRun]:
    """Ask a run to end at its next step; what it did so far is kept."""
    run = get_object_or_404(_runs(), pk=run_id)
    return _asked(run, jobs.cancel(run), "the run has ended already")


@router.post("/job-runs/{int:run_id}/pause", response={202: JobRunOut})
def pause_job_run(request: ApiRequest, run_id: int) -> Status[JobRun]:
    """Let a run rest until it is resumed."""
    run = get_object_or_404(_runs(), pk=run_id)
    return _asked(run, jobs.pause(run), "the run has ended already")


@router.post("/job-runs/{int:run_id}/resume", response={202: JobRunOut})
def resume_job_run(request: ApiRequest, run_id: int) -> Status[JobRun]:
    """Let a paused run go on."""
    run = get_object_or_404(_runs(), pk=run_id)
    return _asked(run, jobs.unpause(run), "the run is not paused")


@router.get("/findings", response=list[FindingOut])
@paginate(Paging)
def list_findings(request: ApiRequest, filters: Query[FindingFilter]) -> QuerySet[Finding]:
    """What waits for a person, worst first."""
    return filters.filter(Finding.objects.order_by("rank", "-found_at", "-pk"))


@router.post("/findings/{int:finding_id}/settle", response=FindingOut)
def settle_finding(request: ApiRequest, finding_id: int, answer: SettleIn) -> Finding:
    """Say that a finding was dealt with."""
    finding = get_object_or_404(Finding, pk=finding_id)
    if finding.settled_at or not findings.settle(finding.kind, finding.subject, how=answer.how):
        raise HttpError(409, "the finding was settled before")
    finding.refresh_from_db()
    return finding


def _runs() -> QuerySet[JobRun]:
    return JobRun.objects.select_related("requested_by").order_by("-requested_at", "-pk")


def _asked(run: JobRun, is_done: bool, refusal: str) -> Status[JobRun]:
    if not is_done:
        raise HttpError(409, refusal)
    run.refresh_from_db()
    return Status(202, run)
