"""Who listens on the library server, how far they came, and their lists of books.

What the server tells of an item is bound to our copy of it and to the book as well: when the copy vanishes or gives way
to a better one, the row stays with the book and says so.
"""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from library.models.books import Book
from library.models.editions import Coverage, Edition
from library.models.shelves import Shelf
from mamcrawler.lib.addresses import numbered
from mamcrawler.operations.models import User


def holds(prefix: str = "") -> Q:
    """What the server tells of its items and, once a copy is gone, what it told of that.

    Only what was taken back while its copy stood there does not hold any more.

    :param prefix: the way to the rows, for a query that begins elsewhere.
    """
    return (
        Q(**{f"{prefix}untold_at__isnull": True})
        | ~Q(**{f"{prefix}edition__status": Edition.Status.PRESENT})
        | ~Q(**{f"{prefix}edition__external_id": F(f"{prefix}item_id")})
    )


class ToldOfItem(models.Model):
    """Something that the library server tells of one of its items."""

    item_id = models.CharField(max_length=64, help_text="The item's id on the server.")
    edition = models.ForeignKey(
        Edition, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="Our copy of the item."
    )
    book = models.ForeignKey(
        Book, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="The book it is of."
    )
    untold_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when the server no longer tells it; it is kept."
    )

    class Meta:
        abstract = True

    @property
    def is_copy_gone(self) -> bool:
        """Whether the copy it was told of has vanished, or was replaced by another one."""
        edition = self.edition
        return edition is None or edition.status != Edition.Status.PRESENT or edition.external_id != self.item_id


class ListenerQuerySet(models.QuerySet["Listener"]):
    def present(self) -> Self:
        """Listeners that have an account on the server now, by name."""
        return self.filter(vanished_at__isnull=True).order_by("name", "pk")

    def with_totals(self) -> Self:
        """Listeners with what they heard: `books_finished`, of unknown books `unplaced_finished`, `heard_s` in all."""
        finished = holds("progress__") & Q(progress__is_finished=True)
        return self.annotate(
            books_finished=Count("progress__book", filter=finished, distinct=True),
            unplaced_finished=Count("progress", filter=finished & Q(progress__book__isnull=True)),
            heard_s=Sum("progress__heard_s", default=0.0),
            last_heard_at=Max("progress__listened_at"),
        )


class Listener(models.Model):
    """A user of the library server; who may sign in here is another matter."""

    server = models.CharField(
        max_length=20, choices=[("audiobookshelf", "Audiobookshelf")], default="audiobookshelf", editable=False
    )
    external_id = models.CharField(max_length=64, help_text="The user's id on the server.")
    name = models.CharField(max_length=200)
    vanished_at = models.DateTimeField(null=True, blank=True, help_text="Since when the server knows no such user.")

    objects = ListenerQuerySet.as_manager()

    # Set by `with_totals`.
    books_finished: int
    unplaced_finished: int
    heard_s: float
    last_heard_at: datetime | None

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(name="listener_once", fields=["server", "external_id"]),
            models.CheckConstraint(name="listener_has_id", condition=~Q(external_id="")),
            models.CheckConstraint(name="listener_server_known", condition=Q(server="audiobookshelf")),
        ]

    def __str__(self) -> str:
        return self.name


class ListeningProgressQuerySet(models.QuerySet["ListeningProgress"]):
    def holding(self) -> Self:
        """Progress that the server tells, or told until the copy was gone."""
        return self.filter(holds())

    def begun(self) -> Self:
        """Progress of what was really listened to: a book that was only opened does not count."""
        return self.filter(Q(fraction__gt=0) | Q(is_finished=True))

    def unplaced(self) -> Self:
        """Progress in what is known to hold no book."""
        return self.exclude(Exists(Coverage.objects.filter(edition=OuterRef("edition"))))

    def since(self, moment: datetime) -> Self:
        """Progress that was made after a moment."""
        return self.filter(listened_at__gte=moment)


class ListeningProgress(ToldOfItem):
    """How far a listener has come in a copy of a book."""

    listener = models.ForeignKey(Listener, on_delete=models.CASCADE, related_name="progress")
    fraction = models.FloatField(default=0, help_text="0 to 1.")
    heard_s = models.FloatField(
        default=0,
        help_text="Seconds of listening that the server counted; where it does not tell, how far the place is.",
    )
    is_finished = models.BooleanField(default=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    listened_at = models.DateTimeField(null=True, blank=True, help_text="When it last changed.")

    objects = ListeningProgressQuerySet.as_manager()

    class Meta:
        ordering = ["listener", "pk"]
        verbose_name_plural = "listening progress"
        constraints = [
            models.UniqueConstraint(name="progress_item_once", fields=["listener", "item_id"]),
            models.UniqueConstraint(
                name="progress_edition_once", fields=["listener", "edition"], condition=Q(edition__isnull=False)
            ),
            models.CheckConstraint(name="progress_fraction_in_bounds", condition=Q(fraction__gte=0, fraction__lte=1)),
            models.CheckConstraint(name="progress_heard_not_negative", condition=Q(heard_s__gte=0)),
            models.CheckConstraint(
                name="progress_finished_with_moment", condition=Q(is_finished=True) | Q(finished_at__isnull=True)
            ),
            models.CheckConstraint(name="progress_has_item", condition=~Q(item_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.listener}: {self.percent} % of {self.book or self.edition or self.item_id}"

    @property
    def percent(self) -> int:
        """How far, for showing: never 100 before it is finished, nor 0 once it is begun."""
        if self.is_finished:
            return 100
        return min(99, max(1, round(self.fraction * 100))) if self.fraction else 0


def _counted(members: "CollectionMemberQuerySet") -> Coalesce:
    counts: Any = members.values("collection").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counts), 0)


class CollectionQuerySet(models.QuerySet["Collection"]):
    def present(self) -> Self:
        """Lists that the server has now."""
        return self.filter(vanished_at__isnull=True)

    def vanished(self) -> Self:
        """Lists that the server has no longer."""
        return self.filter(vanished_at__isnull=False)

    def seen_by(self, user: User) -> Self:
        """Lists that a person here may see: a playlist tells what its owner hears, so viewers see collections only."""
        return self if user.may_curate else self.filter(kind=Collection.Kind.COLLECTION)

    def with_counts(self) -> Self:
        """Lists with how many items they hold and how many of these stand on a shelf: `total` and `owned`."""
        members = CollectionMember.objects.holding().filter(collection=OuterRef("pk")).order_by()
        return self.annotate(total=_counted(members), owned=_counted(members.owned()))

    def for_list(self) -> Self:
        """Lists as their page shows them: collections first, by name."""
        return self.with_counts().select_related("shelf", "owner").order_by("kind", "name", "pk")


class Collection(models.Model):
    """A list of books that somebody put together on the library server."""

    class Kind(models.TextChoices):
        COLLECTION = "collection", "Collection"
        PLAYLIST = "playlist", "Playlist"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE, related_name="collections")
    external_id = models.CharField(max_length=64, help_text="Its id on the server.")
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True, default="")
    owner = models.ForeignKey(
        Listener, on_delete=models.CASCADE, null=True, blank=True, related_name="playlists",
        help_text="Whose playlist it is; a collection is everybody's.",
    )  # fmt: skip
    vanished_at = models.DateTimeField(null=True, blank=True, help_text="Since when the server has it no longer.")

    objects = CollectionQuerySet.as_manager()

    # Set by `with_counts`.
    total: int
    owned: int

    class Meta:
        ordering = ["kind", "name", "pk"]
        constraints = [
            models.UniqueConstraint(name="collection_once", fields=["shelf", "kind", "external_id"]),
            models.CheckConstraint(name="collection_kind_known", condition=Q(kind__in=["collection", "playlist"])),
            models.CheckConstraint(
                name="collection_owner_of_playlist", condition=Q(kind="playlist") ^ Q(owner__isnull=True)
            ),
            models.CheckConstraint(name="collection_has_id", condition=~Q(external_id="")),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return numbered("library:collection-detail", self.pk)


class CollectionMemberQuerySet(models.QuerySet["CollectionMember"]):
    def holding(self) -> Self:
        """Members that are in their list, or were until the copy was gone."""
        return self.filter(holds())

    def owned(self) -> Self:
        """Members whose book stands on a shelf, in whatever copy, or whose copy does."""
        book_is_there = Exists(Coverage.objects.present().filter(book=OuterRef("book")))
        return self.filter(book_is_there | Q(edition__status=Edition.Status.PRESENT))

    def for_page(self) -> Self:
        """Members in the order of their list, with their books and copies."""
        books = Prefetch("book", Book.objects.for_covers())
        return self.select_related("edition").prefetch_related(books).order_by("position", "pk")


class CollectionMember(ToldOfItem):
    """An item at its place in a list."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="members")
    position = models.PositiveIntegerField(help_text="From 0.")

    objects = CollectionMemberQuerySet.as_manager()

    class Meta:
        ordering = ["collection", "position", "pk"]
        constraints = [
            models.UniqueConstraint(name="collection_member_once", fields=["collection", "item_id"]),
            models.CheckConstraint(name="collection_member_has_item", condition=~Q(item_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.title} in {self.collection}"

    @property
    def title(self) -> str:
        """What it is called, as far as that is known."""
        return str(self.book or self.edition or "")
