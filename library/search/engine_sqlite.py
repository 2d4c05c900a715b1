"""Full text in SQLite: an FTS5 table whose rows are books, its columns their fields."""

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection
from django.db.models.expressions import RawSQL

from library.search.documents import TEXT_FIELDS, Document, WordCount
from library.search.estimating import Costs

TABLE = "library_searchtext"
COSTS = Costs(read_us=2.9, gather_us=0.14, probe_us=0.2, sort_us=0.3)
_COLUMNS = (*TEXT_FIELDS, "identifiers", "facets")
_COUNT = (
    "INSERT INTO library_searchword (kind, word, count, head, tail, length) VALUES (%s, %s, %s, %s, %s, %s) "
    "ON CONFLICT (kind, word) DO UPDATE SET count = library_searchword.count + excluded.count"
)


def text(words: Sequence[str], field: str, *, is_prefix: bool) -> str:
    """Words next to each other in one field, or in any."""
    columns = field or f"{{{' '.join(TEXT_FIELDS)}}}"
    return f'{columns} : "{" ".join(words)}"{" *" if is_prefix else ""}'


def identifier(value: str) -> str:
    """A whole ISBN or ASIN."""
    return f'identifiers : "{value}"'


def facet(token: str) -> str:
    """What a book is counted under."""
    return f'facets : "{token}"'


def all_of(parts: Sequence[str]) -> str:
    """Every part holds."""
    return " AND ".join(f"({part})" for part in parts)


def any_of(parts: Sequence[str]) -> str:
    """Some part holds."""
    return " OR ".join(f"({part})" for part in parts)


def but_not(part: str, denied: str) -> str:
    """One part holds and the other does not."""
    return f"({part}) NOT ({denied})"


def books(expression: str) -> RawSQL:
    """The keys of the books for which an expression holds."""
    return RawSQL(f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s", [expression])  # noqa: S608, S611 - our own name


def keys(expression: str, most: int) -> list[int]:
    """The keys of so many books at most for which an expression holds."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s LIMIT %s", [expression, most])  # noqa: S608
        return [key for (key,) in cursor.fetchall()]


def store(documents: Mapping[int, Document]) -> None:
    """Keep the words of books, whatever was kept of them before."""
    remove(documents)
    rows = [_row(pk, document) for pk, document in documents.items()]
    places = ", ".join(["%s"] * (len(_COLUMNS) + 1))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {TABLE} (rowid, {', '.join(_COLUMNS)}) VALUES ({places})",  # noqa: S608 - our own names
            rows,
        )


def remove(books_gone: Iterable[int]) -> None:
    """Forget the words of books."""
    with connection.cursor() as cursor:
        cursor.executemany(f"DELETE FROM {TABLE} WHERE rowid = %s", [(pk,) for pk in books_gone])  # noqa: S608


def add_counts(told: Sequence[WordCount]) -> None:
    """Add to the counts of words."""
    with connection.cursor() as cursor:
        cursor.executemany(_COUNT, told)


def _row(pk: int, document: Document) -> tuple[int | str, ...]:
    return pk, *(" ".join(getattr(document, column)) for column in _COLUMNS)
