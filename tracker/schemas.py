"""What the API says of the account, the releases on offer and the tracker's pages."""

from datetime import datetime

from django.db.models import Q
from ninja import Field, FilterSchema, Schema

from tracker.models import Document, Release, TrackerSession


class ReadingOut(Schema):
    """The account's numbers at one moment; null where the tracker did not tell."""

    at: datetime
    member_class: str
    ratio: float | None
    uploaded_bytes: int | None
    downloaded_bytes: int | None
    buffer_bytes: int | None
    bonus_points: int | None
    wedges: int | None
    vip_until: datetime | None
    unsatisfied_count: int | None
    unsatisfied_limit: int | None
    hit_and_run_count: int | None
    is_connectable: bool | None


class SessionOut(Schema):
    """Whether the tracker takes our session."""

    state: TrackerSession.State
    reason: str
    is_usable: bool
    changed_at: datetime
    rotated_at: datetime | None


class AccountOut(Schema):
    """How we stand with the tracker; null what was never read."""

    reading: ReadingOut | None
    session: SessionOut | None


class SeriesPlaceOut(Schema):
    """A place in a series, as a release names it."""

    name: str
    position: str


class ReleaseOut(Schema):
    """One torrent as offered, as last seen."""

    id: int
    tracker_id: int | None
    page_url: str
    indexer: str
    title: str
    authors: list[str]
    narrators: list[str]
    series: list[SeriesPlaceOut]
    language: str
    category_name: str
    file_types: str
    size_bytes: int | None
    file_count: int | None
    duration_s: float | None
    bitrate_kbps: int | None
    is_abridged: bool
    seeders: int
    leechers: int
    snatches: int
    is_free: bool
    is_vip: bool
    vip_until: datetime | None
    is_personal_freeleech: bool
    is_snatched: bool
    listed_at: datetime | None
    seen_at: datetime

    @staticmethod
    def resolve_series(release: Release) -> list[dict[str, str]]:
        """Its places, by name."""
        return [{"name": str(name), "position": str(position or "")} for name, position in release.series]


class ReleaseFilter(FilterSchema):
    """Which releases."""

    q: str | None = Field(None, max_length=200, description="Words of the title.")
    language: str | None = None
    free: bool | None = None

    def filter_q(self, value: str | None) -> Q:
        """Releases whose title has these words."""
        return Q(title__icontains=value) if value else Q()

    def filter_free(self, value: bool | None) -> Q:
        """Releases that cost nobody ratio, or the others."""
        return Q() if value is None else Q(is_free=value)


class DocumentOut(Schema):
    """A page of the tracker that we keep."""

    id: int
    path: str
    kind: str
    title: str
    category: str
    first_seen_at: datetime
    checked_at: datetime


class DocumentVersionOut(Schema):
    """When the text of a page changed."""

    number: int
    source: str
    at: datetime


class DocumentDetailOut(DocumentOut):
    """A page with its newest text, in Markdown."""

    text: str
    versions: list[DocumentVersionOut]

    @staticmethod
    def resolve_text(document: Document) -> str:
        """The newest text; empty before the first."""
        newest = max(document.versions.all(), key=lambda version: version.number, default=None)
        return newest.text if newest else ""


class DocumentFilter(FilterSchema):
    """Which pages."""

    q: str | None = Field(None, max_length=200, description="Words of the title.")
    kind: str | None = None
    category: str | None = None

    def filter_q(self, value: str | None) -> Q:
        """Pages whose title has these words."""
        return Q(title__icontains=value) if value else Q()
