"""Those who write and those who read aloud."""

from typing import Any, Self

from django.db import models
from django.db.models import Count, Exists, FloatField, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from library.models.editions import Coverage, Edition
from library.models.monitored import Monitored
from library.models.series import SeriesEntry
from mamcrawler.lib import clock
from mamcrawler.lib.addresses import numbered


def _one_by_one(name: str, outer: str) -> dict[str, OuterRef]:
    """A relation is the row's own, not said by equality: PostgreSQL would first gather what holds of all rows."""
    return {f"{name}__gte": OuterRef(outer), f"{name}__lte": OuterRef(outer)}


def _counts() -> dict[str, Count]:
    """How each figure of an author is counted; what is cheap to tell of a book stands first in each."""
    today = clock.now().date()
    places = SeriesEntry.objects.filter(book=OuterRef("books"))
    in_line = Q(Exists(places.filter(kind=SeriesEntry.Kind.MAIN))) | ~Q(Exists(places))
    is_owned = Q(Exists(Coverage.objects.present().filter(**_one_by_one("book", "books"))))
    is_book, in_print = Q(books__kind="book"), Q(books__has_audio="no")
    is_to_come = Q(books__is_announced=True) | Q(books__released_on__gt=today)
    is_out = Q(books__is_announced=False) & (Q(books__released_on__isnull=True) | Q(books__released_on__lte=today))
    is_wanted = Q(books__is_monitored=True, books__exclusion__isnull=True)
    return {
        "total": Count("books", filter=is_book & (~in_print | is_owned) & in_line),
        "owned": Count("books", filter=is_book & is_owned & in_line),
        "announced": Count("books", filter=is_book & ~in_print & is_to_come & ~is_owned & in_line),
        "gap": Count("books", filter=is_book & ~in_print & is_out & ~is_owned & in_line),
        "missing": Count("books", filter=is_book & ~in_print & is_wanted & is_out & ~is_owned),
        "in_print": Count("books", filter=is_book & in_print & ~is_owned & in_line),
    }


class AuthorQuerySet(models.QuerySet["Author"]):
    def naming(self, text: str) -> Self:
        """Authors whose name contains every word of a text."""
        found = self
        for word in text.split():
            found = found.filter(name__icontains=word)
        return found

    def monitored(self) -> Self:
        """Authors whose books are looked out for."""
        return self.exclude(monitor=Author.Monitor.NONE)

    def ours(self) -> Self:
        """Authors of whom a book is owned, or whose mode was chosen."""
        is_owned = Exists(Coverage.objects.present().filter(book=OuterRef("book")))
        written = Author.books.through.objects.filter(is_owned, **_one_by_one("author", "pk"))
        return self.filter(Exists(written) | Q(monitor_chosen_at__isnull=False))

    def owning(self, at_least: int) -> Self:
        """Authors of whom at least so many books are owned."""
        owned = Coverage.objects.present().values("book")
        writing = Author.objects.filter(books__in=owned, books__kind="book").order_by()
        often = writing.annotate(owned_books=Count("books", distinct=True)).filter(owned_books__gte=at_least)
        return self.filter(pk__in=often.values("pk"))

    def with_counts(self, *names: str) -> Self:
        """Authors with how many books they have that count, and how many of those are owned, announced and missing.

        Counted are single books of a main line or outside any series; the total leaves out what exists in print only
        (`in_print`), and `owned`, `announced` and `gap` add up to it. `missing` are those that are monitored as well.

        :param names: count only these, for ordering many authors.
        """
        counts = _counts()
        return self.annotate(**{name: counts[name] for name in names or counts})

    def with_share(self) -> Self:
        """Authors with how much of what counts is owned, from 0 to 1."""
        owned, total = Cast("owned", FloatField()), NullIf(Cast("total", FloatField()), Value(0.0))
        return self.with_counts("owned", "total").annotate(share_owned=Coalesce(owned / total, 0.0))

    def with_hours(self) -> Self:
        """Authors with how long their owned copies play, in seconds."""
        covering = Coverage.objects.filter(book__authors=OuterRef(OuterRef("pk"))).values("edition")
        copies: models.QuerySet[Any, Any] = Edition.objects.present().filter(pk__in=covering).order_by()
        summed = copies.annotate(all=Value(1)).values("all").annotate(length=Sum("duration_s")).values("length")
        return self.annotate(owned_s=Coalesce(Subquery(summed), 0.0))


_MODES = [
    (mode.value, "Nothing beyond followed series" if mode == Monitored.Monitor.NONE else mode.label)
    for mode in Monitored.Monitor
]


class Author(Monitored):
    """Somebody who writes books; the key is the name as compared, never shown."""

    name = models.CharField(max_length=300)
    key = models.CharField(max_length=300, unique=True, editable=False)
    monitor = models.CharField(max_length=10, choices=_MODES, default=Monitored.Monitor.NONE)
    asked_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When providers were last asked, whether they answered or not."
    )

    objects = AuthorQuerySet.as_manager()

    # Set by `with_counts` and by `counted.authors_of`.
    total: int
    owned: int
    announced: int
    in_print: int
    missing: int
    gap: int
    owned_s: float  # by `with_hours`, as well
    share_owned: float  # by `with_share`

    class Meta:
        ordering = ["name", "pk"]
        indexes = [models.Index(name="author_by_name", fields=["name", "id"])]
        constraints = [
            models.CheckConstraint(
                name="author_monitor_known", condition=Q(monitor__in=["all", "missing", "future", "none"])
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return numbered("library:author-detail", self.pk)


class Narrator(models.Model):
    """Somebody who performs books; the key is the name as compared, never shown."""

    name = models.CharField(max_length=300)
    key = models.CharField(max_length=300, unique=True, editable=False)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
