"""Who may ask: the session cookie, the ban after five wrong passwords, and the checks of host and origin."""

import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from werkzeug.wrappers import Request, Response

from mamcrawler.lib import clock
from mamcrawler.sandbox.accounts import SECRETS
from mamcrawler.sandbox.qbittorrent.manners import Manners

FAILURES_ALLOWED, BANNED_FOR_S, IDLE_FOR_S = 5, 3_600, 3_600
BANNED = "Your IP address has been banned after too many failed authentication attempts."


class Refused(Exception):
    """A request that gets an error status and a line of text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


@dataclass
class Session:
    """One login; `rid` and the two pictures are what sync/maindata has told it."""

    used_at: float
    rid: int = 0
    accepted: tuple[int, dict[str, Any]] | None = None  # the picture that the client confirmed to have
    sent: tuple[int, dict[str, Any]] | None = None  # the last picture that was sent


@dataclass
class Access:
    """The sessions and the wrong passwords of one server; a restart forgets both."""

    manners: Manners
    sessions: dict[str, Session] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    banned_until: dict[str, float] = field(default_factory=dict)

    def check_origin(self, request: Request) -> None:
        """Turn away requests under a foreign port, or that a foreign page has sent."""
        host, _, port = request.host.partition(":")
        if not host or (port or "80") != str(request.environ["SERVER_PORT"]):
            raise Refused(401, "Unauthorized")
        for header in ("Origin", "Referer"):
            sender = request.headers.get(header)
            if sender and urlsplit(sender).netloc != request.host:
                raise Refused(401, "Unauthorized")

    def session(self, request: Request) -> Session | None:
        """Find the request's session, which ends after an hour without use."""
        found = self.sessions.get(request.cookies.get(self._cookie_name(request), ""))
        now = clock.now().timestamp()
        if not found or now - found.used_at > IDLE_FOR_S:
            return None
        found.used_at = now
        return found

    def log_in(self, request: Request) -> Response:
        """Answer auth/login in this generation's way."""
        address, now = request.remote_addr or "", clock.now().timestamp()
        if self.session(request):
            return self._welcome()
        if self.banned_until.get(address, 0) > now:
            raise Refused(403, BANNED)
        given = (request.values.get("username", ""), request.values.get("password", ""))
        if given != (SECRETS.qb_username, SECRETS.qb_password):
            self._count_failure(address, now)
            if self.manners.is_5_2:
                raise Refused(401, "Unauthorized")
            return Response("Fails.", mimetype="text/plain")
        self.failures.pop(address, None)
        key = secrets.token_urlsafe(24)
        self.sessions[key] = Session(now)
        response = self._welcome()
        response.set_cookie(
            self._cookie_name(request), key, httponly=True, samesite="Lax" if self.manners.is_5_2 else "Strict"
        )
        return response

    def log_out(self, request: Request) -> Response:
        """Answer auth/logout."""
        self.sessions.pop(request.cookies.get(self._cookie_name(request), ""), None)
        response = Response("", mimetype="text/plain")
        response.delete_cookie(self._cookie_name(request))
        return response

    def _count_failure(self, address: str, now: float) -> None:
        self.failures[address] = self.failures.get(address, 0) + 1
        if self.failures[address] >= FAILURES_ALLOWED:
            self.banned_until[address] = now + BANNED_FOR_S
            self.failures.pop(address)

    def _welcome(self) -> Response:
        return Response(status=204) if self.manners.is_5_2 else Response("Ok.", mimetype="text/plain")

    def _cookie_name(self, request: Request) -> str:
        return self.manners.cookie_name(str(request.environ["SERVER_PORT"]))
