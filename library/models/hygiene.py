"""What the last look at the library found: marks on copies, what people said of them, and figures."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from library.models.editions import Edition
from mamcrawler.lib import clock


class HygieneMarkQuerySet(models.QuerySet["HygieneMark"]):
    def open(self) -> Self:
        """Marks that no person has dismissed."""
        return self.filter(~Exists(self._dismissals()))

    def dismissed(self) -> Self:
        """Marks that a person has dismissed."""
        return self.filter(Exists(self._dismissals()))

    def newest_first(self) -> Self:
        """Marks in the order of their copies, the latest on the shelves first."""
        return self.order_by("-edition_id", "-pk")

    def _dismissals(self) -> models.QuerySet["HygieneDismissal"]:
        return HygieneDismissal.objects.filter(kind=OuterRef("kind"), edition=OuterRef("edition"))


class HygieneMark(models.Model):
    """A check found something about a copy when stock was taken; `library.hygiene` lists the checks."""

    kind = models.CharField(max_length=40, help_text="Name of the check.")
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="hygiene_marks")

    objects = HygieneMarkQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "edition"]
        constraints = [models.UniqueConstraint(name="hygiene_mark_once", fields=["kind", "edition"])]

    def __str__(self) -> str:
        return f"{self.kind}: {self.edition}"


class HygieneDismissal(models.Model):
    """A person's word that what a check finds about a copy is meant so; it holds until it is taken back."""

    kind = models.CharField(max_length=40, help_text="Name of the check.")
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="hygiene_dismissals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(name="hygiene_dismissed_once", fields=["kind", "edition"])]

    def __str__(self) -> str:
        return f"{self.kind} is meant so: {self.edition}"


class Snapshot(models.Model):
    """Figures of the library as they were at one moment, kept because working them out takes a while."""

    class Kind(models.TextChoices):
        STATISTICS = "statistics", "Statistics"
        HYGIENE = "hygiene", "Hygiene"

    kind = models.CharField(max_length=12, choices=Kind.choices, unique=True)
    figures = models.JSONField(default=dict)
    taken_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["kind"]
        constraints = [
            models.CheckConstraint(name="snapshot_kind_known", condition=Q(kind__in=["statistics", "hygiene"]))
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.taken_at:%d %b %Y %H:%M}"
