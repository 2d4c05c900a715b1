"""Just enough GraphQL, in Hasura's manner, to answer real queries from rows in memory.

A query is read whole: fields that do not exist, operators that are switched off, too many or too deep fields are
refused as the real host refuses them, so a query that works here is written correctly.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

TOKEN = re.compile(
    r"""\s+|,|\#[^\n]*|(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)"""
    r"""|(?P<sign>\.\.\.|[{}()\[\]:!$=@])"""
)


class Row(dict[str, Any]):
    """An object of the schema; a value that is callable takes the field's arguments. A plain dict is a JSON scalar."""

    def __init__(self, kind: str, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.kind = kind


class QueryRefused(Exception):
    """The query is wrong: carries what the host would say."""

    def __init__(self, message: str, *, path: str = "$", code: str = "validation-failed", status: int = 200) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"errors": [{"message": message, "extensions": {"path": path, "code": code}}]}


@dataclass(frozen=True)
class Field:
    """One field asked for, with its arguments and what is asked of it."""

    name: str
    arguments: Mapping[str, Any]
    fields: tuple["Field", ...] = ()

    @property
    def depth(self) -> int:
        """How many objects deep it goes; a plain value is none."""
        return 1 + max((inner.depth for inner in self.fields), default=0) if self.fields else 0


@dataclass(frozen=True)
class Operation:
    """One query or mutation."""

    kind: str
    name: str
    fields: tuple[Field, ...]


@dataclass
class _Reader:
    """Reads one document from left to right, putting variables in at once."""

    tokens: list[str]
    variables: Mapping[str, Any]
    at: int = 0
    declared: dict[str, Any] = field(default_factory=dict)

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            raise QueryRefused(f"not a valid graphql query: {expected or 'more'} expected", code="invalid")
        self.at += 1
        return token

    def operation(self) -> Operation:
        kind, name = "query", ""
        if self.peek() != "{":
            kind = self.take()
            name = self.take() if self.peek() not in {"(", "{"} else ""
            if self.peek() == "(":
                self.declarations()
        return Operation(kind, name, self.selection())

    def declarations(self) -> None:
        self.take("(")
        while self.peek() != ")":
            self.take("$")
            name = self.take()
            self.take(":")
            is_needed = self.type_is_needed()
            default = None
            if self.peek() == "=":
                self.take()
                default, is_needed = self.value(), False
            if is_needed and self.variables.get(name) is None:
                raise QueryRefused(f'expecting a value for non-nullable variable: "{name}"')
            self.declared[name] = self.variables.get(name, default)
        self.take(")")

    def type_is_needed(self) -> bool:
        if self.peek() == "[":
            self.take()
            self.type_is_needed()
            self.take("]")
        else:
            self.take()
        if self.peek() == "!":
            self.take()
            return True
        return False

    def selection(self) -> tuple[Field, ...]:
        self.take("{")
        fields: list[Field] = []
        while self.peek() != "}":
            name = self.take()
            arguments = self.arguments() if self.peek() == "(" else {}
            fields.append(Field(name, arguments, self.selection() if self.peek() == "{" else ()))
        self.take("}")
        return tuple(fields)

    def arguments(self) -> dict[str, Any]:
        self.take("(")
        given: dict[str, Any] = {}
        while self.peek() != ")":
            name = self.take()
            self.take(":")
            given[name] = self.value()
        self.take(")")
        return given

    def value(self) -> Any:
        token = self.take()
        if token == "$":
            name = self.take()
            if name not in self.declared:
                raise QueryRefused(f'unbound variable "{name}"')
            return self.declared[name]
        if token == "[":
            return self.values()
        if token == "{":
            return self.object()
        if token[0] == '"':
            return token[1:-1].replace('\\"', '"')
        if token[0] in "-0123456789":
            return float(token) if "." in token else int(token)
        return {"true": True, "false": False, "null": None}.get(token, token)

    def values(self) -> list[Any]:
        listed: list[Any] = []
        while self.peek() != "]":
            listed.append(self.value())
        self.take("]")
        return listed

    def object(self) -> dict[str, Any]:
        told: dict[str, Any] = {}
        while self.peek() != "}":
            name = self.take()
            self.take(":")
            told[name] = self.value()
        self.take("}")
        return told


def read(query: str, variables: Mapping[str, Any]) -> Operation:
    """Read a document with one operation.

    :raises QueryRefused: if it is not one that we understand.
    """
    tokens: list[str] = []
    at = 0
    while at < len(query):
        found = TOKEN.match(query, at)
        if not found:
            raise QueryRefused("not a valid graphql query", code="invalid")
        if found.lastgroup:
            tokens.append(found[0])
        at = found.end()
    return _Reader(tokens, variables).operation()


def select(row: Row, fields: Iterable[Field], path: str = "$") -> dict[str, Any]:
    """The fields asked for, and no others.

    :raises QueryRefused: if the row's kind has no such field.
    """
    chosen: dict[str, Any] = {}
    for wanted in fields:
        where = f"{path}.selectionSet.{wanted.name}"
        if wanted.name not in row:
            raise QueryRefused(f"field '{wanted.name}' not found in type: '{row.kind}'", path=where)
        value = row[wanted.name]
        if callable(value):
            value = value(wanted.arguments, where)
        chosen[wanted.name] = _shape(value, wanted, where)
    return chosen


def _shape(value: Any, wanted: Field, path: str) -> Any:
    if isinstance(value, list):
        return [_shape(one, wanted, path) for one in value]
    if not isinstance(value, Row):
        return value
    if not wanted.fields:
        raise QueryRefused(f"missing selection set for '{value.kind}'", path=path)
    return select(value, wanted.fields, path)


def table(rows: Callable[[Mapping[str, Any]], Iterable[Row]]) -> Callable[[Mapping[str, Any], str], list[Row]]:
    """A field that filters, orders and cuts rows as Hasura does; `rows` may use the arguments to look up fewer."""

    def answer(arguments: Mapping[str, Any], path: str) -> list[Row]:
        unknown = set(arguments) - {"where", "order_by", "distinct_on", "limit", "offset"}
        if unknown:
            raise QueryRefused(f"'{min(unknown)}' is not an argument here", path=path)
        where = arguments.get("where") or {}
        found = [row for row in rows(arguments) if matches(row, where, f"{path}.args.where")]
        for order in reversed(_listed(arguments.get("order_by"))):
            found = _ordered(found, order, path)
        for name in _listed(arguments.get("distinct_on")):
            found = list({row[name]: row for row in reversed(found)}.values())[::-1]
        first = arguments.get("offset") or 0
        limit = arguments.get("limit")
        return found[first:] if limit is None else found[first : first + limit]

    return answer


def matches(row: Row, where: Mapping[str, Any], path: str) -> bool:
    """Say whether a row fulfils a condition."""
    return all(_holds(row, name, wanted, f"{path}.{name}") for name, wanted in where.items())


def _holds(row: Row, name: str, wanted: Any, path: str) -> bool:
    if name == "_and":
        return all(matches(row, one, path) for one in wanted)
    if name == "_or":
        return any(matches(row, one, path) for one in wanted)
    if name == "_not":
        return not matches(row, wanted, path)
    if name not in row:
        raise QueryRefused(f"field '{name}' not found in type: '{row.kind}_bool_exp'", path=path)
    value = _value(row, name)
    if isinstance(value, Row):
        return matches(value, wanted, path)
    if isinstance(value, list):
        return any(matches(one, wanted, path) for one in value)
    return all(_compares(value, operator, operand, path) for operator, operand in wanted.items())


def _value(row: Row, name: str) -> Any:
    """What a row holds, a relation followed without conditions."""
    value = row[name]
    return value({}, "$") if callable(value) else value


def _compares(value: Any, operator: str, operand: Any, path: str) -> bool:
    match operator:
        case "_is_null":
            return bool((value is None) == operand)
        case "_eq":
            return bool(value == operand)
        case "_neq":
            return bool(value is not None and value != operand)
        case "_in":
            return value in operand
        case "_gt":
            return bool(value is not None and value > operand)
        case "_lt":
            return bool(value is not None and value < operand)
    kind = "String_comparison_exp" if isinstance(value, str) else "Int_comparison_exp"
    raise QueryRefused(f"field '{operator}' not found in type: '{kind}'", path=f"{path}.{operator}")


def _ordered(rows: list[Row], order: Mapping[str, Any], path: str) -> list[Row]:
    """Order by each of the names given, the first the most; nulls are the greatest, as in PostgreSQL."""
    for name, direction in reversed(list(order.items())):
        if rows and name not in rows[0]:
            raise QueryRefused(f"field '{name}' not found in type: '{rows[0].kind}_order_by'", path=path)
        inner, way = name, direction
        keys: list[Any] = [_value(row, name) for row in rows]
        while isinstance(way, Mapping):
            inner, way = next(iter(way.items()))
            keys = [_value(key, inner) for key in keys]
        together = sorted(
            zip(keys, range(len(rows)), rows, strict=True),
            key=lambda one: (one[0] is None, one[0] if one[0] is not None else 0),
            reverse=way.startswith("desc"),
        )
        rows = [row for _, _, row in together]
    return rows


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
