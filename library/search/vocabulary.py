"""The words that some book has: how many books have each, and which are near one that none has.

Written as SQL, one part for each word: Django takes several times as long to put so many parts together as a database
to answer them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db import connection

from library.search import correcting
from library.search.estimating import Known

_WORDS = "library_searchword"
_TOTAL = f"SELECT 'standing', '', 0, SUM(count), MAX(count) FROM {_WORDS} WHERE kind = 'standing'"  # noqa: S608
_ONE = f"SELECT kind, word, 0, count, count FROM {_WORDS} WHERE kind = %s AND word = %s"  # noqa: S608
_BEGINNING = (
    "SELECT '', CAST(%s AS varchar(500)), 1, SUM(count), MAX(count) "  # noqa: S608
    f"FROM {_WORDS} WHERE kind = '' AND word >= %s AND word < %s"
)
_LAST = "\U0010ffff"
"""Behind a beginning: what comes after all words that begin so."""
_NEAR = f"SELECT word, count FROM {_WORDS} WHERE kind = '' AND count > 0 AND length BETWEEN %s AND %s AND "  # noqa: S608


@dataclass(frozen=True)
class Counts:
    """How many books have each of some words, as far as the counts are those of the books of today.

    :param of_all: all books.
    :param together: for a beginning of all words together.
    :param most: for a beginning of the word that most books have.
    """

    of_all: int
    together: Mapping[Known, int]
    most: Mapping[Known, int]


def counts(known: Iterable[Known]) -> Counts:
    """How many books have each of some words; one query, and words that none has count nothing."""
    asked = sorted(set(known))
    parts = [_TOTAL]
    parameters: list[str] = []
    for kind, word, begins in asked:
        parts.append(_BEGINNING if begins else _ONE)
        parameters += [word, word, word + _LAST] if begins else [kind, word]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        (_, _, _, of_all, _), *rows = sorted(cursor.fetchall(), key=lambda row: bool(row[1]))
    told = {(kind, word, bool(begins)): (together or 0, most or 0) for kind, word, begins, together, most in rows}
    together, most = ({one: told.get(one, (0, 0))[place] for one in asked} for place in (0, 1))
    return Counts(of_all or 0, together, most)


def nearest(words: Collection[str]) -> dict[str, str]:
    """For each word that no book has the nearest that some book has, where one is near enough; one query.

    A few slips leave either the beginning or the end of a word as it is.
    """
    parts: list[str] = []
    parameters: list[str | int] = []
    for word in words:
        slips, ends = correcting.slips(word), correcting.ENDS
        lengths = [len(word) - slips, len(word) + slips]
        if len(word) <= correcting.SHORTEST:
            parts.append("head >= %s AND head < %s")
            parameters += [*lengths, word[0], word[0] + _LAST]
        else:
            parts += ["head = %s", "tail = %s"]
            parameters += [*lengths, word[:ends], *lengths, word[-ends:]]
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(_NEAR + part for part in parts), parameters)
        candidates = cursor.fetchall()
    meant = {word: correcting.nearest(word, candidates) for word in words}
    return {word: other for word, other in meant.items() if other}
