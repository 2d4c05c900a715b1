"""What a mode of a series or an author wants of its books, and what it lets go: told beforehand, never done here."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from library.models import Author, Book, Exclusion, Series, SeriesEntry
from library.models.books import BookQuerySet, in_line
from library.models.monitored import Monitored
from library.models.series import SeriesEntryQuerySet
from mamcrawler.lib import clock
from mamcrawler.lib.keyed import among, by_keys

Mode = Monitored.Monitor
_BACK = (Mode.ALL, Mode.MISSING)


@dataclass(frozen=True)
class Reach:
    """The books of a series or an author, and which of them its mode speaks for."""

    books: BookQuerySet
    in_line: Q  # novellas and extras are monitored one by one
    wanted_elsewhere: Q  # by another series or author: never let go

    def wanted(self, mode: Mode) -> BookQuerySet:
        """The books that a mode wants."""
        line = self.books.filter(self.in_line)
        match mode:
            case Mode.ALL:
                return line
            case Mode.MISSING:
                return line.unowned()
            case Mode.FUTURE:
                return line.announced()
            case Mode.NONE:
                return line.none()

    def let_go(self, mode: Mode) -> BookQuerySet:
        """The books that nobody wants any longer under a mode; with *none* the novellas and extras as well."""
        spoken_for = self.books if mode == Mode.NONE else self.books.filter(self.in_line)
        unwanted = spoken_for.exclude(pk__in=self.wanted(mode)).filter(~self.wanted_elsewhere)
        return Book.objects.filter(pk__in=unwanted.values("pk"))


def reach_of(listed: Series | Author) -> Reach:
    """What the mode of a series or an author speaks for: the main line, of an author the single books as well."""
    return (_of_author if isinstance(listed, Author) else _of_series)(among([listed.pk]))


def _of_author(author: RawSQL) -> Reach:
    elsewhere = wanted_by_series() | wanted_by_author(but=author)
    return Reach(Book.objects.filter(authors__in=author), in_line(), elsewhere)


def _of_series(series: RawSQL) -> Reach:
    places = SeriesEntry.objects.filter(book=OuterRef("pk"))
    in_other = places.exclude(series__in=series).exclude(
        series__monitor=Mode.NONE
    )  # a set of all would be gone through
    return Reach(
        books=Book.objects.filter(series_entries__series__in=series),
        in_line=Q(Exists(places.filter(series__in=series).main())),
        wanted_elsewhere=Q(Exists(in_other)) | wanted_by_author(),
    )


@dataclass(frozen=True)
class Preview:
    """How many books of a series or an author would be missing with a mode, and how many more or fewer than now."""

    mode: Mode
    label: str  # what the mode is called there
    missing: int
    more: int
    fewer: int
    announced: int  # to come, and looked out for

    @property
    def words(self) -> str:
        """What would become of the missing books, in words."""
        told = [f"{self.missing or 'none'} missing"]
        told += [f"{self.more} more than now"] if self.more else []
        told += [f"{self.fewer} fewer than now"] if self.fewer else []
        told += [f"{self.announced} to come looked out for"] if self.announced else []
        return ", ".join(told)


def previews(listed: Series | Author) -> list[Preview]:
    """What setting each mode would do to the books of a series or an author; one query, and nothing is done."""
    judged = (_judged_of_author if isinstance(listed, Author) else _judged_of_series)([listed.pk])
    books = [_Judged(*row) for row in judged]
    return [_preview(mode, label, books) for mode, label in choices_of(listed)]


def choices_of(listed: Series | Author) -> list[tuple[Mode, str]]:
    """The modes, as they are called for a series or for an author."""
    return [(mode, type(listed)(monitor=mode).get_monitor_display()) for mode in Mode]


class _Judged(NamedTuple):
    """What decides whether a mode keeps a book, and whether it counts then."""

    is_monitored: bool
    is_owned: bool
    is_obtainable: bool
    is_to_come: bool
    is_awaited: bool
    in_line: bool
    is_wanted_elsewhere: bool


@by_keys
def _judged_of_series(series: RawSQL) -> QuerySet[Book, Any]:
    return _judged(_of_series(series))


@by_keys
def _judged_of_author(author: RawSQL) -> QuerySet[Book, Any]:
    return _judged(_of_author(author))


def _judged(reach: Reach) -> QuerySet[Book, Any]:
    itself = {"pk": OuterRef("pk")}
    awaited = Book.objects.announced().unowned().filter(kind=Book.Kind.BOOK).exclude(has_audio=Book.HasAudio.NO)
    awaited = awaited.filter(~Exists(Exclusion.objects.filter(book=OuterRef("pk"))))
    told = reach.books.order_by().annotate(
        is_owned=Exists(Book.objects.owned().filter(**itself)),
        is_obtainable=Exists(Book.objects.obtainable().filter(**itself)),
        is_to_come=Exists(Book.objects.announced().filter(**itself)),
        is_awaited=Exists(awaited.filter(**itself)),
        in_line=ExpressionWrapper(reach.in_line, BooleanField()),
        is_wanted_elsewhere=ExpressionWrapper(reach.wanted_elsewhere, BooleanField()),
    )
    return told.values_list(*_Judged._fields)


def _preview(mode: Mode, label: str, books: Collection[_Judged]) -> Preview:
    kept = [book for book in books if _is_kept(book, mode)]
    missing = sum(book.is_obtainable for book in kept)
    already = sum(book.is_obtainable and book.is_monitored for book in kept)
    now = sum(book.is_obtainable and book.is_monitored for book in books)
    return Preview(
        mode=mode,
        label=label,
        missing=missing,
        more=missing - already,
        fewer=now - already,
        announced=sum(book.is_awaited for book in kept),
    )


def _is_kept(book: _Judged, mode: Mode) -> bool:
    """Whether a book is monitored once a mode is set: what `Reach` says of many, of one."""
    match mode:
        case Mode.ALL:
            is_wanted = book.in_line
        case Mode.MISSING:
            is_wanted = book.in_line and not book.is_owned
        case Mode.FUTURE:
            is_wanted = book.in_line and book.is_to_come
        case Mode.NONE:
            is_wanted = False
    is_spoken_for = book.in_line or mode == Mode.NONE
    return is_wanted or (book.is_monitored and (book.is_wanted_elsewhere or not is_spoken_for))


def wanted_by_series() -> Q:
    """Books whose place in a main line is one that the series' mode wants."""
    return Q(Exists(wanted_places().filter(book=OuterRef("pk"))))


def wanted_places() -> SeriesEntryQuerySet:
    """Places in main lines that the mode of their series wants."""
    today = clock.now().date()
    ahead = Q(book__is_announced=True) | Q(book__released_on__gt=today)
    since = Q(book__released_on__gt=F("series__monitor_chosen_at"))
    places = SeriesEntry.objects.all().main()
    return places.filter(Q(series__monitor__in=_BACK) | Q(series__monitor=Mode.FUTURE) & (ahead | since))


def wanted_by_author(*, but: RawSQL | None = None) -> Q:
    """Books that the mode of one of their authors wants.

    :param but: keys of authors whose modes do not count.
    """
    today = clock.now().date()
    ahead = Q(book__is_announced=True) | Q(book__released_on__gt=today)
    since = Q(book__released_on__gt=F("author__monitor_chosen_at"))
    writing = Author.books.through.objects.filter(book=OuterRef("pk"))
    if but is not None:
        writing = writing.exclude(author__in=but)
    wanted = writing.filter(Q(author__monitor__in=_BACK) | Q(author__monitor=Mode.FUTURE) & (ahead | since))
    return Q(Exists(wanted)) & in_line()
