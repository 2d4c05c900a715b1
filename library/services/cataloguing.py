"""Which book is this? Turning what a shelf tells of its items into books, places in series and recordings.

One edition is catalogued as a batch of one, so that a book is found in the same way by whichever door it comes.
"""

from collections import Counter
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from library.identity.languages import usual_spelling
from library.models import Alias, Book, Coverage, Edition, FieldLock, Series, SeriesEntry
from library.services import rows
from library.services.known import Known
from library.services.monitoring import claim_owned
from library.services.naming import authors_named
from library.services.nearby import AmbiguousBook, Nearby
from library.services.telling import LONGEST_TITLE, Told, name_book, narrator_key, placed, told_by, usual_kind
from mamcrawler.operations import findings
from mamcrawler.operations.models import Finding

__all__ = [
    "LONGEST_TITLE",
    "AmbiguousBook",
    "Placing",
    "catalogue_edition",
    "complete",
    "enter",
    "known_book",
    "narrator_key",
    "new_book",
    "perform",
]

FIX_MATCH = "library.fix_match"
BOOK_LOCK = Edition.BOOK_LOCK
"""A lock of this name keeps an edition the book that a person gave it."""


@transaction.atomic
def catalogue_edition(edition: Edition) -> list[Book]:
    """Say which books an edition contains, from its metadata; books that are not known yet are made.

    An edition whose books can not be told waits in *Fix match* and is left without any. One that was taken for a
    wanted book stays that book, whatever its shelf makes of its names, and so does one whose book a person locked.
    """
    placing = Placing([edition])
    placing.save_books()
    rows.update([edition], ["recording"])
    placing.save_coverage()
    return list(Book.objects.filter(coverages__edition=edition).order_by("pk"))


def perform(edition: Edition, book: Book) -> None:
    """Say which performance of this book an edition is, from its metadata; one that is not known yet is made."""
    told = told_by(edition)
    nearby = Nearby([told], also=[book.pk])
    edition.recording = nearby.perform(nearby.by_pk[book.pk], told, runtime_s=edition.duration_s)
    nearby.save()
    rows.update([edition], ["recording"])


class Placing:
    """What books a batch of editions contains: told first, stored after, for the editions may be new themselves."""

    def __init__(self, editions: Sequence[Edition]) -> None:
        kept = _kept([edition for edition in editions if not rows.is_new(edition)])
        told = [(edition, told_by(edition)) for edition in editions if edition.pk not in kept]
        own = _own_books([edition for edition, _ in told if not rows.is_new(edition)])
        self._nearby = Nearby([one for _, one in told], also=own.values())
        self._found: list[tuple[Edition, list[Known]]] = []
        self._unclear: list[tuple[Edition, AmbiguousBook]] = []
        self._unclaimed: list[Known] = []
        self._known_before = {edition.pk for edition, _ in told if not rows.is_new(edition)}
        for edition, one in told:
            self._place(edition, one, self._nearby.by_pk.get(own.get(edition.pk, 0)))

    def save_books(self) -> None:
        """Store the books, with their authors, places and recordings; then the editions can be stored."""
        self._unclaimed = self._nearby.unclaimed()
        self._nearby.save()

    def save_coverage(self) -> None:
        """Say of the editions, which are stored by now, what they contain, and whose books nobody can tell."""
        wanted = {(edition.pk, known.book.pk) for edition, books in self._found for known in books}
        stored = {
            (edition_id, book_id): pk
            for pk, edition_id, book_id in Coverage.objects.filter(edition__in=self._known_before).values_list(
                "pk", "edition", "book"
            )
        }
        if dropped := stored.keys() - wanted:
            Coverage.objects.filter(pk__in=[stored[pair] for pair in dropped]).delete()
            _retire({book_id for _, book_id in dropped})
        new = [(*pair, Coverage.Extent.WHOLE) for pair in sorted(wanted - stored.keys())]
        rows.insert_values(Coverage, ["edition", "book", "extent"], new)
        claim_owned({known.book.pk for known in self._unclaimed} & {book_id for _, book_id, _ in new})
        self._tell()

    def _place(self, edition: Edition, told: Told, own: Known | None) -> None:
        try:
            books = _books_of(self._nearby, told, own)
        except AmbiguousBook as error:
            self._unclear.append((edition, error))
            return
        self._found.append((edition, books))
        if len(books) == 1:
            edition.recording = self._nearby.perform(books[0], told, runtime_s=edition.duration_s)

    def _tell(self) -> None:
        for edition, error in self._unclear:
            findings.report(
                FIX_MATCH,
                f"edition {edition.pk}",
                f"{edition.title}: {error}",
                edition=edition.pk,
                books=[book.pk for book in error.books],
            )
        placed_now = {f"edition {edition.pk}" for edition, _ in self._found if edition.pk in self._known_before}
        waiting = Finding.objects.filter(kind=FIX_MATCH, subject__in=placed_now, settled_at__isnull=True)
        for subject in waiting.values_list("subject", flat=True) if placed_now else ():
            findings.settle(FIX_MATCH, subject, how="its book is known")


def _kept(editions: Sequence[Edition]) -> set[int]:
    """Editions that stay the book they are: taken for a wanted one, or locked by a person."""
    if not editions:
        return set()
    locked = FieldLock.objects.filter(edition__in=[edition.pk for edition in editions], field=BOOK_LOCK)
    kept = set(locked.values_list("edition", flat=True))
    ours = [edition.pk for edition in editions if edition.tracker_id is not None]
    if ours:
        kept |= set(Coverage.objects.filter(edition__in=ours).values_list("edition", flat=True))
    return kept


def _own_books(editions: Sequence[Edition]) -> dict[int, int]:
    """By edition, the book that only this one tells of: it follows when its item is renamed."""
    pks = [edition.pk for edition in editions]
    if not pks:
        return {}
    aliases = Alias.objects.filter(target=Alias.Target.BOOK, target_id=OuterRef("pk"))
    books = Book.objects.filter(~Exists(aliases), kind=Book.Kind.BOOK, coverages__edition__in=pks)
    covering = Coverage.objects.filter(Q(book__in=books.values("pk")) | Q(edition__in=pks))
    pairs = list(covering.values_list("edition", "book").distinct())
    telling, told = Counter(book for _, book in pairs), Counter(edition for edition, _ in pairs)
    free = set(books.values_list("pk", flat=True))
    return {e: book for e, book in pairs if telling[book] == told[e] == 1 and book in free}


def _books_of(nearby: Nearby, told: Told, own: Known | None) -> list[Known]:
    """The books an item contains: one, or those that a range of positions names.

    :raises AmbiguousBook: if they can not be told with confidence.
    """
    if (collection := told.collection) is not None:
        series = nearby.names.series(collection[0], told.authors)
        return [_book_at(nearby, series, number, told) for number in collection[1].numbers_inside()]
    same, unclear = nearby.find(told, but=own)
    known = _only(same, told)
    if known is None and not told.authors:
        raise AmbiguousBook("its author is not known", [one.book for one in unclear])
    if known is None and (known := nearby.placeholder(told)) is not None:
        nearby.rename(known, told)
    if known is None and unclear:
        titles = " or ".join(str(one.book) for one in unclear)
        raise AmbiguousBook(f"it may be {titles}, or a book of its own", [one.book for one in unclear])
    if known is None and own is not None:
        known = own
        nearby.correct(own, told)
    if known is None:
        known = nearby.add(_made(told.title, told.subtitle, language=told.language), told.authors)
    for name, position in told.places:
        nearby.enter(known, name, position, told.authors)
    return [known]


def _only(fitting: Sequence[Known], told: Told) -> Known | None:
    """The one book of those that fit, or the one of them that bears the very title.

    :raises AmbiguousBook: if several are left.
    """
    if len(fitting) <= 1:
        return next(iter(fitting), None)
    exact = [known for known in fitting if known.book.key == told.key]
    if len(exact) == 1:
        return exact[0]
    books = [known.book for known in fitting]
    raise AmbiguousBook(f"{len(books)} known books fit: {', '.join(map(str, books))}", books)


def _book_at(nearby: Nearby, series: Series, number: int, told: Told) -> Known:
    """The main book at a whole number of a series, a placeholder where none is known."""
    known = nearby.at(series, number)
    if known is None:
        known = nearby.add(_made(f"{series.name} #{number}", "", is_placeholder=True), told.authors)
        nearby.enter_series(known, series, str(number))
    return known


def _retire(books: set[int]) -> None:
    """Books that only a renamed item told of are not missing: they leave their series and are wanted no more."""
    aliases = Alias.objects.filter(target=Alias.Target.BOOK, target_id=OuterRef("pk"))
    orphans = Book.objects.filter(~Exists(aliases), pk__in=books, coverages__isnull=True)
    gone = list(orphans.values_list("pk", flat=True))
    if gone:
        SeriesEntry.objects.filter(book__in=gone).delete()
        Book.objects.filter(pk__in=gone).update(is_monitored=False)


def known_book(title: str, authors: list[str], places: list[tuple[str, str]]) -> Book | None:
    """The one known book that this is.

    :raises AmbiguousBook: if several are.
    """
    told = Told(title=title, authors=tuple(authors), places=tuple(places))
    nearby = Nearby([told])
    known = _only(nearby.find(told)[0], told) or nearby.placeholder(told)
    return known.book if known else None


def new_book(
    title: str, subtitle: str, authors: Sequence[str], *, language: str = "", is_placeholder: bool = False
) -> Book:
    """Make a book; it counts as missing while it is not owned."""
    book = _made(title, subtitle, language=language, is_placeholder=is_placeholder)
    book.save()
    book.authors.set(authors_named(authors))
    return book


def complete(book: Book, title: str, subtitle: str, authors: Sequence[str]) -> None:
    """Give a book that was known only by its number its name."""
    name_book(book, title, subtitle)
    book.is_placeholder = False
    book.save(update_fields=["title", "subtitle", "key", "sort_title", "is_placeholder"])
    if authors:
        book.authors.set(authors_named(authors))


def enter(series: Series, book: Book, position: str, kind: str = "") -> SeriesEntry:
    """Give a book its place in a series; a place it has already is kept unless it had no number."""
    fields = placed(position)
    entry, is_new = SeriesEntry.objects.get_or_create(
        series=series, book=book, defaults={**fields, "kind": kind or usual_kind(fields["start"])}
    )
    if not is_new and entry.start is None and fields["start"] is not None:
        entry.position, entry.start, entry.end = fields["position"], fields["start"], fields["end"]
        entry.save(update_fields=["position", "start", "end"])
    return entry


def _made(title: str, subtitle: str, *, language: str = "", is_placeholder: bool = False) -> Book:
    book = rows.make(Book, language=usual_spelling(language)[:40], is_monitored=True, is_placeholder=is_placeholder)
    name_book(book, title, subtitle)
    return book
