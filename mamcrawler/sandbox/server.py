"""The sandbox's web server: all stand-ins under their prefixes, on this machine only."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from wsgiref.types import WSGIApplication, WSGIEnvironment

from django.utils.module_loading import import_string
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from mamcrawler.sandbox.control import Control
from mamcrawler.sandbox.faults import Watched
from mamcrawler.sandbox.world import World

STAND_INS = {
    "mam": "mamcrawler.sandbox.mam.Mam",
    "prowlarr": "mamcrawler.sandbox.prowlarr.Prowlarr",
    "audiobookshelf": "mamcrawler.sandbox.audiobookshelf.Audiobookshelf",
    "qbittorrent": "mamcrawler.sandbox.qbittorrent.Qbittorrent",
    "hardcover": "mamcrawler.sandbox.hardcover.Hardcover",
    "audnexus": "mamcrawler.sandbox.audnexus.Audnexus",
}
"""System to its class; the class takes the world and is a WSGI app, served under `/<system>`."""

SAVE_EVERY_S = 2.0  # of real time: what a sandbox that is killed may forget


class NotLoopback(Exception):
    """The sandbox was told to listen where others could reach it."""


def build(world: World) -> WSGIApplication:
    """Make the whole sandbox one WSGI app: every stand-in, watched, and the controls."""
    mounts: dict[str, WSGIApplication] = {
        f"/{system}": Watched(import_string(path)(world), world, system) for system, path in STAND_INS.items()
    }
    index = Response(json.dumps({"sandbox": [*mounts, "/control"]}), mimetype="application/json")
    return DispatcherMiddleware(index, {**mounts, "/control": Control(world)})


@contextmanager
def serve(app: WSGIApplication) -> Iterator[str]:
    """Serve one WSGI app on a free loopback port while the block runs; yields its address without a slash."""
    server = _listen(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.002}, daemon=True)
    thread.start()
    try:
        yield _address(server)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serve_world(world: World) -> Iterator[str]:
    """Serve the whole sandbox on a free loopback port while the block runs; yields its address without a slash."""
    with serve(build(world)) as base_url:
        world.base_url = base_url
        yield base_url


def run(
    world: World, *, host: str = "127.0.0.1", port: int = 8900, on_ready: Callable[[str], object] = lambda _: None
) -> None:
    """Serve the whole sandbox until interrupted, and keep its state on disk meanwhile.

    :param on_ready: called with the address as soon as requests are answered.
    :raises NotLoopback: if others could reach that host.
    """
    require_loopback(host)
    server = _listen(build(world), host, port)
    world.base_url = _address(server)
    stopped = threading.Event()
    saver = threading.Thread(target=_keep_saving, args=(world, stopped), daemon=True)
    saver.start()
    on_ready(world.base_url)
    try:
        server.serve_forever()  # ends quietly on Ctrl-C
    finally:
        stopped.set()
        saver.join()
        server.server_close()
        world.save()


def require_loopback(host: str) -> None:
    """Refuse any address that others could reach.

    :raises NotLoopback: if the host is not this machine.
    """
    try:
        is_ours = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        is_ours = False
    if not is_ours:
        raise NotLoopback(f"the sandbox only listens on this machine, not on {host or 'every address'}")


class _Handler(WSGIRequestHandler):
    """Prints no line for each request, since the world remembers what was asked, and lets a connection really drop."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def connection_dropped(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:
        """Hang up; werkzeug would wait for the next request when no byte of the answer was sent."""
        super().connection_dropped(error, environ)
        self.close_connection = True


def _listen(app: WSGIApplication, host: str, port: int) -> BaseWSGIServer:
    return make_server(host, port, app, threaded=True, request_handler=_Handler)


def _address(server: BaseWSGIServer) -> str:
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"http://{host}:{server.server_port}"


def _keep_saving(world: World, stopped: threading.Event) -> None:
    saved = 0
    while not stopped.wait(SAVE_EVERY_S):
        if world.times_asked != saved:
            saved = world.times_asked
            world.save()
