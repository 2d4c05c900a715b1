"""What people file under an author besides the books: summaries, dramatisations, box sets and translations.

Each comes with an audio edition, as such things do, and none of them is a book that could be missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

from mamcrawler.sandbox.catalogue import CatalogueBook

FIRST = 4_000_000
EACH = 1_000_000
_SUMMARIST = "Swift Reads"


@dataclass(frozen=True)
class Apocryphon:
    """An entry that is derived from a book."""

    title: str
    subtitle: str
    authors: tuple[str, ...]
    narrators: tuple[str, ...]
    language: str
    hours: float
    edition_information: str | None = None


def number_of(kind: str, place: int) -> int:
    """The id of what is derived from the book at this place of the catalogue."""
    return FIRST + list(_KINDS).index(kind) * EACH + place


def kinds_of(book: CatalogueBook) -> list[str]:
    """Which kinds there are of a book: always the same."""
    return [kind for kind, one_in in _KINDS.items() if _fits(book, kind) and _lot(book, kind) % one_in == 0]


def derived(book: CatalogueBook, kind: str) -> Apocryphon:
    """What of this kind is derived from a book."""
    match kind:
        case "summary":
            subtitle = f"A Guide to {book.authors[0]}'s Book"
            authors = (_SUMMARIST, *book.authors[:1])
            return Apocryphon(f"Summary of {book.title}", subtitle, authors, ("Mark Plain",), "English", 0.6)
        case "dramatisation":
            return Apocryphon(
                f"{book.title} (Dramatized Adaptation)", "", book.authors, ("Full Cast",), "English", 6.0, "Dramatized"
            )
        case "set":
            return Apocryphon(f"{book.series[0].name} Boxed Set", "", book.authors, ("Mark Plain",), "English", 60.0)
    return Apocryphon(f"{book.title}: Edición en español", "", book.authors, ("Juan Claro",), "Spanish", 11.0)


def named(number: int, catalogue: list[CatalogueBook]) -> tuple[CatalogueBook, str] | None:
    """The book and the kind that an id is about, if there is such a thing."""
    kind, place = divmod(number - FIRST, EACH)
    if not 0 <= kind < len(_KINDS) or place >= len(catalogue):
        return None
    name = list(_KINDS)[kind]
    return (catalogue[place], name) if name in kinds_of(catalogue[place]) else None


_KINDS: Mapping[str, int] = {"summary": 7, "dramatisation": 9, "set": 1, "translation": 8}
"""One of so many books has it; every series of which a first book is known has a set."""


def _fits(book: CatalogueBook, kind: str) -> bool:
    is_heard = bool(book.performances) and not book.contains and book.language == "en"
    return is_heard and (kind != "set" or bool(book.series and book.series[0].position == "1"))


def _lot(book: CatalogueBook, kind: str) -> int:
    return crc32(f"hardcover {kind} {book.key}".encode())
