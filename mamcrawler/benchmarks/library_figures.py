"""The statistics and the hygiene report of a large library: taking stock, and the pages that show it."""

import argparse
import random
from collections.abc import Callable
from itertools import islice
from statistics import quantiles

from django.db import connection, transaction

from library.models import AudioFile, Edition, HygieneMark
from library.services import hygiene, rows, statistics
from mamcrawler.benchmarks import library_pages, library_rows
from mamcrawler.benchmarks.library_pages import CLIENTS, REQUESTS, WARMING
from mamcrawler.benchmarks.measuring import Figure, Measured, seconds
from mamcrawler.benchmarks.page_targets import Target
from mamcrawler.benchmarks.serving import served
from mamcrawler.operations.models import User

BATCH = 500
CHECKED = ("no-chapters", "wrong-folder")
"""A check that the database makes, and one that reads names."""
PAGES = (
    ("page", "statistics", "/library/statistics/"),
    ("api", "statistics", "/api/v1/statistics"),
    ("page", "hygiene", "/library/hygiene/"),
    ("api", "hygiene", "/api/v1/hygiene"),
)
P99_MS, STATISTICS_S, LOOK_S = 100, 5, 60


def run(options: argparse.Namespace) -> Measured:
    """Fill a library with copies in all conditions, look at it twice, and measure the pages."""
    library_rows.fill(options.books)
    spoil()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    figures = [
        Figure("statistics worked out", seconds(statistics.take), "s", STATISTICS_S),
        Figure("first look at every copy", seconds(hygiene.look), "s", LOOK_S),
        Figure("look again, nothing changed", seconds(hygiene.look), "s", LOOK_S),
    ]
    conditions = {
        "database": connection.vendor,
        "books": options.books,
        "copies": Edition.objects.count(),
        "marks": HygieneMark.objects.count(),
    }
    measured = Measured("library_figures", conditions, figures)
    person = User.objects.create(username="reader", role=User.Role.OWNER)
    bare = {target.name: library_pages.bare(person, target) for target in targets()}
    connection.close()
    with served(library_pages.signed_in(person)) as server:
        for target in targets():
            took = server.ask(target, clients=CLIENTS, requests=REQUESTS, warming=WARMING)
            alone = bare[target.name]
            figures.append(
                Figure(f"{target.name}: p99", quantiles(took, n=100)[-1], "ms", P99_MS, alone.ms, is_absolute=True)
            )
            conditions[f"{target.name}: queries"] = alone.queries
    return measured


def targets() -> list[Target]:
    """The pages and their twins in the API."""
    shown = [Target(f"{kind} {name}", _asking(path)) for kind, name, path in PAGES]
    for name in CHECKED:
        shown.append(Target(f"page {name}", _paging(f"/library/hygiene/{name}/?page=", 1, 5)))
        shown.append(Target(f"api {name}", _paging(f"/api/v1/hygiene/{name}?offset=", 0, 200)))
    return shown


def _asking(path: str) -> Callable[[random.Random], str]:
    return lambda _: path


def _paging(path: str, first: int, last: int) -> Callable[[random.Random], str]:
    return lambda chance: f"{path}{chance.randint(first, last)}"


def spoil(*, seed: int = 11) -> None:
    """Give the copies full metadata, files and sizes, and of some take something away."""
    chance = random.Random(seed)
    editions = Edition.objects.order_by("pk").prefetch_related(
        "coverages__book__authors", "coverages__book__recordings"
    )
    every = editions.iterator(chunk_size=BATCH)
    while batch := list(islice(every, BATCH)):
        with transaction.atomic():
            files = [file for edition in batch for file in _spoilt(edition, chance)]
            rows.update(
                batch,
                [
                    "metadata",
                    "path",
                    "recording",
                    "duration_s",
                    "size_bytes",
                    "bitrate_kbps",
                    "chapter_count",
                    "has_cover",
                    "added_at",
                ],
            )
            AudioFile.objects.bulk_create(files)


def _spoilt(edition: Edition, chance: random.Random) -> list[AudioFile]:
    book = edition.coverages.all()[0].book
    authors = [author.name for author in book.authors.all()]
    full = {
        "title": edition.title,
        "subtitle": "",
        "authors": authors,
        "narrators": ["A Narrator"],
        "series": [],
        "genres": ["Fantasy"],
        "published_year": "2001",
        "publisher": "A Publisher",
        "description": "A story that goes on. " * chance.randint(10, 60),
        "asin": f"B{edition.pk:09}",
        "isbn": "",
        "language": book.language,
    }
    lost = {name: type(full[name])() for name in full if name not in ("title", "authors") and chance.random() < 0.15}
    edition.metadata = full | lost
    edition.path = f"{authors[0] if chance.random() < 0.95 else 'Various'}/{edition.title} {edition.pk}"
    if chance.random() < 0.9:
        edition.recording = book.recordings.all()[0]
        edition.duration_s = (edition.recording.runtime_s or 0) * chance.choice((1.3, *[1.001] * 30))
    edition.bitrate_kbps = chance.choice((32, 62, 64, 64, 96, 125, 128, 256))
    edition.size_bytes = int((edition.duration_s or 0) * edition.bitrate_kbps * 125)
    edition.chapter_count, edition.has_cover = chance.choice((0, 12, 40)), chance.random() < 0.9
    edition.added_at = edition.added_at.replace(year=chance.randint(2015, 2025), month=chance.randint(1, 12), day=1)
    return [
        AudioFile(edition=edition, position=at, path=f"{at}.m4b", duration_s=chance.choice((None, *[600.0] * 99)))
        for at in range(1, chance.choice((2, 2, 4)))
    ]
