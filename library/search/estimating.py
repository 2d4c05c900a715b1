"""How many books a search may find, told from how many have each of its words: what is common is read otherwise."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from library.search.documents import facet_parts
from library.search.tree import All, AnyOf, Between, Facet, Identifier, Node, Not, Text

Known: TypeAlias = tuple[str, str, bool]
"""Kind, word, and whether it is a beginning: what a count of books is known of."""
BETWEEN_SHARE = 0.3
"""Of how many books a number may be within bounds: nothing is known of it beforehand."""


def known_of(node: Node) -> Iterator[Known]:
    """What has to be counted to estimate a search."""
    match node:
        case Text(words, _, is_prefix):
            yield from (("", word, False) for word in words[:-1])
            yield "", words[-1], is_prefix
        case Facet(token):
            yield *facet_parts(token), False
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from known_of(part)
        case Not(part):
            yield from known_of(part)


def at_least(node: Node, counts: Mapping[Known, int]) -> int:
    """So many books are found for certain, as far as the counts are those of the books of today."""
    match node:
        case Text((word,), "", is_prefix):
            return counts["", word, is_prefix]
        case Facet(token):
            return counts[*facet_parts(token), False]
        case AnyOf(parts):
            return max((at_least(part, counts) for part in parts), default=0)
    return 0


def share(node: Node, counts: Mapping[Known, int], total: int) -> float:
    """Which part of all books is found, from 0 to 1, taking words to be independent of each other."""
    match node:
        case Text(words, _, is_prefix):
            found = min(counts["", word, is_prefix and word == words[-1]] for word in words) / total
        case Facet(token):
            found = counts[*facet_parts(token), False] / total
        case Identifier():
            found = 0.0
        case Between():
            found = BETWEEN_SHARE
        case Not(part):
            found = 1 - share(part, counts, total)
        case AnyOf(parts):
            found = max((share(part, counts, total) for part in parts), default=0.0)
        case All(parts):
            found = 1.0
            for part in parts:
                found *= share(part, counts, total)
    return min(found, 1.0)
