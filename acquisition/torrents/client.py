"""One login with qBittorrent; nothing outside this package sees qbittorrent-api or requests."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import qbittorrentapi
import structlog
from pydantic import BaseModel, ValidationError

from acquisition.torrents.errors import (
    LoginRefused,
    NotATorrentFile,
    TorrentClientError,
    TorrentClientUnavailable,
    TorrentRefused,
    UnexpectedAnswer,
)
from acquisition.torrents.results import (
    Added,
    AlreadyThere,
    Changes,
    Preferences,
    ShareLimits,
    Torrent,
    TorrentFile,
    Tracker,
)
from acquisition.torrents.wire import NotRepeated, Wire, open_api
from mamcrawler.lib import clock

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
Answer = TypeVar("Answer", bound=BaseModel)

TRIES = 3
PAUSE_S = 0.5  # before the second try; doubled before the third
APPEARS_WITHIN_S = 10.0  # adding is asynchronous: qBittorrent lists a new torrent a moment later
LOOK_EVERY_S = 0.25


class TorrentClient:
    """One login with qBittorrent; use it in a `with` block.

    :param base_url: may have a path, as behind a reverse proxy.
    :param session: None logs out at the end; anything else keeps the login, to be read from `session` and handed
        in again by another process, so that `changes` can go on where it was. "" begins such a login.
    """

    def __init__(self, *, base_url: str, username: str, password: str, session: str | None = None) -> None:
        clock.require_honest_time(base_url)
        self._where = f"qBittorrent at {urlsplit(base_url).netloc.rpartition('@')[2]}"
        self._keeps_session = session is not None
        self._wire = Wire(session or "")
        self._api = open_api(base_url, username, password, self._wire)
        self._free_space_bytes: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._wire.cookies and not self._keeps_session:
            try:
                self._call(self._api.auth_log_out, tries=1)
            except TorrentClientError as failure:
                log.debug("qbittorrent_logout_failed", reason=str(failure))

    @property
    def session(self) -> str:
        """The login's cookie: a secret, good for an hour after its last use."""
        return "; ".join(f"{name}={value}" for name, value in self._wire.cookies.items())

    def version(self) -> str:
        """Name the version, as "v5.1.0"."""
        return self._call(self._api.app_version)

    def default_save_path(self) -> str:
        """Name the folder, on the client's machine, where torrents go that name none."""
        return self._call(self._api.app_default_save_path)

    def preferences(self) -> Preferences:
        """Read the client's settings that matter to us."""
        return self._read(Preferences, self._call(self._api.app_preferences))

    def free_space_bytes(self) -> int:
        """Room on the client's disk; costs the next `changes` a full answer when none was asked before."""
        if self._free_space_bytes is None:
            self.changes(0)
        if self._free_space_bytes is None:
            raise UnexpectedAnswer(f"{self._where} does not tell its free space")
        return self._free_space_bytes

    def torrents(self, *, hashes: Iterable[str] | None = None, tag: str | None = None) -> list[Torrent]:
        """List the torrents, all of them or those asked for; an info hash it does not have is left out."""
        wanted = None if hashes is None else list(hashes)
        if wanted == []:
            return []  # an empty filter would list everything
        rows = self._call(lambda: self._api.torrents_info(torrent_hashes=wanted, tag=tag))
        with self._known_shape("torrents"):
            return [Torrent.from_fields(row) for row in rows]

    def torrent(self, info_hash: str) -> Torrent | None:
        """Look for one torrent."""
        return next(iter(self.torrents(hashes=[info_hash])), None)

    def files(self, info_hash: str) -> list[TorrentFile] | None:
        """List a torrent's files, none before its metadata came; None if the client does not have the torrent."""
        rows = self._found(lambda: self._api.torrents_files(torrent_hash=info_hash))
        return None if rows is None else [self._read(TorrentFile, row) for row in rows]

    def trackers(self, info_hash: str) -> list[Tracker] | None:
        """Tell how a torrent's trackers answer; None if the client does not have the torrent."""
        rows = self._found(lambda: self._api.torrents_trackers(torrent_hash=info_hash))
        return (
            None if rows is None else [self._read(Tracker, row) for row in rows if not str(row["url"]).startswith("**")]
        )

    def changes(self, rid: int) -> Changes:
        """Ask what changed since this login's last answer, which said `rid`; 0 asks for everything.

        A new login, a restart of the client or an unexpected `rid` gives a full answer.
        """
        answer = self._call(lambda: self._api.sync_maindata(rid=rid))
        with self._known_shape("changes"):
            changes = Changes.from_answer(answer)
        self._free_space_bytes = changes.free_space_bytes or self._free_space_bytes
        return changes

    def add_once(
        self, content: bytes, *, info_hash: str, category: str, tag: str, save_path: str, stopped: bool = False
    ) -> Added | AlreadyThere:
        """Hand a torrent file to the client, unless it has the torrent; safe to repeat.

        The file is sent once at most. When the answer gets lost or refuses, the client is asked whether it has the
        torrent all the same.

        :param save_path: folder on the client's machine; "" is its default.
        :raises NotATorrentFile: if the client cannot read the file.
        :raises TorrentRefused: if it did not take the torrent.
        :raises TorrentClientUnavailable: if nobody knows yet; asking again later is safe.
        """
        present = self.torrent(info_hash)
        if present:
            return AlreadyThere(torrent=present)
        self._ensure_category(category)
        trouble = self._send(content, category=category, tag=tag, save_path=save_path, stopped=stopped)
        appeared = self._wait_for(info_hash)
        if not appeared:
            raise trouble or TorrentClientUnavailable(f"{self._where} took the torrent but does not list it yet")
        if isinstance(trouble, TorrentRefused):
            return AlreadyThere(torrent=appeared)
        log.info("torrent_added", info_hash=info_hash, category=category, tag=tag)
        return Added(torrent=appeared)

    def stop(self, hashes: Iterable[str]) -> None:
        """Stop torrents (called pause before 5.0)."""
        self._change(self._api.torrents_stop, hashes)

    def start(self, hashes: Iterable[str]) -> None:
        """Start torrents again (called resume before 5.0)."""
        self._change(self._api.torrents_start, hashes)

    def recheck(self, hashes: Iterable[str]) -> None:
        """Have the files compared with the torrents' hashes."""
        self._change(self._api.torrents_recheck, hashes)

    def reannounce(self, hashes: Iterable[str]) -> None:
        """Have the trackers asked for peers now."""
        self._change(self._api.torrents_reannounce, hashes)

    def delete_keeping_files(self, hashes: Iterable[str]) -> None:
        """Take torrents out of the client; their files stay where they are."""
        self._change(self._api.torrents_delete, hashes, delete_files=False)

    def set_category(self, hashes: Iterable[str], category: str) -> None:
        """Put torrents into a category, made if it is missing; "" takes them out of theirs."""
        self._ensure_category(category)
        self._change(self._api.torrents_set_category, hashes, category=category)

    def add_tags(self, hashes: Iterable[str], tags: Iterable[str]) -> None:
        """Give torrents more tags."""
        self._change(self._api.torrents_add_tags, hashes, tags=list(tags))

    def set_share_limits(self, hashes: Iterable[str], limits: ShareLimits) -> None:
        """Say when torrents stop seeding; parts that a version does not know are ignored by it."""
        self._change(
            self._api.torrents_set_share_limits,
            hashes,
            ratio_limit=limits.ratio,
            seeding_time_limit=limits.seeding_minutes,
            inactive_seeding_time_limit=limits.inactive_minutes,
            share_limit_action=limits.action,
            share_limits_mode=limits.mode,
        )

    def set_force_start(self, hashes: Iterable[str], *, forced: bool) -> None:
        """Let torrents run past the queue, or no longer."""
        self._change(self._api.torrents_set_force_start, hashes, enable=forced)

    def _ensure_category(self, category: str) -> None:
        if not category or category in self._call(self._api.torrents_categories):
            return
        try:
            self._call(lambda: self._api.torrents_create_category(name=category))
        except qbittorrentapi.Conflict409Error as error:
            if category not in self._call(self._api.torrents_categories):
                raise TorrentRefused(f"{self._where} does not accept the category {category!r}") from error

    def _send(
        self, content: bytes, *, category: str, tag: str, save_path: str, stopped: bool
    ) -> TorrentClientError | None:
        """Send a torrent file, once; gives the trouble back that a later look may prove wrong."""
        try:
            answer = self._call(
                lambda: self._api.torrents_add(
                    torrent_files=content,
                    category=category or None,
                    tags=tag or None,
                    save_path=save_path or None,
                    is_stopped=stopped,
                    content_layout="Original",
                    use_auto_torrent_management=False,
                ),
                tries=1,
            )
        except qbittorrentapi.Conflict409Error:  # from 5.2; "Fails." before
            return TorrentRefused(f"{self._where} refused the torrent")
        except TorrentClientUnavailable as error:
            return error
        return TorrentRefused(f"{self._where} refused the torrent") if answer == "Fails." else None

    def _wait_for(self, info_hash: str) -> Torrent | None:
        until = clock.monotonic() + APPEARS_WITHIN_S
        while True:
            torrent = self.torrent(info_hash)
            if torrent or clock.monotonic() >= until:
                return torrent
            clock.sleep(LOOK_EVERY_S)

    def _change(self, action: Callable[..., None], hashes: Iterable[str], **how: Any) -> None:
        """Do something to torrents that may be done again without harm; ones it does not have are passed over."""
        wanted = list(hashes)
        if wanted:
            self._call(lambda: action(torrent_hashes=wanted, **how))

    def _found(self, call: Callable[[], Result]) -> Result | None:
        try:
            return self._call(call)
        except qbittorrentapi.NotFound404Error:
            return None

    def _call(self, call: Callable[[], Result], *, tries: int = TRIES) -> Result:
        """Ask, and again after a pause when no answer came.

        A 404 and a 409 pass through for the caller to understand.
        """
        for left in range(tries - 1, -1, -1):
            try:
                return self._ask(call)
            except TorrentClientUnavailable:
                if not left:
                    raise
            pause = PAUSE_S * 2 ** (tries - 1 - left) * random.uniform(0.8, 1.2)
            clock.sleep(max(pause, self._wire.retry_after_s or 0))
        raise AssertionError("unreachable")

    def _ask(self, call: Callable[[], Result]) -> Result:
        """Ask once, in our own family of errors."""
        self._wire.begin()
        try:
            return call()
        except (qbittorrentapi.NotFound404Error, qbittorrentapi.Conflict409Error):
            raise
        except qbittorrentapi.LoginFailed as error:
            words = "refuses the user name or password: check QBITTORRENT_USERNAME and QBITTORRENT_PASSWORD"
            raise LoginRefused(f"{self._where} {words}") from error
        except qbittorrentapi.Forbidden403Error as error:
            raise LoginRefused(self._why_forbidden(str(error))) from error
        except qbittorrentapi.Unauthorized401Error as error:
            raise LoginRefused(
                f"{self._where} refuses requests under this host name: see its server domains and reverse proxy"
            ) from error
        except qbittorrentapi.UnsupportedMediaType415Error as error:
            raise NotATorrentFile(f"{self._where} cannot read this as a torrent file") from error
        except qbittorrentapi.HTTP4XXError as error:
            raise TorrentClientError(f"{self._where} answered {error.http_status_code}") from error
        except (NotRepeated, qbittorrentapi.HTTP5XXError, qbittorrentapi.APIConnectionError) as error:
            said = f"answered {self._wire.status}" if self._wire.status >= 400 else "does not answer"
            raise TorrentClientUnavailable(f"{self._where} {said}") from error
        except (qbittorrentapi.APIError, NotImplementedError) as error:
            raise UnexpectedAnswer(f"{self._where} answers in a way we do not know") from error

    def _why_forbidden(self, text: str) -> str:
        if "banned" in text:
            return f"{self._where} banned this address after too many failed logins: wait an hour or restart it"
        return f"{self._where} refuses this login"

    @contextmanager
    def _known_shape(self, what: str) -> Iterator[None]:
        try:
            yield
        except ValidationError as error:
            fields = ", ".join(sorted({".".join(map(str, one["loc"])) for one in error.errors()}))
            raise UnexpectedAnswer(f"{self._where} lists {what} in a shape we do not know: {fields}") from None

    def _read(self, shape: type[Answer], row: Mapping[str, Any]) -> Answer:
        with self._known_shape(shape.__name__.lower()):
            return shape.model_validate(row)
