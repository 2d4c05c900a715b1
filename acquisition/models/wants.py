"""What we look for, and what was found for it."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from library.models import Book
from mamcrawler.lib import clock
from tracker.models import Release


class WantQuerySet(models.QuerySet["Want"]):
    def open(self) -> Self:
        """Wants that are neither fulfilled nor given up."""
        return self.exclude(status__in=Want.CLOSED)

    def due_for_search(self) -> Self:
        """Wants to search now, most urgent first: new ones, and those whose next look has come."""
        due = Q(status=Want.Status.WANTED) | Q(status=Want.Status.SEARCHING)
        due |= Q(status=Want.Status.NOT_FOUND, next_look_at__lte=clock.now())
        return self.filter(due).order_by("-priority", "pk")

    def choosable(self) -> Self:
        """Wants with a candidate that could be snatched, most urgent first."""
        return (
            self.filter(status__in=[Want.Status.CHOSEN, Want.Status.HELD])
            .exclude(hold=Want.Hold.CHOICE)
            .order_by("-priority", "pk")
        )

    def held_until(self, moment: datetime) -> Self:
        """Wants that only the pace holds back, and no longer than until this moment."""
        return self.filter(hold=Want.Hold.PACING).filter(Q(next_look_at__isnull=True) | Q(next_look_at__lte=moment))

    def for_list(self) -> Self:
        """Wants with what a list shows of them, most urgent first."""
        return (
            self.select_related("book", "series")
            .prefetch_related("book__authors", "book__series_entries__series")
            .order_by("-priority", "pk")
        )

    def for_page(self) -> Self:
        """Wants of a book with every candidate and what became of it, newest first."""
        return (
            self.select_related("series", "asked_by")
            .prefetch_related(models.Prefetch("candidates", Candidate.objects.for_page()))
            .order_by("-pk")
        )


class Want(models.Model):
    """A book we look for, why, and how urgently; one open want a book."""

    class Status(models.TextChoices):
        WANTED = "wanted", "Wanted"
        SEARCHING = "searching", "Searching"
        CHOSEN = "chosen", "Release chosen"
        HELD = "held", "Held"
        NOT_FOUND = "not_found", "Not found"
        SNATCHED = "snatched", "Snatched"
        SHELVED = "shelved", "Shelved"
        ABANDONED = "abandoned", "Abandoned"
        DROPPED = "dropped", "Dropped"

    class Hold(models.TextChoices):
        NONE = "", "-"
        POINTS = "points", "Bonus points"
        VIP = "vip", "VIP reserve"
        RATIO = "ratio", "Ratio"
        UNSATISFIED = "unsatisfied", "Unsatisfied torrents"
        PACING = "pacing", "Pacing"
        RELEASE_DATE = "release_date", "Release date"
        CHOICE = "choice", "A person's choice"

    class Reason(models.TextChoices):
        SERIES_GAP = "series_gap", "Gap in a series"
        AUTHOR_GAP = "author_gap", "By an author in the library"
        PERSON = "person", "Asked for by a person"

    CLOSED = (Status.SHELVED, Status.ABANDONED, Status.DROPPED)

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="wants")
    series = models.ForeignKey("library.Series", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=12, choices=Reason.choices, default=Reason.SERIES_GAP)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WANTED)
    hold = models.CharField(max_length=14, choices=Hold.choices, default=Hold.NONE, blank=True)
    explanation = models.CharField(max_length=500, blank=True, default="", help_text="Why it stands where it stands.")
    priority = models.FloatField(default=0, help_text="Higher goes first.")
    priority_policy = models.CharField(max_length=40, blank=True, default="")
    priority_parts = models.JSONField(default=dict, blank=True, help_text="Components of the priority, by name.")
    wanted_at = models.DateTimeField(default=clock.now)
    searched_at = models.DateTimeField(null=True, blank=True)
    next_look_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = WantQuerySet.as_manager()

    class Meta:
        ordering = ["-priority", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="want_open_once_a_book",
                fields=["book"],
                condition=~Q(status__in=["shelved", "abandoned", "dropped"]),
            ),
            models.CheckConstraint(name="want_held_for_a_reason", condition=Q(status="held") ^ Q(hold="")),
            models.CheckConstraint(
                name="want_not_found_looks_again",
                condition=~Q(status="not_found") | Q(next_look_at__isnull=False),
            ),
            models.CheckConstraint(
                name="want_closed_with_moment",
                condition=Q(status__in=["shelved", "abandoned", "dropped"]) ^ Q(closed_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-priority"]),
            models.Index(
                name="want_open_by_priority", fields=["-priority", "book"], condition=Q(closed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.book} ({self.get_status_display()})"

    @property
    def is_untouched(self) -> bool:
        """Whether it is open and nothing was taken for it yet."""
        return self.status not in (*self.CLOSED, self.Status.SNATCHED)

    def standing_down(self, words: str) -> dict[str, Any] | None:
        """What closes it because its book is the same as another want's; None while a release is on its way for it."""
        if not self.is_untouched:
            return None
        explanation = f"dropped: {words}"[:500]
        return {"status": self.Status.DROPPED, "hold": "", "explanation": explanation, "closed_at": clock.now()}

    def move(self, to: Status, *, hold: str = "", explanation: str = "", **changes: object) -> bool:
        """Move on to another status by one conditional update; False if somebody moved it first."""
        changes |= {"status": to, "hold": hold, "explanation": explanation[:500]}
        changes["closed_at"] = clock.now() if to in self.CLOSED else None
        if not Want.objects.filter(pk=self.pk, status=self.status).update(**changes):
            return False
        self.refresh_from_db()
        return True


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def for_review(self) -> Self:
        """Candidates that only a person can tell, with what a page shows of them."""
        return (
            self.filter(verdict=Candidate.Verdict.AMBIGUOUS, want__status=Want.Status.HELD, want__hold=Want.Hold.CHOICE)
            .select_related("want__book", "release")
            .prefetch_related("want__book__authors")
            .order_by("-match_score", "pk")
        )

    def for_page(self) -> Self:
        """Candidates with their releases and downloads as a page shows them, best first."""
        return (
            self.select_related("release", "want__book")
            .defer("release__description", "features")
            .prefetch_related("downloads__events", "downloads__inspections")
            .order_by("rank", "pk")
        )

    def decided_lately(self) -> Self:
        """Candidates that a person decided on and whose want is still open: the word can be taken back."""
        return (
            self.filter(
                verdict__in=[Candidate.Verdict.APPROVED, Candidate.Verdict.DISMISSED],
                want__closed_at__isnull=True,
                downloads__isnull=True,
            )
            .select_related("want__book", "release")
            .prefetch_related("want__book__authors", "downloads")
            .order_by("-judged_at", "-pk")
        )

    def takeable(self) -> Self:
        """Candidates that are the wanted book and have not failed, best edition first."""
        return self.filter(
            verdict__in=[Candidate.Verdict.ACCEPTED, Candidate.Verdict.APPROVED], downloads__isnull=True
        ).order_by("rank", "pk")


class Candidate(models.Model):
    """A release judged against a want: every verdict and figure, so that the choice explains itself."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", "Is the book"
        APPROVED = "approved", "Approved by a person"
        BUNDLE = "bundle", "Bundle that contains it"
        AMBIGUOUS = "ambiguous", "Not certain"
        REJECTED = "rejected", "Is not the book"
        DISMISSED = "dismissed", "Dismissed by a person"

    want = models.ForeignKey(Want, on_delete=models.CASCADE, related_name="candidates")
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="candidates")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    match_score = models.FloatField(help_text="0 to 1: how surely it is the book.")
    match_reasons = models.JSONField(default=list)
    features = models.JSONField(default=dict)
    quality_score = models.FloatField(default=0, help_text="0 to 100, for showing.")
    quality_reasons = models.JSONField(default=list)
    quality_key = models.JSONField(default=list, help_text="What editions are compared by, in order.")
    rank = models.PositiveIntegerField(default=0, help_text="Place among the want's candidates; 0 is the best.")
    policy = models.CharField(max_length=60, help_text="Versions of the matching and quality policies.")
    found_through = models.CharField(max_length=20, default="tracker")
    judged_at = models.DateTimeField(default=clock.now)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        ordering = ["want", "rank", "pk"]
        constraints = [
            models.UniqueConstraint(name="candidate_once", fields=["want", "release"]),
            models.CheckConstraint(
                name="candidate_score_in_bounds", condition=Q(match_score__gte=0, match_score__lte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.release} for {self.want.book}"

    @property
    def is_takeable(self) -> bool:
        """Whether it is the wanted book, judged by itself or by a person."""
        return self.verdict in (self.Verdict.ACCEPTED, self.Verdict.APPROVED)

    @property
    def is_decided_by_person(self) -> bool:
        """Whether a person approved or dismissed it."""
        return self.verdict in (self.Verdict.APPROVED, self.Verdict.DISMISSED)

    @property
    def match_percent(self) -> int:
        """How surely it is the book, for showing."""
        return round(self.match_score * 100)


class FailedAttempt(models.Model):
    """A release that failed for a book: not tried again for it, kept for ever."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="failed_attempts")
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="failed_attempts")
    reason = models.CharField(max_length=500)
    attempts = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(default=clock.now)
    last_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-last_at", "-pk"]
        constraints = [models.UniqueConstraint(name="failed_attempt_once", fields=["book", "release"])]

    def __str__(self) -> str:
        return f"{self.release}: {self.reason}"


class PathMapping(models.Model):
    """Where a folder of the torrent client or library server is found from here."""

    system = models.CharField(
        max_length=20, choices=[("qbittorrent", "qBittorrent"), ("audiobookshelf", "Audiobookshelf")]
    )
    theirs = models.CharField(max_length=500)
    ours = models.CharField(max_length=500)

    class Meta:
        ordering = ["system", "theirs"]
        constraints = [models.UniqueConstraint(name="path_mapping_once", fields=["system", "theirs"])]

    def __str__(self) -> str:
        return f"{self.system}: {self.theirs} is {self.ours}"
