"""Answers that a real library server gave, and a server that gives such answers again."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Request, Response

from library.audiobookshelf import AudiobookshelfClient
from mamcrawler.sandbox.server import serve

EXAMPLES = Path(__file__).parents[1] / "contracts" / "audiobookshelf"
LIBRARY = "e5c4a10a-cfed-4183-930e-469fecac380f"
GLASS_ORCHARD = "afff558b-07f7-4b5a-b7d1-13b5ce5d3b98"


def recorded(name: str) -> Any:
    """Read a recorded answer; its name is that of its file."""
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


class Replay:
    """A server that gives prepared answers in turn, repeats the last one, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any, dict[str, str]]] = []
        self.asked: list[tuple[str, str, Any]] = []

    def will(self, status: int, body: Any, **headers: str) -> None:
        """Prepare one more answer; a header's name is written with underscores."""
        self.answers.append((status, body, {name.replace("_", "-"): value for name, value in headers.items()}))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        self.asked.append((request.method, request.full_path.rstrip("?"), request.get_json(silent=True)))
        status, body, headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        content = body if isinstance(body, (bytes, str)) else json.dumps(body)
        return Response(content, status=status, headers=headers)(environ, start_response)


@contextmanager
def visiting(server: Replay) -> Iterator[AudiobookshelfClient]:
    """Give a client of that server, which answers as long as this block lasts."""
    with serve(server) as base_url, AudiobookshelfClient(base_url=base_url, token="example-token") as client:
        yield client
