"""The Web API of a qBittorrent without a swarm, as one WSGI application."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Request, Response

from mamcrawler.sandbox.qbittorrent import sync
from mamcrawler.sandbox.qbittorrent.access import Access, Refused, Session
from mamcrawler.sandbox.qbittorrent.actions import Actions
from mamcrawler.sandbox.qbittorrent.manners import GENERATIONS, Generation
from mamcrawler.sandbox.qbittorrent.store import Store
from mamcrawler.sandbox.world import World

PREFIX = "/api/v2/"
Action = Callable[[Request], Any]


class Qbittorrent:
    """A torrent client whose torrents fill from the world's payloads over the product's time, and then seed.

    A download takes ten minutes and a little for its size. Failures to arm in `world.faults`, beside the general
    ones; the first four wait for a torrent whose "/torrents/add/<info hash>/<name>" holds the fault's path:
    `stall` (option `cure`: restart, reannounce, never), `error` (option `cure`: recheck, restart, never),
    `corrupt` (option `how`: flip, cut, missing), `late` (listed only after so many `seconds`), and `refuse_add`.
    """

    def __init__(self, world: World, generation: Generation = "5.1") -> None:
        self._world = world
        self._manners = GENERATIONS[generation]
        self._store = Store(world, self._manners)
        self._access = Access(self._manners)
        actions = Actions(world, self._store, self._manners)
        self._reading = self._readers(actions)
        self._changing = self._changers(actions)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        with Request(environ) as request, self._world.lock:
            try:
                response = self._answer(request)
            except Refused as refusal:
                response = Response(refusal.text, refusal.status, mimetype="text/plain")
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        self._access.check_origin(request)
        name = request.path.removeprefix(PREFIX)
        if name == "auth/login":
            self._require_post(request)
            return self._access.log_in(request)
        session = self._access.session(request)
        if not session:
            raise Refused(403, "Forbidden")
        if name == "auth/logout":
            self._require_post(request)
            return self._access.log_out(request)
        self._store.settle()
        if name == "sync/maindata":
            return _respond(self._maindata(request, session))
        if name in self._reading:
            self._require_parameters(request, name)
            return _respond(self._reading[name](request))
        if name not in self._changing:
            raise Refused(404, "Endpoint does not exist" if self._manners.is_5_2 else "Not Found")
        self._require_post(request)
        self._require_parameters(request, name)
        answer = self._changing[name](request)
        self._store.save()
        return _respond(answer)

    def _maindata(self, request: Request, session: Session) -> dict[str, Any]:
        rid = request.values.get("rid", "0")
        return sync.maindata(self._store, self._manners, session, int(rid) if rid.isdecimal() else 0)

    def _readers(self, actions: Actions) -> dict[str, Action]:
        store, manners = self._store, self._manners
        reading: dict[str, Action] = {
            "app/version": lambda _: manners.version,
            "app/webapiVersion": lambda _: manners.web_api,
            "app/buildInfo": lambda _: manners.build,
            "app/preferences": lambda _: store.settings,
            "app/defaultSavePath": lambda _: str(store.settings["save_path"]),
            "transfer/info": lambda request: sync.transfer(actions.info(request), manners),
            "transfer/speedLimitsMode": lambda _: "0",
            "torrents/info": actions.info,
            "torrents/properties": actions.properties,
            "torrents/files": actions.files,
            "torrents/trackers": actions.trackers,
            "torrents/webseeds": lambda request: actions.properties(request) and [],
            "torrents/categories": lambda _: sync.categories(store, manners),
            "torrents/tags": lambda _: sorted(store.tags),
            "torrents/export": actions.export,
        }
        if manners.is_5:
            reading["torrents/count"] = lambda _: str(len(store.listed()))
        return reading

    def _changers(self, actions: Actions) -> dict[str, Action]:
        stop, start = ("stop", "start") if self._manners.is_5 else ("pause", "resume")
        return {
            "app/setPreferences": actions.set_preferences,
            "torrents/add": actions.add,
            "torrents/delete": actions.delete,
            f"torrents/{stop}": actions.stop,
            f"torrents/{start}": actions.start,
            "torrents/recheck": actions.recheck,
            "torrents/reannounce": actions.reannounce,
            "torrents/setForceStart": actions.set_force_start,
            "torrents/setLocation": actions.set_location,
            "torrents/setShareLimits": actions.set_share_limits,
            "torrents/rename": actions.rename,
            "torrents/createCategory": actions.create_category,
            "torrents/editCategory": actions.edit_category,
            "torrents/removeCategories": actions.remove_categories,
            "torrents/setCategory": actions.set_category,
            "torrents/addTags": actions.add_tags,
            "torrents/removeTags": actions.remove_tags,
            "torrents/createTags": actions.create_tags,
            "torrents/deleteTags": actions.delete_tags,
        }

    def _require_post(self, request: Request) -> None:
        if request.method != "POST":
            raise Refused(405, "Method Not Allowed")

    def _require_parameters(self, request: Request, name: str) -> None:
        required = REQUIRED.get(name, ())
        if name == "torrents/setShareLimits":
            required = self._manners.share_limit_parameters
        missing = [parameter for parameter in required if parameter not in request.values]
        if missing:
            text = f"Missing required parameters: {', '.join(missing)}" if self._manners.is_5_2 else "Bad Request"
            raise Refused(400, text)


_OF_ONE, _OF_SEVERAL = ("hash",), ("hashes",)
REQUIRED: dict[str, tuple[str, ...]] = {
    "app/setPreferences": ("json",),
    "torrents/properties": _OF_ONE,
    "torrents/files": _OF_ONE,
    "torrents/trackers": _OF_ONE,
    "torrents/webseeds": _OF_ONE,
    "torrents/export": _OF_ONE,
    "torrents/delete": ("hashes", "deleteFiles"),
    "torrents/pause": _OF_SEVERAL,
    "torrents/resume": _OF_SEVERAL,
    "torrents/stop": _OF_SEVERAL,
    "torrents/start": _OF_SEVERAL,
    "torrents/recheck": _OF_SEVERAL,
    "torrents/reannounce": _OF_SEVERAL,
    "torrents/setForceStart": _OF_SEVERAL,
    "torrents/setLocation": ("hashes", "location"),
    "torrents/rename": ("hash", "name"),
    "torrents/createCategory": ("category",),
    "torrents/editCategory": ("category", "savePath"),
    "torrents/removeCategories": ("categories",),
    "torrents/setCategory": ("hashes", "category"),
    "torrents/addTags": ("hashes", "tags"),
    "torrents/removeTags": _OF_SEVERAL,
    "torrents/createTags": ("tags",),
    "torrents/deleteTags": ("tags",),
}


def _respond(answer: Any) -> Response:
    if isinstance(answer, Response):
        return answer
    if answer is None or isinstance(answer, str):
        return Response(answer or "", mimetype="text/plain")
    return Response(json.dumps(answer), mimetype="application/json")
