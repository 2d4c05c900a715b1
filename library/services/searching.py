"""Finding books: the search as understood, what it may have meant, and what the found books have in common."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from library import search
from library.identity.languages import language_name
from library.models import Author, Book, BookQuerySet, Narrator, SearchDocument, SearchWord, Series
from library.search import correcting, estimating, tree, vocabulary
from library.search.documents import FACETS, facet, facet_parts
from library.search.estimating import Way
from mamcrawler.lib.keyed import by_keys

MOST_COUNTED = 1_000
"""Of so many found books facets are counted; beyond, the counts say of how many they are."""
FEW = 250
"""So many found books are known by their keys, and so far a search is counted."""
A_PAGE = 100
"""So many books from the beginning on are asked for where nothing else is said: a page, and that there is another."""
COMMON_IN_PART = 0.04
"""From this share of all books on documents are read one by one where a search asks for more than words."""
MOST_SHOWN = 8
"""So many values of a facet are offered."""
_NAMED = {"author": Author, "series": Series, "narrator": Narrator}
_LABELS = {"author": "Author", "series": "Series", "narrator": "Narrator", "format": "Format",
           "language": "Language", "decade": "Decade", "standing": "Standing"}  # fmt: skip
Chosen = Mapping[str, str]
"""The value chosen of each facet, by kind."""


@dataclass(frozen=True)
class Found:
    """What a search finds."""

    condition: Q
    node: tree.Node
    troubles: tuple[tree.Trouble, ...] = ()
    total: int | None = None  # None where there are many
    corrected: tuple[tuple[str, str], ...] = ()  # words that nothing has, and what was searched instead

    @property
    def is_everything(self) -> bool:
        """Whether no book is left out."""
        return self.node == tree.All()

    @property
    def more_than(self) -> int:
        """More than so many books are found for certain."""
        return FEW if self.total is None and not self.is_everything else 0

    @property
    def books(self) -> BookQuerySet:
        """The books that are found; where nothing is left out, those of authors' lists that nobody took up are."""
        return Book.objects.claimed() if self.is_everything else Book.objects.filter(self.condition)


@dataclass(frozen=True)
class _Likely:
    """How many books a search may find, as a share of all there are, and how many it finds for certain."""

    share: float
    at_least: int
    total: int


@dataclass(frozen=True)
class FacetValue:
    """One value that found books have, how many have it, and whether it was chosen."""

    value: str
    label: str
    count: int
    is_chosen: bool = False


@dataclass(frozen=True)
class Told:
    """A chosen facet in words: "Author", "Ursula K. Le Guin"."""

    kind: str
    facet: str
    label: str


@dataclass(frozen=True)
class FacetCounts:
    """The values of one facet, those of most books first."""

    kind: str
    label: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True)
class Facets:
    """What found books have in common; counted among `counted` of them when there are more."""

    facets: tuple[FacetCounts, ...] = ()
    counted: int | None = None


def find(text: str, chosen: Chosen | None = None, *, of_all: bool = False, until: int = A_PAGE) -> Found:
    """The books that a text and chosen facets ask for.

    Words find every book. What asks for none, such as `NOT dune` or `year:1990`, narrows the list of all books, and
    leaves out as that does what only authors' lists told of. Only when the words find nothing, those that no book has
    are taken for the nearest known ones. Costs one query, and three more where nothing is found.

    :param of_all: narrow a list that leaves nothing out.
    :param until: so many books from the beginning on will be asked for; it matters for speed alone.
    """
    parsed = search.parse(text)
    tokens = [tree.Facet(facet(kind, value)) for kind, value in sorted((chosen or {}).items())]
    is_ours = not of_all and _asks_for_none(parsed.node)
    found = _found(_with(parsed.node, tokens), parsed.troubles, until, is_ours=is_ours)
    if found.total != 0 or not any(search.words_in(parsed.node)):
        return found
    if not (corrections := _corrections(parsed.node)):
        return found
    meant = _found(_with(_corrected(parsed.node, corrections), tokens), parsed.troubles, until)
    return replace(meant, corrected=tuple(sorted(corrections.items())))


def facets_of(found: Found, *, of: BookQuerySet | None = None, chosen: Chosen | None = None) -> Facets:
    """What the found books have in common; a constant number of queries.

    :param of: those of the found books that are shown, where others are left out.
    """
    counted: int | None = None
    if found.is_everything and of is None:
        counts = _counts_of_all()
    else:
        books = found.books if of is None else of
        keys = list(books.order_by().values_list("pk", flat=True)[: MOST_COUNTED + 1])
        tokens = " ".join(facets for (facets,) in _facets_of(keys[:MOST_COUNTED]))
        counted = MOST_COUNTED if len(keys) > MOST_COUNTED else None
        counts = Counter(tokens.split())
    return Facets(_arranged(counts, chosen or {}), counted)


@by_keys
def _facets_of(books: RawSQL) -> QuerySet[SearchDocument, Any]:
    return SearchDocument.objects.filter(pk__in=books).order_by().values_list("facets")


def told(chosen: Chosen) -> list[Told]:
    """Chosen facets in words; one query for each that is a person or a series."""
    names = {kind: _names(kind, [int(chosen[kind])]) for kind in _NAMED if kind in chosen}
    return [Told(kind, _LABELS[kind], _label(kind, value, names)) for kind, value in chosen.items()]


def _asks_for_none(node: tree.Node) -> bool:
    """Whether a search wants no words and no number of a book, only leaves some out."""
    if isinstance(node, tree.All | tree.AnyOf):
        return all(_asks_for_none(part) for part in node.parts)
    return not isinstance(node, tree.Text | tree.Identifier)


def _found(node: tree.Node, troubles: tuple[tree.Trouble, ...], until: int, *, is_ours: bool = False) -> Found:
    """What a tree finds; no database plans well around a full text, so how to look it up is settled here.

    The keys of few books are looked up at once; for more the cheapest way is taken.

    :param is_ours: leave out what only authors' lists told of.
    """
    if node == tree.All():
        return Found(Q(), node, troubles)
    ours = Q(is_unclaimed=False) if is_ours else Q()
    of_ours = Q(book__is_unclaimed=False) if is_ours else Q()
    likely, told, is_text = _likely(node), search.told_by_document(node), search.is_text(node)
    way = _way(likely, until, is_text=is_text)
    if told is not None and way == Way.READ:
        documents = SearchDocument.objects.filter(told)
        if likely.at_least > FEW or len(keys := _first(documents.filter(of_ours))) > FEW:
            by_book = search.told_by_book(node)
            return Found(ours & (Q(_read_one_by_one(told)) if by_book is None else by_book), node, troubles)
        return Found(Q(pk__in=keys), node, troubles, total=len(keys))
    documents = SearchDocument.objects.filter(search.condition(node, of=""))
    keys = search.first_keys(node, FEW + 1) if is_text else _first(documents.filter(of_ours))  # the text knows ours
    if len(keys) <= FEW:
        return Found(Q(pk__in=keys), node, troubles, total=len(keys))
    if not is_text:
        return Found(ours & Q(pk__in=documents.values("pk")), node, troubles)
    return Found(search.condition(node) if way == Way.SORTED else search.in_order(node), node, troubles)


def _way(likely: _Likely, until: int, *, is_text: bool) -> Way:
    if is_text:
        return search.engine().COSTS.cheapest(likely.share, likely.total, until)
    return Way.READ if likely.share >= COMMON_IN_PART else Way.SORTED


def _first(documents: QuerySet[SearchDocument]) -> list[int]:
    return list(documents.order_by().values_list("pk", flat=True)[: FEW + 1])


def _read_one_by_one(told: Q) -> Subquery:
    """A condition on books that reads the document of each; a database may not turn it into a join of all."""
    document = SearchDocument.objects.filter(pk=OuterRef("pk")).order_by()
    held = document.annotate(held=ExpressionWrapper(told, BooleanField())).values("held")
    return Subquery(held, output_field=BooleanField())


def _likely(node: tree.Node) -> _Likely:
    """How many books a tree may find, by one query for how many have each of its words."""
    counted = vocabulary.counts(estimating.known_of(node))
    total = counted.of_all or 1
    return _Likely(estimating.share(node, counted.together, total), estimating.at_least(node, counted.most), total)


def _with(node: tree.Node, tokens: Sequence[tree.Node]) -> tree.Node:
    if not tokens:
        return node
    parts = node.parts if isinstance(node, tree.All) else (node,)
    return tree.All((*parts, *tokens)) if len(parts) + len(tokens) > 1 else tokens[0]


def _corrections(node: tree.Node) -> dict[str, str]:
    """Words that no book has, with the nearest that some book has; what stands in quotation marks is meant so."""
    texts = [text for text in search.words_in(node) if text.is_prefix]
    asked = {("", word, False) for text in texts for word in text.words if correcting.slips(word)}
    asked |= {("", text.words[-1], True) for text in texts if correcting.slips(text.words[-1])}
    has = {word for (_, word, _), count in vocabulary.counts(asked).most.items() if count > 0}
    return vocabulary.nearest(sorted({word for _, word, _ in asked} - has))


def _corrected(node: tree.Node, corrections: Mapping[str, str]) -> tree.Node:
    if isinstance(node, tree.Text):
        words = tuple(corrections.get(word, word) for word in node.words)
        return replace(node, words=words, is_prefix=node.is_prefix and words == node.words)
    if isinstance(node, tree.All | tree.AnyOf):
        return replace(node, parts=tuple(_corrected(part, corrections) for part in node.parts))
    return node


def _counts_of_all() -> Counter[str]:
    """How many books of the whole library have each value, of those that most have."""
    counts: Counter[str] = Counter()
    for kind in FACETS:
        most = SearchWord.objects.filter(kind=kind, count__gt=0).order_by("-count", "word")[:MOST_SHOWN]
        counts |= Counter({f"{kind}{word}": count for word, count in most.values_list("word", "count")})
    return counts


def _arranged(counts: Mapping[str, int], chosen: Chosen) -> tuple[FacetCounts, ...]:
    by_kind: dict[str, list[tuple[str, int]]] = {kind: [] for kind in FACETS}
    for token, count in counts.items():
        kind, value = facet_parts(token)
        by_kind[kind].append((value, count))
    for kind, values in by_kind.items():
        by_kind[kind] = _most(values, chosen.get(kind))
    by_kind["decade"].sort(reverse=True)
    names = {kind: _names(kind, [int(value) for value, _ in by_kind[kind]]) for kind in _NAMED}
    return tuple(
        FacetCounts(kind, _LABELS[kind], tuple(_value(kind, pair, names, chosen) for pair in by_kind[kind]))
        for kind in FACETS
        if by_kind[kind]
    )


def _most(values: Sequence[tuple[str, int]], chosen: str | None) -> list[tuple[str, int]]:
    return nsmallest(MOST_SHOWN, values, key=lambda pair: (pair[0] != chosen, -pair[1], pair[0]))


def _names(kind: str, keys: Sequence[int]) -> dict[int, str]:
    return dict(_NAMED[kind]._default_manager.filter(pk__in=keys).values_list("pk", "name"))


def _value(kind: str, pair: tuple[str, int], names: Mapping[str, Mapping[int, str]], chosen: Chosen) -> FacetValue:
    value, count = pair
    return FacetValue(value, _label(kind, value, names), count, chosen.get(kind) == value)


def _label(kind: str, value: str, names: Mapping[str, Mapping[int, str]]) -> str:
    if kind in names:
        return names[kind].get(int(value), value)
    if kind == "standing":
        return Book.Standing(value).label
    if kind == "decade":
        return f"{value}s"
    return language_name(value) if kind == "language" else value.upper()
