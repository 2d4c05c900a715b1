"""Looking up and repairing wants, candidates and downloads."""

from django.contrib import admin

from acquisition.models import (
    Candidate,
    Download,
    DownloadEvent,
    FailedAttempt,
    Inspection,
    PathMapping,
    Want,
)
from mamcrawler.operations.admin import MachineWritten


@admin.register(Want)
class WantAdmin(MachineWritten):
    list_display = ["book", "status", "hold", "reason", "priority", "explanation", "searched_at", "next_look_at"]
    list_filter = ["status", "hold", "reason"]
    list_select_related = ["book"]
    search_fields = ["book__title", "series__name", "explanation"]
    repairable = ["status", "hold", "explanation", "next_look_at", "closed_at"]


@admin.register(Candidate)
class CandidateAdmin(MachineWritten):
    list_display = ["release", "book", "verdict", "match_score", "quality_score", "rank", "judged_at"]
    list_filter = ["verdict", "found_through", "policy"]
    list_select_related = ["release", "want__book"]
    search_fields = ["release__title", "want__book__title"]
    repairable = ["verdict"]

    @admin.display(description="for the book", ordering="want__book__sort_title")
    def book(self, candidate: Candidate) -> str:
        """The wanted book."""
        return str(candidate.want.book)


@admin.register(Download)
class DownloadAdmin(MachineWritten):
    list_display = ["release", "status", "failure", "attempts", "size_bytes", "snatched_at", "settled_at"]
    list_filter = ["status", "cost_ratio"]
    list_select_related = ["candidate__release"]
    search_fields = ["candidate__release__title", "candidate__want__book__title", "info_hash"]
    repairable = ["status", "failure", "next_attempt_at", "content_path", "settled_at"]
    exclude = ["info_dictionary"]

    @admin.display(ordering="candidate__release__title")
    def release(self, download: Download) -> str:
        """The release that was taken."""
        return str(download.candidate.release)


@admin.register(DownloadEvent)
class DownloadEventAdmin(MachineWritten):
    list_display = ["at", "download", "was", "became", "reason"]
    list_filter = ["became"]
    list_select_related = ["download__candidate__release"]
    search_fields = ["download__candidate__release__title", "reason"]


@admin.register(Inspection)
class InspectionAdmin(MachineWritten):
    list_display = ["at", "download", "verdict", "duration_s"]
    list_filter = ["verdict"]
    list_select_related = ["download__candidate__release"]
    search_fields = ["download__candidate__release__title"]


@admin.register(FailedAttempt)
class FailedAttemptAdmin(MachineWritten):
    """Deleting one lets the release be taken for that book again."""

    list_display = ["release", "book", "reason", "attempts", "last_at"]
    list_filter = ["last_at"]
    list_select_related = ["release", "book"]
    search_fields = ["release__title", "book__title", "reason"]


@admin.register(PathMapping)
class PathMappingAdmin(admin.ModelAdmin[PathMapping]):
    list_display = ["system", "theirs", "ours"]
    list_filter = ["system"]
    search_fields = ["theirs", "ours"]
