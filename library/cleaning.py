"""Proposals for the names of an item: what stands in the wrong field or only describes the file is put right.

Nothing is invented: every value comes from the item itself, from its book's known series, or from how the same series
is mostly spelt. Each proposal says why, and proposing again after all were taken proposes nothing.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from library import identity, positions

MOST_PASSES = 8
LONGEST = 500
"""Longer texts are no names; they are left alone."""
ALIKE = 0.85
"""Two names of a series from here on are one."""

_READ_BY = r"(?:narrated|read|performed)\s+by"
_READ_BY_TAIL = re.compile(rf"^(.*\S)\s*[-–—,(\[]?\s*\b{_READ_BY}\s+(.+?)[)\]]?$", re.IGNORECASE)
_READ_BY_HEAD = re.compile(rf"^{_READ_BY}\s*:?\s+", re.IGNORECASE)
_WRITTEN_BY_HEAD = re.compile(r"^(?:written\s+)?by\s+", re.IGNORECASE)
_YEAR = re.compile(r"\s*[(\[]((?:19|20)[0-9]{2})[)\]]")
_SQUARE = re.compile(r"\s*\[([^\[\]]+)\]")
_FORMAT = re.compile(
    r"\s*[(\[{]\s*(?:unabridged|audio\s?book|audible|audio\s?cd|m4b|m4a|mp3|aac|flac|opus|[0-9]{2,3}\s?k(?:bps|bit/s)?)"
    r"\b[^()\[\]{}]*[)\]}]",
    re.IGNORECASE,
)
_PARTICLES = {"le", "la", "de", "du", "van", "von", "der", "den", "st.", "saint", "di", "da", "el", "al"}
_NO_NAME = {"jr", "sr", "ii", "iii", "iv", "phd", "md", "esq", "obe", "cbe", "mbe", "ma", "mba", "ba", "dds"}
_VOLUME = re.compile(
    r"[\s,:;(\[-]*\b(?:vol(?:ume)?|book|bk)\b\.?\s*#?\s*([0-9]{1,3}(?:\.[0-9])?)?\s*[)\]]?$", re.IGNORECASE
)
_SERIES_WORD = re.compile(r"\s+series$", re.IGNORECASE)

Series = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Names:
    """The names of an item; a series is its name and the position as written, empty where it has none."""

    title: str = ""
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    narrators: tuple[str, ...] = ()
    series: Series = ()
    published_year: str = ""

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> "Names":
        """The names in an item's mirrored metadata."""
        rows = metadata.get("series") or []
        return cls(
            title=str(metadata.get("title") or ""),
            subtitle=str(metadata.get("subtitle") or ""),
            authors=tuple(str(name) for name in metadata.get("authors") or []),
            narrators=tuple(str(name) for name in metadata.get("narrators") or []),
            series=tuple((str(row.get("name") or ""), str(row.get("sequence") or "")) for row in rows),
            published_year=str(metadata.get("published_year") or ""),
        )

    def told(self) -> dict[str, Any]:
        """The names as a shelf takes them."""
        return {
            "title": self.title,
            "subtitle": self.subtitle,
            "authors": list(self.authors),
            "narrators": list(self.narrators),
            "series": [{"name": name, "sequence": at or None} for name, at in self.series],
            "published_year": self.published_year,
        }


@dataclass(frozen=True, slots=True)
class Cleaned:
    """An item's names put right, and why."""

    names: Names
    reasons: tuple[str, ...]


def clean(
    names: Names,
    *,
    known: Series = (),
    spellings: Mapping[str, str] | None = None,
    readers: Collection[str] = (),
) -> Cleaned:
    """Put the names of an item right.

    :param known: the series that its book is known to stand in, taken over where the item names none.
    :param spellings: of each series, by its key, the spelling to use.
    :param readers: keys of the names that are known to be narrators': only such a name in brackets is taken for one.
    """
    reasons: list[str] = []
    for _ in range(MOST_PASSES):
        before = names
        for rule in (_people, _title_noise, _title_year, _title_author, _title_series, _subtitle_series):
            names = _taken(names, rule(names), reasons)
        names = _taken(names, _title_reader(names, readers), reasons)
        names = _taken(names, _series_names(names, spellings or {}), reasons)
        names = _taken(names, _series_known(names, known), reasons)
        if names == before:
            break
    return Cleaned(names, tuple(dict.fromkeys(reasons)))


def usual_spellings(names: Iterable[str]) -> dict[str, str]:
    """Of each series, by its key, the spelling that is used most; of equals the one first in the alphabet."""
    counted: dict[str, Counter[str]] = {}
    for name in names:
        cleaned = _series_name(name)[0]
        if cleaned:
            counted.setdefault(identity.series_key(cleaned), Counter())[cleaned] += 1
    return {key: min(seen, key=lambda name: (-seen[name], name)) for key, seen in counted.items()}


Proposal = tuple[Names, str]


def _taken(names: Names, proposal: Proposal | None, reasons: list[str]) -> Names:
    if proposal is None or proposal[0] == names or not proposal[0].title:
        return names
    reasons.append(proposal[1])
    return proposal[0]


def _people(names: Names) -> Proposal | None:
    """ "Tolkien, J.R.R.", and readers among the authors."""
    authors: list[str] = []
    readers: list[str] = []
    for name in names.authors:
        (readers if _READ_BY_HEAD.match(name) else authors).append(name)
    cleaned = replace(
        names,
        authors=_distinct(_person(name) for name in authors),
        narrators=_distinct(_person(name) for name in (*names.narrators, *readers)),
    )
    return cleaned, "people are written first name first, without “narrated by”, each in the field of their role"


def _person(name: str) -> str:
    plain = " ".join(name.split())
    if len(plain) > LONGEST:
        return name
    plain = _WRITTEN_BY_HEAD.sub("", _READ_BY_HEAD.sub("", plain)) or plain
    before, comma, after = (part.strip() for part in plain.partition(","))
    is_one = comma and before and after and "," not in after and after.replace(".", "").lower() not in _NO_NAME
    surnames = before.split()
    is_surname = len(surnames) == 1 or (surnames and surnames[0].lower() in _PARTICLES) or _has_initial(after)
    return f"{after} {before}" if is_one and is_surname and len(after.split()) <= 3 else plain


def _has_initial(text: str) -> bool:
    return any(re.fullmatch(r"[A-Z]\.?", word) for word in text.split())


def _title_noise(names: Names) -> Proposal | None:
    if len(names.title) > LONGEST:
        return None
    title = " ".join(_FORMAT.sub("", names.title).split()).strip(" -–—,")
    return replace(names, title=title), "the title said how the file is made"


def bracketed(title: str) -> list[str]:
    """What stands in square brackets in a title, and may be its narrator."""
    found = _SQUARE.findall(title) if len(title) <= LONGEST else []
    return [_READ_BY_HEAD.sub("", text.strip()) for text in found]


def _title_reader(names: Names, readers: Collection[str]) -> Proposal | None:
    """ "Title [Ray Porter]" and "Title, read by Ray Porter"."""
    for said, square in zip(bracketed(names.title), _SQUARE.finditer(names.title), strict=False):
        is_reader = any(identity.same_person(said, name) > 0.8 for name in names.narrators)
        if is_reader or (not names.narrators and identity.name_key(said) in readers):
            title = " ".join(f"{names.title[: square.start()]} {names.title[square.end() :]}".split())
            return replace(names, title=title, narrators=names.narrators or (said,)), "the title named the narrator"
    told = _READ_BY_TAIL.match(names.title) if len(names.title) <= LONGEST else None
    if told is None:
        return None
    narrators = names.narrators or _distinct(re.split(r"\s*(?:,|&|;|\band\b)\s*", told[2]))
    return replace(names, title=told[1].rstrip(" -–—,(["), narrators=narrators), "the title named the narrator"


def _title_year(names: Names) -> Proposal | None:
    year = _YEAR.search(names.title) if len(names.title) <= LONGEST else None
    if year is None:
        return None
    title = " ".join(f"{names.title[: year.start()]} {names.title[year.end() :]}".split()).strip(" -–—,")
    return replace(names, title=title, published_year=names.published_year or year[1]), "the title held the year"


def _title_author(names: Names) -> Proposal | None:
    """ "Author - Title" and "Title - Author", where the author is known."""
    parts = re.split(r"\s+[-–—]\s+", names.title) if len(names.title) <= LONGEST else []
    for place in (0, -1) if len(parts) > 1 else ():
        if any(identity.same_person(parts[place], author) > 0.8 for author in names.authors):
            rest = parts[1:] if place == 0 else parts[:-1]
            return replace(names, title=" - ".join(rest)), "the title named the author"
    return None


def _title_series(names: Names) -> Proposal | None:
    """ "Series 3 - Title" and "Title (Series, #3)"."""
    found = positions.from_title(names.title)
    if found is None or not found.title or not found.series or not found.position.is_known:
        return None
    series = _with_place(names.series, found.series, _number(found.position))
    return None if series is None else (replace(names, title=found.title, series=series), "the title named the series")


def _subtitle_series(names: Names) -> Proposal | None:
    """ "Book Three of the Farseer Trilogy"."""
    found = positions.from_title(names.subtitle)
    if found is None or found.title or not found.series or not found.position.is_known:
        return None
    series = _with_place(names.series, found.series, _number(found.position))
    return None if series is None else (replace(names, subtitle="", series=series), "the subtitle named the series")


def _number(position: positions.Position) -> str:
    """A position in figures: "Book Three" is 3."""
    start, end = position.start, position.end
    if start is None or end is None or len(position.spans) != 1 or position.part is not None:
        return position.text
    return f"{start.normalize():f}" if start == end else f"{start.normalize():f}-{end.normalize():f}"


def _with_place(series: Series, name: str, number: str) -> Series | None:
    """The series with this place among them; None where they contradict it."""
    for index, (known, at) in enumerate(series):
        if identity.same_series(known, name) >= ALIKE:
            if not at:
                return (*series[:index], (known, number), *series[index + 1 :])
            return series if positions.parse(at).spans == positions.parse(number).spans else None
    return None if series else ((name, number),)


def _series_names(names: Names, spellings: Mapping[str, str]) -> Proposal | None:
    """ "Dresden Files Series, Vol. 3", and one series told twice."""
    cleaned: list[tuple[str, str]] = []
    for told, at in names.series:
        name, number = _series_name(told)
        if not name:
            continue
        place = (spellings.get(identity.series_key(name), name), at or number)
        twin = next((n for n, (known, _) in enumerate(cleaned) if identity.same_series(known, name) == 1), None)
        if twin is None:
            cleaned.append(place)
        elif not cleaned[twin][1]:
            cleaned[twin] = (cleaned[twin][0], place[1])
        elif place[1] and place[1] != cleaned[twin][1]:
            cleaned.append(place)
    return replace(names, series=tuple(cleaned)), "a series goes by its usual name, once, with its number beside it"


def _series_name(told: str) -> tuple[str, str]:
    name, number = " ".join(told.split()), ""
    if len(name) > LONGEST:
        return told, ""
    if (
        (volume := _VOLUME.search(name))
        and volume.start() > 0
        and (volume[1] or name.lower().endswith(("vol", "vol.")))
    ):
        name, number = name[: volume.start()].rstrip(" ,:;-"), volume[1] or ""
    shorter = _SERIES_WORD.sub("", name)
    is_enough = [word for word in shorter.lower().split() if word not in {"the", "a", "an", "world"}]
    return (shorter if is_enough else name), number


def _series_known(names: Names, known: Sequence[tuple[str, str]]) -> Proposal | None:
    if names.series or not known:
        return None
    return replace(names, series=tuple(known)), "the book is known to stand in this series"


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name.strip()))
