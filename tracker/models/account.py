"""How we stand with the tracker."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from mamcrawler.lib import clock
from mamcrawler.lib.sealing import seal, unseal


class TrackerSession(models.Model):
    """The one session with the tracker: its rotating cookie, sealed, and whether it is accepted."""

    class State(models.TextChoices):
        UNKNOWN = "unknown", "Not tried yet"
        HEALTHY = "healthy", "Healthy"
        SLOW = "slow", "Slowed down"
        REJECTED = "rejected", "Cookie refused"
        BLOCKED = "blocked", "Blocked by the tracker"

    name = models.CharField(max_length=20, unique=True, default="main")
    seed_digest = models.CharField(
        max_length=64, editable=False, help_text="Digest of the cookie as configured; another one starts anew."
    )
    sealed_cookie = models.TextField(editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UNKNOWN)
    reason = models.CharField(max_length=300, blank=True, default="")
    rotated_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="tracker_session_state_known",
                condition=Q(state__in=["unknown", "healthy", "slow", "rejected", "blocked"]),
            ),
            models.CheckConstraint(
                name="tracker_session_bad_with_reason",
                condition=~Q(state__in=["rejected", "blocked"]) | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"

    @property
    def cookie(self) -> str:
        """The cookie to send.

        :raises SealBroken: if it was stored under another secret key.
        """
        return unseal(self.sealed_cookie)

    @property
    def is_usable(self) -> bool:
        """Whether requests may be sent with it."""
        return self.state not in (self.State.REJECTED, self.State.BLOCKED)

    def rotate(self, cookie: str) -> None:
        """Store the cookie that the tracker sent, before its answer is used."""
        self.sealed_cookie, self.rotated_at = seal(cookie), clock.now()
        self.save(update_fields=["sealed_cookie", "rotated_at"])

    def become(self, state: State, reason: str = "") -> bool:
        """Move to another state; False if it was in it already."""
        if self.state == state and self.reason == reason:
            return False
        self.state, self.reason, self.changed_at = state, reason[:300], clock.now()
        self.save(update_fields=["state", "reason", "changed_at"])
        return True


class AccountReadingQuerySet(models.QuerySet["AccountReading"]):
    def newest(self) -> "AccountReading | None":
        """The latest reading, or None before the first."""
        return self.order_by("-at", "-pk").first()

    def since(self, age: timedelta) -> Self:
        """Readings no older than that."""
        return self.filter(at__gte=clock.now() - age)


class AccountReading(models.Model):
    """The account's numbers at one moment, as the tracker told them; None where it did not."""

    at = models.DateTimeField(default=clock.now, db_index=True)
    member_class = models.CharField(max_length=40, blank=True, default="")
    ratio = models.FloatField(null=True, help_text="None when unknown; infinite is stored as 999999.")
    uploaded_bytes = models.PositiveBigIntegerField(null=True)
    downloaded_bytes = models.PositiveBigIntegerField(null=True)
    bonus_points = models.PositiveIntegerField(null=True)
    wedges = models.PositiveIntegerField(null=True)
    vip_until = models.DateTimeField(null=True)
    unsatisfied_count = models.PositiveIntegerField(null=True)
    unsatisfied_limit = models.PositiveIntegerField(null=True)
    hit_and_run_count = models.PositiveIntegerField(null=True)
    is_connectable = models.BooleanField(null=True)

    objects = AccountReadingQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: ratio {self.ratio}"

    @property
    def is_vip(self) -> bool:
        """Whether VIP releases cost this account nothing."""
        return "vip" in self.member_class.lower()

    @property
    def buffer_bytes(self) -> int | None:
        """How much could be downloaded until the ratio is 1."""
        if self.uploaded_bytes is None or self.downloaded_bytes is None:
            return None
        return self.uploaded_bytes - self.downloaded_bytes
