"""Working out what is missing in a large library, with the gap that each missing book stands in."""

import argparse
import random
from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F

from library.models import Author, Book, Coverage, Edition, Exclusion, Series, SeriesEntry, Shelf
from library.services import GapFacts, gap_facts, gaps_of
from library.services.cards import Card, cards
from mamcrawler.benchmarks.measuring import Figure, Measured, seconds
from mamcrawler.lib import clock

SEED = 28
SERIES_AN_AUTHOR = 3
ROUNDS = 5
A_PAGE = 50
BATCH = 2_000


def run(options: argparse.Namespace) -> Measured:
    """Fill a library of this size, then take the slowest of some rounds of each question."""
    fill(books=options.books, series=options.series)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # a PostgreSQL server does so by itself within the minute
    counted = slowest(lambda: Book.objects.missing().count())
    told = slowest(gap_facts)
    paged = slowest(_page)
    ranked = slowest(lambda: list(Series.objects.incomplete().order_by(F("gap").desc(), "name", "pk")[:A_PAGE]))
    conditions = {
        "books": Book.objects.count(),
        "series": Series.objects.count(),
        "owned": Coverage.objects.count(),
        "missing": Book.objects.missing().count(),
        "rounds": ROUNDS,
        "database": connection.vendor,
    }
    return Measured(
        "missing",
        conditions,
        [
            Figure("all missing books with the gap of each", told, "s", 1.0),
            Figure("how many books are missing", counted, "s", 1.0),
            Figure("a page of missing books with the gap of each", paged, "s", 1.0),
            Figure("the series of which most is missing", ranked, "s", 1.0),
        ],
    )


def _page() -> tuple[dict[int, Card], dict[int, GapFacts]]:
    keys = list(Book.objects.missing().not_looked_for().values_list("pk", flat=True)[:A_PAGE])
    return cards(keys, with_wants=True), gaps_of(keys)


def slowest(work: Callable[[], object]) -> float:
    """The longest of some rounds, after one that is not counted."""
    return max([seconds(work) for _ in range(ROUNDS + 1)][1:])


@transaction.atomic
def fill(*, books: int, series: int) -> None:
    """Make a library of which about six tenths are owned, with all that is no missing book mixed in."""
    chance = random.Random(SEED)
    shelf = Shelf.objects.create(kind=Shelf.Kind.FOLDER, name="Benchmark", path="/srv/benchmark")
    authors = Author.objects.bulk_create(
        [Author(name=f"Author {n}", key=f"author {n}") for n in range(max(1, series // SERIES_AN_AUTHOR))], BATCH
    )
    runs = Series.objects.bulk_create([Series(name=f"Series {n}", key=f"series {n}") for n in range(series)], BATCH)
    made = Book.objects.bulk_create([_book(number, chance) for number in range(books)], BATCH)
    writing = Author.books.through
    writing.objects.bulk_create(
        [
            writing(book=book, author=authors[(n % series) // SERIES_AN_AUTHOR % len(authors)])
            for n, book in enumerate(made)
        ],
        BATCH,
    )
    SeriesEntry.objects.bulk_create(
        [
            SeriesEntry(series=runs[n % series], book=book, position=str(at), start=at, end=at)
            for n, book in enumerate(made)
            for at in (n // series + 1,)
        ],
        BATCH,
    )
    owned = [book for book in made if chance.random() < 0.6]
    copies = [Edition(shelf=shelf, title=book.title, path=f"books/{book.pk}") for book in owned]
    editions = Edition.objects.bulk_create(copies, BATCH)
    Coverage.objects.bulk_create(
        [Coverage(edition=edition, book=book) for edition, book in zip(editions, owned, strict=True)], BATCH
    )
    Exclusion.objects.bulk_create([Exclusion(book=book) for book in made if chance.random() < 0.01], BATCH)


def _book(number: int, chance: random.Random) -> Book:
    title = f"Book {number}"
    book = Book(title=title, key=title.casefold(), sort_title=title.casefold(), is_monitored=chance.random() < 0.95)
    book.released_on = clock.now().date() + timedelta(days=chance.randint(-9_000, 300))
    book.has_audio = chance.choices(Book.HasAudio.values, weights=[80, 5, 15])[0]
    return book
