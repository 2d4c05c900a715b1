"""What the tests of the providers share: a world of books alone, and an app that repeats recorded answers."""

import json
from collections import deque
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request, Response

from mamcrawler.sandbox.catalogue import Catalogue, Performance, load_catalogue
from mamcrawler.sandbox.faults import Faults

CONTRACTS = Path(__file__).parent.parent / "contracts"


@cache
def catalogue() -> Catalogue:
    """The sandbox's catalogue, read once for all tests."""
    return load_catalogue()


@dataclass
class BooksOnly:
    """A world without tracker, account or files."""

    catalogue: Catalogue = field(default_factory=catalogue)
    faults: Faults = field(default_factory=Faults)

    def duration_s(self, performance: Performance) -> float:
        return max(60.0, round(performance.hours / 6) * 60.0)


def recorded(system: str, name: str) -> Any:
    """One recorded example of a system."""
    return json.loads((CONTRACTS / system / name).read_text(encoding="utf-8"))


class Recordings:
    """An app that gives prepared answers in turn, the last one for ever, and remembers what it was asked."""

    def __init__(self, *answers: tuple[int, Any] | tuple[int, Any, dict[str, str]]) -> None:
        self.answers = deque(answers)
        self.asked: list[Request] = []

    def __call__(self, environ, start_response):
        request = Request(environ)
        request.get_data()
        self.asked.append(request)
        status, body, *headers = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        text = body if isinstance(body, str) else json.dumps(body)
        answer = Response(text, status, headers=headers[0] if headers else {}, mimetype="application/json")
        return answer(environ, start_response)


def shape(value: Any) -> Any:
    """The keys and types of an answer, a list by its first item."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__
