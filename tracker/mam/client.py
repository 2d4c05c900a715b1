"""The client of MyAnonamouse: one request at a time, the rotating cookie kept safe, nothing asked that it forbids."""

import json
import random
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import httpx

from mamcrawler import __version__
from mamcrawler.lib import certificates, clock
from mamcrawler.lib.pace import Lease
from tracker.mam import pages, parsing
from tracker.mam.errors import (
    DownloadsBlocked,
    PathRefused,
    PurchaseRefused,
    SessionRejected,
    TrackerUnavailable,
    UnexpectedAnswer,
)
from tracker.mam.query import SearchQuery

USER_AGENT = f"MAMcrawler/{__version__}"

SEARCH = "/tor/js/loadSearchJSONbasic.php"
ACCOUNT = "/jsonLoad.php"
TORRENT = "/tor/download.php"
STORE = "/json/bonusBuy.php"
ADDRESS = "/json/jsonIp.php"
SPENT_WEDGES = "/json/userBonusHistory.php?type[]=wedgePF"

SMALLEST_UPLOAD_GB = 50
"""The store sells programs no less upload than this at a time."""

PAUSES_S = (4.0, 16.0)
"""How long to wait before the second and the third try of a read, without jitter."""

LONGEST_WAIT_S = 120.0
"""A host that asks for a longer pause than this gets it from the schedule, not from a waiting process."""

_ILLEGAL_IN_COOKIES = re.compile(r"[^\x21\x23-\x2B\x2D-\x3A\x3C-\x5B\x5D-\x7E]")
_HAPPENED = re.compile(rb"Happened:\s*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_TIME_LEFT = re.compile(rb"Time Till Download Allowed:\s*(?:(\d+)d\s*)?(\d+):(\d\d):(\d\d)")
_CHALLENGE = re.compile(rb"captcha|cf-challenge|Just a moment", re.IGNORECASE)
_COMMENT = re.compile(rb"7:comment(\d+):")


def cookie_value(pasted: str) -> str:
    """Bring a pasted session cookie into the form in which it is sent.

    Takes the bare value, decoded or percent-encoded, or a fragment such as `mam_id=…; uid=…`. Doing it twice changes
    nothing.

    :raises ValueError: if nothing is left.
    """
    text = pasted.strip()
    if found := re.search(r"(?:^|[;\s])mam_id=([^;]*)", text):
        text = found[1]
    text = text.strip().strip(";").strip('" ')
    if not text:
        raise ValueError("the session cookie is empty")
    return _ILLEGAL_IN_COOKIES.sub(lambda illegal: quote(illegal[0], safe=""), text)


class TrackerClient:
    """One session with the tracker; use it in a `with` block.

    :param cookie: the `mam_id` cookie, or a function that is asked for it inside each turn: the row it stands in may
        have been rotated by another process since our last request.
    :param on_rotated: told the new cookie as soon as the headers of an answer bring one, before anything else of the
        answer is used; if it raises, so does the request.
    :param allow_pages: whether HTML pages may be read at all; the tracker's rules forbid programs to do so.
    """

    def __init__(
        self,
        *,
        base_url: str,
        cookie: str | Callable[[], str],
        lease: Lease,
        on_rotated: Callable[[str], None],
        allow_pages: bool = False,
    ) -> None:
        clock.require_honest_time(base_url)
        self._current_cookie = cookie if callable(cookie) else None
        self._cookie = "" if callable(cookie) else cookie_value(cookie)
        self._sent_cookie = ""  # what the request under way carries
        self._lease, self._on_rotated, self._allow_pages = lease, on_rotated, allow_pages
        self._base_url = base_url.rstrip("/")
        self._http = httpx.Client(
            base_url=self._base_url,
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # we keep the one cookie ourselves
            timeout=httpx.Timeout(30, connect=5),
            verify=certificates.trusted(),
            transport=httpx.HTTPTransport(verify=certificates.trusted(), retries=2),  # failed connections only
            follow_redirects=False,  # the cookie goes nowhere that we did not choose
            event_hooks={"response": [self._keep_rotated_cookie]},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<TrackerClient {self._base_url}>"

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def search(self, query: SearchQuery) -> parsing.SearchPage:
        """Ask for one page of torrents; page on with `start + rows` until no rows come or `found` is reached."""
        return parsing.search_page(_json(self._read("POST", SEARCH, json=query.payload())))

    def account(self) -> parsing.Account:
        """Read the account's numbers; the site wants this at most once a minute."""
        return parsing.account(_json(self._read("GET", f"{ACCOUNT}?snatch_summary")))

    def whoami_ip(self) -> parsing.NetworkAddress:
        """Ask which address the site sees us come from; at most once a minute."""
        return parsing.network_address(_json(self._read("GET", ADDRESS)))

    def torrent(self, tracker_id: int, *, wedge: bool = False) -> bytes:
        """Download a torrent file. It holds the passkey: keep nothing of it but the info dictionary.

        :param wedge: spend a wedge first. That is sent once and never refunded, so after any error read the account.
        :raises DownloadsBlocked: if the account may not download at the moment.
        """
        path = f"{TORRENT}?tid={tracker_id}"
        response = self._send("GET", f"{path}&fl") if wedge else self._read("GET", path)
        return _torrent(response, tracker_id)

    def spent_wedges(self) -> tuple[parsing.SpentWedge, ...]:
        """Read on which releases wedges were spent: says after a crash whether one was."""
        return parsing.spent_wedges(_json(self._read("GET", SPENT_WEDGES)))

    def buy_vip(self) -> parsing.Purchase:
        """Fill VIP up to the store's cap; sent once, so after any error but a refusal read the account.

        :raises PurchaseRefused: with the store's own reason; nothing was spent.
        """
        return self._buy({"spendtype": "VIP", "duration": "max"})

    def buy_upload(self, gigabytes: int) -> parsing.Purchase:
        """Buy upload credit; sent once, so after any error but a refusal read the account.

        :raises PurchaseRefused: with the store's own reason, or if it is less than it sells; nothing was spent.
        """
        if gigabytes < SMALLEST_UPLOAD_GB:
            raise PurchaseRefused(f"the store sells no less than {SMALLEST_UPLOAD_GB} GB at a time")
        return self._buy({"spendtype": "upload", "amount": str(gigabytes)})

    def page(self, path: str) -> pages.Page:
        """Read one HTML page of the allow-list.

        :raises PathRefused: if pages are not switched on or this one is not allowed; nothing was sent.
        """
        if not self._allow_pages:
            raise PathRefused("reading the tracker's pages is switched off")
        allowed = pages.require_allowed(path, base_url=self._base_url)
        response = self._read("GET", allowed, headers={"Accept": "text/html"})
        return pages.parse_page(response.content, path=allowed, base_url=self._base_url)

    def _buy(self, order: Mapping[str, str]) -> parsing.Purchase:
        milliseconds = int(clock.now().timestamp() * 1000)  # the site's own pages send this against caches
        response = self._send("GET", f"{STORE}?{urlencode({**order, '_': milliseconds}, quote_via=quote)}")
        bought, reason = parsing.purchase(_json(response))
        if bought is None:
            raise PurchaseRefused(reason)
        return bought

    def _read(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send something that may be repeated: three tries in all."""
        for pause in PAUSES_S:
            try:
                return self._send(method, path, **request)
            except _Passing as error:
                wait = error.retry_after
                if wait is not None and wait > LONGEST_WAIT_S:
                    raise
                clock.sleep(pause * random.uniform(0.75, 1.25) if wait is None else wait)
        return self._send(method, path, **request)

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Take a turn and send once; the answer is complete and no refusal when this returns."""
        with self._lease.turn() as turn:
            cookie = cookie_value(self._current_cookie()) if self._current_cookie else self._cookie
            headers = {"Cookie": f"mam_id={cookie}", **request.pop("headers", {})}
            self._sent_cookie, sent_at = cookie, clock.monotonic()
            status, retry_after = 0, None
            try:
                response = self._http.request(method, path, headers=headers, **request)
                status, retry_after = response.status_code, _retry_after(response)
            except httpx.HTTPError as error:
                raise _Passing(f"{_name(path)}: no answer ({type(error).__name__})") from error
            finally:
                turn.answered(status, seconds=(clock.monotonic() - sent_at) / clock.factor(), retry_after=retry_after)
        _require_success(response, _name(path), retry_after)
        return response

    def _keep_rotated_cookie(self, response: httpx.Response) -> None:
        """Hand on a new session cookie; called when the headers are there and the body is not read yet."""
        for header in response.headers.get_list("set-cookie"):
            name, _, rest = header.partition("=")
            value = rest.partition(";")[0].strip().strip('"')
            if name.strip() == "mam_id" and value not in {"", "deleted", self._sent_cookie}:
                self._on_rotated(value)
                self._cookie = value


class _Passing(TrackerUnavailable):
    """A failure that another try may get past."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def _name(path: str) -> str:
    """The request for messages: without its query, which may name a release or an order."""
    return path.partition("?")[0]


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("Retry-After", "").strip()
    return float(value) if value.isdigit() else None


def _require_success(response: httpx.Response, name: str, retry_after: float | None) -> None:
    """Turn every status but success, and every page that asks to log in, into its error."""
    status, body = response.status_code, response.content
    if status == 406 or (name == TORRENT and b"Past Unsatisfied limit" in body):
        raise DownloadsBlocked(f"{name}: the account may not download now", until=_blocked_until(body))
    if status == 429 and retry_after is None:  # no pause named: the host's own slow mode knows better than we
        raise TrackerUnavailable(f"{name}: asked too often (429)")
    if status in {403, 503} and _CHALLENGE.search(body):
        raise TrackerUnavailable(f"{name}: asks for proof of a human ({status})")
    if status in {401, 403} or _is_login(response):
        raise SessionRejected(f"{name}: the session was refused ({status})")
    if status == 429 or status >= 500:
        raise _Passing(f"{name}: the tracker answered {status}", retry_after=retry_after)
    if status != 200:
        raise UnexpectedAnswer(f"{name}: answered {status}")


def _is_login(response: httpx.Response) -> bool:
    if "login" in response.headers.get("Location", ""):
        return True
    return "html" in response.headers.get("Content-Type", "") and pages.is_login_page(response.content)


def _blocked_until(body: bytes) -> datetime | None:
    happened, left = _HAPPENED.search(body), _TIME_LEFT.search(body)
    if not happened or not left:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in left.groups())
    start = datetime.fromisoformat(happened[1].decode()).replace(tzinfo=UTC)
    return start + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _json(response: httpx.Response) -> Any:
    name = response.url.path
    if "json" not in response.headers.get("Content-Type", ""):
        raise UnexpectedAnswer(f"{name}: answered with something that is not JSON")
    try:
        return json.loads(response.content)
    except ValueError as error:
        raise UnexpectedAnswer(f"{name}: the JSON is damaged") from error


def _torrent(response: httpx.Response, tracker_id: int) -> bytes:
    body = response.content
    if not (body.startswith(b"d") and body.endswith(b"e") and b"4:info" in body):
        raise UnexpectedAnswer(f"release {tracker_id}: the download is no torrent file")
    comment = _COMMENT.search(body)
    said = body[comment.end() : comment.end() + int(comment[1])] if comment else b""
    named = re.search(rb"MID=(\d+)", said)
    if named and int(named[1]) != tracker_id:
        raise UnexpectedAnswer(f"release {tracker_id}: the download is the torrent of another release")
    return body
