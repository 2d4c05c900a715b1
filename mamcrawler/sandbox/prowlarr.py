"""A stand-in for Prowlarr with one indexer, MyAnonamouse, over the sandbox's world."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from mamcrawler.lib import clock
from mamcrawler.sandbox.mam import finding, membership, rows
from mamcrawler.sandbox.mam.asking import Asking
from mamcrawler.sandbox.world import SECRETS, World, WorldRelease

INDEXER_ID = 7
SITE = "https://www.myanonamouse.net"
FIELDS = ("title", "author", "narrator", "series")
DISABLED_FOR = timedelta(minutes=5)

MAIN_CATEGORIES = {3000: 13, 3030: 13, 100013: 13, 7000: 14, 7020: 14, 100014: 14}
"""The site's main categories by Prowlarr's."""

NEVER, PREFERRED, REQUIRED = 0, 1, 2
"""When the indexer spends a wedge on a download."""

NO_SUCH_INDEXER = "Search failed due to all selected indexers being unavailable"
WEB_PAGE = "<!doctype html><html><head><title>Prowlarr</title></head><body><div id='root'></div></body></html>"

_INDEXER = Path(__file__).parent / "data" / "prowlarr" / "indexer.json"


class Prowlarr:
    """Prowlarr 2.3 as far as we use it.

    Failures of its own, beside those of every stand-in: `indexer_failing` (a search comes back empty without a word,
    and the indexer is out for five minutes), `wrong_torrent` (a web page instead of the torrent).
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._views = {
            "search": self._search,
            "grab": self._grab,
            "indexers": self._indexers,
            "indexer": self._indexer,
            "change": self._change_indexer,
            "failures": self._failures,
            "status": self._status,
            "download": self._download,
        }
        self._routes = Map(
            [
                Rule("/api/v1/search", endpoint="search", methods=["GET"]),
                Rule("/api/v1/search", endpoint="grab", methods=["POST"]),
                Rule("/api/v1/indexer", endpoint="indexers", methods=["GET"]),
                Rule(f"/api/v1/indexer/{INDEXER_ID}", endpoint="indexer", methods=["GET"]),
                Rule(f"/api/v1/indexer/{INDEXER_ID}", endpoint="change", methods=["PUT"]),
                Rule("/api/v1/indexerstatus", endpoint="failures", methods=["GET"]),
                Rule("/api/v1/system/status", endpoint="status", methods=["GET"]),
                Rule(f"/{INDEXER_ID}/download", endpoint="download", methods=["GET"]),
            ]
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path == "/ping":
            return _json({"status": "OK"})
        try:
            endpoint, _ = self._routes.bind_to_environ(request.environ).match()
        except HTTPException:
            is_api = request.path.startswith("/api/")
            return _error(404, "NotFound") if is_api else Response(WEB_PAGE, mimetype="text/html")
        if not _has_key(request):
            return Response(b"", 401)
        with self.world.lock:
            return self._views[endpoint](request)

    def _search(self, request: Request) -> Response:
        indexers = {int(value) for value in request.args.getlist("indexerIds") if value.lstrip("-").isdigit()}
        if indexers and not indexers & {INDEXER_ID, -2}:
            return _error(400, NO_SUCH_INDEXER)
        if self._disabled_until() > clock.now():
            return _error(400, NO_SUCH_INDEXER)
        if self.world.faults.take("prowlarr", "indexer_failing", request.path):
            self._fail()
            return _json([])
        self._state().pop("failure", None)
        categories = {int(value) for value in request.args.getlist("categories") if value.isdigit()}
        asked = Asking(text=request.args.get("query", ""), fields=FIELDS, per_page=100)
        found = [release for _, release in finding.find(self.world, asked) if _is_in(release, categories)]
        limit = int(request.args.get("limit", "") or 0) or asked.per_page
        return _json([self._release(request, release) for release in found[:limit]])

    def _grab(self, request: Request) -> Response:
        """Nothing is ever handed to a download client here: the product fetches torrents itself."""
        body = request.get_json(silent=True) or {}
        if not body.get("guid"):
            empty = {"propertyName": "Guid", "errorMessage": "'Guid' must not be empty.", "attemptedValue": ""}
            return _json([{**empty, "severity": "error", "errorCode": "NotEmptyValidator"}], 400)
        return _error(404, "Couldn't find requested release in cache, try searching again")

    def _indexers(self, _: Request) -> Response:
        return _json([self._described()])

    def _indexer(self, _: Request) -> Response:
        return _json(self._described())

    def _change_indexer(self, request: Request) -> Response:
        body = request.get_json(silent=True) or {}
        values = {field["name"]: field.get("value") for field in body.get("fields", [])}
        self._state()["fields"] = values
        self.world.save()
        return _json(self._described())

    def _failures(self, _: Request) -> Response:
        failure = self._state().get("failure")
        return _json([failure] if failure else [])

    def _status(self, _: Request) -> Response:
        return _json(STATUS)

    def _download(self, request: Request) -> Response:
        """The torrent file itself; with the wedge option on, it costs a wedge, and that is the trap."""
        link = request.args.get("link", "").removeprefix("sandbox-link-")
        release = self.world.releases.get(int(link)) if link.isdigit() else None
        if release is None:
            return _error(400, "Invalid Prowlarr link")
        if self.world.faults.take("prowlarr", "wrong_torrent", request.path):
            return Response(WEB_PAGE, mimetype="text/html")
        if not membership.may_take(self.world, release):
            return _error(500, "Downloading torrent failed")
        use_wedge = int(self._state().get("fields", {}).get("useFreeleechWedge") or NEVER)
        if use_wedge != NEVER:
            reason = membership.spend_wedge(self.world, release)
            if reason and use_wedge == REQUIRED:
                return _error(500, f"Failed to buy freeleech wedge: {reason}")
        return Response(membership.take(self.world, release), mimetype="application/x-bittorrent")

    def _release(self, request: Request, release: WorldRelease) -> dict[str, Any]:
        title = _title(release)
        age = clock.now() - release.added
        file_name = title.replace(" / ", " ")
        link = {"apikey": SECRETS.prowlarr_key, "link": f"sandbox-link-{release.tracker_id}", "file": file_name}
        return {
            "guid": f"{SITE}/t/{release.tracker_id}",
            "age": age.days,
            "ageHours": round(age / timedelta(hours=1), 1),
            "ageMinutes": round(age / timedelta(minutes=1), 1),
            "size": _rounded(release.size_bytes),
            "files": release.numfiles,
            "grabs": release.times_completed,
            "indexerId": INDEXER_ID,
            "indexer": "MyAnonamouse",
            "title": title,
            "sortTitle": finding.words(title).strip().removeprefix("the "),
            **dict.fromkeys(("imdbId", "tmdbId", "tvdbId", "tvMazeId"), 0),
            "publishDate": f"{release.added:%Y-%m-%dT%H:%M:%SZ}",
            "downloadUrl": f"{request.url_root.rstrip('/')}/{INDEXER_ID}/download?{urlencode(link)}",
            "infoUrl": f"{SITE}/t/{release.tracker_id}",
            "indexerFlags": ["freeleech"] if membership.is_free_for_us(self.world, release) else [],
            "categories": [
                _category(3030, "Audio/Audiobook") if release.main_cat == 13 else _category(7020, "Books/EBook"),
                _category(100000 + release.category, rows.category_name(release)),
            ],
            "seeders": release.seeders,
            "leechers": release.leechers,
            "protocol": "torrent",
            "fileName": f"{file_name}.torrent",
        }

    def _described(self) -> dict[str, Any]:
        indexer: dict[str, Any] = json.loads(_INDEXER.read_text(encoding="utf-8"))
        changed = self._state().get("fields", {})
        for field in indexer["fields"]:
            if changed.get(field["name"]) is not None:
                field["value"] = changed[field["name"]]
        return indexer

    def _fail(self) -> None:
        now = clock.now()
        self._state()["failure"] = {
            "indexerId": INDEXER_ID,
            "disabledTill": f"{now + DISABLED_FOR:%Y-%m-%dT%H:%M:%SZ}",
            "mostRecentFailure": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "initialFailure": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "id": 1,
        }

    def _disabled_until(self) -> datetime:
        failure = self._state().get("failure")
        return datetime.fromisoformat(failure["disabledTill"]) if failure else clock.now()

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.world.state.setdefault("prowlarr", {})
        return state


STATUS = {
    "appName": "Prowlarr", "instanceName": "Prowlarr", "version": "2.3.0.5236", "buildTime": "2026-04-01T00:00:00Z",
    "isDebug": False, "isProduction": True, "isAdmin": False, "isUserInteractive": False,
    "startupPath": "/app/prowlarr/bin", "appData": "/config", "osName": "alpine", "osVersion": "3.22",
    "isNetCore": True, "isLinux": True, "isOsx": False, "isWindows": False, "isDocker": True, "mode": "console",
    "branch": "master", "databaseType": "sqLite", "databaseVersion": "3.49.2", "authentication": "forms",
    "migrationVersion": 43, "urlBase": "", "runtimeVersion": "8.0.14", "runtimeName": ".NET",
    "startTime": "2026-11-20T10:00:00Z", "packageVersion": "2.3.0.5236", "packageAuthor": "sandbox",
    "packageUpdateMechanism": "docker",
}  # fmt: skip


def _has_key(request: Request) -> bool:
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return SECRETS.prowlarr_key in {request.headers.get("X-Api-Key"), request.args.get("apikey"), bearer}


def _is_in(release: WorldRelease, categories: set[int]) -> bool:
    if not categories:
        return True
    main_cats = {MAIN_CATEGORIES[category] for category in categories if category in MAIN_CATEGORIES}
    return release.main_cat in main_cats or 100000 + release.category in categories


def _title(release: WorldRelease) -> str:
    """The one line that is left of a listing: at most five authors, no narrator, no series."""
    authors = f" by {', '.join(release.authors[:5])}" if release.authors else ""
    kinds = f"[{release.language_code} / {release.filetype.upper()}]"
    return f"{release.title}{authors} {kinds}{' [VIP]' if release.vip else ''}"


def _rounded(size_bytes: int) -> int:
    """Bytes worked out from the size that the site prints."""
    number, unit = rows.human_size(size_bytes).split(" ")
    return round(float(number) * {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}[unit])


def _category(category: int, name: str) -> dict[str, Any]:
    return {"id": category, "name": name, "subCategories": []}


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")


def _error(status: int, message: str) -> Response:
    return _json({"message": message, "description": "sandbox"}, status)
