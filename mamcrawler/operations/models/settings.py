"""Operational numbers and the record of who changed what."""

from django.conf import settings
from django.db import models

from mamcrawler.lib import clock


class Setting(models.Model):
    """One group of operational numbers, as a person changed it; see `preferences` for groups, units and bounds."""

    group = models.CharField(max_length=40, unique=True)
    values = models.JSONField(default=dict)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["group"]

    def __str__(self) -> str:
        return self.group


class AuditEntry(models.Model):
    """Something a person or key did that matters: kept, never edited."""

    at = models.DateTimeField(default=clock.now, db_index=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
