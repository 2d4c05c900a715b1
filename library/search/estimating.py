"""How many books a search may find, told from how many have each of its words: what is common is read otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

from library.search.documents import facet_parts
from library.search.tree import All, AnyOf, Between, Facet, Identifier, Node, Not, Text


class Way(Enum):
    """How the books that a search finds are looked up."""

    READ = auto()  # the document of each book, in the order of the books, until there are enough
    IN_ORDER = auto()  # the keys of all are gathered, and looked for among them are the books in their order
    SORTED = auto()  # the keys of all are gathered, and their books sorted


@dataclass(frozen=True)
class Costs:
    """What a database takes for a book, in microseconds, as measured over 100,000; what counts is how they compare.

    :param read_us: to read its document.
    :param gather_us: to have the full text tell its key.
    :param probe_us: to look for its key among those that were gathered.
    :param sort_us: to look up its place in the order, and to sort.
    """

    read_us: float
    gather_us: float
    probe_us: float
    sort_us: float

    def cheapest(self, share: float, total: int, until: int) -> Way:
        """How to look up so many books from the beginning on, of a search that finds a share of all there are."""
        found = share * total
        passed = min(until / share, total) if share else total
        gathered = found * self.gather_us
        costs = {
            Way.READ: passed * self.read_us,
            Way.IN_ORDER: gathered + passed * self.probe_us,
            Way.SORTED: gathered + found * self.sort_us,
        }
        return min(costs, key=costs.__getitem__)


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
    """So many books are found for certain, as far as the counts are those of the books of today.

    :param counts: for a beginning of the word that most books have.
    """
    match node:
        case Text((word,), "", is_prefix):
            return counts["", word, is_prefix]
        case Facet(token):
            return counts[*facet_parts(token), False]
        case AnyOf(parts):
            return max((at_least(part, counts) for part in parts), default=0)
    return 0


def share(node: Node, counts: Mapping[Known, int], total: int) -> float:
    """Which part of all books is found, from 0 to 1, taking words to be independent of each other.

    :param counts: for a beginning of all words together.
    """
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
