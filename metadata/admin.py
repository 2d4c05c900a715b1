"""Looking up what providers said and what followed from it."""

from django.contrib import admin

from mamcrawler.operations.admin import MachineWritten
from metadata.models import Claim, Lookup, Proposal


@admin.register(Lookup)
class LookupAdmin(MachineWritten):
    """Moving `good_until` back makes the next run ask again."""

    list_display = ["question", "provider", "outcome", "reason", "asked_at", "good_until"]
    list_filter = ["provider", "outcome"]
    search_fields = ["question", "reason"]
    repairable = ["good_until"]


@admin.register(Claim)
class ClaimAdmin(MachineWritten):
    list_display = ["book", "field", "source", "confidence", "is_canonical", "claimed_at"]
    list_filter = ["source", "field", "is_canonical"]
    list_select_related = ["book"]
    search_fields = ["book__title", "field", "source"]


@admin.register(Proposal)
class ProposalAdmin(MachineWritten):
    """Decided on the review page, which also writes and undoes."""

    list_display = ["edition", "field", "confidence", "sources", "status", "made_at", "decided_at", "decided_by"]
    list_filter = ["status", "field"]
    list_select_related = ["edition", "decided_by"]
    search_fields = ["edition__title", "book__title", "field", "sources"]
