"""What providers answered, what follows from it, and what waits for a person."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from library.models import Book, Edition
from mamcrawler.lib import clock


class LookupQuerySet(models.QuerySet["Lookup"]):
    def fresh(self, provider: str, question: str) -> Self:
        """Answers that are still good for this question."""
        return self.filter(provider=provider, question=question, good_until__gt=clock.now())


class Lookup(models.Model):
    """One answer of one provider, raw, so that a decision can be replayed."""

    class Outcome(models.TextChoices):
        FOUND = "found", "Found"
        NOTHING = "nothing", "Nothing found"
        UNAVAILABLE = "unavailable", "No usable answer"

    provider = models.CharField(max_length=40)
    question = models.CharField(max_length=300, help_text="What was asked, normalised.")
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    answer = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, help_text="Digest of the answer.")
    asked_at = models.DateTimeField(default=clock.now)
    good_until = models.DateTimeField(default=clock.now)
    reason = models.CharField(max_length=300, blank=True, default="")

    objects = LookupQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["provider", "question", "good_until"])]
        constraints = [
            models.CheckConstraint(
                name="lookup_unavailable_with_reason", condition=~Q(outcome="unavailable") | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.question}"


class Claim(models.Model):
    """One value for one field of a book from one source, with how sure it is."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="claims")
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, null=True, blank=True, related_name="claims")
    lookup = models.ForeignKey(Lookup, on_delete=models.SET_NULL, null=True, blank=True, related_name="claims")
    field = models.CharField(max_length=40)
    value = models.JSONField()
    source = models.CharField(max_length=40)
    is_canonical = models.BooleanField(default=True)
    confidence = models.FloatField()
    claimed_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["book", "field", "-confidence", "source"]
        constraints = [
            models.UniqueConstraint(
                name="claim_once_a_source", fields=["book", "field", "source"], condition=Q(edition__isnull=True)
            ),
            models.UniqueConstraint(
                name="claim_once_a_source_and_edition",
                fields=["edition", "book", "field", "source"],
                condition=Q(edition__isnull=False),
            ),
            models.CheckConstraint(
                name="claim_confidence_in_bounds", condition=Q(confidence__gte=0, confidence__lte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} on {self.field} of {self.book}"


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def open(self) -> Self:
        """Proposals that wait for a person."""
        return (
            self.filter(status=Proposal.Status.OPEN, edition__status=Edition.Status.PRESENT)
            .select_related("edition", "book")
            .order_by("-confidence", "pk")
        )

    def decided_lately(self) -> Self:
        """Proposals that a person decided on, the latest first."""
        return (
            self.exclude(status=Proposal.Status.OPEN)
            .filter(decided_by__isnull=False)
            .select_related("edition", "book", "decided_by")
            .order_by("-decided_at", "-pk")
        )


class Proposal(models.Model):
    """A change to an edition's metadata that a person accepts or rejects."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="proposals")
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="proposals")
    field = models.CharField(max_length=40)
    old = models.JSONField(null=True)
    new = models.JSONField()
    confidence = models.FloatField()
    sources = models.CharField(max_length=200)
    why = models.CharField(max_length=300, blank=True, default="")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    made_at = models.DateTimeField(default=clock.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    batch = models.UUIDField(null=True, blank=True, help_text="The changes it was written with, for undo.")

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="proposal_open_once", fields=["edition", "field"], condition=Q(status="open")),
            models.CheckConstraint(
                name="proposal_decided_with_moment", condition=Q(status="open") ^ Q(decided_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.edition}"
