"""Copies on a shelf and what they contain."""

import re
from collections.abc import Collection
from typing import Any, Self

from django.db import connection, models
from django.db.models import Case, Count, Exists, F, Max, OuterRef, Prefetch, Q, Value, When
from django.db.models.functions import Concat

from library.models.lacking import LackingQuerySet
from library.models.shelves import Shelf
from mamcrawler.lib import clock


class EditionQuerySet(LackingQuerySet["Edition"]):
    def present(self) -> Self:
        """Editions whose files are on their shelf."""
        return self.filter(status=Edition.Status.PRESENT)

    def unlinked(self) -> Self:
        """Editions that we placed on a server's shelf and that the server has not shown us yet, if it is asked."""
        on_server = self.present().filter(shelf__kind=Shelf.Kind.AUDIOBOOKSHELF, external_id="")
        return on_server.filter(shelf__is_active=True)

    def lacking_metadata(self) -> Self:
        """Editions whose book no provider was asked about, as far as their shelf can be written to."""
        return (
            self.present()
            .filter(coverages__book__enriched_at__isnull=True, coverages__isnull=False, shelf__is_active=True)
            .exclude(shelf__kind=Shelf.Kind.AUDIOBOOKSHELF, external_id="")
            .select_related("shelf")
            .order_by("pk")
            .distinct()
        )

    def cover_due(self) -> Self:
        """Editions whose cover was not looked at since its source changed, those that came last first.

        What could not be looked at waits its time; what was tried comes after what never was.
        """
        has_source = (
            Q(shelf__kind=Shelf.Kind.FOLDER) | Q(has_cover=True) & ~Q(external_id="") | Q(cover__status="ready")
        )
        is_same = Q(cover__fingerprint=F("fingerprint")) & (
            Q(cover__server_updated_ms=F("server_updated_ms"))
            | Q(cover__server_updated_ms__isnull=True, server_updated_ms__isnull=True)
        )
        return (
            self.present()
            .alias(is_same=Case(When(is_same, then=True), default=False))
            .filter(has_source, shelf__is_active=True)
            .filter(Q(cover__retry_at__isnull=True, is_same=False) | Q(cover__retry_at__lte=clock.now()))
            .order_by(F("cover__retry_at").asc(nulls_first=True), "-added_at", "pk")
        )

    def arrived(self) -> Self:
        """Editions that came after their shelf was connected, through us or not: not the collection it began with."""
        return self.filter(Q(tracker_id__isnull=False) | Q(added_at__gte=models.F("shelf__created_at")))

    def unplaced(self) -> Self:
        """Editions that no book could be told for: they wait in *Fix match*."""
        return self.bookless().exclude(locks__field=Edition.BOOK_LOCK)

    def dismissed(self) -> Self:
        """Editions that a person left without a book: an interview, a course, noise."""
        return self.bookless().filter(locks__field=Edition.BOOK_LOCK)

    def for_hygiene(self) -> Self:
        """Editions with all that the hygiene report shows of them and of their books; long texts stay unread."""
        books = Coverage.objects.select_related("book").defer("book__description", "book__genres").order_by("pk")
        return (
            self.defer("metadata", "release_facts")
            .select_related("shelf", "recording")
            .prefetch_related(
                Prefetch("coverages", books), "coverages__book__authors", "coverages__book__series_entries__series"
            )
        )

    def bookless(self) -> Self:
        """Editions that are there and contain no known book."""
        return self.present().filter(coverages__isnull=True).select_related("shelf").order_by("title", "pk")


class Edition(models.Model):
    """A copy of a book (or of several) on a shelf, with its metadata as the shelf has it."""

    class Status(models.TextChoices):
        PRESENT = "present", "Present"
        VANISHED = "vanished", "Vanished"

    BOOK_LOCK = "book"
    """A lock of this name keeps an edition the book that a person gave it, or without one."""

    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE, related_name="editions")
    external_id = models.CharField(max_length=64, blank=True, default="", help_text="Item id on the server.")
    path = models.CharField(max_length=1000, help_text="Relative to the shelf's folder.")
    recording = models.ForeignKey(
        "library.Recording", on_delete=models.SET_NULL, null=True, blank=True, related_name="editions"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PRESENT)
    title = models.CharField(max_length=500)
    metadata = models.JSONField(default=dict, blank=True, help_text="Fields as the shelf has them.")
    duration_s = models.FloatField(null=True, blank=True)
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    bitrate_kbps = models.PositiveIntegerField(null=True, blank=True)
    audio_format = models.CharField(max_length=10, blank=True, default="")
    chapter_count = models.PositiveIntegerField(default=0)
    has_cover = models.BooleanField(default=False)
    tracker_id = models.PositiveBigIntegerField(null=True, blank=True, help_text="Release it came from.")
    info_hash = models.CharField(max_length=40, blank=True, default="")
    release_facts = models.JSONField(default=dict, blank=True, help_text="What that release said of the book.")
    fingerprint = models.CharField(max_length=64, blank=True, default="", help_text="Digest of what was last synced.")
    server_updated_ms = models.BigIntegerField(
        null=True, blank=True, help_text="When the server last changed it, in milliseconds since 1970, as it tells."
    )
    added_at = models.DateTimeField(default=clock.now)
    vanished_at = models.DateTimeField(null=True, blank=True)
    written_at = models.DateTimeField(null=True, blank=True, help_text="When we last wrote metadata to the shelf.")

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="edition_item_once", fields=["shelf", "external_id"], condition=~Q(external_id="")
            ),
            models.UniqueConstraint(
                name="edition_path_once_present", fields=["shelf", "path"], condition=Q(status="present")
            ),
            models.CheckConstraint(name="edition_status_known", condition=Q(status__in=["present", "vanished"])),
            models.CheckConstraint(
                name="edition_vanished_with_moment",
                condition=Q(status="present", vanished_at__isnull=True)
                | Q(status="vanished", vanished_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["info_hash"]),
            models.Index(name="edition_vanished", fields=["id"], condition=Q(status="vanished")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def published_year(self) -> str:
        """The year its metadata says it was published in; empty where it says none."""
        told = (str(self.metadata.get(name) or "") for name in ("published_year", "published_date"))
        return next((found[0] for one in told if (found := re.search(r"\b[12][0-9]{3}\b", one))), "")


_READ = "edition__recording"
_PERFORMANCE = Case(  # whose voice is heard, and how much of the book: None where the performance is not known
    When(**{f"{_READ}__isnull": True, "then": Value(None)}),
    When(**{f"{_READ}__narrator_key": "", "then": Concat(Value("asin "), f"{_READ}__asin")}),
    When(**{f"{_READ}__is_abridged": True, "then": Concat(f"{_READ}__narrator_key", Value(", abridged"))}),
    default=F(f"{_READ}__narrator_key"),
    output_field=models.CharField(),
)


_PLACE = Concat("edition__shelf__path", Value("/"), "edition__path")  # one folder, whichever shelf shows it


class CoverageQuerySet(models.QuerySet["Coverage"]):
    def present(self) -> Self:
        """What the editions that are there contain."""
        # By those that vanished, which are few and stand in a small index: looking at the row of each edition takes
        # several times as long. SQLite looks there only when asked for them all, PostgreSQL only one by one.
        vanished = Edition.objects.filter(status=Edition.Status.VANISHED)
        if connection.vendor == "sqlite":
            return self.exclude(edition__in=vanished)
        return self.filter(~Exists(vanished.filter(pk=OuterRef("edition"))))

    def doubled(self) -> models.QuerySet["Coverage", Any]:
        """Keys of the books that more copies are there of than performances."""
        whole = self.present().filter(extent=Coverage.Extent.WHOLE)
        counted = whole.values("book").annotate(
            copies=Count(_PLACE, distinct=True), performances=Count(_PERFORMANCE, distinct=True), newest=Max("edition")
        )
        undecided = Q(book__not_duplicate__isnull=True)
        undecided |= Q(book__not_duplicate__copies__lt=F("copies")) | Q(
            book__not_duplicate__newest_edition__lt=F("newest")
        )
        return counted.filter(undecided, copies__gt=1).filter(copies__gt=F("performances")).values("book")

    def with_cover(self) -> Self:
        """What the editions that are there contain, where a cover can be shown of them: whole ones first."""
        shown = ("book", "edition", "extent", *(f"edition__cover__{name}" for name in ("digest", "width", "height")))
        with_picture = self.present().filter(edition__cover__status="ready").select_related("edition__cover")
        return with_picture.only("edition__status", *shown).order_by("-extent", "pk")


class Coverage(models.Model):
    """An edition contains a book, wholly or in part; an omnibus has several of these."""

    class Extent(models.TextChoices):
        WHOLE = "whole", "Whole"
        PART = "part", "Part"

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="coverages", db_index=False)
    book = models.ForeignKey("library.Book", on_delete=models.CASCADE, related_name="coverages", db_index=False)
    extent = models.CharField(max_length=8, choices=Extent.choices, default=Extent.WHOLE)

    objects = CoverageQuerySet.as_manager()

    class Meta:
        ordering = ["edition", "book"]
        constraints = [
            models.UniqueConstraint(name="coverage_once", fields=["edition", "book"]),
            models.CheckConstraint(name="coverage_extent_known", condition=Q(extent__in=["whole", "part"])),
        ]
        indexes = [models.Index(name="coverage_by_book", fields=["book", "edition"])]

    def __str__(self) -> str:
        return f"{self.edition} contains {self.book}"


class AudioFileQuerySet(models.QuerySet["AudioFile"]):
    def bearing(self, inodes: Collection[str]) -> Self:
        """Files on any shelf that bear one of these inodes, with their editions, oldest row first.

        Not "of one shelf": SQLite would look through all files of the shelf then.
        """
        return self.filter(inode__in=inodes).select_related("edition").order_by("pk")


class AudioFile(models.Model):
    """One file of an edition; the inode tells whether a torrent seeds the very same bytes."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="audio_files", db_index=False)
    position = models.PositiveIntegerField()
    path = models.CharField(max_length=1000, help_text="Relative to the edition's folder.")
    inode = models.CharField(max_length=24, blank=True, default="")
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    duration_s = models.FloatField(null=True, blank=True)
    bitrate_kbps = models.PositiveIntegerField(null=True, blank=True)
    codec = models.CharField(max_length=20, blank=True, default="")
    is_seeded = models.BooleanField(default=False, help_text="A torrent seeds this inode: never write to it.")

    objects = AudioFileQuerySet.as_manager()

    class Meta:
        ordering = ["edition", "position"]
        constraints = [models.UniqueConstraint(name="audio_file_once", fields=["edition", "path"])]
        indexes = [models.Index(name="audio_file_by_inode", fields=["inode"])]

    def __str__(self) -> str:
        return self.path
