"""A library server that has all its answers ready: `python -m mamcrawler.benchmarks.prerendered ITEMS`.

The stand-in renders every page and item once; from then on they are served from memory, so that what is measured is
the client's side alone. It prints its address and serves until it is ended.
"""

import json
import re
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from werkzeug.datastructures import MultiDict

from mamcrawler.sandbox.audiobookshelf.listing import Asking
from mamcrawler.sandbox.audiobookshelf.records import expanded
from mamcrawler.sandbox.audiobookshelf.store import Store
from mamcrawler.sandbox.shelf import SYNTHETIC_OWNED
from mamcrawler.sandbox.world import World

PAGE = 500


class Answers(BaseHTTPRequestHandler):
    """Serves what was rendered before."""

    protocol_version = "HTTP/1.1"
    libraries: ClassVar[bytes] = b""
    pages: ClassVar[list[bytes]] = []
    items: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        """Answer with the libraries, or one page of items."""
        if self.path == "/api/libraries":
            self._answer(self.libraries)
            return
        page = int(parse_qs(urlsplit(self.path).query)["page"][0])
        self._answer(self.pages[page])

    def do_POST(self) -> None:
        """Answer with whole items."""
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        ids = re.findall(rb'"([0-9a-f-]{36})"', asked)
        found = [self.items[item_id.decode()] for item_id in ids]
        self._answer(b'{"libraryItems":[' + b",".join(found) + b"]}")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


def render(store: Store) -> None:
    """Have every answer ready."""
    Answers.libraries = json.dumps({"libraries": [store.library]}).encode()
    number, total = 0, 1
    while number * PAGE < total:
        query = {"limit": str(PAGE), "page": str(number), "sort": "addedAt", "minified": "1"}
        page = store.page(Asking.read(MultiDict(query)))
        Answers.pages.append(json.dumps(page).encode())
        for row in page["results"]:
            record = store.item(row["id"])
            assert record is not None
            Answers.items[row["id"]] = json.dumps(expanded(record)).encode()
        number, total = number + 1, page["total"]


def main(items: int) -> None:
    """Serve about so many items."""
    with tempfile.TemporaryDirectory() as folder:
        kind: Any = "standard"
        render(Store(World(Path(folder), scale=items * 10 // SYNTHETIC_OWNED, kind=kind)))
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
