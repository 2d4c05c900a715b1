"""Failures on request: a test or a person arms one, and the next fitting request meets it.

Kinds that any stand-in can fail with:

- `latency`: waits first; option `seconds`, of real time, since that is what a client's time limit counts.
- `status`: refuses without having done anything; options `status` (503 unless told) and `retry_after`.
- `html`: a login page with status 200 instead of an answer, again without having done anything.
- `cut`: does what was asked, then drops the connection in the middle of the answer; with option `before` it drops it
  without having done anything.
- `half_json`: does what was asked, then sends the first half of the answer as if it were all.

Other kinds belong to one system, which asks for them itself with `take`.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any, Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wrappers import Request, Response

from mamcrawler.lib import clock

SPOILING = frozenset({"status", "cut", "half_json", "html"})

LOGIN_PAGE = """<!DOCTYPE html><html><head><title>Login | My Anonamouse</title></head>
<body><form action="/takelogin.php" method="post"><input name="email"><input name="password"></form></body></html>"""


@dataclass
class Fault:
    """One failure that waits for the requests it is meant for."""

    system: str
    kind: str
    times: int = 1  # how many requests it still spoils
    path: str = ""  # only requests whose path holds this
    options: dict[str, Any] = field(default_factory=dict)

    def fits(self, system: str, kinds: Iterable[str], path: str) -> bool:
        """Say whether a request to this system and path is to fail this way."""
        return self.times > 0 and self.system == system and self.kind in kinds and self.path in path


class Faults:
    """The failures that are armed, over all stand-ins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Fault] = []

    def arm(self, system: str, kind: str, times: int = 1, path: str = "", **options: Any) -> Fault:
        """Spoil the next so many requests to a system, or only those whose path holds `path`."""
        fault = Fault(system, kind, times, path, options)
        with self._lock:
            self._armed.append(fault)
        return fault

    def take(self, system: str, kind: str, path: str = "") -> Fault | None:
        """Use up one armed failure of this kind, if there is one; the oldest comes first."""
        return self.take_any(system, (kind,), path)

    def take_any(self, system: str, kinds: Iterable[str], path: str) -> Fault | None:
        """Use up one armed failure of any of these kinds."""
        wanted = frozenset(kinds)
        with self._lock:
            for fault in self._armed:
                if fault.fits(system, wanted, path):
                    fault.times -= 1
                    self._armed = [one for one in self._armed if one.times > 0]
                    return fault
        return None

    def waiting(self) -> list[Fault]:
        """List the failures that no request has met yet."""
        with self._lock:
            return list(self._armed)

    def clear(self) -> None:
        """Disarm everything."""
        with self._lock:
            self._armed.clear()


@dataclass(frozen=True)
class Asked:
    """One request that a stand-in was sent."""

    system: str
    method: str
    path: str  # without the system's prefix
    query: str
    body: str  # its first 2,000 characters
    status: int  # 0 when the connection was cut
    asked_at: datetime


class Watching(Protocol):
    """What the middleware needs of the world."""

    faults: Faults

    def remember(self, asked: Asked) -> None:
        """Keep what was asked."""


class Watched:
    """Middleware around one stand-in: remembers each request, and spoils those that a fault waits for."""

    def __init__(self, app: WSGIApplication, world: Watching, system: str) -> None:
        self._app, self._world, self._system = app, world, system

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        content = request.get_data()
        environ["wsgi.input"] = BytesIO(content)  # so that the stand-in can read it again
        faults, path = self._world.faults, request.path
        if slow := faults.take(self._system, "latency", path):
            time.sleep(float(slow.options.get("seconds", 1)))
        fault = faults.take_any(self._system, SPOILING, path)
        response = _refused(fault) if fault else None
        if response is None:
            response = _spoilt(fault, Response.from_app(self._app, environ, buffered=True))
        self._world.remember(
            Asked(
                system=self._system,
                method=request.method,
                path=path,
                query=request.query_string.decode(errors="replace"),
                body=content[:2_000].decode(errors="replace"),
                status=0 if fault and fault.kind == "cut" else response.status_code,
                asked_at=clock.now(),
            )
        )
        return response(environ, start_response)


def _refused(fault: Fault) -> Response | None:
    """The answer of a fault that does nothing of what was asked; None for the other faults."""
    match fault.kind:
        case "status":
            response = Response(
                "The sandbox was told to fail.", int(fault.options.get("status", 503)), mimetype="text/plain"
            )
            if "retry_after" in fault.options:
                response.headers["Retry-After"] = str(fault.options["retry_after"])
            return response
        case "html":
            return Response(LOGIN_PAGE, mimetype="text/html")
        case "cut" if fault.options.get("before"):
            return _torn(Response())
        case _:
            return None


def _spoilt(fault: Fault | None, response: Response) -> Response:
    """What is left of an answer after a fault."""
    if fault is None:
        return response
    if fault.kind == "cut":
        return _torn(response)
    content = response.get_data()
    response.set_data(content[: len(content) // 2])
    return response


def _torn(response: Response) -> Response:
    """The same answer, but its connection drops half way."""
    content = response.get_data()
    response.response = _half(content)
    response.headers["Content-Length"] = str(max(len(content), 1))
    return response


def _half(content: bytes) -> Iterator[bytes]:
    if content:
        yield content[: len(content) // 2]
    raise ConnectionResetError("the sandbox was told to cut the connection")
