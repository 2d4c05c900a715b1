"""Rows of the platform itself, imported by every app."""

from mamcrawler.operations.models.findings import Finding
from mamcrawler.operations.models.hosts import OutsideHost
from mamcrawler.operations.models.jobs import JobPhase, JobRun
from mamcrawler.operations.models.people import ApiKey, User
from mamcrawler.operations.models.settings import AuditEntry, Setting

__all__ = ["ApiKey", "AuditEntry", "Finding", "JobPhase", "JobRun", "OutsideHost", "Setting", "User"]
