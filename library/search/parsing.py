"""From the text of a search to its tree; no text is refused: what makes no sense is told and the rest is searched.

Words are looked for in title, author, series and narrator, as beginnings of words; `"quoted words"` next to each other
and as they are. AND (which may be left out), OR and NOT (or a minus) in capitals, brackets, `field:value`, and ranges
such as `year:2010-2015` and `length:>10h`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from library.identity.languages import language_code
from library.search import documents, values
from library.search.tree import All, AnyOf, Between, Facet, Identifier, Node, Not, Parsed, Text, Trouble

LONGEST_TEXT = 500
DEEPEST = 20
SHORTEST_BEGINNING = 2
"""A single letter is a word of its own: as a beginning it would stand for half the library."""
STANDINGS = ("owned", "missing", "announced", "print", "excluded", "unmonitored")
_FIELDS = {
    "title": "title", "author": "author", "by": "author", "series": "series", "narrator": "narrator",
    "read": "narrator", "isbn": "identifier", "asin": "identifier", "year": "year", "length": "length",
    "decade": "decade", "language": "language", "format": "format", "is": "is",
}  # fmt: skip
_LEXEME = re.compile(
    r'(?P<open>\()|(?P<close>\))|(?P<minus>-(?=[^\s)]))|(?P<field>[A-Za-z]+):(?=[^\s()])|(?P<quote>["“”])|(?P<word>[^\s()"“”]+)'
)
_OPERATORS = {"AND", "OR", "NOT"}


@dataclass(frozen=True)
class _Lexeme:
    kind: str
    text: str
    position: int


def parse(text: str) -> Parsed:
    """Take a search apart; never raises."""
    parser = _Parser(text)
    node = parser.everything()
    if node == All() and text.strip() and not parser.troubles:
        parser.troubles.append(Trouble(len(text) - len(text.lstrip()), "nothing in this can be searched for"))
    first: dict[str, Trouble] = {}
    for trouble in sorted(parser.troubles, key=lambda one: one.position):
        first.setdefault(trouble.message, trouble)  # a hundred open brackets are one mistake
    return Parsed(node, tuple(first.values()))


def _lexemes(text: str) -> Iterator[_Lexeme]:
    at = 0
    while found := _LEXEME.search(text, at):
        kind, start, at = str(found.lastgroup), found.start(), found.end()
        told = found[kind]
        if kind == "minus" and start and text[start - 1] not in " \t\n(":
            kind, told, at = "word", *_whole_word(text, start)
        elif kind == "quote":
            end = next((mark.start() for mark in re.finditer('["“”]', text[at:])), None)
            kind = "phrase" if end is not None else "unclosed"
            told = text[at : at + end] if end is not None else text[at:]
            at = at + end + 1 if end is not None else len(text)
        elif kind == "field" and told.lower() not in _FIELDS:
            kind, told, at = "word", *_whole_word(text, start)
        elif kind == "word" and told in _OPERATORS:
            kind = told
        yield _Lexeme(kind, told, start)


def _whole_word(text: str, start: int) -> tuple[str, int]:
    """ "Re:Zero" is a word, for there is no field Re."""
    found = re.compile(r'[^\s()"“”]+').match(text, start)
    return (found[0], found.end()) if found else ("", start + 1)


class _Parser:
    """Reads lexemes one after the other; every trouble is noted and read over."""

    def __init__(self, text: str) -> None:
        self.troubles: list[Trouble] = []
        if len(text) > LONGEST_TEXT:
            self._tell(LONGEST_TEXT, f"only the first {LONGEST_TEXT} characters are searched")
        self._left = list(_lexemes(text[:LONGEST_TEXT].replace("\x00", " ")))[::-1]
        self._depth = 0

    def everything(self) -> Node:
        """The whole text; closing brackets that nobody opened are read over."""
        parts = [self._any()]
        while self._left:
            self._tell(self._left.pop().position, "this bracket was never opened")
            parts.append(self._any())
        return _all(parts)

    def _tell(self, position: int, message: str) -> None:
        self.troubles.append(Trouble(position, message))

    def _next_is(self, *kinds: str) -> bool:
        return bool(self._left) and self._left[-1].kind in kinds

    def _any(self) -> Node:
        choices = [self._all_of()]
        while self._next_is("OR"):
            operator = self._left.pop()
            following = self._all_of()
            if following == All() or choices[-1] == All():
                self._tell(operator.position, "OR needs something on either side")
            choices.append(following)
        told = [choice for choice in choices if choice != All()]
        return AnyOf(tuple(told)) if len(told) > 1 else _all(told)

    def _all_of(self) -> Node:
        parts: list[Node] = []
        while self._left and not self._next_is("close", "OR"):
            if self._next_is("AND"):
                operator = self._left.pop()
                if not parts or not self._left or self._next_is("close", "OR", "AND"):
                    self._tell(operator.position, "AND needs something on either side")
                continue
            parts.append(self._one())
        return _all(parts)

    def _one(self) -> Node:
        is_denied, began = False, self._left[-1].position
        while self._next_is("NOT", "minus"):
            self._left.pop()
            is_denied = not is_denied
        if not self._left or self._next_is("close", "AND", "OR"):
            self._tell(began, "NOT needs something after it")
            return All()
        node = self._plain()
        return Not(node) if is_denied and node != All() else node

    def _plain(self) -> Node:
        lexeme = self._left.pop()
        if lexeme.kind == "open":
            return self._bracket(lexeme)
        if lexeme.kind == "field":
            return self._field(lexeme)
        if lexeme.kind == "unclosed":
            self._tell(lexeme.position, "this quotation mark is never closed")
        if lexeme.kind == "word" and lexeme.text.endswith(":") and lexeme.text[:-1].lower() in _FIELDS:
            self._tell(lexeme.position, f"{lexeme.text} is searched as a word; to ask for the field, leave no space")
        return _text(lexeme)

    def _bracket(self, opening: _Lexeme) -> Node:
        if self._depth >= DEEPEST:
            self._tell(opening.position, f"brackets go {DEEPEST} deep at most")
            return All()
        self._depth += 1
        inside = self._any()
        self._depth -= 1
        if self._next_is("close"):
            self._left.pop()
        else:
            self._tell(opening.position, "this bracket is never closed")
        return inside

    def _field(self, named: _Lexeme) -> Node:
        if not self._next_is("word", "phrase", "unclosed", "AND", "OR", "NOT", "field"):
            self._tell(named.position, f"{named.text}: needs a value")
            return All()
        value = self._left.pop()
        if value.kind == "unclosed":
            self._tell(value.position, "this quotation mark is never closed")
        field = _FIELDS[named.text.lower()]
        if field in documents.TEXT_FIELDS:
            return _text(value, field)
        node = _READERS[field](value.text.strip())
        if isinstance(node, str):
            self._tell(value.position, node)
            return All()
        return node


def _text(lexeme: _Lexeme, field: str = "") -> Node:
    told = tuple(documents.words(lexeme.text))
    code = "" if field else documents.identifier(lexeme.text)
    if not told:
        return All()
    is_prefix = lexeme.kind not in ("phrase", "unclosed") and len(told[-1]) >= SHORTEST_BEGINNING
    found = Text(told, field, is_prefix)
    return AnyOf((found, Identifier(code))) if code else found


def _all(parts: list[Node]) -> Node:
    told: list[Node] = []
    for part in parts:
        told += part.parts if isinstance(part, All) else [part]
    return told[0] if len(told) == 1 else All(tuple(told))


def _identifier(text: str) -> Node | str:
    code = documents.identifier(text)
    return Identifier(code) if code else f"{text!r} is neither an ISBN nor an ASIN"


def _between(field: str, read: Callable[[str], values.Span], example: str) -> Callable[[str], Node | str]:
    def node(text: str) -> Node | str:
        try:
            low, high = values.bounds(text, read)
        except values.NotANumber as error:
            return f"{str(error)!r} is no {field}; write it like {example}"
        if low is not None and high is not None and low > high:
            return f"{text!r} ends before it begins; write it like {example}"
        return Between(field, low, high)

    return node


def _decade(text: str) -> Node | str:
    found = re.fullmatch(r"([0-9]{3})[0-9]s?", text)
    return Facet(documents.facet("decade", f"{found[1]}0")) if found else f"{text!r} is no decade; write it like 1990"


def _language(text: str) -> Node | str:
    return Facet(documents.facet("language", language_code(text) or "unknown"))


def _format(text: str) -> Node | str:
    return Facet(documents.facet("format", text))


def _standing(text: str) -> Node | str:
    if text.lower() not in STANDINGS:
        return f"books are not {text!r}; they are {', '.join(STANDINGS[:-1])} or {STANDINGS[-1]}"
    return Facet(documents.facet("standing", text.lower()))


_READERS: dict[str, Callable[[str], Node | str]] = {
    "identifier": _identifier,
    "year": _between("year", values.year, "year:2010-2015"),
    "length": _between("length", values.minutes, "length:>10h"),
    "decade": _decade,
    "language": _language,
    "format": _format,
    "is": _standing,
}
