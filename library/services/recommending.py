"""Series and authors that may be worth having, each with its reasons, from what is stored alone; never by genre.

A series is recommended when several books by one of its authors are owned and none of it, or when somebody reads it of
whom many books are owned. An author of whom nothing is owned is recommended for having written together with, or in
the same series as, authors of whom several books are.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Exists, OuterRef

from library.models import Author, Book, Coverage, Edition, Narrator, NotInterested, Recording, Series, SeriesEntry
from mamcrawler.operations import preferences
from mamcrawler.operations.models import AuditEntry, User

MANY_READ = 3
"""A narrator counts as a reason from so many owned books on."""
MOST_COUNTED = 20
"""More owned books of one author or narrator make no reason stronger."""
MOST_NAMED = 3
AUTHOR_POINTS, NARRATOR_POINTS, TOGETHER_POINTS, SERIES_POINTS = 10, 3, 10, 5

Subject = Series | Author


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for something, in words, with its part of the score."""

    words: str
    points: int


@dataclass(frozen=True)
class Recommendation:
    """A series or an author that may be worth having; the reasons come strongest first."""

    kind: str
    pk: int
    name: str
    url: str
    by: str  # the authors of a series
    books: int  # that are out as audiobooks, as far as is known, and not owned
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> int:
        """How much speaks for it: only good for ordering."""
        return sum(reason.points for reason in self.reasons)


def recommend() -> list[Recommendation]:
    """Everything that may be worth having, the best founded first; a constant number of queries."""
    least = preferences.read(preferences.LibraryRules).author_from_books
    known = Counter({author: count for author, count in _owned_by_author().items() if count >= least})
    found = [*_series(known), *_authors(known, least)]
    return sorted(found, key=lambda one: (-one.score, one.name.casefold(), one.kind, one.pk))


@transaction.atomic
def dismiss(subject: Subject, *, by: User | None) -> NotInterested:
    """Recommend a series or an author no more; repeated it is the same word."""
    word, is_new = NotInterested.objects.get_or_create(**{str(subject._meta.model_name): subject}, defaults={"by": by})
    if is_new:
        _audit(by, "dismissed", subject)
    return word


@transaction.atomic
def restore(subject: Subject, *, by: User | None) -> bool:
    """Recommend a series or an author again; False if nobody had dismissed it."""
    count, _ = NotInterested.objects.filter(**{str(subject._meta.model_name): subject}).delete()
    if count:
        _audit(by, "recommended_again", subject)
    return bool(count)


def _owned_by_author() -> Counter[int]:
    """How many single books are owned of each author."""
    present = Coverage.objects.present().values("book")
    written = Book.authors.through.objects.filter(book__in=present, book__kind=Book.Kind.BOOK).order_by()
    return Counter(dict(written.values_list("author").annotate(count=Count("pk"))))


def _series(known: Counter[int]) -> list[Recommendation]:
    """Series that are only offered, by authors of whom several books are owned or read by known voices."""
    offered = Series.objects.filter(is_unclaimed=True, not_interested__isnull=True)
    to_have = Book.objects.obtainable().filter(is_monitored=False)  # what an author's mode wants needs no word more
    entries = SeriesEntry.objects.main().filter(series__in=offered, book__in=to_have).order_by()
    books: dict[int, set[int]] = defaultdict(set)
    for series, book in entries.values_list("series", "book"):
        books[series].add(book)
    authors = _grouped(
        Book.authors.through.objects.filter(book__series_entries__in=entries).values_list("book", "author")
    )
    readers = _grouped(
        Recording.objects.filter(book__series_entries__in=entries, narrators__isnull=False).values_list(
            "book", "narrators"
        )
    )
    heard = _owned_by_narrator()
    rows = Series.objects.in_bulk(list(books))
    names = _Names(authors, readers)
    found = []
    for pk, its in books.items():
        by = list(dict.fromkeys(author for book in sorted(its) for author in sorted(authors.get(book, ()))))
        read_by = {reader for book in its for reader in readers.get(book, ())}
        reasons = [*_for_authors(by, known, names), *_for_narrators(read_by, heard, names)]
        if reasons and pk in rows:
            found.append(_told(rows[pk], by=", ".join(names.author(one) for one in by), books=len(its), why=reasons))
    return found


def _for_authors(by: Iterable[int], known: Counter[int], names: "_Names") -> list[Reason]:
    return [
        Reason(
            f"You own {_several(known[author], 'book')} by {names.author(author)} and none of this series",
            AUTHOR_POINTS * min(known[author], MOST_COUNTED),
        )
        for author in sorted((one for one in by if known[one]), key=lambda one: (-known[one], one))[:MOST_NAMED]
    ]


def _for_narrators(read_by: Iterable[int], heard: Counter[int], names: "_Names") -> list[Reason]:
    known = [reader for reader in read_by if heard[reader] >= MANY_READ]
    return [
        Reason(
            f"Read by {names.narrator(reader)}, of whom you own {heard[reader]} books",
            NARRATOR_POINTS * min(heard[reader], MOST_COUNTED),
        )
        for reader in sorted(known, key=lambda reader: (-heard[reader], reader))[:MOST_NAMED]
    ]


def _owned_by_narrator() -> Counter[int]:
    """How many books are owned in a performance by each narrator."""
    copies = Edition.objects.present().filter(recording=OuterRef("recording"))
    read = Recording.narrators.through.objects.filter(Exists(copies)).order_by()
    return Counter(dict(read.values_list("narrator").annotate(count=Count("recording__book", distinct=True))))


def _authors(known: Counter[int], least: int) -> list[Recommendation]:
    """Authors of whom nothing is owned, and who stand beside authors, or in series, of which several books are."""
    present = Coverage.objects.present().filter(book__authors=OuterRef("pk"))
    unknown = Author.objects.filter(~Exists(present), monitor_chosen_at__isnull=True, not_interested__isnull=True)
    through = Book.authors.through.objects
    wrote = _grouped(through.filter(author__in=unknown).values_list("author", "book"))
    beside = _grouped(
        through.filter(book__authors__in=unknown).exclude(author__in=unknown).values_list("book", "author")
    )
    places = SeriesEntry.objects.filter(book__authors__in=unknown).order_by()
    series = _grouped(places.values_list("book", "series"))
    held = dict(
        SeriesEntry.objects.main()
        .owned()
        .filter(series__in=places.values("series"))
        .order_by()
        .values_list("series")
        .annotate(count=Count("pk"))
    )
    obtainable = set(Book.objects.obtainable().filter(authors__in=unknown).order_by().values_list("pk", flat=True))
    rows, titles = Author.objects.in_bulk(list(wrote)), Series.objects.in_bulk(list(held))
    names = _Names(beside, {})
    found = []
    for pk, books in wrote.items():
        with_whom = Counter(author for book in books for author in beside.get(book, ()) if known[author])
        in_series = Counter(one for book in books for one in series.get(book, ()) if held.get(one, 0) >= least)
        together = [_together(count, names.author(one), known[one]) for one, count in with_whom.most_common(MOST_NAMED)]
        shared = [_shared(count, titles[one], held[one]) for one, count in in_series.most_common(MOST_NAMED)]
        if (together or shared) and pk in rows and books & obtainable:
            found.append(_told(rows[pk], by="", books=len(books & obtainable), why=[*together, *shared]))
    return found


def _together(count: int, name: str, owned: int) -> Reason:
    words = f"Wrote {_several(count, 'book')} with {name}, of whom you own {owned}"
    return Reason(words, TOGETHER_POINTS * min(owned, MOST_COUNTED))


def _shared(count: int, series: Series, owned: int) -> Reason:
    words = f"Wrote {_several(count, 'book')} of {series}, of which you own {owned}"
    return Reason(words, SERIES_POINTS * min(owned, MOST_COUNTED))


class _Names:
    """The names of the people that reasons mention, read in two queries."""

    def __init__(self, authors: dict[int, set[int]], narrators: dict[int, set[int]]) -> None:
        self._authors = dict(
            Author.objects.filter(pk__in=set().union(*authors.values())).order_by().values_list("pk", "name")
        )
        self._narrators = dict(
            Narrator.objects.filter(pk__in=set().union(*narrators.values())).order_by().values_list("pk", "name")
        )

    def author(self, pk: int) -> str:
        """An author's name."""
        return self._authors.get(pk, "somebody")

    def narrator(self, pk: int) -> str:
        """A narrator's name."""
        return self._narrators.get(pk, "somebody")


def _told(subject: Subject, *, by: str, books: int, why: Iterable[Reason]) -> Recommendation:
    return Recommendation(
        kind=str(subject._meta.model_name),
        pk=subject.pk,
        name=subject.name,
        url=subject.get_absolute_url(),
        by=by,
        books=books,
        reasons=tuple(sorted(why, key=lambda reason: -reason.points)),
    )


def _grouped(pairs: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    grouped: dict[int, set[int]] = defaultdict(set)
    for key, value in pairs:
        grouped[key].add(value)
    return grouped


def _several(count: int, thing: str) -> str:
    return f"{count} {thing}{'s' * (count != 1)}"


def _audit(by: User | None, action: str, subject: Subject) -> None:
    AuditEntry.objects.create(user=by, action=f"{subject._meta.model_name}.{action}", subject=str(subject)[:200])
