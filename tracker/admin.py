"""Looking up and repairing the account, releases and pages of the tracker."""

from django.contrib import admin

from mamcrawler.operations.admin import MachineWritten
from tracker.models import AccountReading, Crawl, CrawlTarget, Document, DocumentVersion, Release, TrackerSession


@admin.register(TrackerSession)
class TrackerSessionAdmin(MachineWritten):
    """The session's state; its cookie is never shown."""

    list_display = ["name", "state", "reason", "rotated_at", "changed_at"]
    list_filter = ["state"]
    search_fields = ["name", "reason"]
    exclude = ["sealed_cookie", "seed_digest"]


@admin.register(AccountReading)
class AccountReadingAdmin(MachineWritten):
    list_display = ["at", "member_class", "ratio", "bonus_points", "wedges", "unsatisfied_count", "vip_until"]
    list_filter = ["member_class"]
    search_fields = ["member_class"]


@admin.register(Release)
class ReleaseAdmin(MachineWritten):
    list_display = ["title", "tracker_id", "category_name", "file_types", "size_bytes", "seeders", "is_free", "seen_at"]
    list_filter = ["is_free", "is_vip", "is_personal_freeleech", "is_snatched", "main_category", "indexer"]
    search_fields = ["title", "=tracker_id", "guid", "info_hash"]


@admin.register(Document)
class DocumentAdmin(MachineWritten):
    list_display = ["title", "kind", "category", "path", "checked_at"]
    list_filter = ["kind", "category"]
    search_fields = ["title", "path"]
    repairable = ["title", "kind", "category"]


@admin.register(DocumentVersion)
class DocumentVersionAdmin(MachineWritten):
    list_display = ["document", "number", "source", "at"]
    list_filter = ["source"]
    list_select_related = ["document"]
    search_fields = ["document__title", "text"]


@admin.register(Crawl)
class CrawlAdmin(MachineWritten):
    list_display = ["kind", "started_at", "finished_at", "page_budget"]
    list_filter = ["kind", ("finished_at", admin.EmptyFieldListFilter)]
    search_fields = ["targets__path"]
    repairable = ["finished_at"]


@admin.register(CrawlTarget)
class CrawlTargetAdmin(MachineWritten):
    list_display = ["path", "crawl", "depth", "status", "reason"]
    list_filter = ["status"]
    list_select_related = ["crawl"]
    search_fields = ["path", "reason"]
