"""Looking up and repairing the platform's rows, and the admin class that rows of the program itself share."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from mamcrawler.operations.models import ApiKey, AuditEntry, Finding, JobPhase, JobRun, OutsideHost, Setting, User


class MachineWritten(admin.ModelAdmin[Any]):
    """Rows that the program writes: found here, and changed only in the fields named `repairable`."""

    repairable: Sequence[str] = ()
    show_full_result_count = False

    def get_readonly_fields(self, _request: HttpRequest, _row: Any = None) -> list[str]:
        """Every field but those that a person may repair."""
        hidden = {*self.repairable, *(self.exclude or ())}
        return [field.name for field in self.opts.fields if field.name not in hidden]

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Nobody: the program makes these rows."""
        return False


@admin.register(User)
class PersonAdmin(UserAdmin[User]):
    list_display = ["username", "role", "is_active", "is_staff", "last_login"]
    list_filter = ["role", "is_active", "is_staff"]
    search_fields = ["username", "first_name", "last_name", "email"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [*(UserAdmin.fieldsets or ()), ("In this application", {"fields": ["role"]})]
    add_fieldsets = [*UserAdmin.add_fieldsets, ("In this application", {"fields": ["role"]})]


@admin.register(ApiKey)
class ApiKeyAdmin(MachineWritten):
    """Keys are issued where their secret can be shown once; here they are renamed, narrowed and ended."""

    list_display = ["name", "prefix", "user", "scope", "expires_at", "last_used_at", "revoked_at"]
    list_filter = ["scope"]
    list_select_related = ["user"]
    search_fields = ["name", "prefix", "user__username"]
    repairable = ["name", "scope", "expires_at"]
    exclude = ["digest"]


@admin.register(AuditEntry)
class AuditEntryAdmin(MachineWritten):
    list_display = ["at", "user", "action", "subject"]
    list_filter = ["action"]
    list_select_related = ["user"]
    search_fields = ["action", "subject", "user__username"]

    def has_change_permission(self, _request: HttpRequest, _row: Any = None) -> bool:
        """Nobody: the record is kept as it was made."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _row: Any = None) -> bool:
        """Nobody: the record is kept."""
        return False


@admin.register(Finding)
class FindingAdmin(MachineWritten):
    list_display = ["message", "kind", "severity", "found_at", "seen_again_at", "settled_at"]
    list_filter = ["severity", "kind", ("settled_at", admin.EmptyFieldListFilter)]
    search_fields = ["message", "subject", "kind"]
    repairable = ["severity", "settled_at", "settlement"]


@admin.register(JobRun)
class JobRunAdmin(MachineWritten):
    list_display = ["kind", "status", "requested_by", "requested_at", "started_at", "finished_at", "done", "total"]
    list_filter = ["status", "kind"]
    list_select_related = ["requested_by"]
    search_fields = ["kind", "summary", "failure"]
    repairable = ["is_cancelling", "is_paused"]


@admin.register(JobPhase)
class JobPhaseAdmin(MachineWritten):
    list_display = ["label", "run", "position", "status", "done", "total", "started_at", "finished_at"]
    list_filter = ["status", "name"]
    list_select_related = ["run"]
    search_fields = ["label", "name", "summary", "failure", "run__kind"]


@admin.register(OutsideHost)
class OutsideHostAdmin(MachineWritten):
    list_display = ["name", "next_at", "slow_until", "open_until", "failures", "stopped_reason", "last_status"]
    list_filter = [("stopped_reason", admin.EmptyFieldListFilter)]
    search_fields = ["name", "stopped_reason"]
    repairable = ["slow_until", "open_until", "stopped_reason"]


@admin.register(Setting)
class SettingAdmin(MachineWritten):
    """Numbers are changed on their page, which checks their bounds and records who did."""

    list_display = ["group", "changed_at"]
    list_filter = ["changed_at"]
    search_fields = ["group"]
