"""Covers of copies, as they are kept for the pages."""

from typing import Self

from django.db import models
from django.db.models import Q

from library import pictures
from library.models.editions import Edition
from mamcrawler.lib import clock
from mamcrawler.lib.addresses import pictured

IN_A_GRID = 320
"""Pixels: what is shown where a page does not say, twice as wide as a card."""


class CoverQuerySet(models.QuerySet["Cover"]):
    def ready(self) -> Self:
        """Covers that can be shown."""
        return self.filter(status=Cover.Status.READY)


class Cover(models.Model):
    """What is known of the cover of one copy: the picture that is kept of it, or why there is none.

    The picture itself stands in files named by its digest, so that equal covers are kept once. Two signs tell whether
    the source has changed since it was looked at: the server's moment and the fingerprint of a folder's files.
    """

    class Status(models.TextChoices):
        READY = "ready", "Ready"
        NONE = "none", "None"
        UNREADABLE = "unreadable", "Unreadable"

    class Source(models.TextChoices):
        SERVER = "server", "Library server"
        FILE = "file", "Picture beside the files"
        EMBEDDED = "embedded", "Picture inside an audio file"

    edition = models.OneToOneField(Edition, on_delete=models.CASCADE, related_name="cover")
    status = models.CharField(max_length=10, choices=Status.choices)
    digest = models.CharField(max_length=32, blank=True, default="", db_index=True, help_text="Of the source's bytes.")
    width = models.PositiveIntegerField(null=True, blank=True, help_text="Of the source, in pixels.")
    height = models.PositiveIntegerField(null=True, blank=True, help_text="Of the source, in pixels.")
    reason = models.CharField(max_length=300, blank=True, default="", help_text="Why it can not be shown.")
    source = models.CharField(max_length=10, choices=Source.choices, blank=True, default="")
    source_path = models.CharField(max_length=1000, blank=True, default="", help_text="Of the file it was made from.")
    source_size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    source_mtime_ns = models.BigIntegerField(null=True, blank=True)
    server_updated_ms = models.BigIntegerField(null=True, blank=True, help_text="The item's, when it was looked at.")
    fingerprint = models.CharField(
        max_length=64, blank=True, default="", help_text="The folder's, when it was looked at."
    )
    looked_at = models.DateTimeField(default=clock.now)
    retry_at = models.DateTimeField(null=True, blank=True, help_text="It could not be looked at; not before then.")

    objects = CoverQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="cover_status_known", condition=Q(status__in=["ready", "none", "unreadable"])),
            models.CheckConstraint(
                name="cover_source_known", condition=Q(source__in=["", "server", "file", "embedded"])
            ),
            models.CheckConstraint(
                name="cover_ready_with_picture",
                condition=Q(status="ready", width__isnull=False, height__isnull=False, width__gt=0, height__gt=0)
                & ~Q(digest="")
                | ~Q(status="ready") & Q(digest="", width__isnull=True, height__isnull=True),
            ),
            models.CheckConstraint(
                name="cover_unreadable_with_reason", condition=Q(status="unreadable") ^ Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"cover of {self.edition}"

    @property
    def widths(self) -> tuple[int, ...]:
        """The widths in pixels in which it is kept, smallest first; none unless it is ready."""
        return pictures.widths_of(self.width) if self.width else ()

    def at_least(self, wanted: int) -> int:
        """The smallest width it is kept in that fills so many pixels, else the widest."""
        return next((width for width in self.widths if width >= wanted), self.widths[-1])

    def address(self, wanted: int = IN_A_GRID) -> str:
        """The path of the picture in the size that fills so many pixels."""
        return pictured("library:cover", self.digest, self.at_least(wanted))

    @property
    def smallest(self) -> str:
        """The path of the picture in its smallest size."""
        return self.address(0)

    @property
    def srcset(self) -> str:
        """Every size with its width, for a browser to choose from."""
        return ", ".join(f"{pictured('library:cover', self.digest, width)} {width}w" for width in self.widths)
