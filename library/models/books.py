"""Books as works, and their performances."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, Exists, OuterRef, Prefetch, Q, Value, When

from library import search
from library.models.decisions import Exclusion
from library.models.editions import Coverage
from library.models.people import Author, Narrator
from library.models.series import SeriesEntry
from mamcrawler.lib import clock
from mamcrawler.lib.addresses import numbered

if TYPE_CHECKING:
    from library.models.covers import Cover


def in_line() -> Q:
    """Whether a book is a single one that stands in the main line of a series, or outside any."""
    places = SeriesEntry.objects.filter(book=OuterRef("pk"))
    return (Q(Exists(places.filter(kind=SeriesEntry.Kind.MAIN))) | ~Q(Exists(places))) & Q(kind="book")


class BookQuerySet(models.QuerySet["Book"]):
    def owned(self) -> Self:
        """Books that a present edition covers, whole or as part of an omnibus."""
        return self.filter(Exists(Coverage.objects.present().filter(book=OuterRef("pk"))))

    def unowned(self) -> Self:
        """Books that no present edition covers."""
        return self.filter(~Exists(Coverage.objects.present().filter(book=OuterRef("pk"))))

    def released(self) -> Self:
        """Books that are out, as far as is known."""
        # Not "null or past": SQLite would look up both in the index of dates, which is slower than reading all.
        return self.filter(is_announced=False).exclude(released_on__gt=clock.now().date())

    def announced(self) -> Self:
        """Books that are not out yet."""
        return self.filter(Q(is_announced=True) | Q(released_on__gt=clock.now().date()))

    def obtainable(self) -> Self:
        """Single books that could stand on a shelf and do not.

        Released, not known to exist only in print, not excluded, not owned.
        """
        return (
            self.unowned()
            .released()
            .filter(kind=Book.Kind.BOOK)
            .exclude(has_audio=Book.HasAudio.NO)
            .filter(~Exists(Exclusion.objects.filter(book=OuterRef("pk"))))
        )

    def missing(self) -> Self:
        """Books that should be on a shelf and are not: obtainable, and monitored for a series, an author or a person.

        Whether one is monitored was worked out when its list came or a mode was chosen, and stands in its row.
        """
        return self.obtainable().filter(is_monitored=True)

    def of_line(self) -> Self:
        """Single books of the main line of a series, or outside any: what a mode speaks for."""
        return self.filter(in_line())

    def in_followed_series(self) -> Self:
        """Books that stand in a series that is monitored: gaps of a series, where they are missing."""
        return self.filter(Exists(SeriesEntry.objects.filter(book=OuterRef("pk")).exclude(series__monitor="none")))

    def outside_followed_series(self) -> Self:
        """Books that stand in no series that is monitored: gaps of an author, where they are missing."""
        return self.filter(~Exists(SeriesEntry.objects.filter(book=OuterRef("pk")).exclude(series__monitor="none")))

    def claimed(self) -> Self:
        """Books but those that only an author's list told of, and nobody took up."""
        return self.filter(is_unclaimed=False)

    def followed(self) -> Self:
        """Single books that are monitored, or stand in a series that is, and that nobody has excluded."""
        in_series = SeriesEntry.objects.filter(book=OuterRef("pk")).exclude(series__monitor="none")
        return self.filter(Q(is_monitored=True) | Q(Exists(in_series)), kind=Book.Kind.BOOK).filter(
            ~Exists(Exclusion.objects.filter(book=OuterRef("pk")))
        )

    def coming_out(self, since: date) -> Self:
        """Books to look out for that came out since a day or have a date to come, in the order of their dates."""
        return self.followed().filter(released_on__gte=since).order_by("released_on", "sort_title", "pk")

    def undated(self) -> Self:
        """Books to look out for that are announced for no day yet."""
        return self.followed().filter(is_announced=True, released_on__isnull=True).order_by("sort_title", "pk")

    def for_list(self) -> Self:
        """Books with what a list shows of them, in a total order."""
        places = Prefetch("series_entries", SeriesEntry.objects.select_related("series"))
        return self.prefetch_related("authors", places).order_by("sort_title", "pk")

    def excluded(self) -> Self:
        """Books that a person does not want."""
        return self.filter(Exists(Exclusion.objects.filter(book=OuterRef("pk"))))

    def on_shelf(self, shelf_id: int) -> Self:
        """Books that stand on this shelf."""
        there = Coverage.objects.present().filter(book=OuterRef("pk"), edition__shelf=shelf_id)
        return self.filter(Exists(there))

    def naming(self, text: str) -> Self:
        """Books whose title, authors or series contain every word of a text."""
        found = self
        for word in text.split():
            by_author = Author.objects.filter(name__icontains=word).values("books")
            in_series = SeriesEntry.objects.filter(series__name__icontains=word).values("book")
            found = found.filter(Q(title__icontains=word) | Q(pk__in=by_author) | Q(pk__in=in_series))
        return found

    def search(self, text: str) -> Self:
        """Books that a search finds, as far as it can be understood; those not indexed yet are not found."""
        return self.filter(search.condition(search.parse(text).node))

    def with_standing(self) -> Self:
        """Books with how they stand: the first of owned, excluded, announced, print, missing that is true."""
        today = clock.now().date()
        is_owned = Exists(Coverage.objects.present().filter(book=OuterRef("pk")))
        is_excluded = Exists(Exclusion.objects.filter(book=OuterRef("pk")))
        return self.annotate(
            standing=Case(
                When(is_owned, then=Value(Book.Standing.OWNED)),
                When(is_excluded, then=Value(Book.Standing.EXCLUDED)),
                When(Q(is_announced=True) | Q(released_on__gt=today), then=Value(Book.Standing.ANNOUNCED)),
                When(has_audio=Book.HasAudio.NO, then=Value(Book.Standing.PRINT)),
                When(is_monitored=True, kind=Book.Kind.BOOK, then=Value(Book.Standing.MISSING)),
                default=Value(Book.Standing.UNMONITORED),
            )
        )

    def looked_for(self) -> Self:
        """Books with an open want, in the order in which they are looked for."""
        is_open = Q(wants__isnull=False, wants__closed_at__isnull=True)
        return self.filter(is_open).order_by("-wants__priority", "sort_title", "pk")

    def not_looked_for(self) -> Self:
        """Books without an open want."""
        is_open = Exists(Book.objects.filter(pk=OuterRef("pk"), wants__isnull=False, wants__closed_at__isnull=True))
        return self.filter(~is_open).order_by("sort_title", "pk")

    def with_places(self) -> Self:
        """Books with how they stand, their authors and their places in series."""
        places = Prefetch("series_entries", SeriesEntry.objects.select_related("series"))
        return self.with_standing().prefetch_related("authors", places)

    def for_shelves(self) -> Self:
        """Books with how they stand, their authors, their places in series and what is done about them."""
        return self.with_places().prefetch_related("wants")

    def with_covers(self) -> Self:
        """Books with the covers of their copies; without it a page shows initials."""
        return self.prefetch_related(Prefetch("coverages", Coverage.objects.with_cover(), to_attr="covered"))

    def for_covers(self) -> Self:
        """Books as `for_shelves`, with their covers."""
        return self.for_shelves().with_covers()

    def duplicated(self) -> Self:
        """Books of which a performance seems to be there twice, and no person said that this is meant so.

        Copies of different performances are no duplicates; one of an unknown performance may be one of any other.
        """
        return self.filter(pk__in=Coverage.objects.doubled())


class Book(models.Model):
    """The work, owned or not; exactly one row whatever the number of copies."""

    class Kind(models.TextChoices):
        BOOK = "book", "Book"
        COLLECTION = "collection", "Collection of books"

    class HasAudio(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "In print only"
        UNKNOWN = "unknown", "Unknown"

    class Standing(models.TextChoices):
        """How a book stands with us; worked out by `with_standing`, never stored."""

        OWNED = "owned", "On the shelf"
        MISSING = "missing", "Missing"
        ANNOUNCED = "announced", "Announced"
        PRINT = "print", "In print only"
        EXCLUDED = "excluded", "Not wanted"
        UNMONITORED = "unmonitored", "Not monitored"

    title = models.CharField(max_length=500)
    subtitle = models.CharField(max_length=500, blank=True, default="")
    key = models.CharField(max_length=500, editable=False, db_index=True, help_text="The title as compared.")
    sort_title = models.CharField(max_length=500, editable=False)
    languages = models.CharField(
        max_length=200,  # `documents.LONGEST_LANGUAGES`
        blank=True,
        default="",
        editable=False,
        help_text="Codes of the languages that it is found under, a space around each; kept by the search.",
    )
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.BOOK)
    authors = models.ManyToManyField(Author, related_name="books", blank=True)
    language = models.CharField(max_length=40, blank=True, default="")
    description = models.TextField(blank=True, default="")
    genres = models.JSONField(default=list, blank=True)
    isbn = models.CharField(max_length=20, blank=True, default="")
    publisher = models.CharField(max_length=300, blank=True, default="")
    cover_url = models.URLField(max_length=1000, blank=True, default="")
    released_on = models.DateField(null=True, blank=True)
    is_announced = models.BooleanField(default=False, help_text="Known to come, without a date.")
    has_audio = models.CharField(max_length=8, choices=HasAudio.choices, default=HasAudio.UNKNOWN)
    is_monitored = models.BooleanField(default=False, help_text="Counts as missing when it is not owned.")
    is_placeholder = models.BooleanField(default=False, help_text="Known only by its number in a series.")
    is_unclaimed = models.BooleanField(
        default=False,
        help_text="Known from an author's list alone: no shelf, series, mode or person has said that it matters.",
    )
    added_at = models.DateTimeField(default=clock.now, editable=False)
    enriched_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = BookQuerySet.as_manager()

    standing: str  # set by `with_standing`
    covered: list[Coverage]  # set by `with_covers`

    class Meta:
        ordering = ["sort_title", "pk"]
        indexes = [
            models.Index(
                name="book_may_be_missing",  # all that `missing` asks of a book itself, in the order of the copies
                fields=["is_monitored", "kind", "is_announced", "id", "has_audio", "released_on"],
            ),
            models.Index(
                name="book_missing_by_title",  # all that `missing` asks of a book itself, in the order of a page
                fields=["sort_title", "id", "is_monitored", "kind", "is_announced", "has_audio", "released_on"],
                condition=Q(is_monitored=True, kind="book", is_announced=False),
            ),
            models.Index(fields=["released_on"]),
            models.Index(
                name="book_by_title",  # with the languages, by which the list is narrowed down far in
                fields=["sort_title", "id", "is_unclaimed", "languages"],
            ),
            models.Index(name="book_by_arrival", fields=["added_at", "id"]),
            models.Index(name="book_unclaimed", fields=["is_unclaimed"], condition=Q(is_unclaimed=True)),
        ]
        constraints = [
            models.CheckConstraint(name="book_has_title", condition=~Q(title="")),
            models.CheckConstraint(name="book_has_audio_known", condition=Q(has_audio__in=["yes", "no", "unknown"])),
            models.CheckConstraint(name="book_kind_known", condition=Q(kind__in=["book", "collection"])),
            models.CheckConstraint(
                name="book_unclaimed_unmonitored", condition=Q(is_unclaimed=False) | Q(is_monitored=False)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return numbered("library:book-detail", self.pk)

    @property
    def author_names(self) -> str:
        """The authors, joined for showing."""
        return ", ".join(author.name for author in self.authors.all())

    @property
    def cover(self) -> "Cover | None":
        """The cover of a copy that is there, read by `with_covers`."""
        return next((coverage.edition.cover for coverage in self.covered), None)

    @property
    def standing_label(self) -> str:
        """How it stands, in words."""
        return Book.Standing(self.standing).label

    @property
    def places(self) -> list[SeriesEntry]:
        """Its places in series, the one it is shown under first."""
        return sorted(self.series_entries.all(), key=lambda entry: (not entry.is_primary, entry.pk))

    def first_place(self) -> SeriesEntry | None:
        """Its place in the series it is shown under: the lowest row, or None outside any series."""
        return min(self.series_entries.all(), key=lambda entry: entry.pk, default=None)


class RecordingQuerySet(models.QuerySet["Recording"]):
    def for_book(self, book: Book) -> Self:
        """The performances of a book, longest known first."""
        return self.filter(book=book).prefetch_related("narrators").order_by("-runtime_s", "pk")


class Recording(models.Model):
    """One performance of a book as catalogues know it, owned or not."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="recordings")
    narrators = models.ManyToManyField(Narrator, related_name="recordings", blank=True)
    narrator_key = models.CharField(max_length=600, blank=True, default="", editable=False)
    asin = models.CharField(max_length=10, blank=True, default="")
    runtime_s = models.FloatField(null=True, blank=True, help_text="Seconds.")
    language = models.CharField(max_length=40, blank=True, default="")
    publisher = models.CharField(max_length=300, blank=True, default="")
    released_on = models.DateField(null=True, blank=True)
    is_abridged = models.BooleanField(default=False)
    is_dramatised = models.BooleanField(default=False)

    objects = RecordingQuerySet.as_manager()

    class Meta:
        ordering = ["book", "pk"]
        constraints = [
            models.UniqueConstraint(name="recording_asin_once", fields=["book", "asin"], condition=~Q(asin="")),
            models.CheckConstraint(
                name="recording_runtime_positive", condition=Q(runtime_s__isnull=True) | Q(runtime_s__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.book} ({self.asin or self.narrator_key or 'unknown performance'})"
