"""What the API says of jobs, their runs and findings."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from ninja import Field, FilterSchema, Schema

from mamcrawler.operations.models import Finding, JobPhase, JobRun


class JobOut(Schema):
    """A kind of job that may be started."""

    kind: str
    label: str


class JobPhaseOut(Schema):
    """One stretch of a run."""

    name: str
    label: str
    status: JobPhase.Status
    counts: dict[str, Any]
    summary: str
    failure: str
    done: int
    total: int | None
    started_at: datetime | None
    finished_at: datetime | None


class JobRunOut(Schema):
    """One run of a job."""

    id: int
    kind: str
    status: JobRun.Status
    doing: str
    done: int
    total: int | None
    summary: str
    failure: str
    is_paused: bool
    is_cancelling: bool
    requested_by: str | None
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    resume_at: datetime | None

    @staticmethod
    def resolve_requested_by(run: JobRun) -> str | None:
        """Who asked for it, by user name; None for the schedule."""
        return run.requested_by.username if run.requested_by else None


class JobRunDetailOut(JobRunOut):
    """One run with its phases and its report."""

    phases: list[JobPhaseOut]
    report: dict[str, Any]


class JobRunFilter(FilterSchema):
    """Which runs."""

    kind: str | None = None
    status: JobRun.Status | None = None


class FindingOut(Schema):
    """Something a person should know or decide."""

    id: int
    kind: str
    subject: str
    severity: Finding.Severity
    message: str
    advice: str
    found_at: datetime
    seen_again_at: datetime | None
    settled_at: datetime | None
    settlement: str


class FindingFilter(FilterSchema):
    """Which findings: the open ones, unless asked otherwise."""

    kind: str | None = None
    severity: Finding.Severity | None = None
    settled: bool | None = False

    def filter_settled(self, value: bool | None) -> Q:
        """Settled, or still open."""
        return Q() if value is None else Q(settled_at__isnull=not value)


class SettleIn(Schema):
    """How a finding was dealt with."""

    how: str = Field("settled by a person", min_length=1, max_length=200)
