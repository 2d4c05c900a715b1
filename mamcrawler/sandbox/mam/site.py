"""The web server of the stand-in: which address does what, and who may ask."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, timedelta
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Request, Response

from mamcrawler.lib import clock
from mamcrawler.sandbox.mam import asking, documents, finding, membership, rows
from mamcrawler.sandbox.mam.sessions import REFUSAL, Sessions, sent_cookie
from mamcrawler.sandbox.mam.swarm import Swarm
from mamcrawler.sandbox.world import World, WorldRelease

ADDRESS = {"ip": "203.0.113.7", "ASN": 64500, "AS": "Example Networks"}
"""Where the site says that we come from."""

SEEDBOX_PAUSE = timedelta(hours=1)
BLOCKED_FOR = timedelta(days=1, hours=2)
TORRENT = "application/x-bittorrent"

_DOWNLOAD = "/tor/download.php"
_ANNOUNCE = re.compile(r"/announce/([^/]+)")


class Mam:
    """MyAnonamouse over the sandbox's world.

    Failures of its own, beside those of every stand-in: `expired_session`, `rotate_cookie`, `blocked_406`,
    `unsatisfied_page`, `wrong_torrent` (option `what`: "login_page" or "other"), `personal_fl_closed`,
    `seedbox_refused` (option `msg`).

    :param rotate_every: how many answers a session cookie lives; 0 for ever.
    """

    def __init__(self, world: World, *, rotate_every: int = 50) -> None:
        self.world = world
        self.sessions = Sessions(world, rotate_every)
        self.swarm = Swarm(world)
        self._json = {
            "/jsonLoad.php": self._account,
            "/tor/js/loadSearchJSONbasic.php": self._search,
            "/json/checkCookie.php": lambda _: _json({"Success": True}),
            "/json/userBonusHistory.php": lambda _: _json(membership.bonus_history(self.world)),
            _DOWNLOAD: self._download,
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        response = self._answer(request, request.path)
        return response(environ, start_response)

    def _answer(self, request: Request, path: str) -> Response:
        if announce := _ANNOUNCE.fullmatch(path):
            body = self.swarm.announce(announce[1], request.query_string, request.remote_addr or "")
            return Response(body, mimetype="text/plain")
        if path == "/json/jsonIp.php":
            return _json({**ADDRESS, "time": int(clock.now().timestamp())})
        if path == "/json/dynamicSeedbox.php":
            return self._seedbox(request, path)
        if path.startswith(f"{_DOWNLOAD}/"):
            return self._download_by_hash(request, path.removeprefix(f"{_DOWNLOAD}/"))
        is_for_programs = path in self._json or path.startswith("/json/bonusBuy.php")
        if not self.sessions.is_signed_in(request, path):
            return _refused() if is_for_programs else _html(documents.LOGIN)
        with self.world.lock:
            response = self._signed_in(request, path)
        self.sessions.answered(response, path)
        return response

    def _signed_in(self, request: Request, path: str) -> Response:
        if path.startswith("/json/bonusBuy.php"):
            return self._store(request, path)
        if path in self._json:
            return self._json[path](request)
        address = f"{path}?{request.query_string.decode()}" if request.query_string else path
        document = documents.documents().get(address)
        return (
            _html(document.page())
            if document
            else _html(documents.FRAME.format(title="Error", body="<h1>Not found</h1>"), 404)
        )

    def _account(self, request: Request) -> Response:
        answer = membership.account_json(self.world)
        if "snatch_summary" in request.args:
            answer["snatch_summary"] = membership.snatch_summary(self.world)
        if "notif" in request.args:
            answer["notifs"] = membership.notifications()
        if "clientStats" in request.args:
            answer["clientStats"] = []
        return _json(dict(sorted(answer.items())))

    def _search(self, request: Request) -> Response:
        asked = asking.read(request)
        hits = finding.find(self.world, asked)
        listed = finding.page_of(hits, asked)
        if not listed:
            return _json({"error": f"Nothing returned, out of {len(hits)}"})
        data = [rows.row(self.world, release, weight=weight, wants=asked.wants) for weight, release in listed]
        loaded = min(len(hits), asked.start + asked.per_page)
        return _json(
            {"perpage": asked.per_page, "start": asked.start, "data": data, "total": loaded, "found": len(hits)}
        )

    def _store(self, request: Request, path: str) -> Response:
        order = request.args.to_dict()
        if order.get("spendtype") == "personalFL" and self.world.faults.take("mam", "personal_fl_closed", path):
            return Response("Gone", 410)
        return _json(membership.buy(self.world, order))

    def _seedbox(self, request: Request, path: str) -> Response:
        refused = self.world.faults.take("mam", "seedbox_refused", path)
        if refused:
            return _seedbox_answer(403, refused.options.get("msg", "Invalid session - ASN mismatch"))
        if not sent_cookie(request):
            return _seedbox_answer(403, "No Session Cookie")
        if not self.sessions.is_signed_in(request, path):
            return _seedbox_answer(403, "Invalid session - Invalid Cookie")
        with self.world.lock:
            state, now = self.world.state.setdefault("mam", {}), clock.now().timestamp()
            if now - state.get("seedbox_at", 0) < SEEDBOX_PAUSE.total_seconds():
                return _seedbox_answer(429, "Last change too recent")
            is_first = "seedbox_at" not in state
            state["seedbox_at"] = now
        response = _seedbox_answer(200, "Completed" if is_first else "No change")
        self.sessions.answered(response, path)
        return response

    def _download(self, request: Request) -> Response:
        tracker_id = request.args.get("tid", "")
        release = self.world.releases.get(int(tracker_id)) if tracker_id.isdigit() else None
        if release is None:
            return _html(documents.FRAME.format(title="Error", body="<h1>Error</h1><p>Invalid torrent</p>"))
        return self._torrent(release, wants_wedge="fl" in request.args)

    def _download_by_hash(self, request: Request, sent: str) -> Response:
        """The way without a cookie; a hash that has gone stale gives a body that is no torrent."""
        tracker_id = request.args.get("tid", "")
        release = self.world.releases.get(int(tracker_id)) if tracker_id.isdigit() else None
        if release is None or sent != rows.download_hash(self.world.account.uid, release.tracker_id):
            return _html(documents.LOGIN)
        with self.world.lock:
            return self._torrent(release, wants_wedge="fl" in request.args)

    def _torrent(self, release: WorldRelease, *, wants_wedge: bool) -> Response:
        world = self.world
        if world.faults.take("mam", "blocked_406", _DOWNLOAD):
            return Response("Not Acceptable", 406)
        if world.faults.take("mam", "unsatisfied_page", _DOWNLOAD) or not membership.may_take(world, release):
            return _html(_unsatisfied_page())
        if wrong := world.faults.take("mam", "wrong_torrent", _DOWNLOAD):
            return self._wrong_torrent(release, wrong.options.get("what", "login_page"))
        if wants_wedge:
            membership.spend_wedge(world, release)
        return Response(membership.take(world, release), mimetype=TORRENT)

    def _wrong_torrent(self, release: WorldRelease, what: str) -> Response:
        others = [other for other in sorted(self.world.releases) if other != release.tracker_id]
        if what == "other" and others:
            return Response(self.world.torrent(others[0]), mimetype=TORRENT)
        return _html(documents.LOGIN)


def _unsatisfied_page() -> str:
    seconds = int(BLOCKED_FOR.total_seconds())
    left = f"{seconds // 86400}d {seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return documents.UNSATISFIED.format(happened=clock.now().astimezone(UTC), left=left)


def _json(body: Any) -> Response:
    return Response(json.dumps(body), mimetype="application/json")


def _html(body: str, status: int = 200) -> Response:
    return Response(body, status, mimetype="text/html")


def _refused() -> Response:
    return _html(REFUSAL, 403)


def _seedbox_answer(status: int, msg: str) -> Response:
    answer = _json({"Success": status == 200, "msg": msg, **ADDRESS})
    answer.status_code = status
    return answer
