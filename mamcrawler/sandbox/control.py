"""The sandbox's own controls, as JSON: look at the world, arm a failure, change the account."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from mamcrawler.sandbox.world import World

_URLS = Map(
    [
        Rule("/world", endpoint="summary", methods=["GET"]),
        Rule("/asked", endpoint="asked", methods=["GET"]),
        Rule("/faults", endpoint="faults", methods=["GET", "POST", "DELETE"]),
        Rule("/account", endpoint="account", methods=["GET", "POST"]),
    ]
)


class Control:
    """The WSGI app under `/control`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; a request that cannot be understood gets a 400 that says why."""
        request = Request(environ)
        try:
            endpoint, _ = _URLS.bind_to_environ(environ).match()
            with self._world.lock:
                content = getattr(self, f"_{endpoint}")(request)
            response = _json(content, 200)
        except HTTPException as error:
            response = _json({"error": error.description}, error.code or 500)
        return response(environ, start_response)

    def _summary(self, _: Request) -> dict[str, Any]:
        world = self._world
        return {
            "kind": world.kind,
            "seed": world.seed,
            "base_url": world.base_url,
            "books": len(world.catalogue.books),
            "owned": len(world.owned),
            "releases": len(world.releases),
            "traps": dict(Counter(release.trap for release in world.releases.values() if release.trap)),
            "snatched": {str(tracker_id): when.isoformat() for tracker_id, when in world.snatched.items()},
            "ledger": [purchase.as_json() for purchase in world.ledger],
            "account": world.account.as_json(),
            "asked": dict(Counter(asked.system for asked in world.asked)),
        }

    def _asked(self, request: Request) -> list[dict[str, Any]]:
        system = request.args.get("system")
        return [
            {**asdict(asked), "asked_at": asked.asked_at.isoformat()}
            for asked in self._world.asked
            if system in {None, asked.system}
        ]

    def _faults(self, request: Request) -> list[dict[str, Any]]:
        if request.method == "POST":
            order = _object(request)
            try:
                self._world.faults.arm(**order)
            except TypeError as error:
                raise BadRequest('a fault needs "system" and "kind"') from error
        if request.method == "DELETE":
            self._world.faults.clear()
        return [asdict(fault) for fault in self._world.faults.waiting()]

    def _account(self, request: Request) -> dict[str, Any]:
        if request.method == "POST":
            try:
                self._world.account.change(_object(request))
            except ValueError as error:
                raise BadRequest(str(error)) from error
            self._world.save()
        return self._world.account.as_json()


def _object(request: Request) -> dict[str, Any]:
    content = request.get_json(force=True)
    if not isinstance(content, dict):
        raise BadRequest("send a JSON object")
    return content


def _json(content: object, status: int) -> Response:
    return Response(json.dumps(content, default=str), status, mimetype="application/json")
