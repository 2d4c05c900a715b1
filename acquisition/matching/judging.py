"""The judgement of one offer against one wish."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from acquisition.matching import signs
from acquisition.matching.offers import Offer, Wish
from library.identity import Comparison, Verdict, Work, compare, same_person, same_series
from library.identity.names import fold
from library.identity.titles import essence
from library.identity.works import SAME_PERSON, SAME_SERIES, Outcome
from library.positions import Position, parse

POLICY_VERSION = "matching-1"

_NOT_THE_THING = ("medium", "language", "form", "author")


class Kind(StrEnum):
    ACCEPTED = "accepted"
    BUNDLE = "bundle"
    AMBIGUOUS = "ambiguous"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Match:
    """What an offer is to a wish: `score` is how sure we are that it is the book, `reasons` say why to a person."""

    kind: Kind
    score: float
    features: dict[str, Any]
    reasons: tuple[str, ...]


def judge(wish: Wish, offer: Offer) -> Match:
    """Decide whether an offer is the wanted book, whole, by itself, as an audiobook in the wanted language.

    What the listing does not say about language or medium leaves the answer open; it never counts as agreement.
    """
    work, offered = _wanted_work(wish), _offered_work(wish, offer)
    comparison = compare(work, offered)
    if differing := [name for name in _NOT_THE_THING if comparison.feature(name).outcome == Outcome.DIFFERS]:
        return _match(Kind.REJECTED, comparison, comparison.feature(differing[0]).words)
    if signs.is_about_the_book(offer) and not signs.is_about_the_book(replace(offer, title=wish.title)):
        return _match(Kind.REJECTED, comparison, "about the book, or a sample of it")
    part = signs.part_named(offer)
    if part and not signs.part_named(Offer(title=wish.title, series=work.series)):
        return _match(Kind.REJECTED, comparison, f"only a part of the book: {part}")
    if collection := signs.collection_in(offer, wanted_title=wish.title, wanted=_position(wish)):
        return _judge_collection(wish, offer, collection, comparison)
    return _judge_single(comparison, wish, offer)


def _judge_single(comparison: Comparison, wish: Wish, offer: Offer) -> Match:
    if comparison.verdict == Verdict.DIFFERENT:
        return _match(Kind.REJECTED, comparison)
    if comparison.verdict == Verdict.AMBIGUOUS:
        return _match(Kind.AMBIGUOUS, comparison)
    if comparison.feature("medium").outcome == Outcome.UNKNOWN:
        return _match(Kind.AMBIGUOUS, comparison, "the listing does not say whether it is an audiobook")
    if wish.language and comparison.feature("language").outcome == Outcome.UNKNOWN:
        return _match(Kind.AMBIGUOUS, comparison, "the listing does not say its language")
    if signs.is_by_cast_company(offer) and "unabridged" not in fold(offer.text):
        return _match(Kind.AMBIGUOUS, comparison, f"may be a cast production: {', '.join(offer.narrators)}")
    return _match(Kind.ACCEPTED, comparison)


def _judge_collection(wish: Wish, offer: Offer, collection: signs.Collection, comparison: Comparison) -> Match:
    own_title = essence(wish.title, series=[wish.series or ""], people=wish.authors).own
    holds = collection.holds(wish.series, _position(wish))
    if holds is None and own_title and signs.mentions(offer, own_title):
        holds = True
    if holds is None and not collection.ranges and wish.series:
        holds = any(same_series(name, wish.series) >= SAME_SERIES for name, _ in offer.series) or None
    if comparison.feature("author").outcome != Outcome.AGREES:
        return _match(Kind.REJECTED, comparison, collection.words)
    if holds:
        sure = "with" if collection.ranges else "which may come with"
        return _match(Kind.BUNDLE, comparison, f"{collection.words}, {sure} the wanted book in it")
    told = "without the wanted book" if holds is False else "not known to hold the wanted book"
    return _match(Kind.REJECTED, comparison, f"{collection.words}, {told}")


def _match(kind: Kind, comparison: Comparison, why: str = "") -> Match:
    features: dict[str, Any] = {
        feature.name: {"outcome": feature.outcome.value, "value": feature.value} for feature in comparison.features
    }
    features |= {"comparison": comparison.verdict.value, "confidence": comparison.confidence}
    limits = {
        Kind.ACCEPTED: (0.75, 1.0),
        Kind.BUNDLE: (0.0, 0.6),
        Kind.AMBIGUOUS: (0.0, 0.7),
        Kind.REJECTED: (0.0, 0.35),
    }
    low, high = limits[kind]
    reasons = dict.fromkeys(filter(None, (why, *comparison.reasons)))
    return Match(kind, min(max(comparison.confidence, low), high), features, tuple(reasons))


def _position(wish: Wish) -> Position:
    return parse(wish.position)


def _wanted_work(wish: Wish) -> Work:
    return Work(
        title=wish.title,
        authors=wish.authors,
        series=((wish.series, wish.position),) if wish.series else (),
        language=wish.language,
        narrators=(wish.narrator,) if wish.narrator else (),
        isbn=wish.isbn,
        asin=wish.asin,
        dramatised=signs.wants_dramatised(wish.title),
        medium=signs.AUDIOBOOK,
    )


def _offered_work(wish: Wish, offer: Offer) -> Work:
    return Work(
        title=offer.title,
        authors=_authors(wish, offer),
        series=offer.series,
        language=offer.language,
        narrators=offer.narrators,
        isbn=offer.isbn or _named(wish.isbn, offer),
        asin=offer.asin or _named(wish.asin, offer),
        abridged=offer.abridged,
        dramatised=signs.is_dramatised(offer),
        medium=signs.medium_of(offer),
    )


def _authors(wish: Wish, offer: Offer) -> tuple[str, ...]:
    """The authors on offer: unknown where a cut list lacks the wanted one, looked for in the text if none is listed."""
    listed = any(same_person(wanted, name) > SAME_PERSON for wanted in wish.authors for name in offer.authors)
    if offer.authors and (listed or not offer.authors_left_out):
        return offer.authors
    text = f" {fold(offer.title)} | {fold(offer.tags)} "
    return tuple(name for name in wish.authors if len(fold(name)) > 5 and f" {fold(name)} " in text)


def _named(identifier: str | None, offer: Offer) -> str | None:
    """The wanted ISBN or ASIN, if the listing's text names it."""
    plain = re.sub(r"[\s-]", "", identifier or "").upper()
    text = f"{offer.tags} {offer.description}".upper()
    return (
        identifier
        if len(plain) >= 10 and re.search(rf"\b{re.escape(plain)}\b", re.sub(r"(?<=[0-9])-(?=[0-9X])", "", text))
        else None
    )
