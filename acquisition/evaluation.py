"""How right matching and choice of edition are, measured on labelled searches."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from acquisition import quality
from acquisition.matching import POLICY_VERSION, Kind, Offer, Wish, judge
from library.identity import name_key

Listing = Mapping[str, Any]
Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrong answer; `release_id` is None where nothing was chosen."""

    case_index: int
    release_id: int | None
    what: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts over some cases, and the measures worked out from them; a measure without a count is 1."""

    cases: int = 0
    candidates: int = 0
    accepted_right: int = 0
    accepted_wrong: int = 0
    accepted_open: int = 0
    missed: int = 0
    bundles_taken: int = 0
    best_right: int = 0
    best_wrong: int = 0
    nothing_right: int = 0
    nothing_wrong: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def precision(self) -> float:
        return _share(self.accepted_right, self.accepted_wrong)

    @property
    def recall(self) -> float:
        return _share(self.accepted_right, self.missed)

    @property
    def best_accuracy(self) -> float:
        """Over the cases that have a best edition."""
        return _share(self.best_right, self.best_wrong)

    @property
    def nothing_accuracy(self) -> float:
        """How often nothing is chosen where there is nothing to choose."""
        return _share(self.nothing_right, self.nothing_wrong)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures over all cases, of each author's cases alone, and of all others without that author's."""

    figures: Figures
    by_author: Mapping[str, Figures]
    without_author: Mapping[str, Figures]
    mistakes: tuple[Mistake, ...]
    policy_version: str = POLICY_VERSION
    quality_version: str = field(default=quality.POLICY_VERSION)

    def worst(self, measure: str) -> float:
        """The lowest value of a measure ("precision", "recall", …) when each author is left out in turn."""
        return min((getattr(figures, measure) for figures in self.without_author.values()), default=1.0)


def evaluate(cases: Iterable[Case], releases: Iterable[Listing]) -> Evaluation:
    """Judge every candidate of every case and compare the answers with the labels.

    Accepting a candidate labelled ambiguous counts neither way.
    """
    offers = {listing["id"]: (offer_from_listing(listing), is_free(listing)) for listing in releases}
    by_author: dict[str, Figures] = {}
    mistakes: list[Mistake] = []
    for case in cases:
        author = name_key(case["wanted"]["author"])
        figures = _measure(case, offers, mistakes.append)
        by_author[author] = by_author.get(author, Figures()) + figures
    without = {
        author: sum((figures for other, figures in by_author.items() if other != author), Figures())
        for author in by_author
    }
    return Evaluation(sum(by_author.values(), Figures()), by_author, without, tuple(mistakes))


def offer_from_listing(listing: Listing) -> Offer:
    """An offer from a release in the shape of the tracker's JSON search answer, its people and series as lists."""
    return Offer(
        title=listing["title"],
        authors=tuple(listing["authors"]),
        authors_left_out=listing["authors_left_out"] or 0,
        narrators=tuple(listing["narrators"]),
        series=tuple((entry["name"], entry["position"]) for entry in listing["series"]),
        tags=listing["tags"] or "",
        description=listing["description"] or "",
        mediainfo=listing["mediainfo"] or "",
        filetype=listing["filetype"] or "",
        main_cat=listing["main_cat"],
        category=listing["category"],
        language=listing["lang_code"],
        size_bytes=listing["size_bytes"],
        numfiles=listing["numfiles"],
        abridged=bool(listing["abridged"]),
        seeders=listing["seeders"],
    )


def is_free(listing: Listing) -> bool:
    """Whether taking it costs a VIP member no ratio."""
    return bool(listing["free"] or listing["vip"] or listing["fl_vip"])


def wish_from_case(wanted: Mapping[str, Any]) -> Wish:
    """The wish that a labelled case states."""
    return Wish(
        title=wanted["title"],
        authors=tuple(wanted["authors"]),
        **{name: wanted[name] for name in ("series", "position", "narrator", "isbn", "asin", "language")},
    )


def _measure(case: Case, offers: Mapping[int, tuple[Offer, bool]], report: Callable[[Mistake], None]) -> Figures:
    wish, acceptable, undecided = wish_from_case(case["wanted"]), set(case["acceptable"]), set(case["ambiguous"])
    matches = {release_id: judge(wish, offers[release_id][0]) for release_id in case["candidates"]}
    accepted = [release_id for release_id, match in matches.items() if match.kind == Kind.ACCEPTED]
    wrong = set(accepted) - acceptable - undecided
    missed = acceptable - set(accepted)
    for what, release_ids in (("accepted wrongly", wrong), ("missed", missed)):
        for release_id in sorted(release_ids):
            report(Mistake(case["case_index"], release_id, what, matches[release_id].reasons))
    chosen = _chosen(accepted, offers, wish.narrator)
    has_best = case["best"] is not None
    is_right = chosen in {case["best"], *case["best_also"]} if has_best else chosen is None or chosen in undecided
    if not is_right:
        report(Mistake(case["case_index"], chosen, f"chosen instead of {case['best']}"))
    return Figures(
        cases=1,
        candidates=len(matches),
        accepted_right=len(acceptable.intersection(accepted)),
        accepted_wrong=len(wrong),
        accepted_open=len(undecided.intersection(accepted)),
        missed=len(missed),
        bundles_taken=len(wrong.intersection(case["acceptable_bundle"])),
        best_right=int(has_best and is_right),
        best_wrong=int(has_best and not is_right),
        nothing_right=int(not has_best and is_right),
        nothing_wrong=int(not has_best and not is_right),
    )


def _chosen(accepted: Sequence[int], offers: Mapping[int, tuple[Offer, bool]], narrator: str | None) -> int | None:
    qualities = {
        release_id: quality.assess(offers[release_id][0], narrator, is_free=offers[release_id][1]).key
        for release_id in accepted
    }
    return max(qualities, key=lambda release_id: qualities[release_id], default=None)


def _share(right: int, wrong: int) -> float:
    return right / (right + wrong) if right + wrong else 1.0
