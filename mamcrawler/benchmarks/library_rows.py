"""A library made up for measuring: as many books as asked for, with everything that pages show of them."""

import hashlib
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice

from django.db import transaction

from acquisition.models import Want
from library.models import (
    AudioFile,
    Author,
    Book,
    Cover,
    Coverage,
    Edition,
    Narrator,
    Recording,
    Series,
    SeriesEntry,
    Shelf,
)
from library.search.documents import sort_title

CONSONANTS, VOWELS = "bcdfghjklmnprstvwz", "aeiou"
COMMON = ("the", "of", "shadow", "king")
"""Words of very many titles; the first stands in two of five."""
BATCH = 5_000


def words(count: int, chance: random.Random) -> list[str]:
    """So many different words that can be spoken."""
    made: dict[str, None] = {}
    while len(made) < count:
        syllables = chance.randint(2, 4)
        made["".join(chance.choice(CONSONANTS) + chance.choice(VOWELS) for _ in range(syllables)) + "n"] = None
    return list(made)


def fill(books: int, *, seed: int = 7) -> None:
    """Put a library into an empty database: a tenth as many series, six of ten books owned, two missing.

    Of the rest one is announced and one not monitored.
    """
    chance = random.Random(seed)
    known = words(30_000, chance)
    with transaction.atomic():
        authors = _people(Author, books // 12 or 1, known, chance)
        narrators = _people(Narrator, books // 25 or 1, known, chance)
        series = [
            Series(name=f"{_title(known, chance)} {number}", key=f"series {number}")
            for number in range(books // 10 or 1)
        ]
        _create(Series, iter(series))
        made = list(_books(books, known, chance))
        _create(Book, iter(made))
        through = Book.authors.through
        _create(through, (through(book_id=book.pk, author_id=chance.choice(authors)) for book in made))
        _create(SeriesEntry, _entries(made, series))
        _perform(made, narrators, chance)
        _own(made, chance)
        _want(made)


def _people(model: type[Author] | type[Narrator], count: int, known: Sequence[str], chance: random.Random) -> list[int]:
    names = [f"{chance.choice(known)} {chance.choice(known)}".title() for _ in range(count)]
    rows = [model(name=name, key=f"{name.lower()} {number}") for number, name in enumerate(names)]
    _create(model, iter(rows))
    return [row.pk for row in rows]


def _books(count: int, known: Sequence[str], chance: random.Random) -> Iterator[Book]:
    for number in range(count):
        title = _title(known, chance)
        yield Book(
            title=title,
            key=title.lower(),
            sort_title=sort_title(title),
            language=chance.choice(("English", "English", "English", "German", "French")),
            released_on=date(1950, 1, 1) + timedelta(days=chance.randrange(27_000)),
            is_announced=number % 10 == 9,
            is_monitored=number % 10 != 8,
        )


def _title(known: Sequence[str], chance: random.Random) -> str:
    rare = [chance.choice(known) for _ in range(chance.randint(1, 3))]
    common = [COMMON[0]] if chance.random() < 0.4 else []
    common += [chance.choice(COMMON[1:])] if chance.random() < 0.3 else []
    return " ".join([*common, *rare]).title()


def _entries(books: Sequence[Book], series: Sequence[Series]) -> Iterator[SeriesEntry]:
    for number, book in enumerate(books):
        if number % 5:  # one of five stands alone
            place = number % len(series)
            position = number // len(series) + 1
            yield SeriesEntry(series=series[place], book=book, position=str(position), start=position, end=position)


def _perform(books: Sequence[Book], narrators: Sequence[int], chance: random.Random) -> None:
    recordings = [
        Recording(book=book, asin=f"B{book.pk:09}", runtime_s=chance.randint(7_200, 144_000), language=book.language)
        for book in books
    ]
    _create(Recording, iter(recordings))
    through = Recording.narrators.through
    _create(through, (through(recording_id=row.pk, narrator_id=chance.choice(narrators)) for row in recordings))


def _own(books: Sequence[Book], chance: random.Random) -> None:
    shelf = Shelf.objects.create(kind=Shelf.Kind.FOLDER, name="Audiobooks", path="/srv/audiobooks")
    owned = [book for number, book in enumerate(books) if number % 10 < 6]
    editions = [
        Edition(
            shelf=shelf,
            path=f"{book.pk}",
            title=book.title,
            metadata={"title": book.title, "description": "A story. " * 40},
            audio_format=chance.choice(("m4b", "m4b", "mp3")),
            duration_s=chance.randint(7_200, 144_000),
        )
        for book in owned
    ]
    _create(Edition, iter(editions))
    pairs = zip(owned, editions, strict=True)
    _create(Coverage, (Coverage(book=book, edition=edition) for book, edition in pairs))
    _create(AudioFile, _files(editions))
    _create(Cover, (_cover(edition) for number, edition in enumerate(editions) if number % 10))


def _files(editions: Sequence[Edition]) -> Iterator[AudioFile]:
    """One file of most copies, and one an hour of each fourth."""
    for number, edition in enumerate(editions):
        count = 1 if number % 4 else int(edition.duration_s or 0) // 3_600
        for position in range(1, count + 1):
            yield AudioFile(
                edition=edition,
                position=position,
                path=f"{position:02}.{edition.audio_format}",
                inode=f"{edition.pk}{position:02}",
                size_bytes=40_000_000,
                duration_s=(edition.duration_s or 0) / count,
                bitrate_kbps=64,
                codec="aac",
            )


def _cover(edition: Edition) -> Cover:
    """A picture that no page looks for: only its address is told."""
    digest = hashlib.md5(str(edition.pk).encode(), usedforsecurity=False).hexdigest()
    return Cover(edition=edition, status=Cover.Status.READY, digest=digest, width=1_000, height=1_000, source="file")


def _want(books: Sequence[Book]) -> None:
    """Look for all missing books but each tenth, which the next run would put into the queue."""
    missing = [book for number, book in enumerate(books) if number % 10 in (6, 7) and number % 100 != 7]
    counted = {"missing_in_series": 3, "owned_in_series": 5, "missing_of_author": 9}
    wants = (
        Want(
            book=book,
            priority=priority,
            priority_policy="nearly complete first",
            priority_parts={"phase": 1, "series_rank": len(missing) - priority, **counted},
        )
        for priority, book in enumerate(missing)
    )
    _create(Want, wants)


def _create(model: type, rows: Iterator[object]) -> None:
    while batch := list(islice(rows, BATCH)):
        model.objects.bulk_create(batch)  # type: ignore[attr-defined] # every model has it
