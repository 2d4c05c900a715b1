"""Names of people and of series, brought to one form for comparing."""

import html
import re
import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_ROLE_TAIL = re.compile(
    r"(?:\s+[-–—]\s*|\s*[(\[]\s*|\s*,\s*)"
    r"(?:translator|translated by|narrator|reader|editor|introduction|intro|foreword|afterword|preface|illustrator|"
    r"adapter|adaptor|contributor|creator|author|director|performer)\b[^()\[\]]*[)\]]?\s*$",
    re.IGNORECASE,
)
_HONORIFICS = {"sir", "dame", "lord", "lady", "dr", "prof", "professor", "rev", "reverend", "mr", "mrs", "ms"}
_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "phd", "md", "esq", "obe", "cbe", "mbe"}
_SUFFIXES_AFTER_COMMA = _SUFFIXES | {"ma", "mba", "ba", "bsc", "msc", "dds", "rn", "jd", "lcsw", "psyd", "edd", "dvm"}
_ENOUGH_LETTERS = 10  # shorter names differ by one letter too easily for it to be a typing error


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Lower case without accents, apostrophes or punctuation, words one blank apart."""
    folded = html.unescape(text).casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKD", html.unescape(text)).casefold().translate(_LETTERS)
        folded = "".join(character for character in folded if not unicodedata.combining(character))
    folded = re.sub(r"['’‘`´ʼ]", "", folded).replace("&", " and ")
    return " ".join(re.sub(r"[\W_]+", " ", folded).split())


@lru_cache(maxsize=8192)
def name_key(name: str) -> str:
    """One form for all spellings of a person's name: "Tolkien, J.R.R." and "J R R Tolkien" are both "jrr tolkien"."""
    plain = _ROLE_TAIL.sub("", html.unescape(name).strip())
    parts = [part for part in plain.split(",") if fold(part)]
    parts = parts[:1] + [part for part in parts[1:] if _squashed(part) not in _SUFFIXES_AFTER_COMMA]
    if len(parts) == 2:
        parts.reverse()
    words = fold(re.sub(r"(?<=\bPh)\.\s*(?=D\b)|(?<=\bM)\.\s*(?=D\.?$)", "", " ".join(parts))).split()
    while len(words) > 2 and words[0] in _HONORIFICS:
        words = words[1:]
    while len(words) > 2 and words[-1] in _SUFFIXES:
        words = words[:-1]
    return re.sub(r"(?<=\b\w) (?=\w\b)", "", " ".join(words)) or name.strip().casefold()


def _squashed(text: str) -> str:
    return fold(text).replace(" ", "")


@lru_cache(maxsize=65536)
def same_person(a: str, b: str) -> float:
    """How surely two names mean one person: 1 the same name, above 0.8 a variant of it, 0 somebody else.

    Variants are initials for given names, a missing middle name, the surname first, and a slip of one letter.
    """
    first, second = name_key(a), name_key(b)
    if not first or not second:
        return 0.0
    if first.replace(" ", "") == second.replace(" ", ""):
        return 1.0
    first_words, second_words = first.split(), second.split()
    if len(first_words) > 1 and sorted(first_words) == sorted(second_words):
        return 0.95
    if min(len(first_words), len(second_words)) > 1 and first_words[-1] == second_words[-1]:
        return _same_given_names(first_words[:-1], second_words[:-1])
    if min(len(first), len(second)) >= _ENOUGH_LETTERS and fuzz.ratio(first, second) >= 94:
        return 0.88
    return 0.0


def _same_given_names(a: list[str], b: list[str]) -> float:
    if "".join(word[0] for word in a) == "".join(b) or "".join(word[0] for word in b) == "".join(a):
        return 0.95
    shorter, longer = sorted((a, b), key=len)
    if shorter[0] == longer[0]:
        return 0.92 if _agree_in_the_middle(shorter[1:], longer[1:]) else 0.3
    initials, full = sorted((a[0], b[0]), key=len)
    if len(initials) <= 2 and full[0] == initials[0]:
        return 0.86 if len(initials) == 1 or len(full) > 2 else 0.3
    if len(initials) >= 3 and full.startswith(initials):
        return 0.86
    if len(full) >= 5 and fuzz.ratio(initials, full) >= 90:
        return 0.86
    return 0.0


def _agree_in_the_middle(shorter: list[str], longer: list[str]) -> bool:
    """Whether middle names can be the same: one side has none, or they begin alike."""
    return not shorter or all(any(word[0] == other[0] for other in longer) for word in shorter)


_SERIES_NOISE = re.compile(r"\s*[(\[{](?:un)?abridged[^()\[\]{}]*[)\]}]", re.IGNORECASE)
_SERIES_KINDS = {
    "series", "saga", "sagas", "trilogy", "duology", "duet", "quartet", "quintet", "tetralogy", "pentalogy", "cycle",
    "chronicle", "chronicles", "sequence", "novels", "books", "mysteries", "mystery", "universe", "omnibus",
    "collection", "stories", "thrillers", "adventures",
}  # fmt: skip
_ARTICLES = {"the", "a", "an"}


@lru_cache(maxsize=8192)
def series_key(name: str) -> str:
    """One form for all spellings of a series: "The Expanse", "Expanse series" and "Expanse Saga" are all "expanse".

    Never empty for a name that is not: what would leave nothing is not dropped.
    """
    words = re.sub(r"\bvol(?:ume)?\b", "vol", fold(_SERIES_NOISE.sub("", name))).split()
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    while len(words) > 1 and words[-1] in _SERIES_KINDS:
        words = words[:-1]
    return " ".join(words) or fold(name) or name.strip().casefold() or name


@lru_cache(maxsize=65536)
def same_series(a: str, b: str) -> float:
    """How surely two names mean one series, numbered alike.

    From 0.85 up the positions may be compared. A longer name that ends in the shorter after a colon ("The Land: Chaos
    Seeds") is the same series; one that merely begins with it ("Discworld: Witches") is a related one with numbers of
    its own, at 0.6. An empty name is like nothing.
    """
    first, second = series_key(a).strip(), series_key(b).strip()
    if not first or not second:
        return 0.0
    if first == second or first.replace(" ", "") == second.replace(" ", ""):
        return 1.0
    if _after_colon(a) == second or _after_colon(b) == first:
        return 0.9
    if _figures(first) == _figures(second) and len(first) >= _ENOUGH_LETTERS and fuzz.ratio(first, second) >= 93:
        return 0.95
    shorter, longer = sorted((first, second), key=len)
    if f" {longer} ".startswith(f" {shorter} "):
        return 0.6
    return 0.0


def _after_colon(name: str) -> str | None:
    before, colon, after = name.rpartition(":")
    return series_key(after) if colon and before.strip() and after.strip() else None


def _figures(text: str) -> list[str]:
    return re.findall(r"[0-9]+", text)
