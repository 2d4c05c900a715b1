"""Full text in PostgreSQL: a tsvector beside each document, written out word by word so that no parser has a say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.db import connection
from django.db.models.expressions import RawSQL

from library.search.documents import MOST_WORDS, TEXT_FIELDS, Document, WordCount
from library.search.estimating import Costs

TABLE = "library_searchdocument"
COSTS = Costs(read_us=2.0, gather_us=0.9, probe_us=0.3, sort_us=1.5)
_WEIGHTS = dict(zip(TEXT_FIELDS, "ABCD", strict=True))
_GAP = 2 * MOST_WORDS
"""So far apart are two fields that no words of different ones stand next to each other."""
_COUNT = (  # one statement for all: a statement a word takes many times as long
    "INSERT INTO library_searchword (kind, word, count, head, tail, length) "
    "SELECT * FROM unnest(%s::text[], %s::text[], %s::integer[], %s::text[], %s::text[], %s::smallint[]) "
    "ON CONFLICT (kind, word) DO UPDATE SET count = library_searchword.count + excluded.count"
)


def text(words: Sequence[str], field: str, *, is_prefix: bool) -> str:
    """Words next to each other in one field, or in any."""
    weight = _WEIGHTS.get(field, "")
    marks = [weight] * (len(words) - 1) + [f"{'*' if is_prefix else ''}{weight}"]
    return " <-> ".join(f"'{word}'{mark and ':' + mark}" for word, mark in zip(words, marks, strict=True))


def identifier(value: str) -> str:
    """A whole ISBN or ASIN."""
    return f"'/{value}'"


def facet(token: str) -> str:
    """What a book is counted under."""
    return f"'/{token}'"


def all_of(parts: Sequence[str]) -> str:
    """Every part holds."""
    return " & ".join(f"({part})" for part in parts)


def any_of(parts: Sequence[str]) -> str:
    """Some part holds."""
    return " | ".join(f"({part})" for part in parts)


def but_not(part: str, denied: str) -> str:
    """One part holds and the other does not."""
    return f"({part}) & !({denied})"


def books(expression: str) -> RawSQL:
    """The keys of the books for which an expression holds."""
    return RawSQL(f"SELECT book_id FROM {TABLE} WHERE vector @@ %s::tsquery", [expression])  # noqa: S608, S611


def keys(expression: str, most: int) -> list[int]:
    """The keys of so many books at most for which an expression holds."""
    statement = f"SELECT book_id FROM {TABLE} WHERE vector @@ %s::tsquery LIMIT %s"  # noqa: S608 - our own name
    with connection.cursor() as cursor:
        cursor.execute(statement, [expression, most])
        return [key for (key,) in cursor.fetchall()]


def store(documents: Mapping[int, Document]) -> None:
    """Keep the words of books, whose rows exist, whatever was kept of them before."""
    vectors = [" ".join(_lexemes(document)) for document in documents.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {TABLE} SET vector = told.vector::tsvector "  # noqa: S608 - our own name
            "FROM unnest(%s::bigint[], %s::text[]) AS told(book, vector) WHERE book_id = told.book",
            [list(documents), vectors],
        )


def remove(books_gone: Iterable[int]) -> None:
    """Forget the words of books: they went with their rows."""


def add_counts(told: Sequence[WordCount]) -> None:
    """Add to the counts of words."""
    if not told:
        return
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [list(column) for column in zip(*told, strict=True)])


def _lexemes(document: Document) -> Iterator[str]:
    for number, field in enumerate(TEXT_FIELDS):
        for position, word in enumerate(getattr(document, field), start=number * _GAP + 1):
            yield f"'{word}':{position}{_WEIGHTS[field]}"
    for token in (*document.identifiers, *document.facets):
        yield f"'/{token}'"
