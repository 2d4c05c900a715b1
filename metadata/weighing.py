"""Which value of a field to believe, how surely, and whether to write it: decided from claims alone.

A locked field is left alone. Then come, in this order: canonical sources that agree, a single canonical source, the
tracker's listing, what the library says. Words heard by a recogniser with an open vocabulary rank above all but the
lock for title, series and position; one that was given the candidates only breaks ties. Nothing empty and nothing less
sure overwrites. Below 0.6 nothing happens, up to 0.9 a person is asked, above it is written.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from mamcrawler.lib.sources import source_name
from metadata.normal_forms import cluster, is_empty, same

POLICY_VERSION = "2026.1"

PROPOSE_FROM = 0.6
WRITE_ABOVE = 0.9
DISPUTE_COST = 0.6  # times the share of the weight that is on the other side: two equals keep 70 %

PROTECTED = frozenset({"title", "narrators", "runtime_s"})  # one source alone never overwrites these
SPOKEN_FIELDS = frozenset({"title", "series", "position"})  # what an intro names
MATTERS_OF_TASTE = frozenset({"description", "cover_url", "genres"})  # two answers do not contradict each other

SPOKEN_OPEN = "speech"
SPOKEN_CLOSED = "speech-given-candidates"
TRACKER = frozenset({"mam", "prowlarr"})
LIBRARY = frozenset({"library", "audiobookshelf", "folder"})

# How far a source is trusted, by field; "" is any field not named. Two sources of one origin are one source.
WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "audnexus": {"": 0.96, "title": 0.94, "series": 0.92, "description": 0.95, "isbn": 0.85},
    "audible": {"": 0.95, "title": 0.93, "series": 0.92},
    "hardcover": {"": 0.92, "series": 0.95, "narrators": 0.88, "runtime_s": 0.85, "publisher": 0.85},
    "google-books": {"": 0.85, "series": 0.5, "publisher": 0.7, "released_on": 0.7},
    "open-library": {"": 0.8, "series": 0.5, "publisher": 0.65, "released_on": 0.65},
    "itunes": {"": 0.85, "title": 0.8, "series": 0.5, "released_on": 0.75},
    "goodreads": {"": 0.85, "series": 0.9},
    "mam": {"": 0.7, "description": 0.5},
    "prowlarr": {"": 0.6},
    SPOKEN_OPEN: {"": 0.8, "title": 0.93, "narrators": 0.88},
    SPOKEN_CLOSED: {"": 0.5},
    "library": {"": 0.5},
}
ORIGINS: Mapping[str, str] = {
    "audnexus": "audible",
    "prowlarr": "mam",
    "audiobookshelf": "library",
    "folder": "library",
}


class Action(StrEnum):
    """What is to happen to a field."""

    WRITE = "write"
    PROPOSE = "propose"
    KEEP = "keep"


class Standing(IntEnum):
    """How high a group of agreeing claims stands before its confidence is looked at."""

    NONE = 0
    LIBRARY = 1
    TRACKER = 2
    SINGLE = 3
    AGREED = 4
    SPOKEN = 5


@dataclass(frozen=True)
class ClaimValue:
    """One value for one field from one source; a canonical one is a catalogue of books, not the words of one copy."""

    field: str
    value: Any
    source: str
    canonical: bool
    confidence: float


@dataclass(frozen=True)
class Held:
    """What a field holds today, and how sure we were when it was put there (0 when nobody knows)."""

    value: Any
    confidence: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """What was decided for one field, and why. `verified`: two independent sources say so."""

    field: str
    value: Any
    confidence: float
    sources: tuple[str, ...]
    action: Action
    why: str
    verified: bool = False


def trust(source: str, field: str) -> float:
    """How far a source is trusted with a field, between 0 and 1."""
    weights = WEIGHTS.get(source, {"": PROPOSE_FROM})
    return weights.get(field, weights[""])


def weigh(claims: Iterable[ClaimValue], *, locked: Collection[str], current: Mapping[str, Held]) -> list[Verdict]:
    """One verdict for each field that a claim names, sorted by field; the order of the claims changes nothing."""
    by_field: dict[str, list[ClaimValue]] = {}
    for claim in claims:
        by_field.setdefault(claim.field, []).append(claim)
    return [
        _verdict(field, by_field[field], is_locked=field in locked, held=current.get(field, Held(None)))
        for field in sorted(by_field)
    ]


@dataclass(frozen=True)
class _Group:
    """Claims that say the same, the most trusted first."""

    field: str
    claims: tuple[ClaimValue, ...]

    @property
    def value(self) -> Any:
        return self.claims[0].value

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(sorted({claim.source for claim in self.claims}))

    @property
    def by_origin(self) -> dict[str, float]:
        """The best confidence of each independent source; words given to a recogniser are nobody's own."""
        best: dict[str, float] = {}
        for claim in self.claims:
            if claim.source != SPOKEN_CLOSED:
                origin = ORIGINS.get(claim.source, claim.source)
                best[origin] = max(best.get(origin, 0.0), claim.confidence)
        return best

    @property
    def witnesses(self) -> frozenset[str]:
        """The independent sources; the library is none, since its words may be copied from any other."""
        return frozenset(self.by_origin) - {"library"}

    @property
    def standing(self) -> Standing:
        canonical = {ORIGINS.get(claim.source, claim.source) for claim in self.claims if claim.canonical}
        sources = set(self.sources)
        if SPOKEN_OPEN in sources and self.field in SPOKEN_FIELDS:
            return Standing.SPOKEN
        if canonical:
            return Standing.AGREED if len(canonical) > 1 else Standing.SINGLE
        if sources & TRACKER or SPOKEN_OPEN in sources:
            return Standing.TRACKER
        return Standing.LIBRARY if sources - {SPOKEN_CLOSED} else Standing.NONE

    @property
    def support(self) -> float:
        """How surely all of them together are right, if nobody contradicts."""
        return 1.0 - math.prod(1.0 - confidence for confidence in sorted(self.by_origin.values()))

    @property
    def order(self) -> tuple[int, int, float, bool, str]:
        """The strongest group has the greatest of these; its text settles what nothing else does."""
        is_heard = SPOKEN_CLOSED in self.sources
        return (self.standing, len(self.witnesses), round(self.support, 6), is_heard, repr(self.value))


def _verdict(field: str, claims: list[ClaimValue], *, is_locked: bool, held: Held) -> Verdict:
    groups = sorted(_groups(field, claims), key=lambda group: group.order, reverse=True)
    if is_locked:
        return Verdict(field, held.value, 1.0, (), Action.KEEP, "A curator has locked this field.")
    if not groups:
        return Verdict(field, held.value, held.confidence, (), Action.KEEP, "No source names a value.")
    best = groups[0]
    disputing = [] if field in MATTERS_OF_TASTE else [other for other in groups[1:] if _disputes(best, other)]
    confidence = round(_confidence(best, disputing), 4)
    action, why = _action(best, disputing, confidence, held)
    return Verdict(field, best.value, confidence, best.sources, action, why, verified=len(best.witnesses) > 1)


def _groups(field: str, claims: list[ClaimValue]) -> list[_Group]:
    told = [claim for claim in claims if not is_empty(claim.value)]
    told.sort(key=lambda claim: (-claim.canonical, -claim.confidence, claim.source, repr(claim.value)))
    together = cluster(field, [claim.value for claim in told])
    return [_Group(field, tuple(told[place] for place in places)) for places in together]


def _disputes(best: _Group, other: _Group) -> bool:
    """A lower voice is simply overruled; catalogues that stand beside each other dispute."""
    return other.standing >= min(best.standing, Standing.SINGLE)


def _confidence(best: _Group, disputing: list[_Group]) -> float:
    ours = sum(sorted(best.by_origin.values()))
    theirs = max((sum(sorted(other.by_origin.values())) for other in disputing), default=0.0)
    share = theirs / (ours + theirs) if ours + theirs else 0.0
    return best.support * (1.0 - DISPUTE_COST * share)


def _action(best: _Group, disputing: list[_Group], confidence: float, held: Held) -> tuple[Action, str]:
    sure = _percent(confidence)
    said = f"{_list_of(best.sources)} {'say' if len(best.sources) > 1 else 'says'} so"
    if disputing:
        others = sorted({name for other in disputing for name in other.sources})
        said += f", but {_list_of(others)} {'disagree' if len(others) > 1 else 'disagrees'}"
    if not is_empty(held.value) and same(best.field, held.value, best.value):
        return Action.KEEP, f"It already holds this: {said}."
    if confidence < PROPOSE_FROM:
        return Action.KEEP, f"Not sure enough ({sure}, {_percent(PROPOSE_FROM)} is needed): {said}."
    if not is_empty(held.value):
        if confidence <= held.confidence:
            return (
                Action.KEEP,
                f"No surer ({sure}) than what is there ({_percent(held.confidence)}): {said}.",
            )
        if best.field in PROTECTED and len(best.witnesses) < 2:
            return Action.PROPOSE, f"One source alone never overwrites this field: {said}."
    if confidence <= WRITE_ABOVE:
        return (
            Action.PROPOSE,
            f"Likely, but what is less than {_percent(WRITE_ABOVE)} sure is only proposed: {said}.",
        )
    return Action.WRITE, f"Sure enough ({sure}): {said}."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _list_of(names: Collection[str]) -> str:
    *first, last = (source_name(name) for name in names)
    return f"{', '.join(first)} and {last}" if first else last
