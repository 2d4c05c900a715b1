"""What lists show of each book, read for one page by four plain queries: as many models take twice as long."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from library.models import Book, Cover, Coverage, SeriesEntry
from mamcrawler.lib.addresses import numbered
from mamcrawler.lib.keyed import Columns, ask_together, by_keys, models_by_keys

_COLUMNS = ("id", "title", "subtitle", "kind", "language", "released_on", "is_announced", "has_audio", "is_monitored",
            "is_placeholder", "is_unclaimed", "added_at", "standing")  # fmt: skip
_WRITTEN = Book.authors.through


@dataclass(frozen=True, slots=True)
class Named:
    """An author or a series, and where its page is."""

    id: int
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a series; each field is as `SeriesEntry` has it.

    :param is_unclaimed: whether only an author's list told of the series.
    """

    series: Named
    position: str
    kind: str
    start: Decimal | None
    is_unclaimed: bool

    @property
    def series_id(self) -> int:
        """The key of the series."""
        return self.series.id

    @property
    def kind_label(self) -> str:
        """What it is to the series, in words."""
        return SeriesEntry.Kind(self.kind).label


@dataclass(frozen=True, slots=True)
class Card:
    """A book as lists show it; each field is as `Book` has it.

    :param standing: one of `Book.Standing`.
    :param places: the one it is shown under first.
    :param cover: of a copy that is there; without a key, for its addresses alone.
    :param wants: what is or was done to get it, where that was asked for.
    """

    id: int
    title: str
    subtitle: str
    kind: str
    language: str
    released_on: date | None
    is_announced: bool
    has_audio: str
    is_monitored: bool
    is_placeholder: bool
    is_unclaimed: bool
    added_at: datetime
    standing: str
    authors: Sequence[Named]
    places: Sequence[Place]
    cover: Cover | None
    wants: Sequence[Any] = ()

    @property
    def pk(self) -> int:
        """Its key, as templates ask for it."""
        return self.id

    @property
    def url(self) -> str:
        """Where its page is."""
        return numbered("library:book-detail", self.id)

    def place_in(self, series: int) -> Place | None:
        """Its place in a series."""
        return next((place for place in self.places if place.series_id == series), None)

    @property
    def author_names(self) -> str:
        """The authors, joined for showing."""
        return ", ".join(author.name for author in self.authors)

    @property
    def is_owned(self) -> bool:
        """Whether a copy of it is there."""
        return self.standing == Book.Standing.OWNED

    @property
    def standing_label(self) -> str:
        """How it stands, in words."""
        return Book.Standing(self.standing).label


def cards(books: Sequence[int], *, with_wants: bool = False) -> dict[int, Card]:
    """The cards of the books of a page, by their keys; four queries, and one more for the wants."""
    asked = [query.of(books) for query in (_rows, _written, _entries, _covered)]
    if with_wants:
        asked.append(_looked_for.of(books))
    rows, written, entries, covered, *more = ask_together(*asked)
    authors, places, covers = _authors(written), _places(entries), _covers(covered)
    wants = _wants(more[0]) if more else {}
    return {
        (book := row[0]): Card(
            **dict(zip(_COLUMNS, row, strict=True)),
            authors=authors.get(book, ()),
            places=places.get(book, ()),
            cover=covers.get(book),
            wants=wants.get(book, ()),
        )
        for row in rows
    }


@by_keys
def _rows(books: RawSQL) -> QuerySet[Book, Any]:
    return Book.objects.filter(pk__in=books).with_standing().order_by().values_list(*_COLUMNS)


@by_keys
def _written(books: RawSQL) -> QuerySet[Any, Any]:
    rows = _WRITTEN.objects.filter(book__in=books).order_by("author__name", "author")
    return rows.values_list("book_id", "author_id", "author__name")


def _authors(written: Iterable[Columns]) -> Mapping[int, list[Named]]:
    told = defaultdict(list)
    for book, author, name in written:
        told[book].append(Named(author, name, numbered("library:author-detail", author)))
    return told


@by_keys
def _entries(books: RawSQL) -> QuerySet[SeriesEntry, Any]:
    entries = SeriesEntry.objects.filter(book__in=books).order_by("-is_primary", "pk")
    place = ("position", "kind", "start", "series__is_unclaimed")
    return entries.values_list("book_id", "series_id", "series__name", *place)


def _places(entries: Iterable[Columns]) -> Mapping[int, list[Place]]:
    told = defaultdict(list)
    for book, series, name, *place in entries:
        told[book].append(Place(Named(series, name, numbered("library:series-detail", series)), *place))
    return told


@by_keys
def _covered(books: RawSQL) -> QuerySet[Coverage, Any]:
    shown = (f"edition__cover__{name}" for name in ("digest", "width", "height"))
    return Coverage.objects.with_cover().filter(book__in=books).values_list("book_id", *shown)


def _covers(covered: Iterable[Columns]) -> Mapping[int, Cover]:
    told: dict[int, Cover] = {}
    for book, digest, width, height in covered:
        told.setdefault(book, Cover(digest=digest, width=width, height=height))
    return told


@models_by_keys
def _looked_for(books: RawSQL) -> QuerySet[Any]:
    """By name: what looks for books lies above the library."""
    wants: QuerySet[Any] = apps.get_model("acquisition", "Want")._default_manager.all()
    return wants.filter(book__in=books).order_by("pk")


def _wants(looked_for: Iterable[Any]) -> Mapping[int, list[Any]]:
    told = defaultdict(list)
    for want in looked_for:
        told[want.book_id].append(want)
    return told
