"""Those who write and those who read aloud."""

from django.db import models
from django.urls import reverse


class Author(models.Model):
    """Somebody who writes books; the key is the name as compared, never shown."""

    name = models.CharField(max_length=300)
    key = models.CharField(max_length=300, unique=True, editable=False)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("library:author-detail", args=[self.pk])


class Narrator(models.Model):
    """Somebody who performs books; the key is the name as compared, never shown."""

    name = models.CharField(max_length=300)
    key = models.CharField(max_length=300, unique=True, editable=False)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
