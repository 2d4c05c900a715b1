"""The recorded answers of the tracker, and a client of a server that gives them."""

from contextlib import contextmanager
from pathlib import Path

from werkzeug.wrappers import Response

from mamcrawler.lib.pace import FreeLease
from mamcrawler.sandbox.server import serve
from tracker.mam import TrackerClient

EXAMPLES = Path(__file__).parent.parent / "contracts" / "myanonamouse"
JSON = {"Content-Type": "application/json"}


def recorded(name, status=200, **headers):
    kind = {".json": "application/json", ".html": "text/html", ".txt": "text/html"}[Path(name).suffix]
    return Response((EXAMPLES / name).read_bytes(), status, {"Content-Type": kind, **headers})


@contextmanager
def client_of(tracker, *, cookie="first", allow_pages=False, on_rotated=lambda cookie: None, lease=None):
    with (
        serve(tracker) as base_url,
        TrackerClient(
            base_url=base_url, cookie=cookie, lease=lease or FreeLease(), on_rotated=on_rotated, allow_pages=allow_pages
        ) as client,
    ):
        yield client
