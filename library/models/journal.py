"""Every write to what a person may have curated, so that it can be undone."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from library.models.editions import Edition
from mamcrawler.lib import clock


class ChangeQuerySet(models.QuerySet["Change"]):
    def undoable(self) -> Self:
        """Changes that were written and not undone, newest first."""
        return self.filter(status=Change.Status.WRITTEN, edition__isnull=False).order_by("-at", "-pk")


class Change(models.Model):
    """One field of an edition that we changed on its shelf: intended first, written after."""

    class Status(models.TextChoices):
        INTENDED = "intended", "Intended"
        WRITTEN = "written", "Written"
        REFUSED = "refused", "Refused"
        UNDONE = "undone", "Undone"

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, null=True, related_name="changes")
    batch = models.UUIDField(default=uuid.uuid4, db_index=True, help_text="Changes made in one go.")
    field = models.CharField(max_length=40)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    source = models.CharField(max_length=200, help_text="Who said so: providers, or a person.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.INTENDED)
    reason = models.CharField(max_length=300, blank=True, default="", help_text="Why it was refused.")
    at = models.DateTimeField(default=clock.now)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="change_status_known", condition=Q(status__in=["intended", "written", "refused", "undone"])
            ),
            models.CheckConstraint(
                name="change_undone_with_moment", condition=Q(status="undone") ^ Q(undone_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.edition}"
