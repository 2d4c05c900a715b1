"""A library server of a few items that tests put up, change between two requests, and let fail."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from library.models import Shelf
from library.services import discover_shelves
from mamcrawler.sandbox.server import serve

LIBRARY = "lib-1"
STATUSES = {200: "200 OK", 401: "401 Unauthorized", 403: "403 Forbidden", 500: "500 Internal Server Error"}


def item(
    number: int,
    title: str,
    *,
    authors: Iterable[str] = ("Jane Austen",),
    series: Iterable[tuple[str, str | None]] = (),
    narrators: Iterable[str] = (),
    path: str = "",
    updated: int = 0,
    **metadata: Any,
) -> dict[str, Any]:
    """An item as the server tells it whole."""
    told = {
        "title": title,
        "subtitle": None,
        "authors": [{"id": name, "name": name} for name in authors],
        "narrators": list(narrators),
        "series": [{"id": name, "name": name, "sequence": sequence} for name, sequence in series],
        "genres": [],
        "publishedYear": None,
        "publishedDate": None,
        "publisher": None,
        "description": None,
        "isbn": None,
        "asin": None,
        "language": "English",
        "explicit": False,
        "abridged": False,
    }
    file = {
        "index": 1,
        "ino": f"{number}01",
        "metadata": {"path": f"/books/{number}/book.m4b", "relPath": "book.m4b", "size": 1_000_000},
        "duration": 600.0,
        "bitRate": 64_000,
        "codec": "aac",
        "chapters": [],
    }
    rel_path = path or f"shelf/{number}"
    return {
        "id": f"item-{number}",
        "libraryId": LIBRARY,
        "ino": f"{number}00",
        "path": f"/books/{rel_path}",
        "relPath": rel_path,
        "isFile": False,
        "addedAt": 1_700_000_000_000 + number,
        "updatedAt": 1_700_000_000_000 + updated,
        "isMissing": False,
        "media": {
            "metadata": told | metadata,
            "coverPath": None,
            "tags": [],
            "audioFiles": [file],
            "chapters": [],
            "duration": 600.0,
        },
        "size": 1_000_000,
    }


def e_book(number: int, title: str, **told: Any) -> dict[str, Any]:
    """An item of which there is only something to read."""
    made = item(number, title, **told)
    made["media"] |= {"audioFiles": [], "duration": 0, "ebookFile": {"ino": f"{number}02", "ebookFormat": "epub"}}
    return made


class ScriptedServer:
    """Lists and hands out what `items` holds; before a page is listed, `on_page` may change that.

    Its pages say how many audio files an item has, unless `counts_files` is off. It can be made to send other pages
    than were asked for, and to tell a wrong total.
    """

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.on_page: Callable[[int], object] = lambda page: None
        self.status = 200
        self.counts_files = True
        self.page_sent: Callable[[int], int] = lambda page: page
        self.total: int | None = None

    def put(self, *items: dict[str, Any]) -> None:
        """Add items, or put them in the place of older ones with their ids."""
        self.items |= {one["id"]: one for one in items}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer one request."""
        self.asked.append(environ["PATH_INFO"])
        if self.status != 200:
            return self._reply(start_response, self.status, "no")
        if environ["PATH_INFO"] == "/api/libraries":
            told = {"id": LIBRARY, "name": "Books", "mediaType": "book", "folders": [{"id": "f", "fullPath": "/books"}]}
            return self._reply(start_response, 200, {"libraries": [told]})
        if environ["PATH_INFO"].endswith("/items"):
            return self._reply(start_response, 200, self._page(parse_qs(environ["QUERY_STRING"])))
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        ids = json.loads(body)["libraryItemIds"]
        return self._reply(start_response, 200, {"libraryItems": [self.items[one] for one in ids if one in self.items]})

    def _page(self, query: dict[str, list[str]]) -> dict[str, Any]:
        limit, page = int(query["limit"][0]), int(query["page"][0])
        self.on_page(page)
        sent = self.page_sent(page)
        rows = sorted(self.items.values(), key=lambda one: one.get("addedAt") or 0)
        results = [
            {key: value for key, value in row.items() if key != "media"} | {"media": self._minified(row["media"])}
            for row in rows[sent * limit : (sent + 1) * limit]
        ]
        total = len(rows) if self.total is None else self.total
        return {"results": results, "total": total, "limit": limit, "page": page}

    def _minified(self, media: Any) -> dict[str, Any]:
        told = isinstance(media, dict) and self.counts_files
        return {"metadata": {}} | ({"numAudioFiles": len(media["audioFiles"])} if told else {})

    @staticmethod
    def _reply(start_response: StartResponse, status: int, answer: Any) -> list[bytes]:
        start_response(STATUSES[status], [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]


@contextmanager
def scripted_shelf(settings: Any, *items: dict[str, Any]) -> Iterator[tuple[ScriptedServer, Shelf]]:
    """Serve a scripted server that holds these items, as the only library there is, and give it with its shelf.

    It has been asked for its libraries once, and for none of its items.
    """
    server = ScriptedServer()
    server.put(*items)
    settings.LIBRARY_FOLDERS = []
    with serve(server) as address:
        settings.AUDIOBOOKSHELF_URL, settings.AUDIOBOOKSHELF_TOKEN = address, "example-token"
        (shelf,) = discover_shelves()
        yield server, shelf
