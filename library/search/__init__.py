"""Searching books: the syntax, the words, and one engine for each database; both find the same books."""

from library.search.matching import (
    condition,
    engine,
    first_keys,
    in_order,
    is_text,
    told_by_book,
    told_by_document,
    words_in,
)
from library.search.parsing import parse
from library.search.tree import All, Parsed, Text, Trouble

__all__ = [
    "All",
    "Parsed",
    "Text",
    "Trouble",
    "condition",
    "engine",
    "first_keys",
    "in_order",
    "is_text",
    "parse",
    "told_by_book",
    "told_by_document",
    "words_in",
]
