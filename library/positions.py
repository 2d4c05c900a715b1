"""Positions of books in series: reading "1-3", "Book Three" or "5p3", and finding them in titles."""

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

Span: TypeAlias = tuple[Decimal, Decimal]

LONGEST_TEXT = 500  # nothing longer is a title or a position; keeps the patterns quick on any input
WIDEST_RANGE = 1000

NUMBER_WORDS: dict[str, int] = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "twenty-one": 21, "twenty-two": 22, "twenty-three": 23,
    "twenty-four": 24, "twenty-five": 25, "thirty": 30, "forty": 40, "fifty": 50,
}  # fmt: skip
ORDINAL_WORDS: dict[str, int] = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20,
}  # fmt: skip
_ROMAN = re.compile(r"(x{0,4})(ix|iv|v?i{0,4})", re.IGNORECASE)
_FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75"}


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_MARKER_WORDS = (
    r"books?|bks?|volumes?|vols?|numbers?|num|nos?|nr|novels?|novellas?|instal?lments?|entry|"
    r"band|bd|tomes?|livre|libro|tomo|boek|deel|bok"
)
_MARKER = re.compile(
    rf"(?:the\s+)?(?:(?:{_MARKER_WORDS}|v|parts?|pts?|teil|episodes?|ep|chapters?)\b\.?|v(?=\.?[0-9])\.?|[#№])[\s:#№]*",
    re.IGNORECASE,
)
_WORD = re.compile(rf"\b(?:{_any_of({**NUMBER_WORDS, **ORDINAL_WORDS})})\b", re.IGNORECASE)
_NUMBER = r"[0-9]{1,5}(?:\.[0-9]{1,3})?"
_TO = r"(?:-|to|through|thru|bis|\.{2,3})"
_ITEM = rf"#?\s*({_NUMBER})(?:\s*{_TO}\s*#?\s*({_NUMBER}))?"
_AND = r"(?:,\s*and\b|,|;|&|\+|and\b|und\b)"
_LIST = re.compile(rf"{_ITEM}(?:\s*{_AND}\s*{_ITEM})*")
_FIRST = re.compile(_ITEM)
_EACH = re.compile(_ITEM)
_PART = re.compile(r"[\s,;:(\[]*(?:p|pt|part|teil)\.?\s*([0-9]{1,3})(?:\s*(?:of|/)\s*[0-9]{1,3})?\s*[)\]]?")
_TAIL = re.compile(r"\s*(?:[,;:(\[-]\s*(?:[0-9]+\s+)?[^\W\d_].*|\(?\s*of\s+[0-9]{1,3}\)?|books?|novels?|in series)?")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a book stands in a series; without spans it is unknown.

    `text` is the position as written, `spans` the numbers it names as inclusive ranges, `part` is set when only one
    part of a book is meant ("5p3": the third part of book 5).
    """

    text: str
    spans: tuple[Span, ...] = ()
    part: int | None = None

    @property
    def is_known(self) -> bool:
        return bool(self.spans)

    @property
    def start(self) -> Decimal | None:
        return self.spans[0][0] if self.spans else None

    @property
    def end(self) -> Decimal | None:
        return max(high for _, high in self.spans) if self.spans else None

    @property
    def is_range(self) -> bool:
        """Whether more than one number is named."""
        return self.start != self.end

    def covers(self, other: "Position") -> bool:
        """Whether everything `other` names lies within this position.

        A range between whole numbers ("1-3") names whole numbers only: the novella 1.5 need not be in that omnibus.
        A part covers nothing but the same part.
        """
        if not self.spans or not other.spans or self.part not in {None, other.part}:
            return False
        return all(any(_within(span, mine) for mine in self.spans) or self._names_all(span) for span in other.spans)

    def numbers_inside(self) -> tuple[int, ...]:
        """The whole numbers this position names, each once, in order."""
        return tuple(sorted({number for low, high in self.spans for number in _whole_numbers(low, high)}))

    @property
    def sort_key(self) -> tuple[bool, Decimal, Decimal, int, str]:
        """Orders by number, whole books before their parts, unknown positions last."""
        zero = Decimal(0)
        return (not self.spans, self.start or zero, self.end or zero, self.part or 0, self.text.casefold())

    def _names_all(self, span: Span) -> bool:
        low, high = span
        if _is_fraction(low) or _is_fraction(high):
            return False
        return set(_whole_numbers(low, high)) <= set(self.numbers_inside())


@dataclass(frozen=True, slots=True)
class SeriesMention:
    """A series and position found in a title, and what is left as the title of the book itself.

    `title` is empty where the text names the book by its number alone ("Discworld #9"); `series` is empty where only
    a number is given ("29 - Night Watch").
    """

    title: str
    series: str
    position: Position


def _is_fraction(number: Decimal) -> bool:
    return number != number.to_integral_value()


def _within(inner: Span, outer: Span) -> bool:
    (low, high), (outer_low, outer_high) = inner, outer
    if low in outer and high in outer:
        return True
    if not outer_low <= low <= high <= outer_high:
        return False
    return not (_is_fraction(low) or _is_fraction(high)) or _is_fraction(outer_low) or _is_fraction(outer_high)


def _whole_numbers(low: Decimal, high: Decimal) -> range:
    return range(int(low.to_integral_value(rounding="ROUND_CEILING")), int(high) + 1)


def parse(text: str | None) -> Position:
    """Read a position as people and catalogues write it; anything else is unknown, never an error."""
    written = (text or "").strip()
    if not written or len(written) > LONGEST_TEXT:
        return Position(written)
    plain = _plain(written)
    marked = _MARKER.match(plain)
    while marker := _MARKER.match(plain):
        plain = plain[marker.end() :]
    if marked and marked[0].strip(" #№"):
        plain = _arabic(plain)
    plain = _WORD.sub(lambda word: str(_value(word[0])), plain)
    for pattern in (_LIST, _FIRST):
        if named := pattern.match(plain):
            rest = plain[named.end() :].rstrip(" .,:;")
            part = _PART.match(rest)
            spans = _spans(named[0])
            if spans and _TAIL.fullmatch(rest[part.end() :] if part else rest):
                return Position(written, spans, int(part[1]) if part else None)
    return Position(written)


def _plain(text: str) -> str:
    for fraction, decimal in _FRACTIONS.items():
        text = text.replace(fraction, decimal)
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"[\u2010-\u2015\u2212~]", "-", text)
    text = re.sub(r"(?<![^\W_])\.(?=[0-9])", "0.", text)
    text = re.sub(r"\b([0-9]{1,4})(?:st|nd|rd|th)\b", r"\1", text)
    return re.sub(r"(?<![0-9,.])([0-9]{1,3}),([0-9]{1,2})(?![0-9,.])", _decimal_comma, text)


def _decimal_comma(pair: re.Match[str]) -> str:
    """ "0,5" and "2,5" are fractions, "1,2" is a list of two."""
    return f"{pair[1]}.{pair[2]}" if pair[1] == "0" or pair[2] == "5" else pair[0]


def _value(word: str) -> int:
    word = word.casefold()
    return NUMBER_WORDS.get(word) or ORDINAL_WORDS[word]


def _arabic(text: str) -> str:
    """Rewrite Roman numerals at the start ("iv", "i-iii", "i & ii") in figures."""
    head = re.match(rf"[ivx]+(?:\s*(?:{_TO}|{_AND})\s*[ivx]+)*(?![^\W_])", text)
    if not head:
        return text
    return re.sub(r"\b[ivx]+\b", lambda numeral: str(_roman(numeral[0]) or numeral[0]), head[0]) + text[head.end() :]


def _roman(numeral: str) -> int | None:
    figures = _ROMAN.fullmatch(numeral)
    if not figures or not numeral:
        return None
    low = figures[2].lower()
    units = {"ix": 9, "iv": 4}.get(low, low.count("i") + 5 * low.count("v"))
    return 10 * len(figures[1]) + units


def _spans(text: str) -> tuple[Span, ...]:
    """The ranges in a list of numbers, in order; nothing where one is too wide to be a range of books."""
    spans = set()
    for first, last in _EACH.findall(text):
        low, high = sorted((Decimal(first), Decimal(last or first)))
        if high - low > WIDEST_RANGE:
            return ()
        spans.add((low, high))
    return tuple(sorted(spans))


_NOISE_BRACKET = re.compile(
    r"\s*[(\[{](?:un)?abridged[^()\[\]{}]*[)\]}]|\s*[(\[{](?:audio\s?book|audible|audio cd|m4b|mp3)[^()\[\]{}]*[)\]}]",
    re.IGNORECASE,
)
_TITLE_NUMBER = rf"(?:[0-9]{{1,4}}(?:[.,][0-9]{{1,2}})?(?![0-9.])|(?:{_any_of({**NUMBER_WORDS, **ORDINAL_WORDS})})\b)"
_MARKED_NUMBER = rf"(?:{_TITLE_NUMBER}|(?-i:[IVX]{{1,6}})(?![^\W_]))"
_AND_MORE = rf"(?:\s*(?:-|–|—|to|through|&|\+|,|and)\s*#?\s*{_MARKED_NUMBER})*"
_NAMED = re.compile(
    rf"(?P<series>.*?)[\s,:;–—-]*(?P<position>(?:#|№|(?<![^\W_])(?:{_MARKER_WORDS})\b\.?)[\s#]*{_MARKED_NUMBER}{_AND_MORE})"
    r"(?:\s+of\s+[0-9]{1,3})?",
    re.IGNORECASE,
)
_OF_SERIES = re.compile(
    rf"(?:(?:the|being)\s+)?(?P<position>(?:#|(?:{_MARKER_WORDS})\b\.?)\s*#?\s*{_MARKED_NUMBER}{_AND_MORE})"
    r",?\s+(?:of|in|from)\s+(?P<series>[^0-9].*)",
    re.IGNORECASE,
)
_ORDINAL_OF_SERIES = re.compile(
    rf"(?:the\s+)?(?P<position>[0-9]{{1,2}}(?:st|nd|rd|th)|{_any_of(ORDINAL_WORDS)})\s+"
    rf"(?:(?:{_MARKER_WORDS})\s+)?(?:of|in|from)\s+(?P<series>[^0-9].*)",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"(?![0-9]+ of )(?P<series>.*?[^\W\d_].*?),?\s+(?P<position>[0-9]{1,3}(?:\.[0-9])?(?:\s*[-–]\s*[0-9]{1,3})?)"
)
_PADDED = re.compile(r"(?P<series>.*?[^\W\d_].*?),?\s+(?P<position>0[0-9]{1,2}(?:\.[0-9])?)")
_ONLY_NUMBER = re.compile(r"(?P<series>)(?P<position>[0-9]{1,3}(?:\.[0-9])?)")
_ONLY_RANGE = re.compile(r"(?P<series>)(?P<position>[0-9]{1,3}\s*[-–]\s*[0-9]{1,3})")
_ENDS_IN_RANGE = re.compile(r"(?P<series>.*?[^\W\d_].*?),?\s+(?P<position>0{0,2}[01]\s?[-–]\s?[0-9]{1,3})")
_LEADING_NUMBER = re.compile(r"(?P<position>0[0-9](?:\.[0-9])?|[0-9]{1,2}(?=\.\s))[.\s]\s*(?P<title>[^\W\d_].*)")
_CLOSING_BRACKET = re.compile(r"(?P<before>.*?)[\s:,-]*[(\[](?P<inside>[^()\[\]]+)[)\]]")
_OPENING_BRACKET = re.compile(r"[(\[](?P<inside>[^()\[\]]+)[)\]]\s*(?P<after>[^()\[\]\s].*)")
_BREAK = re.compile(r"(\s*:\s+|\s+[-–—]\s+)")

_AROUND = " ,:;-–—#"

Found: TypeAlias = tuple[str, Position]


def from_title(text: str) -> SeriesMention | None:
    """Find series and position in a title: "Title (Series, #3)", "Title: Book Three of Series", "Series 02 - Title".

    None where the text names no position. A bare number at the end ("Fahrenheit 451") is not taken for one.
    """
    if len(text) > LONGEST_TEXT:
        return None
    title = _NOISE_BRACKET.sub("", html.unescape(text)).strip()
    return _in_bracket(title) or _in_segments(title) or _in_front(title)


def _in_bracket(title: str) -> SeriesMention | None:
    if closing := _CLOSING_BRACKET.fullmatch(title):
        before = closing["before"].strip()
        if found := _first_found(closing["inside"].split(";")[0], _NAMED, _OF_SERIES, _ORDINAL_OF_SERIES, _COUNTED):
            series, position = found
            return SeriesMention(before if series else "", series or before, position)
        if before and (found := _first_found(closing["inside"], _ONLY_RANGE)):
            return SeriesMention("", before, found[1])
    opening = _OPENING_BRACKET.fullmatch(title)
    if opening and (found := _first_found(opening["inside"], _NAMED, _OF_SERIES, _COUNTED)):
        return SeriesMention(opening["after"].strip(), *found)
    return None


def _in_segments(title: str) -> SeriesMention | None:
    """Subtitles are looked at before titles: the last segment first."""
    pieces = _BREAK.split(title)
    segments, breaks = pieces[::2], pieces[1::2]
    for index in range(len(segments) - 1, -1, -1):
        follows_dash = index < len(breaks) and ":" not in breaks[index]
        found = _first_found(segments[index], *_readings(index, len(segments), follows_dash=follows_dash))
        if not found:
            continue
        series, position = found
        before, after = ": ".join(segments[:index]), ": ".join(segments[index + 1 :])
        if series:
            return SeriesMention(after if index == 0 else ": ".join(filter(None, (before, after))), series, position)
        if before or after:
            return SeriesMention(after, before, position)
    return None


def _in_front(title: str) -> SeriesMention | None:
    """ "01 Red Rising" and "1. Red Rising", as files and folders are named."""
    numbered = _LEADING_NUMBER.fullmatch(title)
    return SeriesMention(numbered["title"], "", parse(numbered["position"])) if numbered else None


def _readings(index: int, count: int, *, follows_dash: bool) -> Iterable[re.Pattern[str]]:
    """How a segment may name a position, by where it stands: a bare number counts only before a dash."""
    yield from (_NAMED, _OF_SERIES, _ORDINAL_OF_SERIES, _ENDS_IN_RANGE)
    if follows_dash:
        yield _COUNTED
    if follows_dash and index == 0:
        yield _ONLY_NUMBER
    if count > 1:
        yield _PADDED


def _first_found(text: str, *patterns: re.Pattern[str]) -> Found | None:
    for pattern in patterns:
        if (named := pattern.fullmatch(text.strip())) and (position := parse(named["position"])).is_known:
            return _series_name(named["series"]), position
    return None


def _series_name(text: str) -> str:
    """The series without its article in running text ("Book One of the Farseer Trilogy") and without "series"."""
    name = re.sub(r"\s+(?:series|novels?)$", "", text.strip(_AROUND), flags=re.IGNORECASE)
    return re.sub(r"^(?:the|an?)\s+(?=.)", "", name).strip(_AROUND)
