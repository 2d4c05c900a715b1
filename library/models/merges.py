"""What people said about which rows are one and the same, so that it can be undone."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from library.models.books import Book
from mamcrawler.lib import clock


class RegroupingQuerySet(models.QuerySet["Regrouping"]):
    def for_page(self) -> Self:
        """Regroupings with whoever made them, newest first."""
        return self.select_related("by", "undone_by").order_by("-at", "-pk")


class Regrouping(models.Model):
    """One merge, split or move of authors, narrators, series, books or recordings, with every row it touched."""

    class Kind(models.TextChoices):
        MERGE = "merge", "Merged"
        SPLIT = "split", "Split"
        MOVE = "move", "Moved"

    class Target(models.TextChoices):
        AUTHOR = "author", "Authors"
        NARRATOR = "narrator", "Narrators"
        SERIES = "series", "Series"
        BOOK = "book", "Books"
        RECORDING = "recording", "Recordings"
        EDITION = "edition", "Copies"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    target = models.CharField(max_length=10, choices=Target.choices)
    kept_id = models.PositiveBigIntegerField(help_text="The row that took the others in.")
    words = models.CharField(max_length=500, help_text="What was done, for people.")
    steps = models.JSONField(default=list, editable=False, help_text="Every row as it was and became, in order.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = RegroupingQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(name="regrouping_kind_known", condition=Q(kind__in=["merge", "split", "move"])),
        ]

    def __str__(self) -> str:
        return self.words


class NotDuplicate(models.Model):
    """A person's word that all copies of a book are meant to be there; it holds until another copy arrives."""

    book = models.OneToOneField(Book, on_delete=models.CASCADE, related_name="not_duplicate")
    copies = models.PositiveIntegerField(help_text="How many copies there were.")
    newest_edition = models.PositiveBigIntegerField(help_text="Key of the newest of them.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"no duplicate: {self.book}"
