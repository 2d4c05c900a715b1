"""The sandbox's catalogue: real, well-known audiobooks, read from the compact files in `data/`.

`data/README.txt` explains the format of the files. Titles, positions, people, hours and dates are those of the real
books as far as memory goes; ASINs are made from the key of the book. Beside it stand synthetic books for benchmarks,
and the example of twelve series whose totals are its own.
"""

import hashlib
import random
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from itertools import chain, product
from pathlib import Path
from typing import Literal

Kind = Literal["main", "novella", "extra"]

_DATA = Path(__file__).parent / "data"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BOOKS_A_SERIES = 10
_SERIES_AN_AUTHOR = 3
_WORDS = "synthetic_words.txt"


class CatalogueError(Exception):
    """A line of the catalogue's data files cannot be understood, or contradicts another."""


@dataclass(frozen=True)
class Performance:
    """One recording of a book as a shop sells it."""

    narrators: tuple[str, ...]
    hours: float
    asin: str
    abridged: bool
    dramatised: bool
    publisher: str
    released_on: date | None
    language: str


@dataclass(frozen=True)
class SeriesPlace:
    """Where a book stands in a series; an omnibus stands at a range such as `1-3`."""

    name: str
    position: str
    kind: Kind


@dataclass(frozen=True)
class CatalogueBook:
    """A book, every series it stands in and every recording of it.

    `released_on` is None for a book announced without a date. A book without performances either has no audio at all
    (`has_audio` is False) or is not out yet. `contains` holds the keys of the books in an omnibus.
    """

    key: str
    title: str
    subtitle: str
    authors: tuple[str, ...]
    series: tuple[SeriesPlace, ...]
    released_on: date | None
    language: str
    genres: tuple[str, ...]
    isbn: str
    description: str
    has_audio: bool
    contains: tuple[str, ...]
    performances: tuple[Performance, ...]


@dataclass(frozen=True)
class CatalogueSeries:
    """A series with its books in reading order."""

    name: str
    author: str
    books: tuple[CatalogueBook, ...]


@dataclass(frozen=True)
class Catalogue:
    """All books by key, and all series by name."""

    books: dict[str, CatalogueBook]
    series: dict[str, CatalogueSeries]


@dataclass(frozen=True)
class ExampleNumber:
    """One number of a series in the twelve-series example."""

    position: str
    title: str
    owned: bool


@dataclass(frozen=True)
class ExampleSeries:
    """A series of the twelve-series example; its totals are the example's own."""

    name: str
    author: str
    numbers: tuple[ExampleNumber, ...]

    @property
    def owned(self) -> tuple[ExampleNumber, ...]:
        """The numbers that the library has."""
        return tuple(number for number in self.numbers if number.owned)

    @property
    def missing(self) -> tuple[ExampleNumber, ...]:
        """The numbers that the library lacks."""
        return tuple(number for number in self.numbers if not number.owned)


@dataclass(frozen=True)
class _Block:
    """What the heading of a block says about each of its books."""

    series: str
    authors: tuple[str, ...]
    genres: tuple[str, ...]
    narrators: tuple[str, ...]
    publisher: str
    audio_since: date | None
    premise: str = ""


@dataclass
class _Notes:
    """The notes on one line."""

    kind: Kind = "main"
    print_only: bool = False
    contains: str = ""
    also: list[tuple[str, str]] = field(default_factory=list)
    authors: tuple[str, ...] = ()
    language: str = "en"
    isbn: str = ""
    key: str = ""


def load_catalogue(scale: int = 0, seed: int = 1) -> Catalogue:
    """The real books, and `scale` synthetic ones beside them.

    :raises CatalogueError: if a data file is wrong.
    """
    books: dict[str, CatalogueBook] = {}
    for book in chain(read_books(_DATA / "books"), synthetic(scale, seed)):
        if book.key in books:
            raise CatalogueError(f"two books have the key {book.key}")
        books[book.key] = book
    return Catalogue(books=books, series=_series_of(books.values()))


def load_twelve_series() -> tuple[ExampleSeries, ...]:
    """The example of twelve series of which a library owns some numbers, in its ranking: most missing first."""
    series: list[ExampleSeries] = []
    for where, line in _lines(_DATA / "twelve_series.txt"):
        if line.startswith("="):
            name, author = _columns(line[1:], 2, where)
            series.append(ExampleSeries(name, author, ()))
            continue
        position, ownership, title = _columns(line, 3, where)
        if ownership not in {"owned", "missing"}:
            raise CatalogueError(f"{where}: a number is owned or missing, not {ownership!r}")
        number = ExampleNumber(position, title or f"{series[-1].name} #{position}", owned=ownership == "owned")
        series[-1] = replace(series[-1], numbers=(*series[-1].numbers, number))
    return tuple(series)


def synthetic(count: int, seed: int = 1) -> tuple[CatalogueBook, ...]:
    """So many made-up books in series of ten, three series to an author; the same for the same seed."""
    if not count:
        return ()
    chance = random.Random(seed)
    words = {kind: named.split() for kind, named in (_columns(line, 2, at) for at, line in _lines(_DATA / _WORDS))}
    people = _mixed(chance, "{} {}", words["given"], words["family"])
    names = _mixed(chance, "The {} {} {}", words["colours"], words["things"], words["forms"])
    titles = _mixed(chance, "{} {}", words["colours"], words["things"])
    books: list[CatalogueBook] = []
    for series in range(-(-count // _BOOKS_A_SERIES)):
        author = _nth(people, series // _SERIES_AN_AUTHOR)
        genre = words["genres"][series % len(words["genres"])]
        reader = people[-1 - series % len(people)]
        block = _Block(_nth(names, series), (author,), (genre,), (reader,), "Synthetic Audio", None, "For benchmarks.")
        for number in range(series * _BOOKS_A_SERIES, min(count, (series + 1) * _BOOKS_A_SERIES)):
            place = number % _BOOKS_A_SERIES
            published = date(1990 + series % 20, 1, 1) + timedelta(days=300 * place + chance.randrange(200))
            key, hours = f"synthetic-{number + 1:06}", round(chance.uniform(4, 30), 1)
            line = f"{place + 1}|{_nth(titles, number)}|{published}|{hours}|key {key}"
            books.append(_book(line, block, [], key))
    return tuple(books)


@cache
def read_books(folder: Path) -> tuple[CatalogueBook, ...]:
    """The books in all data files of a folder.

    :raises CatalogueError: if a line is wrong; the message says where.
    """
    return tuple(chain.from_iterable(_books_in(path) for path in sorted(folder.glob("*.txt"))))


def _books_in(path: Path) -> list[CatalogueBook]:
    books: list[CatalogueBook] = []
    block: _Block | None = None
    opened = 0
    for where, line in _lines(path):
        if line.startswith("="):
            block, opened = _heading(line[1:], where), len(books)
        elif block is None:
            raise CatalogueError(f"{where}: a book before the first heading")
        elif line.startswith(">"):
            block = replace(block, premise=line[1:].strip())
        else:
            books.append(_book(line, block, books[opened:], where))
    return books


def _heading(text: str, where: str) -> _Block:
    series, authors, genres, narrators, publisher, since = _columns(text, 6, where)
    first_audio = _day(since, where) if since else None
    shelf = tuple(genres.split(", "))
    return _Block("" if series == "-" else series, _people(authors), shelf, _people(narrators), publisher, first_audio)


def _book(line: str, block: _Block, earlier: list[CatalogueBook], where: str) -> CatalogueBook:
    position, full_title, published, recordings, remarks, description = _columns(line, 6, where)
    if bool(block.series) != bool(position):
        raise CatalogueError(f"{where}: a book of a series has a position, and no other has")
    title, _, subtitle = full_title.partition(" :: ")
    notes = _notes(remarks, where)
    authors = notes.authors or block.authors
    key = notes.key or _slug(f"{authors[0].split()[-1]} {title}")
    released_on = None if published == "?" else _day(published, where)
    places = [(block.series, position)] if position else []
    return CatalogueBook(
        key=key,
        title=title,
        subtitle=subtitle,
        authors=authors,
        series=tuple(SeriesPlace(name, place, notes.kind) for name, place in places + notes.also),
        released_on=released_on,
        language=notes.language,
        genres=block.genres,
        isbn=notes.isbn,
        description=description or _description(block, position, authors),
        has_audio=not notes.print_only,
        contains=_contained(notes.contains, earlier, where),
        performances=tuple(
            _performance(text, block, released_on, notes.language, asin=_asin(f"{key}/{index}"), where=where)
            for index, text in enumerate(filter(None, recordings.split(" / ")))
        ),
    )


def _performance(
    text: str, block: _Block, published: date | None, language: str, *, asin: str, where: str
) -> Performance:
    hours, *words = text.strip().split(";")
    since = published and max(published, block.audio_since or published)
    abridged, dramatised = "abridged" in words, "dramatised" in words
    people, publisher = block.narrators, block.publisher
    for word in words:
        name, _, value = word.partition("=")
        if word in {"abridged", "dramatised"}:
            continue
        if re.fullmatch(r"\d{4}", word):
            since = published if published and word == str(published.year) else _day(word, where)
        elif name == "pub":
            publisher = value
        elif name == "lang":
            language = value
        else:
            people = _people(word)
    return Performance(people, float(hours), asin, abridged, dramatised, publisher, since, language)


def _notes(text: str, where: str) -> _Notes:
    notes = _Notes()
    for note in filter(None, text.split(";")):
        word, _, value = note.strip().partition(" ")
        match word:
            case "novella" | "extra":
                notes.kind = word
            case "print":
                notes.print_only = True
            case "contains":
                notes.contains, notes.kind = value, "extra"
            case "also":
                name, _, position = value.rpartition(" #")
                notes.also.append((name, position))
            case "by":
                notes.authors = _people(value)
            case "lang":
                notes.language = value
            case "isbn":
                notes.isbn = value
            case "key":
                notes.key = value
            case _:
                raise CatalogueError(f"{where}: unknown note {note!r}")
    return notes


def _contained(spec: str, earlier: list[CatalogueBook], where: str) -> tuple[str, ...]:
    """The keys of the books at positions such as `1-3,4.5`; a range means the main books alone."""
    keys: list[str] = []
    for part in filter(None, spec.split(",")):
        low, _, high = part.partition("-")
        bounds = (float(low), float(high or low))
        found = [
            book.key
            for book in earlier
            if not book.contains
            and bounds[0] <= _start(book.series[0].position) <= bounds[1]
            and (book.series[0].kind == "main" or not high)
        ]
        if not found:
            raise CatalogueError(f"{where}: nothing stands at {part}")
        keys += found
    return tuple(keys)


def _description(block: _Block, position: str, authors: tuple[str, ...]) -> str:
    if position:
        return f"Number {position} of {block.series}. {block.premise}".strip()
    return f"{block.genres[0].capitalize()} by {' and '.join(authors)}."


def _series_of(books: Iterable[CatalogueBook]) -> dict[str, CatalogueSeries]:
    members: dict[str, list[tuple[tuple[float, bool], CatalogueBook]]] = {}
    for book in books:
        for place in book.series:
            members.setdefault(place.name, []).append(((_start(place.position), bool(book.contains)), book))
    ordered = {
        name: tuple(book for _, book in sorted(found, key=lambda entry: entry[0])) for name, found in members.items()
    }
    return {name: CatalogueSeries(name, found[0].authors[0], found) for name, found in ordered.items()}


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Every line that says something, with where it stands."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            yield f"{path.name}:{number}", line


def _columns(line: str, count: int, where: str) -> list[str]:
    columns = [column.strip() for column in line.split("|")]
    if len(columns) > count:
        raise CatalogueError(f"{where}: {len(columns)} columns instead of {count}")
    return columns + [""] * (count - len(columns))


def _people(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(" & ") if name.strip())


def _day(text: str, where: str) -> date:
    """A date; a year alone means its first day."""
    try:
        return date.fromisoformat(text if "-" in text else f"{text}-01-01")
    except ValueError as error:
        raise CatalogueError(f"{where}: {text!r} is no date") from error


def _start(position: str) -> float:
    return float(position.partition("-")[0])


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _asin(text: str) -> str:
    """`B0S` and seven more characters, always the same for the same text."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    return "B0S" + "".join(_DIGITS[number // 36**power % 36] for power in range(7))


def _mixed(chance: random.Random, pattern: str, *words: list[str]) -> list[str]:
    """Every combination of the words in the pattern, shuffled."""
    combined = [pattern.format(*choice) for choice in product(*words)]
    chance.shuffle(combined)
    return combined


def _nth(names: list[str], number: int) -> str:
    """A name of the list; past its end they start again with a numeral behind."""
    lap, place = divmod(number, len(names))
    return f"{names[place]} {lap + 1}" if lap else names[place]
