"""What the search knows of books, and the searches that people keep."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from library.models.books import Book
from mamcrawler.lib import clock


class SearchDocument(models.Model):
    """A book as the search knows it; its words stand in the database's own full text beside it."""

    book = models.OneToOneField(Book, on_delete=models.CASCADE, primary_key=True, related_name="search_document")
    words = models.TextField(blank=True, default="", help_text="Every word once, for the vocabulary.")
    facets = models.TextField(blank=True, default="", help_text="What it is counted under.")
    year = models.PositiveIntegerField(null=True, blank=True, db_index=True)
    minutes = models.PositiveIntegerField(null=True, blank=True, db_index=True)
    digest = models.CharField(max_length=32, editable=False)
    is_stale = models.BooleanField(default=False, help_text="The book changed since.")
    indexed_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(name="search_document_stale", fields=["book"], condition=Q(is_stale=True))]

    def __str__(self) -> str:
        return f"what is searched of {self.book}"


class SearchWord(models.Model):
    """A word, or something books are counted under, with how many books have it."""

    kind = models.CharField(max_length=12, blank=True, default="", help_text="Empty for a word, else the facet.")
    word = models.CharField(max_length=120)
    count = models.IntegerField(default=0)
    head = models.CharField(max_length=2, editable=False)
    tail = models.CharField(max_length=2, editable=False)
    length = models.PositiveSmallIntegerField(editable=False)

    class Meta:
        ordering = ["kind", "word"]
        constraints = [models.UniqueConstraint(name="search_word_once", fields=["kind", "word"])]
        indexes = [
            models.Index(name="search_word_head", fields=["kind", "head", "length"]),
            models.Index(name="search_word_tail", fields=["kind", "tail", "length"]),
            models.Index(name="search_word_most", fields=["kind", "-count"], condition=~Q(kind="")),
        ]

    def __str__(self) -> str:
        return self.word


class SavedSearch(models.Model):
    """A search of the library that a person keeps under a name."""

    class Look(models.TextChoices):
        GRID = "grid", "Covers"
        LIST = "list", "Table"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches")
    name = models.CharField(max_length=100)
    query = models.CharField(max_length=500, blank=True, default="")
    filters = models.JSONField(default=dict, blank=True, help_text="Facets, standing and shelf.")
    sort = models.CharField(max_length=20, default="title")
    look = models.CharField(max_length=4, choices=Look.choices, default=Look.GRID)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "saved searches"
        constraints = [
            models.UniqueConstraint(name="saved_search_named_once", fields=["user", "name"]),
            models.CheckConstraint(name="saved_search_has_name", condition=~Q(name="")),
            models.CheckConstraint(name="saved_search_look_known", condition=Q(look__in=["grid", "list"])),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        asked: dict[str, Any] = {"q": self.query, **self.filters, "sort": self.sort, "look": self.look}
        return f"{reverse('library:book-list')}?{urlencode({name: value for name, value in asked.items() if value})}"
