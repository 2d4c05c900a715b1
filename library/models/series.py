"""Series and the places of books in them."""

from typing import Self

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q

from library.models.editions import Coverage
from library.models.monitored import Monitored
from mamcrawler.lib import clock
from mamcrawler.lib.addresses import numbered


class SeriesQuerySet(models.QuerySet["Series"]):
    def with_counts(self) -> Self:
        """Series with how many main books they have, and how many of those are owned, announced and missing.

        The total leaves out what exists in print only; `owned`, `announced` and `gap` add up to it.
        """
        today = clock.now().date()
        counted = Q(entries__kind=SeriesEntry.Kind.MAIN, entries__book__kind="book")
        is_owned = Q(Exists(Coverage.objects.present().filter(book=OuterRef("entries__book"))))
        is_to_come = Q(entries__book__is_announced=True) | Q(entries__book__released_on__gt=today)
        can_be_owned = ~Q(entries__book__has_audio="no")
        return self.annotate(
            total=Count("entries", filter=counted & (can_be_owned | is_owned)),
            owned=Count("entries", filter=counted & is_owned),
            announced=Count("entries", filter=counted & can_be_owned & is_to_come & ~is_owned),
        )

    def with_gap(self) -> Self:
        """Series with their counts, how many of their books are out, and how many of these are not owned."""
        return self.with_counts().annotate(
            released=F("total") - F("announced"), gap=F("total") - F("owned") - F("announced")
        )

    def incomplete(self) -> Self:
        """Series of which a book is out and not owned, with their counts."""
        return self.with_gap().filter(gap__gt=0)

    def begun(self) -> Self:
        """Series of which a book is owned, with their counts."""
        return self.with_gap().filter(owned__gt=0)

    def unlisted(self) -> Self:
        """Series that the providers were asked for and none knows."""
        return self.filter(listed_at__isnull=False, listed_by="")

    def naming(self, text: str) -> Self:
        """Series whose name contains every word of a text."""
        found = self
        for word in text.split():
            found = found.filter(name__icontains=word)
        return found

    def monitored(self) -> Self:
        """Series whose gaps are to be filled."""
        return self.exclude(monitor=Series.Monitor.NONE)

    def ours(self) -> Self:
        """Series of which something was owned, listed or chosen: not those that only an author's list told of."""
        return self.filter(is_unclaimed=False)


class Series(Monitored):
    """A run of books; the key is the name as compared, never shown."""

    name = models.CharField(max_length=300)
    key = models.CharField(max_length=300, editable=False)
    author_key = models.CharField(
        max_length=300, blank=True, default="", editable=False, help_text="Tells two series of one name apart."
    )
    is_complete = models.BooleanField(null=True, blank=True, help_text="Whether more books are to come, when known.")
    is_unclaimed = models.BooleanField(
        default=False, help_text="Known from an author's list alone: nothing of it was ever owned, listed or chosen."
    )

    objects = SeriesQuerySet.as_manager()

    # Set by `with_counts`.
    total: int
    owned: int
    announced: int
    released: int  # by `with_gap`, as the next
    gap: int

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "series"
        indexes = [models.Index(name="series_by_name", fields=["name", "id"])]
        constraints = [
            models.UniqueConstraint(name="series_once_an_author", fields=["key", "author_key"]),
            models.CheckConstraint(
                name="series_monitor_known", condition=Q(monitor__in=["all", "missing", "future", "none"])
            ),
            models.CheckConstraint(
                name="series_unclaimed_unmonitored", condition=Q(is_unclaimed=False) | Q(monitor="none")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return numbered("library:series-detail", self.pk)


class SeriesEntryQuerySet(models.QuerySet["SeriesEntry"]):
    def in_order(self) -> Self:
        """Places in the order of the series, those without a number last."""
        return self.order_by(F("start").asc(nulls_last=True), "end", "pk")

    def main(self) -> Self:
        """Places of the main line that are of single books."""
        return self.filter(kind=SeriesEntry.Kind.MAIN, book__kind="book")

    def owned(self) -> Self:
        """Places whose book a present edition covers."""
        return self.filter(Exists(Coverage.objects.present().filter(book=OuterRef("book"))))


class SeriesEntry(models.Model):
    """A book's place in a series; a book may stand in several, with different numbers."""

    class Kind(models.TextChoices):
        MAIN = "main", "Main line"
        NOVELLA = "novella", "Novella"
        EXTRA = "extra", "Extra"
        COLLECTION = "collection", "Collection"

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="entries", db_index=False)
    book = models.ForeignKey("library.Book", on_delete=models.CASCADE, related_name="series_entries")
    position = models.CharField(max_length=60, blank=True, default="", help_text="As written: 1, 1.5, 1-3.")
    start = models.DecimalField(max_digits=9, decimal_places=3, null=True, blank=True)
    end = models.DecimalField(max_digits=9, decimal_places=3, null=True, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.MAIN)
    is_primary = models.BooleanField(default=True, help_text="The series a book is shown under.")

    objects = SeriesEntryQuerySet.as_manager()

    class Meta:
        ordering = ["series", models.F("start").asc(nulls_last=True), "pk"]
        verbose_name_plural = "series entries"
        constraints = [
            models.UniqueConstraint(name="series_entry_book_once", fields=["series", "book"]),
            models.CheckConstraint(
                name="series_entry_span_ordered",
                condition=Q(start__isnull=True, end__isnull=True) | Q(start__lte=models.F("end")),
            ),
            models.CheckConstraint(
                name="series_entry_kind_known", condition=Q(kind__in=["main", "novella", "extra", "collection"])
            ),
        ]
        indexes = [models.Index(fields=["series", "start"])]

    def __str__(self) -> str:
        return f"{self.series} #{self.position}" if self.position else str(self.series)
