"""A library server that has nothing but covers, which tests put up, change and let fail, and its items."""

from http import HTTPStatus
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from library.models import Edition, Shelf
from mamcrawler.lib import clock
from mamcrawler.operations import jobs
from mamcrawler.operations.models import JobRun
from tests.factories import EditionFactory

SYNCED = int(clock.now().timestamp()) * 1000


class CoverServer:
    """Answers for each item with what `answers` holds: a status, a media type and a body."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, str, bytes]] = {}
        self.asked: list[str] = []

    def put(self, item_id: str, content: bytes, *, status: int = 200, media_type: str = "image/jpeg") -> None:
        """Give an item this cover."""
        self.answers[item_id] = (status, media_type, content)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer one request."""
        item_id = environ["PATH_INFO"].removeprefix("/api/items/").removesuffix("/cover")
        self.asked.append(item_id)
        status, media_type, content = self.answers.get(item_id, (404, "text/plain", b"Not Found"))
        start_response(f"{status} {HTTPStatus(status).phrase}", [("Content-Type", media_type)])
        return [content]


def item(shelf: Shelf, item_id: str, **facts: Any) -> Edition:
    """An item of the server as it was mirrored: one that has a cover."""
    facts = {"has_cover": True, "server_updated_ms": SYNCED} | facts
    return EditionFactory.create(shelf=shelf, external_id=item_id, title=item_id, **facts)


def fetch() -> JobRun:
    """Do the job."""
    return jobs.run_now("cache_covers")


def touch(edition: Edition, **facts: Any) -> None:
    """Change what the mirror says of an edition."""
    Edition.objects.filter(pk=edition.pk).update(**facts)


def files(kept: Path) -> list[str]:
    """The names of all pictures that are kept."""
    return sorted(path.name for path in kept.rglob("*") if path.is_file())
