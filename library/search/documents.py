"""What is searched of a book: one way of cutting text into words, for documents, queries and both databases alike.

Words are made of a-z and 0-9 alone, so that no database's own idea of letters, accents or word breaks has a say.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import TypeAlias

from library.identity.names import fold, name_key

TEXT_FIELDS = ("title", "author", "series", "narrator")
"""What a word without a field is looked for in; of identifiers only whole ones are found."""
FACETS = ("author", "series", "narrator", "format", "language", "decade", "standing")
LONGEST_WORD = 60
MOST_WORDS = 1000
"""So many words of one field are kept: no book is found by the name of its thousandth author."""
LONGEST_LANGUAGES = 200
"""So many signs of languages are kept with a book, some sixty of them."""
LONGEST_FACETS = 2_400
"""So many signs of facets are kept, of well over a hundred people: PostgreSQL takes 2,700 bytes into an index."""
_IDEOGRAPHS = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])")
_BY_HEAD = {kind[:2]: kind for kind in FACETS}
"""No two begin alike."""
_ARTICLES = frozenset({"the", "a", "an"})
_ISBN = re.compile(r"[0-9]{9}[0-9x]|[0-9]{13}")
_ASIN = re.compile(r"b0[0-9a-z]{8}")
_FIGURES_WIDTH = 6
WordCount: TypeAlias = tuple[str, str, int, str, str, int]
"""Kind, word, how many books more have it, its head, its tail, its length."""


@dataclass(frozen=True)
class Document:
    """A book as it is searched: its words by field, whole identifiers, what it is counted under, and its numbers."""

    title: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    narrator: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    year: int | None = None
    minutes: int | None = None
    sort_title: str = field(default="", compare=False)

    @property
    def digest(self) -> str:
        """Tells whether a stored document still says the same."""
        told = tuple(getattr(self, one.name) for one in fields(self))
        return hashlib.sha256(repr(told).encode()).hexdigest()[:32]

    @property
    def languages(self) -> str:
        """The codes of its languages as they are kept with the book, a space around each."""
        codes = [value for kind, value in map(facet_parts, self.facets) if kind == "language"]
        return f" {' '.join(codes)} " if codes else ""

    def vocabulary(self) -> set[str]:
        """Every word of its text fields."""
        return {*self.title, *self.author, *self.series, *self.narrator}


def words(text: str) -> list[str]:
    """The words of a text, folded: lower case, no accents or punctuation, ideographs one by one."""
    apart = _IDEOGRAPHS.sub(r" \1 ", fold(text))
    return [_plain(word)[:LONGEST_WORD] for word in apart.split()]


def words_of(values: Iterable[str]) -> tuple[str, ...]:
    """The words of all values of one field, in order."""
    return tuple(word for value in values for word in words(value))[:MOST_WORDS]


def words_of_people(names: Iterable[str]) -> tuple[str, ...]:
    """The words of names; initials are found apart and together: "J. R. R." and "JRR"."""
    return words_of(spelling for name in names for spelling in _spellings(name))


def identifier(text: str) -> str:
    """An ISBN or ASIN as compared, a short ISBN as its long form; empty if it is neither."""
    bare = re.sub(r"[\s-]", "", text).lower()
    if _ISBN.fullmatch(bare):
        return bare if len(bare) == 13 else _as_isbn_13(bare)
    return bare if _ASIN.fullmatch(bare) else ""


def facet(kind: str, value: object) -> str:
    """What a book is counted under and filtered by, as one word: author12, formatm4b."""
    return kind + "".join(words(str(value)))


def kept_facets(tokens: Iterable[str]) -> tuple[str, ...]:
    """The facets of a document, in order: of those given as many of the first as go into the index of PostgreSQL."""
    kept: set[str] = set()
    length = 0
    for token in tokens:
        length += 0 if token in kept else len(token) + 1
        if length > LONGEST_FACETS:
            break
        kept.add(token)
    return tuple(sorted(kept))


def kept_languages(codes: Iterable[str]) -> Iterator[str]:
    """The facets of languages by their codes: as many as a book keeps as well, and no title passed off as one."""
    room = LONGEST_LANGUAGES - 1
    for token in sorted({facet("language", code) for code in codes}):
        _, value = facet_parts(token)
        if value and len(value) < room:
            room -= len(value) + 1
            yield token


def facet_parts(token: str) -> tuple[str, str]:
    """The kind and the value of a facet."""
    kind = _BY_HEAD[token[:2]]
    return kind, token[len(kind) :]


def sort_title(title: str) -> str:
    """A title as sorted, the same by every database's collation: no article, no punctuation, 9 before 10."""
    told = words(title)
    kept = told[1:] if len(told) > 1 and told[0] in _ARTICLES else told
    return "0".join(re.sub(r"[0-9]+", lambda run: run[0].zfill(_FIGURES_WIDTH), word) for word in kept) or title[:60]


def _spellings(name: str) -> Iterator[str]:
    yield name
    if (together := name_key(name)) != fold(name):
        yield together


def _plain(word: str) -> str:
    if word.isascii():
        return word
    return "".join(letter if letter.isascii() else f"zq{ord(letter):05x}" for letter in word)


def _as_isbn_13(short: str) -> str:
    bare = f"978{short[:9]}"
    weighed = sum(int(figure) * (3 if index % 2 else 1) for index, figure in enumerate(bare))
    return f"{bare}{-weighed % 10}"
