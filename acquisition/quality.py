"""Which of several releases of one book is the best edition."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from acquisition.matching.offers import Offer
from acquisition.matching.signs import AUDIO_TYPES, part_named
from library.identity import same_person
from library.identity.names import fold
from library.identity.works import SAME_PERSON

POLICY_VERSION = "quality-1"

USUAL_RATES = (32, 40, 48, 56, 64, 80, 96, 112, 128)
IDEAL_RATE = 128  # more is no gain for speech
ACCEPTABLE_RATE = 64
UNKNOWN_RATE = ACCEPTABLE_RATE - 0.5
TOLERANCE = 0.05
SPLIT_HANDICAP = 0.75  # a release in parts must have a rate higher by a third to count as much as a complete one
FEW_FILES = 6
SCORED_SEEDERS = 10

Key: TypeAlias = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a release does in one criterion: `value` is what the comparison uses, `share` is out of 1 for display."""

    criterion: str
    value: float
    share: float
    words: str


@dataclass(frozen=True, slots=True)
class Quality:
    """The worth of an edition: verdicts in the order in which they decide; `score` (0-100) only displays."""

    verdicts: tuple[Verdict, ...]
    score: int

    @property
    def key(self) -> Key:
        """Compares editions: the greater is the better."""
        return tuple(verdict.value for verdict in self.verdicts)

    @property
    def edition_key(self) -> Key:
        """The same without seeders and cost, which say nothing about the recording."""
        return tuple(verdict.value for verdict in self.verdicts if verdict.criterion not in {"seeders", "cost"})


@dataclass(frozen=True, slots=True)
class Assessed:
    """An offer with its quality."""

    offer: Offer
    quality: Quality
    is_free: bool = False


_WEIGHTS = {
    "unabridged": 30, "narrator": 15, "bitrate": 25, "complete": 6, "known narrator": 6, "branding": 5,
    "chapters": 7, "seeders": 4, "cost": 2,
}  # fmt: skip


def assess(
    offer: Offer, wanted_narrator: str | None = None, runtime_s: float | None = None, *, is_free: bool = False
) -> Quality:
    """Judge an edition criterion by criterion.

    `runtime_s` is the catalogue's runtime of the book, used to work out the bitrate where the listing states neither
    rate nor length.
    """
    verdicts = (
        _unabridged(offer),
        _wanted_narrator(offer, wanted_narrator),
        _bitrate(offer, runtime_s),
        _complete(offer),
        _known_narrator(offer),
        _branding(offer),
        _chapters(offer),
        Verdict(
            "seeders", offer.seeders, min(offer.seeders, SCORED_SEEDERS) / SCORED_SEEDERS, f"{offer.seeders} seeders"
        ),
        Verdict("cost", int(is_free), int(is_free), "free or VIP" if is_free else "counts against the ratio"),
    )
    score = sum(_WEIGHTS[verdict.criterion] * verdict.share for verdict in verdicts)
    return Quality(verdicts, round(score))


def best(assessed: Sequence[Assessed]) -> Assessed | None:
    """The best edition, whatever it costs; among equals the first."""
    return max(assessed, key=lambda one: one.quality.key, default=None)


def best_free_first(assessed: Sequence[Assessed]) -> Assessed | None:
    """The best free edition unless a paid one is clearly better; more seeders do not make it so."""
    free = best([one for one in assessed if one.is_free])
    first = best(assessed)
    if free and first and free.quality.edition_key >= first.quality.edition_key:
        return free
    return first


_ABRIDGED = re.compile(r"(?<!not )(?<!un)\babridged\b")


def is_abridged(offer: Offer) -> bool:
    """Whether the listing says so; silence means unabridged."""
    if offer.abridged:
        return True
    text = fold(f"{offer.title} | {offer.tags}")
    return bool(_ABRIDGED.search(text)) and "unabridged" not in text


def _unabridged(offer: Offer) -> Verdict:
    whole = not is_abridged(offer)
    return Verdict("unabridged", int(whole), int(whole), "unabridged" if whole else "abridged")


def _wanted_narrator(offer: Offer, wanted: str | None) -> Verdict:
    if not wanted:
        return Verdict("narrator", 0, 1, "any narrator will do")
    read_by = any(same_person(wanted, name) > SAME_PERSON for name in offer.narrators)
    if read_by or (not offer.narrators and f" {fold(wanted)} " in f" {fold(offer.text)} "):
        return Verdict("narrator", 1, 1, f"read by {wanted}, as wanted")
    return Verdict("narrator", 0, 0, f"not known to be read by {wanted}")


_RATE = re.compile(
    r"(?<![0-9.,])(?P<rate>[0-9]{2,3})\s?(?:k(?:b(?:ps|s|/s|it/s|its?)|ps|bit)|(?P<short>kb?))(?![A-Za-z0-9/])"
    r"|\bbitrate:?\s*(?P<plain>[0-9]{2,3})(?![0-9])",
    re.IGNORECASE,
)
_HIGH_RATES = (160, 192, 224, 256, 320)
_HOURS = r"(?<![0-9.:])(?P<hours>[0-9]{1,3})\s?(?:hours?|hrs?|h)\b\.?"
_MINUTES = r"(?P<minutes>[0-9]{1,3})\s?(?:minutes?|mins?|m)\b"
_LENGTHS = (
    re.compile(rf"{_HOURS}[\s,]*(?:and|&)?\s*{_MINUTES}", re.IGNORECASE),
    re.compile(r"(?<![0-9:])(?P<hours>[0-9]{1,3}):(?P<minutes>[0-5][0-9]):[0-5][0-9](?![0-9:])"),
    re.compile(rf"\b(?:length|run ?time|duration|running time)\W{{0,3}}{_HOURS}", re.IGNORECASE),
    re.compile(rf"(?:^|[,|;/@])\s*{_HOURS}\s*(?=$|[,|;/])", re.IGNORECASE),
    re.compile(rf"(?:^|[,|;/@]|\blength:?)\s*{_MINUTES}\.?\s*(?=$|[,|;/])", re.IGNORECASE),
)


def stated_rate(offer: Offer) -> int | None:
    """The bitrate in kbit/s that the listing states; "64k" counts only for a usual rate, as "500k copies" is none."""
    for named in _RATE.finditer(offer.text):
        rate = int(named["rate"] or named["plain"])
        if 24 <= rate <= 512 and not (named["short"] and not _is_near(rate, (*USUAL_RATES, *_HIGH_RATES))):
            return rate
    return None


def stated_length_s(offer: Offer) -> float | None:
    """The running time in seconds that the listing states; bare hours must stand apart or be called a length."""
    for pattern in _LENGTHS:
        if named := pattern.search(offer.text):
            parts = named.groupdict()
            return int(parts.get("hours") or 0) * 3600 + int(parts.get("minutes") or 0) * 60 or None
    return None


def _is_near(rate: float, rates: Sequence[int]) -> bool:
    return any(abs(rate - usual) <= usual * TOLERANCE for usual in rates)


def bitrate(offer: Offer, runtime_s: float | None = None) -> float | None:
    """The bitrate in kbit/s, as stated, else from size and running time; None if neither gives a possible one."""
    if rate := stated_rate(offer):
        return rate
    length_s = stated_length_s(offer) or runtime_s
    if not length_s or not offer.size_bytes or len(offer.filetypes & AUDIO_TYPES) > 1:
        return None
    rate_from_size = offer.size_bytes * 8 / length_s / 1000
    return rate_from_size if 16 <= rate_from_size <= 1500 else None


def band(rate: float | None) -> float:
    """The rate as it counts: a usual rate if within 5 % of one, at most 128, and unknown just below 64."""
    if rate is None:
        return UNKNOWN_RATE
    near = [usual for usual in USUAL_RATES if abs(rate - usual) <= usual * TOLERANCE]
    return float(near[-1]) if near else float(min(round(rate), IDEAL_RATE))


def _bitrate(offer: Offer, runtime_s: float | None) -> Verdict:
    rate = bitrate(offer, runtime_s)
    value = band(rate)
    words = "bitrate unknown" if rate is None else f"{rate:.0f} kbit/s"
    if rate is not None and not stated_rate(offer):
        words += ", from size and length"
    if part_named(offer):
        value *= SPLIT_HANDICAP
    return Verdict("bitrate", value, min(value / IDEAL_RATE, 1), words)


def _complete(offer: Offer) -> Verdict:
    part = part_named(offer)
    return Verdict("complete", int(not part), int(not part), f"one of several releases: {part}" if part else "complete")


_READ_BY = re.compile(r"\b(?:[Nn]arrated|[Rr]ead|[Pp]erformed) by:? (?:the author\b|[A-Z])")
_NOBODY = {"full cast", "various", "various narrators", "unknown", "uncredited", "na", "n a", "multiple narrators"}


def _known_narrator(offer: Offer) -> Verdict:
    named = [name for name in offer.narrators if fold(name) not in _NOBODY]
    if not named and _READ_BY.search(offer.text):
        return Verdict("known narrator", 1, 1, "narrator named in the text")
    words = f"read by {', '.join(named[:3])}" if named else "narrator unknown"
    return Verdict("known narrator", int(bool(named)), int(bool(named)), words)


_BRANDED = re.compile(r"\bwatermark(?:s|ed)?\b|\bbrand(?:ed|ing)\b|\bwith (?:ads|adverts|advertisements)\b")
_UNBRANDED = re.compile(
    r"\b(?:no|without|removed?|non|un|free of)\s+(?:\w+ (?:and|or) )?(?:watermark|brand)\w*"
    r"|\b(?:watermark|brand)\w* removed"
)


def _branding(offer: Offer) -> Verdict:
    text = fold(offer.text)
    branded = bool(_BRANDED.search(_UNBRANDED.sub(" ", text)))
    return Verdict("branding", int(not branded), int(not branded), "watermarked" if branded else "no branding known")


_CHAPTERED = re.compile(r"\bchapter(?:s|ed|i[sz]ed)\b|\bby chapter\b")
_NOT_CHAPTERED = re.compile(r"\b(?:no|without|not) chapter(?:s|ed|i[sz]ed)\b")


def _chapters(offer: Offer) -> Verdict:
    """m4b in few files keeps the chapters inside; m4b in more files and anything chapterised comes second."""
    is_m4b = "m4b" in offer.filetypes
    if is_m4b and (offer.numfiles or 1) <= FEW_FILES:
        return Verdict("chapters", 2, 1, "m4b with chapters")
    text = fold(offer.text)
    if is_m4b or (_CHAPTERED.search(text) and not _NOT_CHAPTERED.search(text)):
        return Verdict("chapters", 1, 0.5, "chapters in many files" if is_m4b else "chapterised")
    return Verdict("chapters", 0, 0, "chapters unknown")
