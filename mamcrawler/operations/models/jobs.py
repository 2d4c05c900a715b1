"""Runs of jobs: the row, not the queue, is the truth about what runs."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from mamcrawler.lib import clock

SILENCE = timedelta(seconds=60)
"""Real time without a heartbeat after which a run counts as lost."""


class JobRunQuerySet(models.QuerySet["JobRun"]):
    def active(self) -> Self:
        """Runs that are queued or running; at most one of each kind."""
        return self.filter(status__in=JobRun.ACTIVE)

    def finished(self) -> Self:
        """Runs that ended, newest first."""
        return self.exclude(status__in=JobRun.ACTIVE).order_by("-finished_at", "-pk")

    def silent(self) -> Self:
        """Runs that say they run but have not been heard of for a minute."""
        return self.filter(status=JobRun.Status.RUNNING, heartbeat_at__lt=clock.wall() - SILENCE)


class JobRun(models.Model):
    """One run of a job of some kind, possibly over several chunks and processes."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        LOST = "lost", "Lost"

    ACTIVE = (Status.QUEUED, Status.RUNNING)

    kind = models.CharField(max_length=60)
    arguments = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    requested_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True, help_text="Real time; says that a process is at it.")
    resume_at = models.DateTimeField(null=True, blank=True, help_text="The run rests until then.")
    holder = models.CharField(max_length=120, blank=True, default="")
    chunks = models.PositiveIntegerField(default=0, help_text="How often a worker took it up.")
    losses = models.PositiveIntegerField(default=0, help_text="How often its process died without progress since.")
    is_cancelling = models.BooleanField(default=False)
    is_paused = models.BooleanField(default=False)
    doing = models.CharField(max_length=300, blank=True, default="")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    summary = models.TextField(blank=True, default="")
    failure = models.TextField(blank=True, default="")
    report = models.JSONField(default=dict, blank=True)

    objects = JobRunQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-pk"]
        indexes = [models.Index(fields=["kind", "-requested_at"])]
        constraints = [
            models.UniqueConstraint(
                name="job_run_one_active_a_kind", fields=["kind"], condition=Q(status__in=["queued", "running"])
            ),
            models.CheckConstraint(
                name="job_run_running_has_holder",
                condition=~Q(status="running") | (~Q(holder="") & Q(heartbeat_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="job_run_ended_with_moment",
                condition=Q(status__in=["queued", "running"]) ^ Q(finished_at__isnull=False),
            ),
            models.CheckConstraint(name="job_run_failed_with_reason", condition=~Q(status="failed") | ~Q(failure="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.status})"

    @property
    def is_active(self) -> bool:
        """Whether it is queued or running."""
        return self.status in self.ACTIVE

    @property
    def outcome(self) -> str:
        """How it ended or what it does, in words."""
        return self.failure or self.summary or self.doing


class JobPhase(models.Model):
    """One visible stretch of a run; a phase that is done is not done again when the run is taken up anew."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    run = models.ForeignKey(JobRun, on_delete=models.CASCADE, related_name="phases")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    label = models.CharField(max_length=80)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    counts = models.JSONField(default=dict, blank=True)
    summary = models.CharField(max_length=500, blank=True, default="")
    failure = models.TextField(blank=True, default="")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["run", "position"]
        constraints = [
            models.UniqueConstraint(name="job_phase_once_a_run", fields=["run", "name"]),
            models.UniqueConstraint(name="job_phase_position_once", fields=["run", "position"]),
        ]

    def __str__(self) -> str:
        return self.label
