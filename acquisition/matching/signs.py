"""What a listing gives away about itself: its medium, and whether it is an adaptation, a part or a collection."""

import re
from dataclasses import dataclass

from acquisition.matching.offers import Offer
from library.identity import same_series, same_title
from library.identity.names import fold
from library.identity.titles import clean, essence, names_a_collection, title_key, without_people
from library.identity.works import SAME_SERIES, SAME_TITLE
from library.positions import Position, parse

AUDIOBOOK = "audiobook"
EBOOK = "e-book"

AUDIO_TYPES = frozenset(
    {"m4b", "m4a", "mp3", "mp4", "aac", "flac", "ogg", "oga", "opus", "wma", "wav", "aax", "aaxc", "ac3", "mka"}
)
TEXT_TYPES = frozenset(
    {
        "epub",
        "pdf",
        "mobi",
        "azw",
        "azw3",
        "azw4",
        "kfx",
        "djvu",
        "cbr",
        "cbz",
        "cb7",
        "lit",
        "fb2",
        "txt",
        "rtf",
        "doc",
    }
)
_MAIN_CATEGORIES = {13: AUDIOBOOK, 14: EBOOK, 15: "music book", 16: "radio programme"}

_DRAMATISED = re.compile(
    r"(?<!not )(?<!non )(?<!un)\bdramati[sz](?:ed|ation|ations)\b|\bgraphic ?audio\b"
    r"|\b(?:radio|audio|bbc) (?:drama|play)s?\b"
    r"|\bcinematic (?:audio|sound\w*|production|adaptation|experience)\b|\b(?:stage|radio) adaptation\b"
    r"|\bfull cast (?:audio )?(?:drama|adaptation|play|edition)\b|\bbbc\b.*\bfull cast\b|\bfull cast\b.*\bbbc\b"
    r"|\bimmersion tunnel\b|\bmovie in your mind\b"
)
_DRAMATISED_EDITION = re.compile(r"\bdramati[sz]ed adaptation\b|\bgraphic ?audio\b|\bfull cast (?:audio )?drama\b")
_PART_IN_TITLE = re.compile(
    r"\b(?:part|pt|disc|cd)\.?\s*[0-9]+\s*(?:of|/)\s*[0-9]+|[(\[]\s*[0-9]+\s*(?:of|/)\s*[0-9]+\s*[)\]]"
    r"|[(\[:,–—-]\s*(?:part|pt\.?|disc|cd)\s+(?:[0-9]+|one|two|three|four|five|i{1,3}|iv|v)\s*(?:[)\]]|$)",
    re.IGNORECASE,
)
_PART_IN_TAGS = re.compile(r"\b(?:part|pt)\.?\s*[0-9]+\s*(?:of|/)\s*[0-9]+", re.IGNORECASE)
_ABOUT = re.compile(
    r"^(?:summary|analysis|study guide|workbook|review|conversation starters|companion|guide|the making|trivia)"
    r"(?: (?:and|to|of|for|on|from)\b.*)"
    r"|\b(?:study guide|reading guide|sparknotes|cliffs ?notes|summary|analysis|workbook|unofficial|companion|"
    r"readers guide|excerpt|sample|preview|sneak peek|teaser|interview|bonus (?:chapters?|scenes?|material))$"
)


def medium_of(offer: Offer) -> str | None:
    """The medium: an audiobook category is believed unless the files are only text; None if nothing tells."""
    types = offer.filetypes
    filed_as = _MAIN_CATEGORIES.get(offer.main_cat or 0)
    if filed_as not in {None, AUDIOBOOK}:
        return filed_as
    if types & AUDIO_TYPES:
        return AUDIOBOOK
    return EBOOK if types & TEXT_TYPES else filed_as


def is_dramatised(offer: Offer) -> bool:
    """Whether the recording is acted rather than read; a full cast alone is no sign of it."""
    if names_a_collection(offer.title) and "unabridged" in fold(offer.tags) and not wants_dramatised(offer.title):
        return False  # readings for the most part
    positions = " ".join(position or "" for _, position in offer.series)
    text = fold(" | ".join((offer.title, " | ".join(offer.narrators), offer.tags, positions)))
    return bool(_DRAMATISED.search(text) or _DRAMATISED_EDITION.search(fold(offer.description)))


def is_by_cast_company(offer: Offer) -> bool:
    """Whether only a company that makes both readings and cast productions is named as narrator."""
    names = {fold(name).replace(" ", "") for name in offer.narrators}
    companies = {"soundbooththeater", "soundbooththeatre"}
    return bool(names & companies) and names <= companies | {"fullcast"}


def wants_dramatised(title: str) -> bool:
    """Whether a title asks for a dramatisation by name."""
    return bool(_DRAMATISED.search(fold(title)))


def part_named(offer: Offer) -> str | None:
    """The part of a book that is on offer, in the words of the listing; None for whole books."""
    for pattern, text in ((_PART_IN_TITLE, offer.title), (_PART_IN_TAGS, offer.tags)):
        if named := pattern.search(text):
            return named[0].strip(" ()[]:,–—-")
    for _, position in offer.series:
        if parse(position).part is not None:
            return position
    return None


def is_about_the_book(offer: Offer) -> bool:
    """Whether the title is that of a guide, a summary or a sample instead of the book."""
    return bool(_ABOUT.search(fold(offer.title)))


@dataclass(frozen=True, slots=True)
class Collection:
    """Several books in one release: `ranges` as far as they are told."""

    ranges: tuple[tuple[str, Position], ...] = ()

    @property
    def words(self) -> str:
        told = ", ".join(f"{name} {position.text}" for name, position in self.ranges)
        return f"a collection: {told}" if told else "a collection"

    def holds(self, series: str | None, position: Position) -> bool | None:
        """Whether a book of that number is in it; None if the ranges do not tell."""
        told = [
            mine.covers(position)
            for name, mine in self.ranges
            if series and position.is_known and same_series(name, series) >= SAME_SERIES
        ]
        return any(told) if told else None


def collection_in(offer: Offer, *, wanted_title: str, wanted: Position) -> Collection | None:
    """The collection that a release is, or None if it is a single book, or the very collection that is wanted."""
    entries = [(name, parse(position)) for name, position in offer.series]
    entries += essence(offer.title, series=[name for name, _ in entries], people=offer.authors).mentioned
    ranges = tuple((name, position) for name, position in entries if position.is_range and position.part is None)
    is_wanted_title = same_title(without_people(clean(offer.title), offer.authors), wanted_title) >= SAME_TITLE
    if any(position.spans == wanted.spans for _, position in ranges):
        return None
    if ranges and (wanted.is_known or not is_wanted_title):
        return Collection(ranges)
    if names_a_collection(offer.title) and not is_wanted_title:
        return Collection()
    return _whole_series(offer, entries, wanted)


def _whole_series(offer: Offer, entries: list[tuple[str, Position]], wanted: Position) -> Collection | None:
    """A release called like its series, without a number, that says it holds all of it."""
    if not any(same_series(offer.title, name) == 1 and not position.is_known for name, position in entries):
        return None
    says_all = re.search(r"\b(?:all|complete|entire|whole|[0-9]+)\b.*\b(?:novels|books|series)\b", fold(offer.tags))
    return Collection() if says_all and wanted.is_known else None


def mentions(offer: Offer, title: str) -> bool:
    """Whether the tags or the description name a title; titles of one short word are too common to tell."""
    wanted = title_key(title)
    if len(wanted) < 6:
        return False
    return any(f" {wanted} " in f" {fold(text)} " for text in (offer.tags, offer.description))
