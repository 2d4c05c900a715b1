"""What authors' lists hold that is no missing book, and what a person does not want to be recommended."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from library.models.people import Author
from library.models.series import Series
from mamcrawler.lib import clock


class LeftOut(models.Model):
    """An entry of a provider's list of an author's books that was not taken for a book of its own, and why."""

    class Why(models.TextChoices):
        BOX_SET = "box_set", "Box set"
        ABOUT = "about", "Summary, guide or sample"
        DRAMATISED = "dramatised", "Dramatisation"
        OTHER_LANGUAGE = "other_language", "In other languages only"
        PLACE_TAKEN = "place_taken", "Its place in the series is another book's"
        UNCLEAR = "unclear", "May be a book that is known already"

    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="left_out")
    source = models.CharField(max_length=40)
    title = models.CharField(max_length=500)
    why = models.CharField(max_length=16, choices=Why.choices)

    class Meta:
        ordering = ["author", "title", "pk"]
        verbose_name = "entry left out"
        verbose_name_plural = "entries left out"
        constraints = [
            models.UniqueConstraint(name="left_out_once", fields=["author", "source", "title"]),
            models.CheckConstraint(
                name="left_out_for_known_reason",
                condition=Q(why__in=["box_set", "about", "dramatised", "other_language", "place_taken", "unclear"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.get_why_display().lower()}"


class NotInterestedQuerySet(models.QuerySet["NotInterested"]):
    def for_page(self) -> Self:
        """With what it is about and whose word it is, newest first."""
        return self.select_related("series", "author", "by").order_by("-at", "-pk")


class NotInterested(models.Model):
    """A person's word that a series or an author is not to be recommended; taking it back deletes it."""

    series = models.OneToOneField(
        Series, on_delete=models.CASCADE, null=True, blank=True, related_name="not_interested"
    )
    author = models.OneToOneField(
        Author, on_delete=models.CASCADE, null=True, blank=True, related_name="not_interested"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = NotInterestedQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "not interested"
        constraints = [
            models.CheckConstraint(
                name="not_interested_in_one_thing",
                condition=Q(series__isnull=False, author__isnull=True) | Q(series__isnull=True, author__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"not interested: {self.subject}"

    @property
    def subject(self) -> Series | Author | None:
        """The series or the author."""
        return self.series or self.author
