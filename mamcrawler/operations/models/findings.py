"""What waits for a person and belongs to no other table."""

from typing import Self

from django.db import models
from django.db.models import Q

from mamcrawler.lib import clock


class FindingQuerySet(models.QuerySet["Finding"]):
    def open(self) -> Self:
        """Findings nobody has settled, worst first."""
        return self.filter(settled_at__isnull=True).order_by("rank", "-found_at", "-pk")

    def settled_by_people(self) -> Self:
        """Findings that a person dealt with, the latest first."""
        return self.filter(settlement=Finding.BY_PERSON).order_by("-settled_at", "-pk")


class Finding(models.Model):
    """Something a person should know or decide, told once however often it is noticed."""

    class Severity(models.TextChoices):
        CRITICAL = "critical", "Critical"
        WARNING = "warning", "Warning"
        NOTE = "note", "Note"

    MOST_ITEMS = 100
    """So many of what a finding tells of are kept and shown one by one."""
    BY_PERSON = "settled by a person"

    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=300, help_text="What it is about; one open finding a kind and subject.")
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.WARNING)
    rank = models.PositiveSmallIntegerField(default=1, editable=False)
    message = models.TextField()
    advice = models.TextField(blank=True, default="")
    detail = models.JSONField(default=dict, blank=True)
    found_at = models.DateTimeField(default=clock.now)
    seen_again_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settlement = models.CharField(max_length=200, blank=True, default="")

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["rank", "-found_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="finding_open_once", fields=["kind", "subject"], condition=Q(settled_at__isnull=True)
            ),
            models.CheckConstraint(
                name="finding_severity_known", condition=Q(severity__in=["critical", "warning", "note"])
            ),
        ]

    def __str__(self) -> str:
        return self.message

    @property
    def items(self) -> list[str]:
        """What it tells of, one by one, where it does."""
        told = self.detail.get("items")
        return [str(one) for one in told[: self.MOST_ITEMS]] if isinstance(told, list) else []
