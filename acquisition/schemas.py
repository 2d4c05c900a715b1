"""What the API says of wants, candidates and downloads."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from ninja import Field, FilterSchema, Schema

from acquisition.models import Candidate, Download, Inspection, Want
from library.schemas import AuthorOut
from tracker.schemas import ReleaseOut


class WantedBookOut(Schema):
    """The book that is wanted."""

    id: int
    title: str
    authors: list[AuthorOut]


class WantOut(Schema):
    """A book we look for: why, how urgently, and why it stands where it stands."""

    id: int
    book: WantedBookOut
    series_id: int | None
    reason: Want.Reason
    status: Want.Status
    hold: Want.Hold
    explanation: str
    priority: float
    priority_policy: str
    priority_parts: dict[str, Any]
    wanted_at: datetime
    searched_at: datetime | None
    next_look_at: datetime | None
    closed_at: datetime | None


class WantFilter(FilterSchema):
    """Which wants."""

    status: Want.Status | None = None
    hold: Want.Hold | None = None
    open: bool | None = Field(None, description="Neither fulfilled nor given up.")
    book_id: int | None = None

    def filter_open(self, value: bool | None) -> Q:
        """Wants that are open, or closed."""
        closed = Q(status__in=Want.CLOSED)
        return Q() if value is None else ~closed if value else closed


class QualityReasonOut(Schema):
    """What one criterion says of an edition."""

    criterion: str
    words: str


class CandidateOut(Schema):
    """A release judged against a want, with the reasons."""

    id: int
    want_id: int
    book: str = Field(alias="want.book.title")
    release: ReleaseOut
    verdict: Candidate.Verdict
    match_score: float
    match_reasons: list[str]
    features: dict[str, Any]
    quality_score: float
    quality_reasons: list[QualityReasonOut]
    rank: int
    policy: str
    judged_at: datetime


class WantDetailOut(WantOut):
    """A want with everything that was found for it, best first."""

    candidates: list[CandidateOut]


class DownloadOut(Schema):
    """A snatched release on its way to the shelf."""

    id: int
    want_id: int = Field(alias="candidate.want_id")
    candidate_id: int
    book_id: int = Field(alias="candidate.want.book_id")
    book: str = Field(alias="candidate.want.book.title")
    release_id: int = Field(alias="candidate.release_id")
    release: str = Field(alias="candidate.release.title")
    status: Download.Status
    failure: str
    attempts: int
    next_attempt_at: datetime | None
    snatched_at: datetime
    cost_ratio: bool
    size_bytes: int | None
    progress: float
    speed_bytes_s: int
    eta_s: int | None
    target_path: str
    edition_id: int | None
    settled_at: datetime | None


class DownloadEventOut(Schema):
    """One move of a download."""

    was: Download.Status
    became: Download.Status
    reason: str
    at: datetime


class InspectionOut(Schema):
    """What was checked of a finished download, and what was found."""

    verdict: Inspection.Verdict
    checks: list[dict[str, Any]]
    duration_s: float | None
    at: datetime


class DownloadDetailOut(DownloadOut):
    """A download with its moves, its inspections and why the rules let it through."""

    budget_answer: dict[str, Any]
    events: list[DownloadEventOut]
    inspections: list[InspectionOut]


class DownloadFilter(FilterSchema):
    """Which downloads."""

    status: Download.Status | None = None
    stopped: bool | None = Field(None, description="Failed, quarantined or blocked.")

    def filter_stopped(self, value: bool | None) -> Q:
        """Downloads that stopped, or the others."""
        stopped = Q(status__in=Download.STOPPED)
        return Q() if value is None else stopped if value else ~stopped


class UnshelvedOut(Schema):
    """A download taken off its shelf, and the files left there because they changed since."""

    download: DownloadOut
    kept_files: list[str]


class SearchFilter(Schema):
    """What to search for."""

    q: str = Field(min_length=2, max_length=200)


class SearchOut(Schema):
    """All that a search found; a second page would be another request to the tracker."""

    items: list[ReleaseOut]
    count: int
