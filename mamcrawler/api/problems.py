"""Errors of the API as problem details (RFC 9457), each domain error mapped to its status once."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, ValidationError

from acquisition.models import IllegalMove
from acquisition.placing import PlacingError
from acquisition.services import SnatchRefused
from acquisition.services.recovering import NotPossible
from acquisition.services.shelving import NoShelf
from acquisition.torrents import TorrentClientError
from library.audiobookshelf import LibraryServerError
from library.paths import OutsideShelf
from library.services import (
    BackupsHidden,
    CanNotMerge,
    CanNotRemove,
    FolderTaken,
    NothingToConfirm,
    NotUndoable,
    ShelfUnreachable,
    TooManyVanished,
)
from library.services.saving import NameMissing, NameTaken
from mamcrawler.doctor import UnknownSystem
from mamcrawler.lib.pace import NotNow
from mamcrawler.lib.sealing import SealBroken
from mamcrawler.operations.jobs import AlreadyActive, UnknownJob
from mamcrawler.operations.preferences import SettingRefused
from mamcrawler.standstills import NotStopped
from metadata.services.proposing import DecidedBefore, NotWritten
from tracker.mam import DownloadsBlocked, SessionRejected, TrackerError
from tracker.prowlarr import ProwlarrError
from tracker.services import SessionUnusable, TrackerNotConfigured

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"

DOMAIN_ERRORS: dict[type[Exception], tuple[int, str, str]] = {
    SnatchRefused: (409, "snatch_refused", ""),
    IllegalMove: (409, "illegal_move", "Read it again: somebody moved it on meanwhile."),
    AlreadyActive: (409, "already_active", ""),
    DecidedBefore: (409, "decided_before", "Read the proposal again."),
    NotUndoable: (409, "not_undoable", ""),
    CanNotMerge: (409, "can_not_merge", ""),
    CanNotRemove: (409, "can_not_remove", ""),
    NotPossible: (409, "not_possible", ""),
    NothingToConfirm: (409, "nothing_to_confirm", "Read the findings again."),
    FolderTaken: (409, "folder_taken", "Name a folder of its own."),
    TooManyVanished: (409, "too_many_vanished", "See that the shelf's disk is mounted."),
    PlacingError: (409, "not_placed", ""),
    OutsideShelf: (409, "outside_shelf", ""),
    NotStopped: (409, "not_stopped", ""),
    UnknownJob: (404, "unknown_job", ""),
    UnknownSystem: (404, "unknown_system", ""),
    NameTaken: (409, "name_taken", ""),
    NameMissing: (422, "name_missing", ""),
    SettingRefused: (422, "setting_refused", ""),
    OverflowError: (422, "number_too_large", "Ask for a smaller number."),
    DataError: (422, "number_too_large", "Ask for a smaller number."),
    TrackerNotConfigured: (503, "tracker_not_configured", ""),
    SessionUnusable: (503, "tracker_session_unusable", "Nothing is sent to the tracker until then."),
    SessionRejected: (503, "tracker_session_rejected", "Make a new API session at the tracker and set MAM_ID to it."),
    DownloadsBlocked: (503, "tracker_downloads_blocked", "Look at the account there before anything else is sent."),
    SealBroken: (503, "seal_broken", "Restore the SECRET_KEY, or configure the credential anew."),
    NotNow: (503, "not_now", "Try again later."),
    NoShelf: (503, "no_shelf", ""),
    ShelfUnreachable: (503, "shelf_unreachable", ""),
    TrackerError: (502, "tracker_error", "Try again in a few minutes; the log says more."),
    ProwlarrError: (502, "prowlarr_error", "See that Prowlarr runs and takes our key."),
    TorrentClientError: (502, "torrent_client_error", "See that qBittorrent runs and takes our login."),
    LibraryServerError: (
        502,
        "library_server_error",
        "See that Audiobookshelf runs and takes our key.",
    ),
    BackupsHidden: (502, "backups_hidden", "Make the API key for an administrator."),
    NotWritten: (502, "not_written", "The shelf kept its value: synchronise it, then look at the field again."),
}
"""Status, code and what to do next, by error; the nearest ancestor of an error counts."""


class Violation(Schema):
    """One thing that is wrong with a request."""

    location: list[str | int]
    message: str
    code: str


class Problem(Schema):
    """What went wrong; `code` is stable and meant for programs, `detail` for people."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[Violation] | None = None


def request_id() -> str:
    """The id under which the log tells of this request."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def problem(status: int, code: str, detail: str, *, errors: list[Violation] | None = None) -> HttpResponse:
    """An answer that says what went wrong."""
    told = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=request_id(),
        errors=errors,
    )
    return JsonResponse(told.model_dump(exclude_none=True), status=status, content_type=MEDIA_TYPE)


def handle_errors(api: NinjaAPI) -> None:
    """Let every error leave the API as a problem."""
    for error, (status, code, advice) in DOMAIN_ERRORS.items():
        api.add_exception_handler(error, _domain_error(status, code, advice))
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(Http404, _not_found)
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(Exception, _unexpected)


def _domain_error(status: int, code: str, advice: str) -> Callable[[HttpRequest, Any], HttpResponse]:
    def answer(_request: HttpRequest, error: Exception) -> HttpResponse:
        return problem(status, code, " ".join(filter(None, [_sentence(str(error)), advice])))

    return answer


def _sentence(words: str) -> str:
    return words if not words or words[-1] in ".!?" else f"{words}."


def _invalid(_request: HttpRequest, error: Any) -> HttpResponse:
    violations = [Violation(location=list(row["loc"]), message=row["msg"], code=row["type"]) for row in error.errors]
    return problem(422, "invalid", "The request is not valid; errors says what is wrong.", errors=violations)


def _not_found(_request: HttpRequest, error: Any) -> HttpResponse:
    return problem(404, "not_found", _sentence(str(error) or "There is nothing here"))


_HTTP_CODES = {
    400: "malformed",
    401: "not_signed_in",
    403: "not_allowed",
    409: "conflict",
    422: "invalid",
    429: "too_many_requests",
}


def _http_error(_request: HttpRequest, error: Any) -> HttpResponse:
    status, words = error.status_code, error.message
    if isinstance(error, AuthenticationError) and words == "Unauthorized":
        words = "Sign in, or send an API key as Authorization: Bearer mamc_…"
    elif status == HTTPStatus.FORBIDDEN and not isinstance(error, AuthorizationError):
        words = "The CSRF token is missing or wrong: send it as X-CSRFToken, or use an API key."
    answer = problem(status, _HTTP_CODES.get(status, "refused"), _sentence(words))
    if status == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = 'Bearer realm="MAMcrawler"'
    return answer


def _unexpected(request: HttpRequest, error: Any) -> HttpResponse:
    log.error("api operation failed", path=request.path, exc_info=error)
    return problem(500, "unexpected", "This should not happen. The log tells more under this request id.")
