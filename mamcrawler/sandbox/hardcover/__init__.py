"""A stand-in for Hardcover: the catalogue behind `POST /v1/graphql`, with a token, limits and errors like the real one.

Its data is imperfect in the same places every time, as user-made data is: a description, a cover or a year's day that
lacks, a title that swallowed its subtitle, translations listed as books of their own, books merged into others, and
beside the books of an author summaries, dramatisations, box sets and foreign editions.
"""

import json
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Protocol
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Request, Response

from mamcrawler.lib import clock
from mamcrawler.sandbox.accounts import SECRETS
from mamcrawler.sandbox.catalogue import Catalogue, Performance
from mamcrawler.sandbox.faults import Faults
from mamcrawler.sandbox.hardcover.documents import Documents
from mamcrawler.sandbox.hardcover.graphql import Operation, QueryRefused, Row, read, select, table
from mamcrawler.sandbox.hardcover.rows import Rows

PER_MINUTE = 60
MOST_FIELDS = 5
DEEPEST = 3


class KnowsBooks(Protocol):
    """What this stand-in needs of the world."""

    catalogue: Catalogue
    faults: Faults

    def duration_s(self, performance: Performance) -> float:
        """How long a performance plays here."""


class Hardcover:
    """Hardcover in one WSGI app; `operations` remembers the names of the queries it was sent."""

    def __init__(self, world: KnowsBooks, *, per_minute: int = PER_MINUTE) -> None:
        self.operations: deque[str] = deque(maxlen=5000)
        self._world = world
        self._per_minute = per_minute
        self._asked: deque[float] = deque()
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return self._answer(Request(environ))(environ, start_response)

    @cached_property
    def _library(self) -> Rows:
        return Rows(self._world.catalogue, self._world.duration_s)

    @cached_property
    def _index(self) -> Documents:
        return Documents(self._library)

    def _answer(self, request: Request) -> Response:
        if request.path != "/v1/graphql" or request.method != "POST":
            return Response("<!DOCTYPE html><title>404</title>", 404, mimetype="text/html")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token != SECRETS.hardcover_token:
            return _json(401, {"error": "invalid_token", "error_description": "The access token is invalid"})
        try:
            asked = json.loads(request.get_data())
            query, variables = str(asked["query"]), asked.get("variables") or {}
        except (ValueError, KeyError, TypeError):
            return _json(400, {"error": "The body holds no query"})
        try:
            operation = read(query, variables)
            return self._answer_operation(operation)
        except QueryRefused as refusal:
            return _json(refusal.status, refusal.body)

    def _answer_operation(self, operation: Operation) -> Response:
        self.operations.append(operation.name)
        _check(operation)
        left, wait = self._take(len(operation.fields))
        if wait:
            answer = _json(429, {"error": "Too Many Requests", "message": "Rate limit exceeded"})
            answer.headers["Retry-After"] = str(wait)
        else:
            answer = _json(200, {"data": select(self._root, operation.fields)})
        answer.headers["RateLimit-Policy"] = f'"Free";q={self._per_minute};w=60;burst=10, "daily";q=5000;w=86400'
        answer.headers["RateLimit"] = f'"Free";r={left};t={wait or 60}, "daily";r=4231;t=51234'
        return answer

    def _take(self, count: int) -> tuple[int, int]:
        """Use up so many requests of this minute: how many are left, and the seconds to wait if there were none."""
        now = clock.monotonic()
        with self._lock:
            while self._asked and self._asked[0] <= now - 60:
                self._asked.popleft()
            if len(self._asked) + count > self._per_minute:
                return 0, max(1, round(60 - (now - self._asked[0]))) if self._asked else 60
            self._asked.extend([now] * count)
            return self._per_minute - len(self._asked), 0

    @cached_property
    def _root(self) -> Row:
        library = self._library
        return Row(
            "query_root",
            {
                "me": [Row("users", {"id": 12345, "username": "sandbox"})],
                "books": table(library.books_for),
                "editions": table(library.editions_for),
                "series": table(lambda _: library.series.values()),
                "series_by_pk": lambda given, _: library.series.get(given.get("id", 0)),
                "search": self._search,
            },
        )

    def _search(self, given: Mapping[str, Any], _path: str) -> Row:
        kind = given.get("query_type") or "Book"
        size, page = given.get("per_page") or 25, given.get("page") or 1
        count, hits = self._index.search(kind, str(given["query"]), first=(page - 1) * size, size=size)
        results: Any = {
            "facet_counts": [],
            "found": count,
            "hits": [_hit(document) for document in hits],
            "out_of": self._index.count(kind),
            "page": page,
            "request_params": {
                "collection_name": f"{kind}_production",
                "first_q": given["query"],
                "per_page": size,
                "q": given["query"],
            },
            "search_cutoff": False,
            "search_time_ms": 9,
        }
        if self._world.faults.take("hardcover", "results_as_text"):
            results = json.dumps(results)
        values = {"ids": [int(document["id"]) for document in hits], "results": results, "error": None}
        return Row(
            "SearchOutput", values | {"page": page, "per_page": size, "query": given["query"], "query_type": kind}
        )


def _check(operation: Operation) -> None:
    """Refuse what the real host refuses before it looks at any row.

    :raises QueryRefused: if it is no query, or asks for too much at once.
    """
    if operation.kind != "query":
        raise QueryRefused("This sandbox only answers queries", code="unsupported_operation", status=403)
    searches = [field for field in operation.fields if field.name == "search"]
    if len(operation.fields) > MOST_FIELDS or len(searches) > 1:
        body = {
            "errors": [{"message": "Too many top-level queries", "extensions": {"code": "top_level_limit_exceeded"}}]
        }
        refusal = QueryRefused("Too many top-level queries", status=403)
        refusal.body = body
        raise refusal
    if any(field.depth > DEEPEST for field in operation.fields):
        raise QueryRefused(f"query depth exceeds {DEEPEST}", code="depth-limit-exceeded")


def _hit(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "document": document,
        "highlight": {},
        "highlights": [],
        "text_match": 1157451471441100921,
        "text_match_info": {
            "best_field_score": "2211897868288",
            "best_field_weight": 15,
            "fields_matched": 2,
            "num_tokens_dropped": 0,
            "score": "1157451471441100921",
            "tokens_matched": 3,
            "typo_prefix_score": 0,
        },
    }


def _json(status: int, body: Any) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")
