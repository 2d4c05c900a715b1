"""What a word was meant to be: the nearest known one, by the same rule on every database."""

from collections.abc import Iterable

from rapidfuzz.distance import OSA

SHORTEST = 4
"""Shorter words are too near to too many others."""
LONG = 7
"""From here on two slips are forgiven."""
ENDS = 2
"""A slip leaves the first or the last two letters of a word as they are; of a short one, the first."""


def slips(word: str) -> int:
    """How many letters of a word may be wrong, missing, too many or swapped."""
    if len(word) < SHORTEST or word.isdigit():
        return 0
    return 2 if len(word) >= LONG else 1


def nearest(word: str, known: Iterable[tuple[str, int]]) -> str | None:
    """The known word it most likely was meant to be, given with how many books have each; None if all are too far.

    The fewest slips count first, then a beginning in common, then how many books have the word.
    """
    allowed = slips(word)
    best: tuple[int, bool, int, str] | None = None
    for other, count in known:
        distance = OSA.distance(word, other, score_cutoff=allowed)
        if not 0 < distance <= allowed:
            continue
        rank = (distance, other[0] != word[0], -count, other)
        if best is None or rank < best:
            best = rank
    return best[3] if best else None
