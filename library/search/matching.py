"""From the tree of a search to a condition on books, in the words of the database at hand."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from django.db import connection
from django.db.models import BooleanField, Func, Q, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat, StrIndex
from django.db.models.lookups import GreaterThan

from library.search import engine_postgres, engine_sqlite
from library.search.documents import Document, WordCount, facet_parts
from library.search.estimating import Costs
from library.search.tree import All, AnyOf, Between, Facet, Identifier, Node, Not, Text


class _IsTrue(Func):
    """A condition that no database turns into a join: it is asked of one row after the other."""

    template = "(%(expressions)s) IS TRUE"
    output_field = BooleanField()


class Engine(Protocol):
    """What a database's full text has to offer."""

    COSTS: Costs

    def text(self, words: Sequence[str], field: str, *, is_prefix: bool) -> str: ...
    def identifier(self, value: str) -> str: ...
    def facet(self, token: str) -> str: ...
    def all_of(self, parts: Sequence[str]) -> str: ...
    def any_of(self, parts: Sequence[str]) -> str: ...
    def but_not(self, part: str, denied: str) -> str: ...
    def books(self, expression: str) -> RawSQL: ...
    def keys(self, expression: str, most: int) -> list[int]: ...
    def store(self, documents: dict[int, Document]) -> None: ...
    def remove(self, books_gone: Sequence[int]) -> None: ...
    def add_counts(self, told: Sequence[WordCount]) -> None: ...


_ENGINES: dict[str, Engine] = {"sqlite": engine_sqlite, "postgresql": engine_postgres}
_NUMBERS = {"year": "year", "length": "minutes"}


def engine() -> Engine:
    """The full text of the database at hand."""
    return _ENGINES[connection.vendor]


def condition(node: Node, *, of: str = "search_document__") -> Q:
    """The condition under which a book is found.

    :param of: where the fields of its document are, from the rows that the condition is for.
    """
    if (expression := _expression(node)) is not None:
        return Q(pk__in=engine().books(expression))
    if isinstance(node, Between):
        return _between(node, of)
    if isinstance(node, Not):
        return ~condition(node.part, of=of)
    found = Q()
    if isinstance(node, AnyOf):
        for part in _bundled(node, AnyOf):
            found |= condition(part, of=of)
    elif isinstance(node, All):
        for part in _bundled(node, All):
            found &= condition(part, of=of)
    return found


def in_order(node: Node) -> Q:
    """The condition of what the full text alone can answer, on books that are read in an order of their own."""
    return Q(_IsTrue(condition(node)))


def told_by_document(node: Node) -> Q | None:
    """The condition on a single document under which its book is found, by reading it; None where it does not tell."""
    match node:
        case Text((word,), "", is_prefix):
            return _in_list("words", word, is_prefix=is_prefix)
        case Facet(token):
            return _in_list("facets", token, is_prefix=False)
        case Between():
            return _between(node, "")
        case Not(part):
            inner = told_by_document(part)
            return None if inner is None else ~inner
        case All(parts) | AnyOf(parts):
            return _joined(node, [told_by_document(part) for part in parts])
    return None


def told_by_book(node: Node) -> Q | None:
    """The condition on a book by what it keeps itself, which its own index tells; None where it does not tell."""
    match node:
        case Facet(token):
            kind, value = facet_parts(token)
            return Q(languages__contains=f" {value} ") if kind == "language" else None
        case Not(part):
            inner = told_by_book(part)
            return None if inner is None else ~inner
        case All(parts) | AnyOf(parts):
            return _joined(node, [told_by_book(part) for part in parts])
    return None


def is_text(node: Node) -> bool:
    """Whether the full text alone can answer."""
    return _expression(node) is not None


def first_keys(node: Node, most: int) -> list[int]:
    """The keys of so many found books at most, in no order, of a search that the full text alone can answer."""
    return engine().keys(_expression(node) or "", most)


def words_in(node: Node) -> Iterator[Text]:
    """The texts that a search wants to find, not those that it denies."""
    if isinstance(node, Text):
        yield node
    elif isinstance(node, All | AnyOf):
        for part in node.parts:
            yield from words_in(part)


def _joined(node: All | AnyOf, told: Sequence[Q | None]) -> Q | None:
    """Conditions of its parts as one; None unless all are known."""
    known = [part for part in told if part is not None]
    return Q(*known, _connector=Q.AND if isinstance(node, All) else Q.OR) if len(known) == len(told) else None


def _in_list(field: str, word: str, *, is_prefix: bool) -> Q:
    """A list of words with single spaces between them has a word, or one that begins so."""
    if is_prefix:
        place = StrIndex(Concat(Value(" "), field, output_field=TextField()), Value(f" {word}"))
    else:
        place = StrIndex(Concat(Value(" "), field, Value(" "), output_field=TextField()), Value(f" {word} "))
    return Q(GreaterThan(place, 0))


def _between(node: Between, of: str) -> Q:
    name = of + _NUMBERS[node.field]
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
