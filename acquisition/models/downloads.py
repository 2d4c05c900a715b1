"""A snatched release on its way from the tracker to the shelf."""

from typing import Self

from django.db import models, transaction
from django.db.models import Q

from acquisition.models.wants import Candidate
from library.models import Edition
from mamcrawler.lib import clock


class IllegalMove(Exception):
    """The table of moves does not lead from here to there."""


class DownloadQuerySet(models.QuerySet["Download"]):
    def at(self, *statuses: "Download.Status") -> Self:
        """Downloads in one of these statuses, oldest first, with what the next step needs."""
        return (
            self.filter(status__in=statuses)
            .select_related("candidate__release", "candidate__want__book", "edition")
            .order_by("pk")
        )

    def in_client(self) -> Self:
        """Downloads whose torrent the client is still fetching."""
        return self.at(Download.Status.ADDED, Download.Status.DOWNLOADING)

    def unfinished(self) -> Self:
        """Downloads that are on their way."""
        return self.at(
            Download.Status.INTENDED,
            Download.Status.ADDED,
            Download.Status.DOWNLOADING,
            Download.Status.DOWNLOADED,
            Download.Status.INSPECTING,
            Download.Status.INSPECTED,
            Download.Status.SHELVING,
        )

    def for_review(self) -> Self:
        """Stopped downloads that wait for a person, with what a page shows of them; those given up are left out."""
        return (
            self.filter(status__in=Download.STOPPED)
            .exclude(candidate__verdict=Candidate.Verdict.DISMISSED)
            .select_related("candidate__release", "candidate__want__book")
            .defer("info_dictionary", "candidate__release__description")
            .prefetch_related("events", "inspections", "candidate__want__book__authors")
            .order_by("-pk")
        )

    def snatched_since(self, moment: object) -> Self:
        """Downloads snatched at or after a moment, whatever became of them."""
        return self.filter(snatched_at__gte=moment)


class Download(models.Model):
    """One snatch; its status says how far it came and who has to move it on."""

    class Status(models.TextChoices):
        INTENDED = "intended", "Intended"
        ADDED = "added", "Added to the client"
        DOWNLOADING = "downloading", "Downloading"
        DOWNLOADED = "downloaded", "Downloaded"
        INSPECTING = "inspecting", "Inspecting"
        INSPECTED = "inspected", "Inspected"
        SHELVING = "shelving", "Shelving"
        SHELVED = "shelved", "Shelved"
        SEEDING = "seeding", "Seeding"
        FAILED = "failed", "Failed"
        QUARANTINED = "quarantined", "Quarantined"
        BLOCKED = "blocked", "Blocked"

    STOPPED = (Status.FAILED, Status.QUARANTINED, Status.BLOCKED)

    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="downloads")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.INTENDED)
    failure = models.CharField(max_length=500, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    snatched_at = models.DateTimeField(default=clock.now)
    cost_ratio = models.BooleanField(default=False, help_text="Its size counted against the ratio.")
    budget_answer = models.JSONField(default=dict, help_text="Why the rules let it through.")
    info_hash = models.CharField(max_length=40, blank=True, default="")
    info_dictionary = models.BinaryField(null=True, blank=True, help_text="Bencoded info; no announce address.")
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    progress = models.FloatField(default=0)
    speed_bytes_s = models.PositiveBigIntegerField(default=0)
    eta_s = models.PositiveIntegerField(null=True, blank=True)
    client_state = models.CharField(max_length=30, blank=True, default="")
    content_path = models.CharField(max_length=1000, blank=True, default="", help_text="As this program sees it.")
    looked_at = models.DateTimeField(null=True, blank=True)
    target_path = models.CharField(max_length=1000, blank=True, default="", help_text="Relative to the shelf.")
    edition = models.ForeignKey(Edition, on_delete=models.SET_NULL, null=True, blank=True, related_name="downloads")
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When it was shelved or given up.")

    objects = DownloadQuerySet.as_manager()

    class Meta:
        ordering = ["-snatched_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="download_once_a_candidate", fields=["candidate"]),
            models.UniqueConstraint(name="download_once_a_torrent", fields=["info_hash"], condition=~Q(info_hash="")),
            models.CheckConstraint(
                name="download_stopped_with_reason",
                condition=Q(status__in=["failed", "quarantined", "blocked"]) ^ Q(failure=""),
            ),
            models.CheckConstraint(
                name="download_hash_before_added",
                condition=Q(status__in=["intended", "failed", "blocked"]) | ~Q(info_hash=""),
            ),
            models.CheckConstraint(name="download_progress_in_bounds", condition=Q(progress__gte=0, progress__lte=1)),
        ]
        indexes = [models.Index(fields=["status"]), models.Index(fields=["snatched_at"])]

    def __str__(self) -> str:
        return str(self.candidate.release)

    @property
    def tag(self) -> str:
        """The tag by which the torrent is found in the client, whatever its hash."""
        return f"mamcrawler-{self.pk}"

    @property
    def is_stopped(self) -> bool:
        """Whether it waits for a person."""
        return self.status in self.STOPPED

    @property
    def percent(self) -> int:
        """Progress for showing."""
        return int(self.progress * 100)

    @transaction.atomic
    def advance(self, to: Status, *, reason: str = "", **changes: object) -> bool:
        """Move on to another status and record it; False if another worker moved it first.

        :raises IllegalMove: if the table of moves does not lead there.
        """
        if to not in MOVES[self.Status(self.status)]:
            raise IllegalMove(f"a download can not go from {self.status} to {to}")
        changes |= {"status": to, "failure": reason[:500] if to in self.STOPPED else ""}
        if not Download.objects.filter(pk=self.pk, status=self.status).update(**changes):
            return False
        self.events.create(was=self.status, became=to, reason=reason[:500])
        self.refresh_from_db()
        return True


_S = Download.Status
MOVES: dict[Download.Status, frozenset[Download.Status]] = {
    _S.INTENDED: frozenset({_S.ADDED, _S.FAILED, _S.BLOCKED}),
    _S.ADDED: frozenset({_S.DOWNLOADING, _S.DOWNLOADED, _S.FAILED, _S.BLOCKED}),
    _S.DOWNLOADING: frozenset({_S.DOWNLOADED, _S.FAILED, _S.BLOCKED}),
    _S.DOWNLOADED: frozenset({_S.INSPECTING, _S.FAILED}),
    _S.INSPECTING: frozenset({_S.INSPECTED, _S.DOWNLOADED, _S.QUARANTINED, _S.FAILED}),
    _S.INSPECTED: frozenset({_S.SHELVING, _S.FAILED}),
    _S.SHELVING: frozenset({_S.SHELVED, _S.INSPECTED, _S.FAILED}),  # back when it could not be placed
    _S.SHELVED: frozenset({_S.SEEDING, _S.QUARANTINED}),
    _S.SEEDING: frozenset({_S.QUARANTINED}),
    _S.FAILED: frozenset({_S.INTENDED, _S.ADDED, _S.INSPECTED}),
    _S.QUARANTINED: frozenset({_S.DOWNLOADED, _S.INSPECTED, _S.FAILED}),
    _S.BLOCKED: frozenset({_S.INTENDED, _S.ADDED, _S.DOWNLOADING, _S.FAILED}),
}
"""Where a download may go from each status; anything else is a mistake in the program."""


class DownloadEvent(models.Model):
    """One move of a download."""

    download = models.ForeignKey(Download, on_delete=models.CASCADE, related_name="events")
    was = models.CharField(max_length=12, choices=Download.Status.choices)
    became = models.CharField(max_length=12, choices=Download.Status.choices)
    reason = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["download", "pk"]

    def __str__(self) -> str:
        return f"{self.was} → {self.became}"


class Inspection(models.Model):
    """What was checked of a finished download, and what was found."""

    class Verdict(models.TextChoices):
        PASSED = "passed", "Passed"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Could not be told"

    download = models.ForeignKey(Download, on_delete=models.CASCADE, related_name="inspections")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    checks = models.JSONField(default=list, help_text="Name, verdict, words and figures of each check.")
    duration_s = models.FloatField(null=True, blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="inspection_verdict_known", condition=Q(verdict__in=["passed", "failed", "unknown"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.download}: {self.verdict}"
