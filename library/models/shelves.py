"""Where books are kept."""

from typing import Self

from django.db import models
from django.db.models import Count, Q

from mamcrawler.lib import clock


class ShelfQuerySet(models.QuerySet["Shelf"]):
    def active(self) -> Self:
        """Shelves that are read and written to, in the order of their names."""
        return self.filter(is_active=True).order_by("name", "pk")

    def with_holdings(self) -> Self:
        """Shelves with how many copies they hold, vanished ones as well, and of how many books."""
        books = Count("editions__coverages__book", distinct=True)
        return self.annotate(copies=Count("editions", distinct=True), books=books)


class Shelf(models.Model):
    """An Audiobookshelf library, or a folder of audio files."""

    class Kind(models.TextChoices):
        AUDIOBOOKSHELF = "audiobookshelf", "Audiobookshelf library"
        FOLDER = "folder", "Folder"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=200)
    external_id = models.CharField(max_length=64, blank=True, default="", help_text="The library's id on its server.")
    path = models.CharField(max_length=1000, help_text="Folder that new books are placed in, as this program sees it.")
    is_active = models.BooleanField(
        "switched on",
        default=True,
        help_text="Switched off it is not read and nothing is placed on it; what it holds still counts as owned.",
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    synced_at = models.DateTimeField(null=True, blank=True, editable=False)
    sync_cursor = models.JSONField(default=dict, blank=True, editable=False, help_text="Where a cut sync goes on.")

    objects = ShelfQuerySet.as_manager()

    # Set by `with_holdings`.
    copies: int
    books: int

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "shelves"
        constraints = [
            models.CheckConstraint(name="shelf_kind_known", condition=Q(kind__in=["audiobookshelf", "folder"])),
            models.UniqueConstraint(
                name="shelf_once_a_server_library", fields=["external_id"], condition=~Q(external_id="")
            ),
            models.UniqueConstraint(name="shelf_folder_once", fields=["path"], condition=Q(kind="folder")),
            models.CheckConstraint(name="shelf_server_library_has_id", condition=Q(kind="folder") | ~Q(external_id="")),
        ]

    def __str__(self) -> str:
        return self.name
