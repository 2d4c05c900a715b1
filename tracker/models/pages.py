"""The tracker's guides and rules, as crawled or as a person saved them."""

from typing import Self

from django.db import models
from django.db.models import Q

from mamcrawler.lib import clock


class DocumentQuerySet(models.QuerySet["Document"]):
    def naming(self, text: str) -> Self:
        """Pages with every word of a text in their title or in any of their versions."""
        found = self
        for word in text.split():
            inside = DocumentVersion.objects.filter(text__icontains=word).values("document")
            found = found.filter(Q(title__icontains=word) | Q(pk__in=inside))
        return found

    def for_list(self) -> Self:
        """Pages by kind and title, with how many versions each has and when the newest came."""
        return self.annotate(version_count=models.Count("versions"), changed_at=models.Max("versions__at")).order_by(
            "kind", "title", "pk"
        )


class Document(models.Model):
    """One page of the tracker, in its newest version."""

    path = models.CharField(max_length=300, unique=True, help_text="Path and query on the tracker.")
    kind = models.CharField(max_length=20, default="guide")
    title = models.CharField(max_length=300)
    category = models.CharField(max_length=40, blank=True, default="")
    first_seen_at = models.DateTimeField(default=clock.now)
    checked_at = models.DateTimeField(default=clock.now)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "title", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def current(self) -> "DocumentVersion | None":
        """The newest version."""
        return self.versions.order_by("-number").first()


class DocumentVersion(models.Model):
    """The text of a page as it stood at some time; a new one only when the text changed."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField(help_text="Markdown, with names, addresses and tokens masked.")
    digest = models.CharField(max_length=64)
    source = models.CharField(max_length=20, help_text="crawl or import")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["document", "-number"]
        constraints = [models.UniqueConstraint(name="document_version_once", fields=["document", "number"])]

    def __str__(self) -> str:
        return f"{self.document} v{self.number}"


class Crawl(models.Model):
    """One walk over the tracker's guides; it goes on where it was cut."""

    kind = models.CharField(max_length=20, default="guides")
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    page_budget = models.PositiveIntegerField()

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="crawl_one_open", fields=["kind"], condition=Q(finished_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"crawl of {self.started_at:%Y-%m-%d %H:%M}"


class CrawlTargetQuerySet(models.QuerySet["CrawlTarget"]):
    def pending(self) -> Self:
        """Pages still to fetch, nearest to the start first."""
        return self.filter(status=CrawlTarget.Status.PENDING).order_by("depth", "pk")


class CrawlTarget(models.Model):
    """A page that a crawl found and what became of it."""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        STORED = "stored", "Stored"
        UNCHANGED = "unchanged", "Unchanged"
        FAILED = "failed", "Failed"

    crawl = models.ForeignKey(Crawl, on_delete=models.CASCADE, related_name="targets")
    path = models.CharField(max_length=300)
    depth = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    reason = models.CharField(max_length=300, blank=True, default="")

    objects = CrawlTargetQuerySet.as_manager()

    class Meta:
        ordering = ["crawl", "depth", "pk"]
        constraints = [
            models.UniqueConstraint(name="crawl_target_once", fields=["crawl", "path"]),
            models.CheckConstraint(
                name="crawl_target_failed_with_reason", condition=~Q(status="failed") | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return self.path
