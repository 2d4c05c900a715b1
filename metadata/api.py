"""The API's operations on changes that wait for a person."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from ninja.pagination import paginate

from mamcrawler.operations.api import ApiRequest, Paging
from metadata import services
from metadata.models import Proposal
from metadata.schemas import ProposalFilter, ProposalOut

router = Router(tags=["Metadata"])


@router.get("/proposals", response=list[ProposalOut])
@paginate(Paging)
def list_proposals(request: ApiRequest, filters: Query[ProposalFilter]) -> QuerySet[Proposal]:
    """Proposals, surest first; `status=open` are those that wait."""
    return filters.filter(_proposals())


@router.post("/proposals/{int:proposal_id}/accept", response=ProposalOut)
def accept_proposal(request: ApiRequest, proposal_id: int) -> Proposal:
    """Write a proposed value to its shelf."""
    proposal = get_object_or_404(_proposals(), pk=proposal_id)
    services.accept(proposal, by=request.user)
    return proposal


@router.post("/proposals/{int:proposal_id}/reject", response=ProposalOut)
def reject_proposal(request: ApiRequest, proposal_id: int) -> Proposal:
    """Leave the field as it is, and do not propose this value again."""
    proposal = get_object_or_404(_proposals(), pk=proposal_id)
    services.reject(proposal, by=request.user)
    return proposal


@router.post("/proposals/{int:proposal_id}/reopen", response=ProposalOut)
def reopen_proposal(request: ApiRequest, proposal_id: int) -> Proposal:
    """Undo a decision: what was written is put back, and the proposal waits again."""
    proposal = get_object_or_404(_proposals(), pk=proposal_id)
    services.reopen(proposal, by=request.user)
    return proposal


def _proposals() -> QuerySet[Proposal]:
    return Proposal.objects.select_related("edition", "book", "decided_by").order_by("-confidence", "pk")
