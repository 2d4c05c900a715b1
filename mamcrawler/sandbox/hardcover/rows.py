"""The sandbox's catalogue as Hardcover would hold it: rows of books, editions and series."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any
from zlib import crc32

from mamcrawler.sandbox.catalogue import Catalogue, CatalogueBook, Performance, SeriesPlace
from mamcrawler.sandbox.hardcover import apocrypha
from mamcrawler.sandbox.hardcover.graphql import Row, table

LANGUAGES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
    "sv": "Swedish",
}
FIRST_BOOK, FIRST_MERGED, FIRST_TRANSLATION = 1_000_000, 2_000_000, 3_000_000
AUDIO, PRINT = 2, 1


class Rows:
    """All tables, each row made from the catalogue when asked for; ids depend on nothing but the catalogue."""

    def __init__(self, catalogue: Catalogue, duration_s: Callable[[Performance], float]) -> None:
        self.duration_s = duration_s
        self.catalogue = list(catalogue.books.values())
        self.ids = {book.key: FIRST_BOOK + number for number, book in enumerate(self.catalogue)}
        self.series_ids = {name: 5_000 + number for number, name in enumerate(catalogue.series)}
        self.series_of = catalogue.series
        self.written_by: dict[str, list[CatalogueBook]] = defaultdict(list)
        for book in self.catalogue:
            for name in book.authors:
                self.written_by[name].append(book)
        self.people = {name: 200_000 + number for number, name in enumerate(sorted(self.written_by))}

    def book(self, number: int) -> Row | None:
        """A book by id: the catalogue's, a translation that poses as one, or one that was merged away."""
        first = max((one for one in (FIRST_BOOK, FIRST_MERGED, FIRST_TRANSLATION) if one <= number), default=number)
        at = number - first
        if (found := apocrypha.named(number, self.catalogue)) is not None:
            return self._apocryphon(number, *found)
        if number >= FIRST_BOOK and at < len(self.catalogue):
            book = self.catalogue[at]
            if first == FIRST_BOOK:
                return self._book(book, number)
            if first == FIRST_MERGED and is_odd(book, "merged", 25):
                return self._book(book, number, canonical_id=FIRST_BOOK + at, users_count=3)
            if first == FIRST_TRANSLATION and book.series and is_odd(book, "translated", 15):
                return self._book(book, number, title=f"{book.title} (Spanish Edition)", users_count=5)
        return None

    def editions(self, number: int) -> list[Row]:
        """The editions of a book, by the book's id; the doubles of a book have none."""
        if (found := apocrypha.named(number, self.catalogue)) is not None:
            return [self._apocryphal_edition(number, *found)]
        is_book = FIRST_BOOK <= number < FIRST_BOOK + len(self.catalogue)
        return self._editions(self.catalogue[number - FIRST_BOOK]) if is_book else []

    @cached_property
    def series(self) -> dict[int, Row]:
        """Every series by id."""
        return {number: self._series(name, number) for name, number in self.series_ids.items()}

    @cached_property
    def _books_by_asin(self) -> dict[str, int]:
        return {one.asin: self.ids[book.key] for book in self.catalogue for one in book.performances}

    @cached_property
    def _books_by_isbn(self) -> dict[str, int]:
        return {isbn(book): self.ids[book.key] for book in self.catalogue}

    def books_for(self, given: Mapping[str, Any]) -> Iterable[Row]:
        """The books that a condition can hold for: those of the ids or the author it names, else all."""
        where = given.get("where") or {}
        wanted = _named(where.get("id"))
        authors = _named((where.get("contributions") or {}).get("author_id"))
        if wanted is None and authors is not None:
            wanted = [number for author in authors for number in self._ids_by(author)]
        numbers = wanted if wanted is not None else (one for book in self.catalogue for one in self._ids_of(book))
        return (row for number in numbers if (row := self.book(number)))

    def editions_for(self, given: Mapping[str, Any]) -> Iterable[Row]:
        """The editions that a condition can hold for: those of the books or numbers it names, else all."""
        where = given.get("where") or {}
        books = _named(where.get("book_id"))
        for name, known in (("asin", self._books_by_asin), ("isbn_13", self._books_by_isbn)):
            named = _named(where.get(name))
            if named is not None:
                books = [known[one] for one in named if one in known]
        return (row for number in (self.ids.values() if books is None else books) for row in self.editions(number))

    def _book(self, book: CatalogueBook, number: int, *, canonical_id: int | None = None, **other: Any) -> Row:
        years_only = is_odd(book, "year", 12)
        released_on = book.released_on
        values = {
            "id": number,
            "title": told_title(book),
            "subtitle": book.subtitle or None,
            "slug": slug(book.title),
            "description": None if is_odd(book, "description", 6) else book.description or None,
            "canonical_id": canonical_id,
            "compilation": bool(book.contains),
            "is_partial_book": False,
            "release_date": released_on.isoformat() if released_on and not years_only else None,
            "release_year": released_on.year if released_on else None,
            "users_count": popularity(book),
            "image": self.image(book),
            "contributions": [self._contribution(name) for name in book.authors],
            "editions": table(lambda _: self.editions(number)),
            "book_series": table(lambda _: [self.placing(book, place, number) for place in book.series]),
        }
        return Row("books", values | other)

    def _editions(self, book: CatalogueBook) -> list[Row]:
        number = self.ids[book.key]
        told = [
            self._edition(book, number * 10 + place, performance=performance)
            for place, performance in enumerate(book.performances, start=1)
        ]
        return [*told, self._edition(book, number * 10, performance=None)]

    def _edition(self, book: CatalogueBook, number: int, *, performance: Performance | None) -> Row:
        released_on = performance.released_on if performance else book.released_on
        narrators = performance.narrators if performance and not is_odd(book, "narrator", 9) else ()
        language = performance.language if performance else book.language
        publisher = performance.publisher if performance else ""
        return Row(
            "editions",
            {
                "id": number,
                "asin": performance.asin if performance else None,
                "isbn_10": None,
                "isbn_13": None if performance else isbn(book),
                "title": told_title(book),
                "subtitle": book.subtitle or None,
                "audio_seconds": round(self.duration_s(performance)) if performance else None,
                "reading_format_id": AUDIO if performance else PRINT,
                "edition_format": "Audible Audio" if performance else "Hardcover",
                "edition_information": _information(performance),
                "release_date": released_on.isoformat() if released_on else None,
                "release_year": released_on.year if released_on else None,
                "users_count": popularity(book) // (2 + number % 10),
                "image": self.image(book),
                "language": Row("languages", {"language": LANGUAGES.get(language, language)}),
                "publisher": Row("publishers", {"name": publisher}) if publisher else None,
                "contributions": [
                    *(self._contribution(name) for name in book.authors),
                    *(self._contribution(name, "Narrator") for name in narrators),
                ],
                "book_id": self.ids[book.key],
                "book": lambda _given, _path: self.book(self.ids[book.key]),
            },
        )

    def _series(self, name: str, number: int) -> Row:
        known = self.series_of[name]
        author = known.author
        main = [place for book in known.books for place in book.series if place.name == name and place.kind == "main"]
        return Row(
            "series",
            {
                "id": number,
                "name": name,
                "slug": slug(name),
                "description": None,
                "books_count": len(known.books),
                "primary_books_count": len(main),
                "is_completed": all(book.released_on for book in known.books),
                "canonical_id": None,
                "author": Row("authors", {"id": self.people.get(author), "name": author}) if author else None,
                "book_series": table(lambda _: self._places(name)),
            },
        )

    def _places(self, name: str) -> list[Row]:
        return [
            self.placing(book, place, posing)
            for book in self.series_of[name].books
            for place in book.series
            if place.name == name
            for posing in self._ids_of(book)
        ]

    def _ids_of(self, book: CatalogueBook) -> list[int]:
        """The book's own id and those of its merged and translated doubles."""
        at = self.ids[book.key] - FIRST_BOOK
        return [one + at for one in (FIRST_BOOK, FIRST_MERGED, FIRST_TRANSLATION) if self.book(one + at)]

    def _ids_by(self, author: int) -> list[int]:
        """The ids of all that is filed under an author: books, their doubles, and what is derived from them."""
        name = next((name for name, number in self.people.items() if number == author), "")
        books = self.written_by.get(name, [])
        extras = [
            apocrypha.number_of(kind, self.ids[book.key] - FIRST_BOOK)
            for book in books
            for kind in apocrypha.kinds_of(book)
        ]
        return [number for book in books for number in self._ids_of(book)] + extras

    def _apocryphon(self, number: int, book: CatalogueBook, kind: str) -> Row:
        extra = apocrypha.derived(book, kind)
        values = {
            "title": extra.title,
            "subtitle": extra.subtitle or None,
            "slug": slug(extra.title),
            "users_count": popularity(book) // 20,
            "contributions": [self._contribution(name) for name in extra.authors],
            "editions": table(lambda _: self.editions(number)),
            "book_series": table(lambda _: []),
        }
        return Row("books", dict(self._book(book, number)) | values)

    def _apocryphal_edition(self, number: int, book: CatalogueBook, kind: str) -> Row:
        extra = apocrypha.derived(book, kind)
        values = {
            "id": number * 10 + 1,
            "asin": None,
            "isbn_13": None,
            "title": extra.title,
            "subtitle": extra.subtitle or None,
            "audio_seconds": round(extra.hours * 3600),
            "reading_format_id": AUDIO,
            "edition_format": "Audible Audio",
            "edition_information": extra.edition_information,
            "users_count": popularity(book) // 40,
            "language": Row("languages", {"language": extra.language}),
            "publisher": None,
            "contributions": [
                *(self._contribution(name) for name in extra.authors),
                *(self._contribution(name, "Narrator") for name in extra.narrators),
            ],
            "book_id": number,
            "book": lambda _given, _path: self.book(number),
        }
        return Row("editions", dict(self._edition(book, number * 10 + 1, performance=None)) | values)

    def placing(self, book: CatalogueBook, place: SeriesPlace, number: int) -> Row:
        """The row of a book's place in a series, for the book itself or one of its doubles."""
        start = re.match(r"\d+(\.\d+)?", place.position)
        position = float(start[0]) if start else None
        return Row(
            "book_series",
            {
                "position": int(position) if position is not None and position.is_integer() else position,
                "details": place.position or None,
                "featured": place == book.series[0],
                "compilation": bool(book.contains),
                "series": lambda _given, _path: self.series[self.series_ids[place.name]],
                "book": lambda _given, _path: self.book(number),
            },
        )

    def _contribution(self, name: str, part: str | None = None) -> Row:
        number = self.people.get(name) or 300_000 + crc32(name.encode()) % 100_000
        author = Row("authors", {"id": number, "name": name, "slug": slug(name)})
        return Row("contributions", {"contribution": part, "author_id": number, "author": author})

    def image(self, book: CatalogueBook) -> Row | None:
        """The cover, which some books lack."""
        if is_odd(book, "cover", 8):
            return None
        url = f"https://assets.hardcover.app/editions/{self.ids[book.key]}/example.jpg"
        return Row("images", {"url": url, "width": 659, "height": 1000, "color": "#171a21"})


def is_odd(book: CatalogueBook, what: str, one_in: int) -> bool:
    """Say whether a book is among those that this fault of the data befalls: always the same ones."""
    return crc32(f"hardcover {what} {book.key}".encode()) % one_in == 0


def popularity(book: CatalogueBook) -> int:
    """How many people keep the book in their lists."""
    return 200 + crc32(book.key.encode()) % 20_000


def told_title(book: CatalogueBook) -> str:
    """The title, in some cases with its subtitle or its series run into it."""
    if is_odd(book, "title", 20) and (book.subtitle or book.series):
        return f"{book.title}: {book.subtitle or book.series[0].name}"
    return book.title


def isbn(book: CatalogueBook) -> str:
    """The book's ISBN, or one made from its key with a right check digit."""
    if book.isbn:
        return book.isbn
    body = f"978{crc32(book.key.encode()) % 1_000_000_000:09d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"


def slug(text: str) -> str:
    """A name as it stands in an address."""
    return "-".join(words(text))


def words(text: str) -> list[str]:
    """Lower-case words without accents, each once."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return list(dict.fromkeys(re.findall(r"[a-z0-9]+", plain.replace("'", ""))))


def _information(performance: Performance | None) -> str | None:
    if performance is None:
        return None
    said = [
        word for word, is_so in (("Abridged", performance.abridged), ("Dramatized", performance.dramatised)) if is_so
    ]
    return ", ".join(said) or ("Unabridged" if performance.narrators else None)


def _named(condition: Mapping[str, Any] | None) -> list[Any] | None:
    """The values that a condition names outright, or None when it names none."""
    if condition and "_in" in condition:
        return list(dict.fromkeys(condition["_in"]))
    return [condition["_eq"]] if condition and "_eq" in condition else None
