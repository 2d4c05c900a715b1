"""The client of an Audiobookshelf server, versions 2.7 to 2.36."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec
import pydantic_core
import structlog
from pydantic import BaseModel, ValidationError

from library.audiobookshelf.answers import (
    Cover,
    ItemsPage,
    Library,
    Patched,
    ServerStatus,
    Visitor,
)
from library.audiobookshelf.items import BrokenItem, Item, decode_items, decode_listing, read_item
from library.audiobookshelf.listening import (
    Collection,
    Listed,
    ListeningStats,
    Playlist,
    ServerBackup,
    ServerUser,
    UserListening,
    read_pages,
    read_progress,
    read_rows,
    read_stats,
)
from library.audiobookshelf.patches import MediaPatch
from library.escapes import without_halves
from mamcrawler.lib import certificates, clock

logger = structlog.get_logger(__name__)

TRIES = 3
"""How often a read is sent in all."""

LONGEST_PAUSE_S = 60.0
"""No answer's Retry-After makes a read wait longer than this."""

LISTS_A_PAGE = 20
"""So many collections or playlists are asked for at once."""

LARGEST_COVER = 20 * 1024 * 1024
"""Bytes."""

Answer = TypeVar("Answer", bound=BaseModel)
T = TypeVar("T")


class LibraryServerError(Exception):
    """The library server gave no usable answer."""


class LibraryServerUnavailable(LibraryServerError):
    """Silence, a 429 or a 5xx: the next scheduled run may do better."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TokenRejected(LibraryServerError):
    """The token was refused: a person has to make a new, active API key."""


class PermissionMissing(LibraryServerError):
    """The token's user may not do this: a person has to grant it."""


class NotOnServer(LibraryServerError):
    """The server knows no such thing (any more)."""


class UnexpectedAnswer(LibraryServerError):
    """An answer in a shape we do not know, or a request that the server finds malformed."""


class AnswerTooLarge(UnexpectedAnswer):
    """More was sent than we are ready to take."""


class AudiobookshelfClient:
    """One visit to the library server; use it in a `with` block.

    :param base_url: with the router's base path, where the server is reached under one.
    """

    def __init__(self, *, base_url: str, token: str) -> None:
        clock.require_honest_time(base_url)
        self._http = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            timeout=httpx.Timeout(60, connect=5),
            verify=certificates.trusted(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def ping(self) -> bool:
        """Say whether a library server answers at this address, token or not."""
        answer = self._read("GET", "/ping")
        return isinstance(answer, dict) and answer.get("success") is True

    def status(self) -> ServerStatus:
        """Ask the server for its version and whether it is set up."""
        return _as(ServerStatus, self._read("GET", "/status"))

    def whoami(self) -> Visitor:
        """Ask whose token ours is."""
        return _as(Visitor, self._read("POST", "/api/authorize"))

    def libraries(self) -> list[Library]:
        """List the libraries that our user sees."""
        return [_as(Library, row) for row in _rows(self._read("GET", "/api/libraries"), "libraries")]

    def items_page(self, library_id: str, page: int, *, limit: int = 500, sort: str = "addedAt") -> ItemsPage:
        """List one page of a library's items, from page 0.

        :param limit: at least 1; the server takes 0 for "everything at once".
        """
        answer = self._ask(
            "GET",
            f"/api/libraries/{quote(library_id, safe='')}/items",
            params={"limit": str(max(limit, 1)), "page": str(page), "sort": sort, "minified": "1"},
        )
        total, rows, broken = _read_by(decode_listing, answer)
        return ItemsPage(rows=tuple(rows), broken=tuple(broken), total=total, page=page, limit=limit)

    def items(self, ids: Sequence[str]) -> list[Item | BrokenItem]:
        """Fetch these items with everything they hold, in the server's order; unknown ids are left out.

        Fifty ids at a time are a good size: an item of many files is a hundred kilobytes.
        """
        if not ids:
            return []
        answer = self._ask("POST", "/api/items/batch/get", json={"libraryItemIds": list(ids)})
        return _read_by(decode_items, answer)

    def item(self, item_id: str) -> Item:
        """Fetch one item with everything it holds."""
        return _whole_item(self._read("GET", _item_path(item_id), params={"expanded": "1"}))

    def patch_media(self, item_id: str, patch: MediaPatch) -> Patched:
        """Write some fields of an item; sent once, and safe to repeat since it says how the fields should be."""
        answer = _object(self._send("PATCH", f"{_item_path(item_id)}/media", json=patch.payload()))
        return Patched(item=_whole_item(answer.get("libraryItem")), updated=answer.get("updated") is True)

    def batch_update(self, patches: Mapping[str, MediaPatch]) -> int:
        """Write fields of several items in one request, sent once, and return how many changed.

        :raises NotOnServer: if one of the ids is unknown; nothing is written then.
        """
        body = [{"id": item_id, "mediaPayload": patch.payload()} for item_id, patch in patches.items()]
        if not body:
            return 0
        updates = _object(self._send("POST", "/api/items/batch/update", json=body)).get("updates")
        if not isinstance(updates, int):
            raise UnexpectedAnswer("a batch update without its count")
        return updates

    def scan(self, library_id: str) -> None:
        """Have the server look for new and vanished files; it answers at once, `is_scanning` tells when it is done."""
        self._exchange("POST", f"/api/libraries/{quote(library_id, safe='')}/scan")

    def is_scanning(self, library_id: str) -> bool:
        """Say whether a scan of this library runs."""
        return any(
            task.get("action") == "library-scan"
            and not task.get("isFinished")
            and _object(task.get("data") or {}).get("libraryId") == library_id
            for task in _objects(self._read("GET", "/api/tasks"), "tasks")
        )

    def cover(self, item_id: str, *, most_bytes: int = LARGEST_COVER) -> Cover | None:
        """Fetch an item's cover as it is stored; None when it has none.

        :raises AnswerTooLarge: as soon as more than `most_bytes` came.
        :raises UnexpectedAnswer: if it is not sent as a picture, as by a proxy that asks to sign in.
        """
        path = f"{_item_path(item_id)}/cover"
        try:
            return self._patiently(path, lambda: self._download(path, most_bytes, params={"raw": "1"}))
        except NotOnServer:
            return None

    def collections(self, library_id: str) -> Listed[Collection]:
        """List a library's collections."""
        return read_pages(Collection, lambda page: self._lists_page(library_id, "collections", page))

    def playlists(self, library_id: str) -> Listed[Playlist]:
        """List our user's playlists in a library; the server shows nobody those of others."""
        return read_pages(Playlist, lambda page: self._lists_page(library_id, "playlists", page))

    def users(self) -> Listed[ServerUser]:
        """List the server's users.

        :raises PermissionMissing: unless our user is an administrator.
        """
        return read_rows(ServerUser, _rows(self._read("GET", "/api/users"), "users"))

    def listening_of(self, user_id: str) -> UserListening:
        """Ask how far a user has come; of others than ourselves an administrator's token is told."""
        return _listening(self._read("GET", f"/api/users/{quote(user_id, safe='')}"))

    def own_listening(self) -> UserListening:
        """Ask how far our own user has come; every version and every token has `/api/me`."""
        return _listening(self._read("GET", "/api/me"))

    def stats_of(self, user_id: str) -> ListeningStats:
        """Ask for how long a user has listened to each item."""
        return _stats(self._read("GET", f"/api/users/{quote(user_id, safe='')}/listening-stats"))

    def own_stats(self) -> ListeningStats:
        """Ask for how long our own user has listened to each item."""
        return _stats(self._read("GET", "/api/me/listening-stats"))

    def backups(self) -> Listed[ServerBackup]:
        """List the server's backups of itself.

        :raises PermissionMissing: unless our user is an administrator.
        """
        return read_rows(ServerBackup, _rows(self._read("GET", "/api/backups"), "backups"))

    def _lists_page(self, library_id: str, kind: str, page: int) -> tuple[list[Any], int]:
        """Read some of a library's lists, and how many there are; few at once, since each book in them comes whole."""
        path = f"/api/libraries/{quote(library_id, safe='')}/{kind}"
        answer = self._read("GET", path, params={"limit": str(LISTS_A_PAGE), "page": str(page)})
        rows, total = _rows(answer, "results"), answer.get("total")
        if not isinstance(total, int):
            raise UnexpectedAnswer(f"a page of {kind} without its total")
        return rows, total

    def _read(self, method: str, path: str, **request: Any) -> Any:
        return _decoded(self._ask(method, path, **request))

    def _send(self, method: str, path: str, **request: Any) -> Any:
        return _decoded(self._exchange(method, path, **request))

    def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        return self._patiently(path, lambda: self._exchange(method, path, **request))

    def _patiently(self, path: str, send: Callable[[], T]) -> T:
        """Send a request that may be repeated, up to three times in all."""
        for attempt in range(1, TRIES):
            try:
                return send()
            except LibraryServerUnavailable as error:
                pause = min(error.retry_after_s or 2.0**attempt * random.uniform(0.5, 1.0), LONGEST_PAUSE_S)
                logger.info("library_server_retry", path=path, attempt=attempt, pause_s=pause, reason=str(error))
                clock.sleep(pause)
        return send()

    def _exchange(self, method: str, path: str, **request: Any) -> httpx.Response:
        with _told_as_ours(path):
            answer = self._http.request(method, path, **request)
        answer.stream = httpx.ByteStream(b"")  # the one that was read points back at the answer, and would keep it
        _require_success(answer, path)
        return answer

    def _download(self, path: str, most_bytes: int, **request: Any) -> Cover:
        """Take a picture piece by piece, so that one without end is left off."""
        content = bytearray()
        with _told_as_ours(path), self._http.stream("GET", path, **request) as answer:
            _require_success(answer, path)
            media_type = answer.headers.get("content-type", "")
            if media_type and not media_type.startswith(("image/", "application/octet-stream")):
                raise UnexpectedAnswer(f"{path}: {media_type} where a picture was expected")
            for piece in answer.iter_bytes():
                content += piece
                if len(content) > most_bytes:
                    raise AnswerTooLarge(f"{path}: more than {most_bytes // 1024**2} MB")
        return Cover(media_type=media_type, content=bytes(content))


@contextmanager
def _told_as_ours(path: str) -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        raise LibraryServerUnavailable(f"{path}: no answer ({type(error).__name__})") from error
    except httpx.HTTPError as error:
        raise UnexpectedAnswer(f"{path}: {type(error).__name__}") from error


def _require_success(answer: httpx.Response, path: str) -> None:
    status = answer.status_code
    if status == HTTPStatus.UNAUTHORIZED:
        words = "the token was refused; make a new API key, see that it is active, and set AUDIOBOOKSHELF_TOKEN to it"
        raise TokenRejected(f"{path}: {words}")
    if status == HTTPStatus.FORBIDDEN:
        raise PermissionMissing(f"{path}: the token's user lacks the permission")
    if status == HTTPStatus.NOT_FOUND:
        raise NotOnServer(f"{path}: not on the server")
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise LibraryServerUnavailable(f"{path}: status {status}", retry_after_s=_retry_after(answer))
    if not answer.is_success:
        raise UnexpectedAnswer(f"{path}: status {status}")


def _retry_after(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None


def _decoded(answer: httpx.Response) -> Any:
    return _read_by(pydantic_core.from_json, answer)


def _read_by(decode: Callable[[bytes], T], answer: httpx.Response) -> T:
    try:
        return _decode_mended(decode, answer.content)
    except msgspec.ValidationError as error:
        raise UnexpectedAnswer(f"{answer.url.path}: {error}") from error
    except ValueError as error:
        kind = answer.headers.get("content-type", "nothing")
        raise UnexpectedAnswer(f"{answer.url.path}: {kind} where JSON was expected") from error


def _decode_mended(decode: Callable[[bytes], T], content: bytes) -> T:
    """Decode an answer, and only where that fails a second time without its half characters."""
    try:
        return decode(content)
    except ValueError:
        mended = without_halves(content)
        if mended == content:
            raise
        return decode(mended)


def _object(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise UnexpectedAnswer("an answer that is no object")
    return answer


def _rows(answer: Any, name: str) -> list[Any]:
    rows = _object(answer).get(name)
    if not isinstance(rows, list):
        raise UnexpectedAnswer(f"an answer without its {name}")
    return rows


def _objects(answer: Any, name: str) -> list[dict[str, Any]]:
    return [_object(row) for row in _rows(answer, name)]


def _as(kind: type[Answer], answer: Any) -> Answer:
    try:
        return kind.model_validate(answer)
    except ValidationError as error:
        places = sorted({".".join(str(step) for step in one["loc"]) for one in error.errors(include_input=False)})
        raise UnexpectedAnswer(f"{kind.__name__.lower()}: {', '.join(places)}") from error


def _whole_item(answer: Any) -> Item:
    read = read_item(answer)
    if isinstance(read, BrokenItem):
        raise UnexpectedAnswer(f"item {read.id}: {read.why}")
    return read


def _listening(answer: Any) -> UserListening:
    return UserListening(_as(ServerUser, answer), read_progress(_rows(answer, "mediaProgress")))


def _stats(answer: Any) -> ListeningStats:
    return read_stats(_object(_object(answer).get("items")))


def _item_path(item_id: str) -> str:
    return f"/api/items/{quote(item_id, safe='')}"
