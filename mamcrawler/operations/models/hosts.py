"""The outside hosts we talk to and how gently."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from mamcrawler.lib import clock


class OutsideHostQuerySet(models.QuerySet["OutsideHost"]):
    def free(self, *, now: datetime, wall: datetime) -> Self:
        """Hosts that may be asked now: nobody holds the place, and the next request is due."""
        unheld = Q(holder="") | Q(expires_at__lte=wall)
        return self.filter(unheld, next_at__lte=now, stopped_reason="").filter(
            Q(open_until__isnull=True) | Q(open_until__lte=now)
        )


class OutsideHost(models.Model):
    """One host's place in the queue, pace, slow mode and breaker, shared by every process.

    `expires_at` is real time, since it guards against a process that died; all other moments are the product's.
    """

    name = models.CharField(max_length=60, unique=True)
    holder = models.CharField(max_length=120, blank=True, default="")
    expires_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(default=clock.now, help_text="No request before this moment.")
    slow_until = models.DateTimeField(null=True, blank=True, help_text="The pace is reduced until then.")
    open_until = models.DateTimeField(null=True, blank=True, help_text="The breaker lets nothing through until then.")
    failures = models.PositiveIntegerField(default=0, help_text="Requests that failed in a row.")
    typical_s = models.FloatField(default=0, help_text="Usual seconds to an answer.")
    stopped_reason = models.CharField(max_length=300, blank=True, default="", help_text="Why a person has to look.")
    last_status = models.IntegerField(null=True, blank=True)
    last_asked_at = models.DateTimeField(null=True, blank=True)
    asked_total = models.PositiveBigIntegerField(default=0)

    objects = OutsideHostQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="outside_host_held_with_expiry", condition=Q(holder="") | Q(expires_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_slow(self) -> bool:
        """Whether signs of throttling were seen lately."""
        return self.slow_until is not None and self.slow_until > clock.now()

    def release(self, holder: str, *, next_at: datetime, **changes: object) -> bool:
        """Give the place back; False if it had expired and somebody else holds it."""
        return bool(
            OutsideHost.objects.filter(pk=self.pk, holder=holder).update(
                holder="", expires_at=None, next_at=next_at, asked_total=F("asked_total") + 1, **changes
            )
        )
