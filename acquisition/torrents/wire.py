"""The connection below the qbittorrent-api package: one login that lives on, and no request sent twice unasked."""

from http.cookies import SimpleCookie
from typing import Any

import qbittorrentapi
from requests import PreparedRequest, Response
from requests.auth import AuthBase

TIMEOUT_S = (5, 30)  # to connect, to answer
COOKIE_PREFIXES = ("SID", "QBT_SID")  # the second, with the port behind it, since 5.2


class NotRepeated(qbittorrentapi.APIError):
    """The package was about to send a request again whose first answer got lost."""


class Wire(AuthBase):
    """Sees each request leave and each answer come.

    The package repeats any request once that met a 5xx or a broken connection, a POST too, so that an add could
    arrive twice. As the requests library's `auth` we see each try before it leaves and let only the first one go;
    after a 403 the package logs in and tries again, which is safe because the first try was turned away.
    """

    def __init__(self, cookies: str) -> None:
        self.cookies = {name: morsel.value for name, morsel in SimpleCookie(cookies).items()}
        self.status = 0  # of the last answer; 0 when none came
        self.retry_after_s: float | None = None
        self._unanswered: set[str] = set()

    def begin(self) -> None:
        """Forget the tries of the call before."""
        self._unanswered.clear()
        self.status, self.retry_after_s = 0, None

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Let the request go with our login, unless its answer got lost before.

        :raises NotRepeated: if this is the second try of a request that got no answer, or a 5xx.
        """
        url = str(request.url)
        if url in self._unanswered:
            raise NotRepeated(url)
        self._unanswered.add(url)
        if self.cookies and "Cookie" not in request.headers:
            request.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        request.register_hook("response", self._answered)
        return request

    def _answered(self, response: Response, **_: Any) -> None:
        self.status = response.status_code
        if response.status_code < 500:
            self._unanswered.discard(str(response.request.url))
        waiting = response.headers.get("Retry-After", "")
        self.retry_after_s = float(waiting) if waiting.isdecimal() else None
        for cookie in response.cookies:
            if cookie.name.startswith(COOKIE_PREFIXES) and cookie.value:
                self.cookies = {cookie.name: cookie.value}


def open_api(base_url: str, username: str, password: str, wire: Wire) -> qbittorrentapi.Client:
    """Make the package's client without its own retries, guesses at the scheme, or silent gaps."""
    return qbittorrentapi.Client(
        host=base_url,
        username=username,
        password=password,
        FORCE_SCHEME_FROM_HOST=True,
        RAISE_NOTIMPLEMENTEDERROR_FOR_UNIMPLEMENTED_API_ENDPOINTS=True,
        SIMPLE_RESPONSES=True,  # plain dicts and lists
        HTTPADAPTER_ARGS={"max_retries": 0},
        REQUESTS_ARGS={"timeout": TIMEOUT_S, "auth": wire},
    )
