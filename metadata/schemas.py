"""What the API says of changes that wait for a person."""

from datetime import datetime
from typing import Any

from ninja import Field, FilterSchema, Schema

from metadata.models import Proposal


class ProposalOut(Schema):
    """A change to an edition's metadata that a person accepts or rejects."""

    id: int
    edition_id: int
    edition: str = Field(alias="edition.title")
    book_id: int
    book: str = Field(alias="book.title")
    field: str
    old: Any
    new: Any
    confidence: float
    sources: str
    why: str
    status: Proposal.Status
    made_at: datetime
    decided_at: datetime | None
    decided_by: str | None

    @staticmethod
    def resolve_decided_by(proposal: Proposal) -> str | None:
        """Whose word it was, by user name."""
        return proposal.decided_by.username if proposal.decided_by else None


class ProposalFilter(FilterSchema):
    """Which proposals."""

    status: Proposal.Status | None = None
    field: str | None = None
    edition_id: int | None = None
