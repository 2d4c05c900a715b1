"""From the tree of a search to a condition on books, in the words of the database at hand."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from library.search import engine_postgres, engine_sqlite
from library.search.documents import Document, WordCount
from library.search.tree import All, AnyOf, Between, Facet, Identifier, Node, Not, Text


class Engine(Protocol):
    """What a database's full text has to offer."""

    def text(self, words: Sequence[str], field: str, *, is_prefix: bool) -> str: ...
    def identifier(self, value: str) -> str: ...
    def facet(self, token: str) -> str: ...
    def all_of(self, parts: Sequence[str]) -> str: ...
    def any_of(self, parts: Sequence[str]) -> str: ...
    def but_not(self, part: str, denied: str) -> str: ...
    def books(self, expression: str) -> RawSQL: ...
    def store(self, documents: dict[int, Document]) -> None: ...
    def remove(self, books_gone: Sequence[int]) -> None: ...
    def add_counts(self, told: Sequence[WordCount]) -> None: ...


_ENGINES: dict[str, Engine] = {"sqlite": engine_sqlite, "postgresql": engine_postgres}
_NUMBERS = {"year": "search_document__year", "length": "search_document__minutes"}


def engine() -> Engine:
    """The full text of the database at hand."""
    return _ENGINES[connection.vendor]


def condition(node: Node) -> Q:
    """The condition under which a book is found."""
    if (expression := _expression(node)) is not None:
        return Q(pk__in=engine().books(expression))
    if isinstance(node, Between):
        return _between(node)
    if isinstance(node, Not):
        return ~condition(node.part)
    found = Q()
    if isinstance(node, AnyOf):
        for part in _bundled(node, AnyOf):
            found |= condition(part)
    elif isinstance(node, All):
        for part in _bundled(node, All):
            found &= condition(part)
    return found


def words_in(node: Node) -> Iterator[Text]:
    """The texts that a search wants to find, not those that it denies."""
    if isinstance(node, Text):
        yield node
    elif isinstance(node, All | AnyOf):
        for part in node.parts:
            yield from words_in(part)


def _between(node: Between) -> Q:
    name = _NUMBERS[node.field]
    found = Q(**{f"{name}__isnull": False})
    if node.low is not None:
        found &= Q(**{f"{name}__gte": node.low})
    if node.high is not None:
        found &= Q(**{f"{name}__lte": node.high})
    return found


def _expression(node: Node) -> str | None:
    """What the full text alone can answer; None where it takes more, or where everything but something is asked for."""
    spoken = engine()
    match node:
        case Text(words, field, is_prefix):
            told: str | None = spoken.text(words, field, is_prefix=is_prefix)
        case Identifier(value):
            told = spoken.identifier(value)
        case Facet(token):
            told = spoken.facet(token)
        case AnyOf(parts):
            choices = _expressions(parts)
            told = spoken.any_of(choices) if choices else None
        case All(parts):
            told = _all_expressed(parts)
        case _:
            told = None
    return told


def _all_expressed(parts: Sequence[Node]) -> str | None:
    spoken = engine()
    held = _expressions([part for part in parts if not isinstance(part, Not)])
    refused = _expressions([part.part for part in parts if isinstance(part, Not)])
    if not held or refused is None:
        return None
    return spoken.but_not(spoken.all_of(held), spoken.any_of(refused)) if refused else spoken.all_of(held)


def _expressions(parts: Sequence[Node]) -> list[str] | None:
    """Every part in the words of the full text; None where one takes more."""
    told = [_expression(part) for part in parts]
    known = [part for part in told if part is not None]
    return known if len(known) == len(told) else None


def _bundled(node: All | AnyOf, kind: type[All] | type[AnyOf]) -> list[Node]:
    """The parts of a node, those that the full text can answer made one."""
    spoken = [part for part in node.parts if _expression(part) is not None]
    if kind is All and spoken:
        spoken += [part for part in node.parts if isinstance(part, Not) and _expression(part.part) is not None]
    others = [part for part in node.parts if part not in spoken]
    if len(spoken) < 2 or not others:
        return list(node.parts)
    return [kind(tuple(spoken)), *others]
