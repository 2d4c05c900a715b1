"""What else a book, a series or a person is called, and what people decided about books and fields."""

from django.conf import settings
from django.db import models

from mamcrawler.lib import clock


class Alias(models.Model):
    """A name or outside id by which a book, series or author is also known."""

    class Target(models.TextChoices):
        BOOK = "book", "Book"
        SERIES = "series", "Series"
        AUTHOR = "author", "Author"
        NARRATOR = "narrator", "Narrator"

    target = models.CharField(max_length=10, choices=Target.choices)
    target_id = models.PositiveBigIntegerField()
    source = models.CharField(max_length=40, help_text="Provider, or 'name' for a spelling.")
    value = models.CharField(max_length=300)

    class Meta:
        ordering = ["target", "target_id", "source", "value"]
        verbose_name_plural = "aliases"
        constraints = [
            models.UniqueConstraint(name="alias_names_one_thing", fields=["target", "source", "value"]),
        ]
        indexes = [models.Index(fields=["target", "target_id"])]

    def __str__(self) -> str:
        return f"{self.source}:{self.value}"


class Exclusion(models.Model):
    """A person's word that a book is not wanted."""

    book = models.OneToOneField("library.Book", on_delete=models.CASCADE, related_name="exclusion")
    reason = models.CharField(max_length=300, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"not wanted: {self.book}"


class FieldLock(models.Model):
    """A field of an edition that only people change."""

    edition = models.ForeignKey("library.Edition", on_delete=models.CASCADE, related_name="locks")
    field = models.CharField(max_length=40)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["edition", "field"]
        constraints = [models.UniqueConstraint(name="field_locked_once", fields=["edition", "field"])]

    def __str__(self) -> str:
        return f"{self.field} of {self.edition}"
