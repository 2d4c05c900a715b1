"""A library server whose listeners, lists and backups tests put up, change between two reads, and let fail."""

import json
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Request, Response

from library import services
from library.services import listening

LIBRARY = "lib-1"
ROOT = "user-root"
T0 = 1_790_000_000_000
"""A moment in milliseconds; what happens later is told as so many seconds after it."""


def progress(item_id: str | None, fraction: Any = 0.5, *, at_s: int = 0, **told: Any) -> dict[str, Any]:
    """How far somebody is in an item of a hundred seconds, as the server tells it."""
    is_finished = fraction == 1
    return {
        "id": f"progress-{item_id}",
        "libraryItemId": item_id,
        "episodeId": None,
        "duration": 100,
        "progress": fraction,
        "currentTime": 50,
        "isFinished": is_finished,
        "lastUpdate": T0 + at_s * 1000,
        "startedAt": T0,
        "finishedAt": T0 + at_s * 1000 if is_finished else None,
    } | told


class ListeningServer:
    """Tells what its fields hold; `refused` maps the end of a path to the status it is answered with.

    Each page of its lists is the first. It can be made to say that there are more in all.
    """

    def __init__(self) -> None:
        self.names: dict[str, str] = {ROOT: "example-root"}
        self.progress: dict[str, list[Any]] = {}
        self.heard: dict[str, dict[str, Any]] = {}
        self.collections: list[dict[str, Any]] = []
        self.playlists: list[dict[str, Any]] = []
        self.backups: list[Any] = []
        self.settings: dict[str, Any] = {"backupSchedule": False, "backupsToKeep": 2}
        self.refused: dict[str, int] = {}
        self.asked: list[str] = []
        self.total: int | None = None

    def listens(self, user_id: str, *rows: Any, name: str = "", **heard: float) -> None:
        """Let a user have come so far."""
        self.names[user_id] = name or self.names.get(user_id) or user_id.replace("user", "example")
        self.progress[user_id] = list(rows)
        self.heard[user_id] = {item.replace("_", "-"): {"timeListening": seconds} for item, seconds in heard.items()}

    def collect(self, list_id: str, *items: Any, name: str = "Favourites", **told: Any) -> None:
        """Put up a collection, in the place of an older one with its id."""
        self.collections = [one for one in self.collections if one["id"] != list_id]
        row = {"id": list_id, "libraryId": LIBRARY, "name": name, "description": None}
        self.collections.append(row | {"books": [{"id": item} for item in items]} | told)

    def play(self, list_id: str, *items: str, name: str = "Next") -> None:
        """Put up a playlist of the token's user."""
        self.playlists = [one for one in self.playlists if one["id"] != list_id]
        row = {"id": list_id, "libraryId": LIBRARY, "userId": ROOT, "name": name, "description": None}
        self.playlists.append(row | {"items": [{"libraryItemId": item} for item in items]})

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer one request."""
        request = Request(environ)
        self.asked.append(request.path)
        for end, status in self.refused.items():
            if request.path.endswith(end):
                return Response("no", status=status)(environ, start_response)
        answer = json.dumps(self._answer(request))
        return Response(answer, content_type="application/json")(environ, start_response)

    def _answer(self, request: Request) -> Any:
        match request.path.split("/")[2:]:
            case ["authorize"]:
                return {"user": self._user(ROOT) | {"type": "root"}, "serverSettings": self.settings}
            case ["me"]:
                return self._user(ROOT)
            case ["me", "listening-stats"]:
                return {"items": self.heard.get(ROOT, {})}
            case ["users"]:
                return {"users": [{"id": user, "username": name} for user, name in self.names.items()]}
            case ["users", user]:
                return self._user(user)
            case ["users", user, "listening-stats"]:
                return {"items": self.heard.get(user, {})}
            case ["libraries", _, "collections"]:
                return self._lists(self.collections)
            case ["libraries", _, "playlists"]:
                return self._lists(self.playlists)
            case ["backups"]:
                return {"backups": self.backups}
        raise AssertionError(request.path)

    def _lists(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        return {"results": rows, "total": len(rows) if self.total is None else self.total}

    def _user(self, user_id: str) -> dict[str, Any]:
        return {"id": user_id, "username": self.names[user_id], "mediaProgress": self.progress.get(user_id, [])}


def book_of(edition):
    return edition.coverages.get().book


def read(*shelves):
    with services.connect() as client:
        reports = list(services.read_listening(client, shelves, beat=lambda doing: None))
    total = listening.ListeningReport()
    for report in reports:
        total.listeners += report.listeners
        total.books += report.books
        total.lists += report.lists
        total.unknown += report.unknown
        total.changed += report.changed
        total.broken += report.broken
        total.notes += report.notes
    return total
