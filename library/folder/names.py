"""What the names of folders and files say, by Audiobookshelf's conventions.

A book lies in `Author/Series/Title`, `Author/Title` or `Title`; the name of its own folder may hold, besides the title,
an ASIN in brackets, narrators in braces, a place in the series and a year.
See https://www.audiobookshelf.org/docs#book-directory-structure
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from library.facts import Credit, SeriesPlace

_ASIN = re.compile(r"(?:^| )\[([A-Z0-9]{10})\](?= |$)")
_NARRATORS = re.compile(r"^(?P<title>.*) \{(?P<narrators>[^{}]*)\}$")
_SEQUENCE = re.compile(
    r"^(?P<label>vol\.? |volume |book )?(?P<number>\d{1,3}(?:\.\d{1,2})?)(?P<dot>\.?)(?: (?P<rest>.*))?$",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"^ *\(?(?P<year>\d{4})\)? *- *(?P<title>.+)$")
_YEAR_LAST = re.compile(r"^(?P<title>.+?) *[(\[](?P<year>\d{4})[)\]]$")
_DISC = re.compile(r"^(?:cd|dis[ck])[ ._-]*(?P<number>\d{1,3})$", re.IGNORECASE)
_ABRIDGED = re.compile(r"\s*[(\[](?P<un>un)?abridged[)\]]", re.IGNORECASE)
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _Named:
    rest: str
    found: str | None


def facts_in_path(rel_path: str, *, is_file: bool = False) -> dict[str, Any]:
    """Read the facts that an item's path below the library's root tells, as fields of `ItemFacts`."""
    *above, own = PurePosixPath(rel_path).parts
    if is_file:
        own = PurePosixPath(own).stem
    series = above.pop() if len(above) > 1 else None
    author = above.pop() if above else None

    asin = _cut(_ASIN, own)
    narrators = _narrators(asin.rest)
    sequence = _sequence(narrators.rest) if series else _Named(narrators.rest, None)
    title, abridged = without_abridged(sequence.rest)
    year = _YEAR_FIRST.match(title) or _YEAR_LAST.match(title)
    return {
        "title": (year["title"] if year else title) or own,
        "authors": tuple(Credit(name) for name in people(author or "")),
        "narrators": people(narrators.found or ""),
        "series": (SeriesPlace(series, sequence.found),) if series else (),
        "published_year": year["year"] if year else None,
        "asin": asin.found,
        "abridged": abridged,
    }


def people(text: str) -> tuple[str, ...]:
    """Split names as people write them in a row; "Verne, Jules" is one name."""
    names: list[str] = []
    for part in re.split(r"\s*(?:;|&|\band\b)\s*", text):
        pieces = [piece.strip() for piece in part.split(",") if piece.strip()]
        if len(pieces) == 2 and " " not in pieces[0]:
            pieces = [f"{pieces[1]} {pieces[0]}"]
        names += pieces
    return tuple(dict.fromkeys(names))


def without_abridged(title: str) -> tuple[str, bool | None]:
    """Take "(Unabridged)" or "[Abridged]" off a title; the second value is None when it says neither."""
    match = _ABRIDGED.search(title)
    if match is None:
        return title.strip(), None
    return _ABRIDGED.sub("", title).strip(), match["un"] is None


def disc_number(folder: str) -> int | None:
    """Tell which disc of a book a subfolder holds; None when its name is not one of a disc."""
    match = _DISC.match(folder.strip())
    return int(match["number"]) if match else None


def natural_key(text: str) -> list[tuple[int, str]]:
    """Make a sorting key by which part 2 comes before part 10."""
    words = _NUMBERS.split(text.casefold())
    numbers = [int(number) for number in _NUMBERS.findall(text)]
    return [pair for word, number in zip(words, [*numbers, -1], strict=True) for pair in ((-1, word), (number, ""))]


def are_parts(file_names: list[str]) -> bool:
    """Say whether loose files look like the parts of one book.

    Their names differ in numbers only, or all begin with one; the latter means little for m4b files, which mostly hold
    a whole book each.
    """
    names = [PurePosixPath(name) for name in file_names]
    if len(names) < 2:
        return False
    if len({_NUMBERS.sub("", name.stem).casefold() for name in names}) == 1:
        return True
    all_numbered = all(name.stem[:1].isdigit() for name in names)
    return all_numbered and any(name.suffix.casefold() != ".m4b" for name in names)


def _cut(pattern: re.Pattern[str], text: str) -> _Named:
    match = pattern.search(text)
    return _Named(pattern.sub("", text, count=1).strip(), match[1]) if match else _Named(text, None)


def _narrators(text: str) -> _Named:
    match = _NARRATORS.match(text)
    return _Named(match["title"], match["narrators"]) if match else _Named(text, None)


def _sequence(text: str) -> _Named:
    """Find "Vol. 1", "Book 1", "1" or "1." among the parts between dashes; "101 Dalmatians" is none."""
    parts = text.split(" - ")
    for place, part in enumerate(parts):
        match = _SEQUENCE.match(part)
        if match is None or (match["rest"] and not (match["label"] or match["dot"])):
            continue
        rest = parts[:place] + ([match["rest"]] if match["rest"] else []) + parts[place + 1 :]
        if rest:
            return _Named(" - ".join(rest), f"{float(match['number']):g}")
    return _Named(text, None)
