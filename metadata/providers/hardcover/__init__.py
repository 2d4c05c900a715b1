"""Hardcover: books, audio editions, whole series and all works of authors over GraphQL, with a person's token.

Every top-level field of a query counts against the limit of 60 a minute, so each query has one, and one query takes
one turn of the lease.
"""

import re
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from pydantic import ValidationError

from mamcrawler.lib.pace import Lease
from metadata.providers.answers import (
    AuthorQuestion,
    Bibliography,
    BookQuestion,
    ProviderBook,
    ProviderSeries,
    SeriesQuestion,
)
from metadata.providers.asking import JsonHost
from metadata.providers.errors import KeyRejected, UnexpectedAnswer
from metadata.providers.hardcover import queries, reading
from metadata.providers.hardcover.wire import (
    AuthorDocument,
    BookDocument,
    BookOfAuthor,
    BookRow,
    Edition,
    Search,
    SeriesDocument,
    SeriesRow,
    Wire,
)

__all__ = ["BASE_URL", "Hardcover"]

BASE_URL = "https://api.hardcover.app/v1"
PAGE = 200
MOST_NAMESAKES = 3
"""Of so many authors of one name the lists are looked at."""

Row = TypeVar("Row", bound=Wire)


class Hardcover:
    """One session with Hardcover; use it in a `with` block."""

    name = "hardcover"
    origin = "hardcover"
    weight = 0.92

    def __init__(self, *, token: str, lease: Lease, base_url: str = BASE_URL) -> None:
        """Take the token with or without the word `Bearer` before it, as people paste it.

        :raises KeyRejected: if it cannot be a token, being empty or holding blanks or letters beyond ASCII.
        """
        bare = re.sub(r"^\s*bearer\s+", "", token, flags=re.IGNORECASE).strip()
        if not re.fullmatch(r"[!-~]+", bare):
            raise KeyRejected("This cannot be a Hardcover token: copy it again from Account, API")
        self._host = JsonHost(
            "Hardcover", base_url=base_url, lease=lease, headers={"authorization": f"Bearer {bare}"}, timeout_s=35
        )

    def __enter__(self) -> Self:
        """Open the connection."""
        self._host.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the connection."""
        self._host.__exit__(kind, error, at)

    def username(self) -> str:
        """The name of the token's owner: the usual test of the connection.

        :raises KeyRejected: if the token is refused.
        """
        owners = self._ask(queries.ME, {}).get("me")
        name = owners[0].get("username") if owners and isinstance(owners, list) else None
        if not name:
            raise UnexpectedAnswer("Hardcover did not say whose token this is")
        return str(name)

    def find_book(self, question: BookQuestion) -> list[ProviderBook]:
        """Every book that may be the one asked for, one answer for each audio edition it has.

        By ASIN, else by ISBN, else by title and first author. A way that finds something costs two requests, one that
        does not costs one.

        :raises ProviderError: if no usable answer came.
        """
        isbn = re.sub(r"[^0-9X]", "", question.isbn.upper())
        by_isbn = queries.BY_ISBN_10 if len(isbn) == 10 else queries.BY_ISBN_13
        return (
            (question.asin and self._found_by_number(queries.BY_ASIN, {"asin": question.asin.upper()}))
            or (isbn and self._found_by_number(by_isbn, {"isbn": isbn}))
            or self._found_by_words(" ".join((question.title, *question.authors[:1])).strip())
        )

    def series_books(self, series: SeriesQuestion) -> ProviderSeries | None:
        """The whole series: novellas, compilations (marked), print-only works and those still to come included.

        Costs three requests; one less when the question brings the series' id.

        :raises ProviderError: if no usable answer came.
        """
        external_id = series.external_id or self._series_id(series)
        row = self._series_row(external_id)
        if row is not None and row.canonical_id:  # merged into another one since
            row = self._series_row(str(row.canonical_id))
        if row is None:
            return None
        return reading.series(row, self._audio_editions([place.book.id for place in row.book_series if place.book]))

    def bibliographies(self, author: AuthorQuestion) -> list[Bibliography]:
        """All works of every author of this name whose list holds one of the titles.

        Costs a request to find them, unless the question brings their ids, and for each two for every 200 books.

        :raises ProviderError: if no usable answer came.
        """
        known = [int(one) for one in author.external_ids if one.isdigit()]
        return self._bibliographies(author, known) or self._bibliographies(author, self._author_ids(author))

    def _bibliographies(self, author: AuthorQuestion, ids: list[int]) -> list[Bibliography]:
        found = []
        for number in ids:
            books = [book for book in self._books_of(number) if book.title and book.is_by(number)]
            if books and reading.is_same_author(author, books):
                found.append(reading.bibliography(number, books, self._audio_editions([book.id for book in books])))
        return found

    def _author_ids(self, author: AuthorQuestion) -> list[int]:
        found = self._search(AuthorDocument, queries.FIND_AUTHOR, author.name) if author.name else []
        return [document.id for document in reading.authors_named(author, found)][:MOST_NAMESAKES]

    def _books_of(self, author_id: int) -> list[BookOfAuthor]:
        """Every book to which somebody contributed, the most used first."""
        found: list[BookOfAuthor] = []
        while True:
            variables = {"id": author_id, "limit": PAGE, "offset": len(found)}
            page = self._rows(BookOfAuthor, queries.AUTHOR_BOOKS, variables, "books")
            found += page
            if len(page) < PAGE:
                return list({book.id: book for book in found}.values())

    def _found_by_number(self, query: str, variables: Mapping[str, Any]) -> list[ProviderBook]:
        """Find editions by a number of their own, and what Hardcover says of their books."""
        editions = self._rows(Edition, query, variables, "editions")
        ids = sorted({edition.book_id for edition in editions if edition.book_id})
        if not ids:
            return []
        books = {book.id: book for book in self._rows(BookRow, queries.BOOKS, {"ids": ids}, "books")}
        return [reading.book(books.get(edition.book_id or 0), edition) for edition in editions if edition.book_id]

    def _found_by_words(self, words: str) -> list[ProviderBook]:
        documents = self._search(BookDocument, queries.FIND, words) if words else []
        editions = reading.by_book(self._audio_editions([document.id for document in documents]))
        return [
            answer for document in documents for answer in reading.searched(document, editions.get(document.id, []))
        ]

    def _series_id(self, series: SeriesQuestion) -> str:
        found = self._search(SeriesDocument, queries.FIND_SERIES, series.name) if series.name else []
        chosen = reading.series_named(series, found)
        return str(chosen.id) if chosen else ""

    def _series_row(self, external_id: str) -> SeriesRow | None:
        if not external_id.isdigit():
            return None
        return next(iter(self._rows(SeriesRow, queries.SERIES_BOOKS, {"id": int(external_id)}, "series_by_pk")), None)

    def _audio_editions(self, book_ids: list[int]) -> list[Edition]:
        """Every audio edition of these books, the most used first."""
        found: list[Edition] = []
        wanted = sorted(set(book_ids))
        for first in range(0, len(wanted), PAGE):
            ids, before = wanted[first : first + PAGE], len(found)
            while True:
                variables = {"ids": ids, "limit": PAGE, "offset": len(found) - before}
                page = self._rows(Edition, queries.AUDIO_EDITIONS, variables, "editions")
                found += page
                if len(page) < PAGE:
                    break
        return found

    def _search(self, kind: type[Row], query: str, words: str) -> list[Row]:
        answers = self._rows(Search, query, {"q": words}, "search")
        if not answers or answers[0].error:
            raise UnexpectedAnswer("Hardcover could not search: " + (answers[0].error if answers else "no answer"))
        return _read(kind, (hit.document for hit in answers[0].results.hits), "search")

    def _rows(self, kind: type[Row], query: str, variables: Mapping[str, Any], field: str) -> list[Row]:
        """Ask and read one field of the answer, whether it holds one row, many or none."""
        told = self._ask(query, variables).get(field)
        return _read(kind, told if isinstance(told, list) else [told] if told else [], field)

    def _ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Send one query; errors are looked for before data, since they come with status 200 too."""
        answer = self._host.post("/graphql", {"query": query, "variables": variables})
        if answer.status in {400, 403} and answer.says("insufficient_scope"):
            raise KeyRejected("Hardcover's token lacks the scope to read books: make one that has it")
        if answer.status == 403:
            raise UnexpectedAnswer("Hardcover does not allow this query")
        body = answer.expect_ok().json()
        if not isinstance(body, dict):
            raise UnexpectedAnswer("Hardcover sent something else than an object")
        if body.get("errors"):
            raise UnexpectedAnswer(f"Hardcover refused the query: {_first_message(body['errors'])}")
        data = body.get("data")
        if not isinstance(data, dict):
            raise UnexpectedAnswer("Hardcover sent an answer without data")
        return data


def _read(kind: type[Row], rows: Iterable[Any], field: str) -> list[Row]:
    try:
        return [kind.model_validate(row) for row in rows if row]
    except (ValidationError, ValueError) as error:
        raise UnexpectedAnswer(f"Hardcover sent {field} in a shape we do not know") from error


def _first_message(errors: Any) -> str:
    first = errors[0] if isinstance(errors, list) else errors
    return str(first.get("message", "")) if isinstance(first, dict) else str(first)
