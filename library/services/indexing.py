"""Keeping what the search knows of books in step with the books, batch by batch."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from library import search
from library.models import Book, BookQuerySet, SearchDocument, SearchWord
from library.search.correcting import ENDS
from library.search.documents import Document, facet_parts
from library.services.documenting import documents_of
from mamcrawler.lib import clock

log = structlog.get_logger(__name__)

Beat = Callable[[], object]
BATCH = 250
"""So many books at once keep a write well under a tenth of a second."""
_CHANGEABLE = ["words", "facets", "year", "minutes", "digest", "is_stale", "indexed_at"]


def mark_stale(*, books: Iterable[int] = (), editions: Iterable[int] = ()) -> None:
    """Note that books, or those that editions contain, changed: the next `catch_up` reads them again.

    A book that is new needs no note: it has no document yet. Costs one query for each kind of key.
    """
    if book_keys := list(books):
        SearchDocument.objects.filter(pk__in=book_keys).update(is_stale=True)
    if edition_keys := list(editions):
        contained = Book.objects.filter(coverages__edition__in=edition_keys).values("pk")
        SearchDocument.objects.filter(pk__in=contained).update(is_stale=True)


def refresh(books: Iterable[int]) -> int:
    """Read books again at once; returns how many had changed. Safe to repeat."""
    keys = iter(sorted(set(books)))
    return sum(_refresh(batch) for batch in iter(lambda: list(islice(keys, BATCH)), []))


def catch_up(beat: Beat = lambda: None) -> int:
    """Read all books that are new or marked; returns how many. Cut anywhere, the next call goes on."""
    count, last = 0, 0
    while batch := list(waiting().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        _refresh(batch)
        count, last = count + len(batch), batch[-1]
        beat()
    return count


def waiting() -> BookQuerySet:
    """Books that the search does not know as they are now."""
    documents = SearchDocument.objects.filter(pk=OuterRef("pk"))
    stale = SearchDocument.objects.filter(is_stale=True).values("pk")
    return Book.objects.filter(~Exists(documents) | Q(pk__in=stale))


def repair(beat: Beat = lambda: None) -> int:
    """Compare every book with what the search knows of it, and put right what differs; returns how many did.

    The counts of words are taken anew as well. What a day brings by itself, such as a book that is out now, is found
    here too.
    """
    repaired, last = 0, 0
    counted: Counter[tuple[str, str]] = Counter()
    while batch := list(Book.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        repaired += _refresh(batch)
        for words, facets in SearchDocument.objects.filter(pk__in=batch).values_list("words", "facets"):
            counted.update(_counted(words, facets))
        last = batch[-1]
        beat()
    _recount(counted)
    return repaired


@transaction.atomic
def _refresh(books: Sequence[int]) -> int:
    documents = documents_of(books)
    known = SearchDocument.objects.in_bulk(list(documents))
    changed = {pk: one for pk, one in documents.items() if pk not in known or known[pk].digest != one.digest}
    marked = [pk for pk, row in known.items() if row.is_stale and pk not in changed]
    SearchDocument.objects.filter(pk__in=marked).update(is_stale=False)
    _sort(documents)
    if not changed:
        return 0
    rows = [_row(pk, document) for pk, document in changed.items()]
    SearchDocument.objects.bulk_create(rows, update_conflicts=True, unique_fields=["book"], update_fields=_CHANGEABLE)
    search.engine().store(changed)
    differences: Counter[tuple[str, str]] = Counter()
    for row in rows:
        differences.update(_counted(row.words, row.facets))
        if row.pk in known:
            differences.subtract(_counted(known[row.pk].words, known[row.pk].facets))
    _count(differences)
    return len(changed)


def _row(pk: int, document: Document) -> SearchDocument:
    return SearchDocument(
        book_id=pk,
        words=" ".join(sorted(document.vocabulary())),
        facets=" ".join(document.facets),
        year=document.year,
        minutes=document.minutes,
        digest=document.digest,
        indexed_at=clock.now(),
    )


def _sort(documents: Mapping[int, Document]) -> None:
    """Give the books the title that they are sorted by and the languages they are found under, where they differ."""
    books = Book.objects.filter(pk__in=documents).order_by().only("sort_title", "languages")
    wrong, found_under = [], defaultdict(list)
    for book in books:
        document = documents[book.pk]
        if book.sort_title != document.sort_title:
            book.sort_title = document.sort_title
            wrong.append(book)
        if book.languages != document.languages:
            found_under[document.languages].append(book.pk)
    Book.objects.bulk_update(wrong, ["sort_title"])
    for languages, keys in found_under.items():
        Book.objects.filter(pk__in=keys).update(languages=languages)


def _counted(words: str, facets: str) -> Iterator[tuple[str, str]]:
    yield from (("", word) for word in words.split())
    yield from (facet_parts(token) for token in facets.split())


def _count(differences: Mapping[tuple[str, str], int]) -> None:
    """Add to the counts of words; in one order everywhere, so that two at work never wait for each other."""
    told = [
        (kind, word, number, word[:ENDS], word[-ENDS:], len(word))
        for (kind, word), number in sorted(differences.items())
        if number
    ]
    search.engine().add_counts(told)


def _recount(counted: Mapping[tuple[str, str], int]) -> None:
    """Put right the counts that differ."""
    stored = {(kind, word): count for kind, word, count in SearchWord.objects.values_list("kind", "word", "count")}
    wrong = {
        key: counted.get(key, 0) - stored.get(key, 0)
        for key in stored.keys() | counted.keys()
        if counted.get(key, 0) != stored.get(key, 0)
    }
    if wrong:
        log.info("counts of words put right", words=len(wrong))
        _count(wrong)
