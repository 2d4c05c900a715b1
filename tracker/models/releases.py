"""What is on offer."""

from typing import Self

from django.db import models
from django.db.models import Q

from mamcrawler.lib import clock


class ReleaseQuerySet(models.QuerySet["Release"]):
    def for_list(self) -> Self:
        """Releases newest first, in a total order."""
        return self.order_by("-seen_at", "-pk")


class Release(models.Model):
    """One torrent as offered; the same torrent seen through Prowlarr is the same row.

    Seeders and flags are those of the latest sighting. No uploader or member name is stored.
    """

    tracker_id = models.PositiveBigIntegerField(null=True, blank=True, unique=True)
    guid = models.CharField(max_length=300, blank=True, default="", help_text="Its name at another indexer.")
    indexer = models.CharField(max_length=60, default="MyAnonamouse")
    title = models.CharField(max_length=500)
    authors = models.JSONField(default=list, blank=True)
    narrators = models.JSONField(default=list, blank=True)
    series = models.JSONField(default=list, blank=True, help_text="Pairs of name and position.")
    language = models.CharField(max_length=10, blank=True, default="")
    main_category = models.PositiveSmallIntegerField(null=True, blank=True)
    category = models.PositiveSmallIntegerField(null=True, blank=True)
    category_name = models.CharField(max_length=80, blank=True, default="")
    file_types = models.CharField(max_length=80, blank=True, default="")
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True, help_text="Rounded by the tracker.")
    file_count = models.PositiveIntegerField(null=True, blank=True)
    duration_s = models.FloatField(null=True, blank=True, help_text="As stated by the release.")
    bitrate_kbps = models.PositiveIntegerField(null=True, blank=True)
    is_abridged = models.BooleanField(default=False)
    isbn = models.CharField(max_length=20, blank=True, default="")
    asin = models.CharField(max_length=10, blank=True, default="")
    tags = models.TextField(blank=True, default="")
    description = models.TextField(blank=True, default="")
    seeders = models.PositiveIntegerField(default=0)
    leechers = models.PositiveIntegerField(default=0)
    snatches = models.PositiveIntegerField(default=0)
    is_free = models.BooleanField(default=False)
    is_vip = models.BooleanField(default=False)
    vip_until = models.DateTimeField(null=True, blank=True)
    is_personal_freeleech = models.BooleanField(default=False)
    is_snatched = models.BooleanField(default=False, help_text="Taken by this account before.")
    info_hash = models.CharField(max_length=40, blank=True, default="")
    listed_at = models.DateTimeField(null=True, blank=True, help_text="When the tracker listed it.")
    first_seen_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-seen_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="release_is_named", condition=Q(tracker_id__isnull=False) | ~Q(guid="")),
            models.UniqueConstraint(
                name="release_guid_once", fields=["indexer", "guid"], condition=Q(tracker_id__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def page_url(self) -> str:
        """Its page at the tracker, for people; empty when it has none."""
        return f"https://www.myanonamouse.net/t/{self.tracker_id}" if self.tracker_id else ""

    def costs_ratio(self, *, is_vip_member: bool) -> bool:
        """Whether downloading it counts against the ratio of an account like ours."""
        is_vip_now = self.is_vip and (self.vip_until is None or self.vip_until > clock.now())
        return not (self.is_free or self.is_personal_freeleech or (is_vip_now and is_vip_member))
