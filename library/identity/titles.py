"""Titles of books, brought to one form for comparing."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from library.identity.names import fold, same_person, same_series, series_key
from library.positions import NUMBER_WORDS, Position, SeriesMention, from_title, parse

_FORMAT_WORDS = (
    r"(?:un)?abridged|audio\s?books?|audible|audio\s?cd|audio|m4b|m4a|mp3|aac|flac|opus|ogg|epub|retail|"
    r"[0-9]{2,3}\s?k(?:b(?:ps|s|it/s)?|ps)?|vbr|cbr|chapteri[sz]ed|single file|(?:narrated|read|performed) by|"
    r"(?:19|20)[0-9]{2}|eng|english|[^()\[\]{}]*\bedition"
)
_NOISE_BRACKET = re.compile(rf"\s*[(\[{{]\s*(?:{_FORMAT_WORDS})\b[^()\[\]{{}}]*[)\]}}]", re.IGNORECASE)
_NOISE_TAIL = re.compile(
    r"(?:(?:\s*[-–—,:.]\s*|\s+)(?:(?:un)?abridged|audio\s?book|(?:@\s?)?[0-9]{2,3}\s?k(?:bps|bs|ps)?|m4b|mp3)"
    r"|\s+[-–—]\s+(?:19|20)[0-9]{2})+\s*$",
    re.IGNORECASE,
)
_LATE_ARTICLE = re.compile(r",\s+(?:the|an?)$", re.IGNORECASE)
_YEAR_TAIL = re.compile(r"(?<=\S) (?:19[5-9][0-9]|20[0-4][0-9])$")
_READ_BY_TAIL = re.compile(r"(?:\s*[-–—,]\s*|\s+)(?:read|narrated|performed) by\s+\S.*$", re.IGNORECASE)
_MOST_MENTIONS = 4
_SMALL_WORDS = {"the", "a", "an", "of", "and", "in", "to", "for", "on"}
_BREAK = re.compile(r"\s*:\s+|:$|\s+[-–—]\s+|\s*;\s+|\s*—\s*")
_BRACKET = re.compile(r"\s*[(\[{][^()\[\]{}]*[)\]}]")
_GENERIC = re.compile(
    r"(?:an?|the)\b.*\b(?:novel|novella|novelette|memoir|mystery|thriller|romance|adventure|saga|story|tale|fantasy|"
    r"litrpg|gamelit|comedy|biography|autobiography|series)\b.*"
    r"|.*\bedition|(?:novel|novella|a|short story|stories|unabridged|litrpg|litrpg\b.*)"
    r"|(?:the )?authors? preferred text|new york times bestseller|.*\bbook club\b.*",
)
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_ARTICLES = {"the", "a", "an"}
_COLLECTED = re.compile(
    r"\b(?:collection|omnibus|box ?set|boxed set|bundle|complete (?:series|saga|works)|trilogy|duology|"
    r"quartet|series)\b"
)


@lru_cache(maxsize=65536)
def title_key(title: str) -> str:
    """One form for all spellings of a title, its subtitle included, without format notes, article or punctuation."""
    words = fold(clean(title)).split()
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    figures = [str(NUMBER_WORDS.get(word, word)) for word in words]
    return " ".join([*figures[:1], *(_ROMAN.get(word, word) for word in figures[1:])])


def clean(title: str) -> str:
    """The title without what only describes the copy: "(Unabridged)", "[M4B 64kbps]", "Audiobook"."""
    text = " ".join(html.unescape(html.unescape(title)).split())
    shorter = _NOISE_BRACKET.sub("", text)
    for tail in (_READ_BY_TAIL, _NOISE_TAIL, _LATE_ARTICLE):
        shorter = tail.sub("", shorter)
    return shorter.strip(" :-–—,") or text


def split_title(title: str) -> tuple[str, str]:
    """Main title and subtitle, parted at the first colon or free-standing dash; the subtitle may be empty."""
    parts = [part.strip() for part in _BREAK.split(clean(title)) if part.strip()]
    return (parts[0], ": ".join(parts[1:])) if parts else ("", "")


@lru_cache(maxsize=65536)
def same_title(a: str, b: str) -> float:
    """How surely two titles mean one book, its author being the same: 1 the same title, 0 another.

    0.9 and above are spellings of one title; 0.85 is a title with and without its subtitle; 0.6 is a long title whose
    end is the other one. Numbers must agree, short titles do not match by containment, an empty one matches nothing.
    """
    first, second = title_key(a), title_key(b)
    if not first or not second:
        return 0.0
    if first == second:
        return 1.0
    if first.replace(" ", "") == second.replace(" ", ""):
        return 0.98
    (main, subtitle), (other_main, other_subtitle) = _keys(a), _keys(b)
    if main == other_main and bool(subtitle) != bool(other_subtitle):
        return _same_but_for(subtitle or other_subtitle)
    for whole, part in ((first, other_subtitle), (second, subtitle)):
        if part and whole == title_key(part):
            return 0.6 if len(whole) >= 6 else 0.0
    likeness = _alike(first, second)
    return _with_subtitles(subtitle, other_subtitle) if main == other_main and likeness < 0.9 else likeness


def _alike(first: str, second: str) -> float:
    """How alike two title keys are that are not equal."""
    if numbers(first) != numbers(second):
        return 0.9 if _but_for_year(first, second) else 0.0
    if _one_slip(first.split(), second.split()) or _but_for_small_words(first, second):
        return 0.92
    if _but_for_generic_end(first, second):
        return 0.95
    return 0.6 if _ends_in(first, second) else 0.0


def _keys(title: str) -> tuple[str, str]:
    main, subtitle = split_title(title)
    return title_key(main), fold(subtitle)


def _same_but_for(subtitle: str) -> float:
    if _GENERIC.fullmatch(subtitle):
        return 0.95
    return 0.3 if numbers(subtitle) else 0.85


def _with_subtitles(subtitle: str, other: str) -> float:
    """Long subtitles differ between countries and printings; short ones tell the volumes of a series apart."""
    if numbers(subtitle) != numbers(other):
        return 0.0
    if _GENERIC.fullmatch(subtitle) and _GENERIC.fullmatch(other):
        return 0.9
    shorter, longer = sorted((set(subtitle.split()), set(other.split())), key=len)
    if len(shorter) > 1 and shorter <= longer:
        return 0.9
    return 0.6 if len(shorter) > 3 else 0.3


def _but_for_year(a: str, b: str) -> bool:
    """Whether one title only has the year of its recording behind it."""
    return _YEAR_TAIL.sub("", a) == b or _YEAR_TAIL.sub("", b) == a


def _but_for_small_words(a: str, b: str) -> bool:
    kept, other = ([word for word in key.split() if word not in _SMALL_WORDS] for key in (a, b))
    return len(kept) > 1 and kept == other


def numbers(key: str) -> list[str]:
    """The numbers in a title key, in order, without leading zeros."""
    return [word.lstrip("0") or "0" for word in re.findall(r"[0-9]+", key)]


def _but_for_generic_end(a: str, b: str) -> bool:
    """ "The Heiress A Novel", with its colon lost."""
    shorter, longer = sorted((a, b), key=len)
    return longer.startswith(f"{shorter} ") and bool(_GENERIC.fullmatch(longer[len(shorter) + 1 :]))


def _one_slip(a: list[str], b: list[str]) -> bool:
    """Whether all words agree but one long one, which is misspelt by a letter."""
    if len(a) != len(b):
        return False
    differing = [(one, other) for one, other in zip(a, b, strict=True) if one != other]
    if len(differing) != 1:
        return False
    one, other = differing[0]
    plural = one.rstrip("s") == other.rstrip("s")
    long_enough = min(len(one), len(other)) >= (6 if len(a) > 1 else 8)
    allowed = 2 if min(len(one), len(other)) >= 10 else 1
    return long_enough and one[0] == other[0] and not plural and OSA.distance(one, other) <= allowed


def _ends_in(a: str, b: str) -> bool:
    shorter, longer = sorted((a, b), key=len)
    return len(shorter) >= 8 and " " in shorter and f" {longer}".endswith(f" {shorter}")


@dataclass(frozen=True, slots=True)
class Essence:
    """What a title says: the book's own title, and the series and positions it mentions.

    `own` is empty where the book is named by its number alone ("Discworld #9").
    """

    own: str
    mentioned: tuple[tuple[str, Position], ...] = ()


def essence(title: str, *, series: Iterable[str] = (), people: Iterable[str] = ()) -> Essence:
    """Take a title apart, knowing the names of its series and its people."""
    own, names = without_people(clean(title), people), tuple(series)
    mentioned: list[tuple[str, Position]] = []
    for _ in range(_MOST_MENTIONS):
        mention = _counted_in(own, names) or from_title(own)
        if mention is None:
            return Essence(_bare(own, names), tuple(mentioned))
        if mention.series:
            mentioned.append((mention.series, mention.position))
        own = "" if is_generic(mention.title) else mention.title
        if not own:
            break
    return Essence(own and _bare(own, names), tuple(mentioned))


def is_generic(subtitle: str) -> bool:
    """Whether a subtitle says only what kind of book it is: "A Novel", "A LitRPG Adventure"."""
    return bool(_GENERIC.fullmatch(fold(subtitle)))


def names_a_collection(title: str) -> bool:
    """Whether a title calls itself a collection, box set or series."""
    return bool(_COLLECTED.search(fold(title)))


def without_people(text: str, people: Iterable[str]) -> str:
    """ "Richard Kadrey - Suspect Zero" is by its author and called "Suspect Zero"; so is "Suspect Zero by …"."""
    people = tuple(people)
    parts = re.split(r"\s+[-–—]\s+", text)
    for index in (0, -1) if len(parts) > 1 else ():
        if any(same_person(parts[index], person) > 0.8 for person in people):
            del parts[index]
            return " - ".join(parts)
    written_by = re.fullmatch(r"(.+)\s+by\s+(.+)", text, re.IGNORECASE)
    if written_by and any(same_person(written_by[2], person) > 0.8 for person in people):
        return written_by[1]
    return text


def _counted_in(text: str, series: tuple[str, ...]) -> SeriesMention | None:
    """ "Noobtown 8" and "Red Rising Saga 1: Red Rising", where Noobtown and Red Rising are known to be series."""
    counted = re.fullmatch(r"(.+?),?\s+([0-9]{1,3}(?:\.[0-9])?)(?:\s*:\s+(.+))?", _without_generic(text))
    if counted and any(_is_called(counted[1], name) for name in series):
        return SeriesMention(counted[3] or "", counted[1], parse(counted[2]))
    return None


def _is_called(text: str, series: str) -> bool:
    """Whether a series goes by this name, or is begun by it as "Malazan" begins "Malazan Book of the Fallen"."""
    return same_series(text, series) >= 0.85 or series_key(series).startswith(f"{series_key(text)} ")


def _without_generic(text: str) -> str:
    parts = [part for part in _BREAK.split(text) if part.strip()]
    while len(parts) > 1 and is_generic(parts[-1]):
        parts = parts[:-1]
    return ": ".join(parts)


def _bare(text: str, series: tuple[str, ...]) -> str:
    """The title without brackets, generic subtitles and the series' own name."""
    unbracketed = _BRACKET.sub("", text).strip(" :-–—,") or text
    parts = [part.strip() for part in _BREAK.split(unbracketed) if part.strip()]
    while len(parts) > 1 and is_generic(parts[-1]):
        parts = parts[:-1]
    others = [part for part in parts if not any(same_series(part, name) == 1 for name in series)]
    return ": ".join(others or parts[:1]) or text
