"""The stand-in's addresses: who may ask what, and which answer has which shape."""

import json
import mimetypes
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from mamcrawler.lib import clock
from mamcrawler.sandbox.accounts import SECRETS
from mamcrawler.sandbox.audiobookshelf import listeners, people, visitor
from mamcrawler.sandbox.audiobookshelf.listing import Asking, NotThatPage
from mamcrawler.sandbox.audiobookshelf.patching import apply_patch
from mamcrawler.sandbox.audiobookshelf.records import Record, expanded, made_id
from mamcrawler.sandbox.audiobookshelf.store import SYSTEM, Store, now_ms
from mamcrawler.sandbox.world import World

_LIBRARY = "/api/libraries/<library_id>"
_ITEM = "/api/items/<item_id>"
_RULES = (
    ("GET", "/ping", "ping"),
    ("GET", "/healthcheck", "healthcheck"),
    ("GET", "/status", "status"),
    ("POST", "/login", "login"),
    ("POST", "/api/authorize", "authorize"),
    ("GET", "/api/me", "me"),
    ("GET", "/api/me/listening-stats", "own_stats"),
    ("GET", "/api/me/progress/<item_id>", "progress"),
    ("PATCH", "/api/me/progress/<item_id>", "listen"),
    ("GET", "/api/users", "users"),
    ("GET", "/api/users/<user_id>", "user"),
    ("GET", "/api/users/<user_id>/listening-stats", "user_stats"),
    ("GET", "/api/tasks", "tasks"),
    ("GET", "/api/backups", "backups"),
    ("GET", "/api/libraries", "libraries"),
    ("GET", _LIBRARY, "library"),
    ("GET", f"{_LIBRARY}/items", "items"),
    ("GET", f"{_LIBRARY}/series", "series"),
    ("GET", f"{_LIBRARY}/authors", "authors"),
    ("GET", f"{_LIBRARY}/narrators", "narrators"),
    ("GET", f"{_LIBRARY}/collections", "collections"),
    ("GET", f"{_LIBRARY}/playlists", "playlists"),
    ("POST", f"{_LIBRARY}/scan", "scan"),
    ("POST", "/api/items/batch/get", "batch_get"),
    ("POST", "/api/items/batch/update", "batch_update"),
    ("GET", _ITEM, "item"),
    ("PATCH", f"{_ITEM}/media", "patch"),
    ("POST", f"{_ITEM}/chapters", "chapters"),
    ("POST", f"{_ITEM}/scan", "scan_item"),
    ("GET", f"{_ITEM}/cover", "cover"),
    ("POST", "/api/collections", "add_collection"),
    ("GET", "/api/collections/<list_id>", "collection"),
    ("DELETE", "/api/collections/<list_id>", "drop_collection"),
    ("POST", "/api/playlists", "add_playlist"),
)
_OPEN_TO_ALL = frozenset({"ping", "healthcheck", "status", "login", "cover"})
_PERMITTED = frozenset(
    {"patch", "batch_update", "chapters", "scan", "scan_item", "users", "user", "user_stats", "backups"}
)


class Refused(Exception):
    """A request that gets a status and a sentence instead of an answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Audiobookshelf:
    """A library server over the sandbox's files, with one library, a user who may do everything and some who listen.

    The failure "forbidden" makes it refuse a write, or what only administrators may read, as it would for a user
    without the permission.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._store = Store(world)
        self._urls = Map([Rule(path, methods=[method], endpoint=name) for method, path, name in _RULES])

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            name, values = self._urls.bind_to_environ(request.environ).match()
        except HTTPException:
            return _text(404, "Not Found")
        try:
            with self._world.lock:
                self._require_permission(request, name)
                self._store.finish_scan_when_due()
                answer = getattr(self, f"_{name}")(request, **values)
                return answer if isinstance(answer, Response) else _json(answer)
        except Refused as refusal:
            return _text(refusal.status, refusal.text)

    def _require_permission(self, request: Request, name: str) -> None:
        if name in _OPEN_TO_ALL:
            return
        offered = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not offered and request.method == "GET":
            offered = request.args.get("token", "")
        if offered != SECRETS.abs_token:
            raise Refused(401, "Unauthorized")
        if name in _PERMITTED and self._world.faults.take(SYSTEM, "forbidden", request.path):
            raise Refused(403, "Forbidden")

    def _ping(self, _request: Request) -> Any:
        return {"success": True}

    def _healthcheck(self, _request: Request) -> Any:
        return _text(200, "OK")

    def _status(self, _request: Request) -> Any:
        return visitor.STATUS

    def _login(self, request: Request) -> Any:
        given = _body(request)
        if not isinstance(given, dict) or not {"username", "password"} <= given.keys():
            raise Refused(400, "Bad Request")
        if (given["username"], given["password"]) != (SECRETS.abs_username, SECRETS.abs_password):
            raise Refused(401, "Unauthorized")
        wants_tokens = request.headers.get("x-return-tokens") == "true"
        refresh = "sandbox-abs-refresh-0001"
        answer = visitor.signed_in(
            self._store.state, refreshToken=refresh if wants_tokens else None, accessToken=SECRETS.abs_token
        )
        response = _json(answer)
        if not wants_tokens:
            response.set_cookie("refresh_token", refresh, httponly=True, samesite="Lax")
        return response

    def _authorize(self, _request: Request) -> Any:
        return visitor.signed_in(self._store.state)

    def _me(self, _request: Request) -> Any:
        return visitor.user(self._store.state)

    def _progress(self, _request: Request, item_id: str) -> Any:
        if item_id not in self._store.state["progress"]:
            raise Refused(404, "Not Found")
        return self._store.state["progress"][item_id]

    def _listen(self, request: Request, item_id: str) -> Any:
        given = _body(request)
        self._store.listen(self._existing(item_id), given if isinstance(given, dict) else {})
        self._store.save()
        return _text(200, "OK")

    def _tasks(self, _request: Request) -> Any:
        task = self._store.state["task"]
        return {"tasks": [task] if task else []}

    def _own_stats(self, _request: Request) -> Any:
        return listeners.stats(self._store.state["progress"])

    def _users(self, _request: Request) -> Any:
        others = [listeners.user(one) for one in self._store.state.get("listeners", {}).values()]
        return listeners.listed([visitor.user(self._store.state), *others])

    def _user(self, _request: Request, user_id: str) -> Any:
        if user_id == self._store.state["user_id"]:
            return visitor.user(self._store.state)
        return listeners.user(self._listener(user_id))

    def _user_stats(self, _request: Request, user_id: str) -> Any:
        is_own = user_id == self._store.state["user_id"]
        return listeners.stats(self._store.state["progress"] if is_own else self._listener(user_id)["progress"])

    def _listener(self, user_id: str) -> Record:
        if (listener := listeners.of_id(self._store.state, user_id)) is None:
            raise Refused(404, "Not Found")
        return listener

    def _backups(self, _request: Request) -> Any:
        return listeners.backups(clock.now(), self._store.state.get("backups", 0))

    def _libraries(self, _request: Request) -> Any:
        return {"libraries": [self._store.library]}

    def _library(self, _request: Request, library_id: str) -> Any:
        return self._known_library(library_id)

    def _items(self, request: Request, library_id: str) -> Any:
        self._known_library(library_id)
        return self._store.page(_asking(request))

    def _series(self, request: Request, library_id: str) -> Any:
        self._known_library(library_id)
        return people.series_page(self._store.all_items(), _asking(request), library_id)

    def _authors(self, request: Request, library_id: str) -> Any:
        self._known_library(library_id)
        rows = people.authors(self._store.all_items(), library_id)
        if "limit" not in request.args or "page" not in request.args:
            return {"authors": rows}
        asking = _asking(request)
        rows.sort(key=lambda row: row["name"].casefold(), reverse=asking.is_descending)
        answer = asking.envelope(asking.slice(rows), len(rows))
        return {key: value for key, value in answer.items() if key != "include"}

    def _narrators(self, _request: Request, library_id: str) -> Any:
        self._known_library(library_id)
        return {"narrators": people.narrators(self._store.all_items())}

    def _collections(self, request: Request, library_id: str) -> Any:
        self._known_library(library_id)
        asking = _asking(request)
        rows = list(self._store.state["collections"].values())
        return asking.envelope([self._shown_collection(one) for one in asking.slice(rows)], len(rows))

    def _playlists(self, request: Request, library_id: str) -> Any:
        self._known_library(library_id)
        asking = _asking(request)
        rows = list(self._store.state["playlists"].values())
        shown = [self._shown_playlist(one) for one in asking.slice(rows)]
        return {"results": shown, "total": len(rows), "limit": asking.limit, "page": asking.page}

    def _scan(self, _request: Request, library_id: str) -> Any:
        self._known_library(library_id)
        self._store.start_scan()
        return _text(200, "OK")

    def _batch_get(self, request: Request) -> Any:
        given = _body(request)
        ids = given.get("libraryItemIds") if isinstance(given, dict) else None
        if not ids:
            raise Refused(403, "Invalid payload")
        found = [self._store.item(item_id) for item_id in ids]
        return {"libraryItems": [expanded(record) for record in found if record]}

    def _batch_update(self, request: Request) -> Any:
        given = _body(request)
        ids = [one.get("id") for one in given] if isinstance(given, list) else []
        if not ids or len(set(ids)) < len(ids):
            raise Refused(400, "Bad Request")
        records = [self._existing(item_id) for item_id in ids]
        changed = [self._write(record, one.get("mediaPayload")) for record, one in zip(records, given, strict=True)]
        return {"success": True, "updates": sum(changed)}

    def _item(self, request: Request, item_id: str) -> Any:
        record = self._existing(item_id)
        if request.args.get("expanded") != "1":
            return record
        answer = expanded(record)
        included = request.args.get("include", "").split(",")
        if "progress" in included:
            answer["userMediaProgress"] = self._store.state["progress"].get(item_id)
        if "rssfeed" in included:
            answer["rssFeed"] = None
        if "share" in included:
            answer["mediaItemShare"] = None
        return answer

    def _patch(self, request: Request, item_id: str) -> Any:
        record = self._existing(item_id)
        updated = self._write(record, _body(request))
        # The real server leaves the key out when nothing changed, instead of saying false.
        return {**({"updated": True} if updated else {}), "libraryItem": record}

    def _chapters(self, request: Request, item_id: str) -> Any:
        record, given = self._existing(item_id), _body(request)
        if not isinstance(given, dict) or not isinstance(given.get("chapters"), list):
            raise Refused(400, "Bad Request")
        chapters = [{"id": number, **one} for number, one in enumerate(given["chapters"])]
        return {"success": True, "updated": self._write(record, {"chapters": chapters})}

    def _scan_item(self, _request: Request, item_id: str) -> Any:
        self._existing(item_id)
        return {"result": "UPTODATE"}

    def _cover(self, _request: Request, item_id: str) -> Any:
        path = self._existing(item_id)["media"]["coverPath"]
        if path is None or not Path(path).is_file():
            raise Refused(404, "Not Found")
        return Response(Path(path).read_bytes(), mimetype=mimetypes.guess_type(path)[0])

    def _add_collection(self, request: Request) -> Any:
        given = _body(request)
        if not isinstance(given, dict) or not given.get("books") or not given.get("name"):
            raise Refused(400, "Bad Request")
        now = now_ms()
        made = {
            "id": made_id("collection", f"{given['name']} {now}"),
            "libraryId": self._store.library["id"],
            "name": given["name"],
            "description": given.get("description"),
            "books": [self._existing(item_id)["id"] for item_id in given["books"]],
            "lastUpdate": now,
            "createdAt": now,
        }
        self._store.state["collections"][made["id"]] = made
        self._store.save()
        return self._shown_collection(made)

    def _collection(self, _request: Request, list_id: str) -> Any:
        if list_id not in self._store.state["collections"]:
            raise Refused(404, "Not Found")
        return self._shown_collection(self._store.state["collections"][list_id])

    def _drop_collection(self, _request: Request, list_id: str) -> Any:
        if self._store.state["collections"].pop(list_id, None) is None:
            raise Refused(404, "Not Found")
        self._store.save()
        return _text(200, "OK")

    def _add_playlist(self, request: Request) -> Any:
        given = _body(request)
        if not isinstance(given, dict) or not given.get("name"):
            raise Refused(400, "Bad Request")
        ids = [self._existing(one["libraryItemId"])["id"] for one in given.get("items", [])]
        now = now_ms()
        made = {
            "id": made_id("playlist", f"{given['name']} {now}"),
            "libraryId": self._store.library["id"],
            "userId": self._store.state["user_id"],
            "name": given["name"],
            "description": given.get("description"),
            "items": [{"libraryItemId": item_id} for item_id in ids],
            "lastUpdate": now,
            "createdAt": now,
        }
        self._store.state["playlists"][made["id"]] = made
        self._store.save()
        return self._shown_playlist(made)

    def _write(self, record: Record, payload: Any) -> bool:
        changed = apply_patch(record, payload, id_of=self._store.id_of)
        if changed:
            self._store.keep(record)
            self._store.save()
        return changed

    def _existing(self, item_id: str) -> Record:
        record = self._store.item(item_id) if _is_uuid(item_id) else None
        if record is None:
            raise Refused(404, "Not Found")
        return record

    def _known_library(self, library_id: str) -> Record:
        if library_id != self._store.library["id"]:
            raise Refused(404, "Library not found")
        return self._store.library

    def _shown_collection(self, collection: Record) -> Record:
        records = [self._store.item(item_id) for item_id in collection["books"]]
        return {**collection, "books": [expanded(record) for record in records if record]}

    def _shown_playlist(self, playlist: Record) -> Record:
        records = [self._store.item(one["libraryItemId"]) for one in playlist["items"]]
        items = [{"libraryItemId": record["id"], "libraryItem": expanded(record)} for record in records if record]
        return {**playlist, "items": items}


def _asking(request: Request) -> Asking:
    try:
        return Asking.read(request.args)
    except NotThatPage as error:
        raise Refused(400, "Bad Request") from error


def _body(request: Request) -> Any:
    return request.get_json(silent=True)


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _json(answer: Any) -> Response:
    return Response(json.dumps(answer), content_type="application/json; charset=utf-8")


def _text(status: int, text: str) -> Response:
    return Response(text, status=status, content_type="text/plain; charset=utf-8")
