"""Why a row could not be stored, in words: what databases say of it names their tables and rules."""

import re

from django.db import DataError, IntegrityError

_RULE = re.compile(r'CHECK constraint failed: (?P<sqlite>\w+)|violates check constraint "(?P<postgres>\w+)"')
_TABLE = re.compile(r"^library_(?:edition|audiofile)_|_check$")
_TWICE = re.compile(r"UNIQUE constraint failed|violates unique constraint")
_TOO_LARGE = re.compile(r"out of range|overflow", re.IGNORECASE)


def in_words(error: Exception) -> str:
    """Why it was refused, for a person; words of our own stay as they are."""
    text = str(error)
    if rule := _RULE.search(text):
        return f"a value is out of range: {_TABLE.sub('', rule['sqlite'] or rule['postgres'])}"
    if isinstance(error, OverflowError) or (isinstance(error, DataError) and _TOO_LARGE.search(text)):
        return "a number is out of range"
    if _TWICE.search(text):
        return "another item has the same id or path"
    if isinstance(error, UnicodeError) or "NUL" in text or "\\u0000" in text:
        return "a text holds a character that can not be stored"
    if isinstance(error, DataError | IntegrityError):
        return "the database does not take one of its values"
    return text
