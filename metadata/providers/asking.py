"""How every provider is asked: at its pace, three times at most, with one family of errors."""

import random
import re
from types import TracebackType
from typing import Any, Self

import httpx

import mamcrawler
from mamcrawler.lib import certificates, clock
from mamcrawler.lib.pace import Lease
from metadata.providers.errors import KeyRejected, ProviderUnavailable, QuotaSpent, UnexpectedAnswer

FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 90.0  # beyond this the caller is told, so that no worker sleeps through an hour
PASSING = {408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524}


class JsonHost:
    """One provider's JSON API; nothing of httpx shows outside this module.

    Only reads go through here, so each is tried three times in all: after silence, a 408, a 429 or a 5xx, with
    back-off and jitter, or after the pause the host asked for when that is at most 90 seconds.
    """

    def __init__(
        self, name: str, *, base_url: str, lease: Lease, headers: dict[str, str] | None = None, timeout_s: float = 20
    ) -> None:
        clock.require_honest_time(base_url)
        self._name = name
        self._lease = lease
        self._http = httpx.Client(
            base_url=base_url,
            headers={"User-Agent": f"MAMcrawler/{mamcrawler.__version__}", "Accept": "application/json"}
            | (headers or {}),
            timeout=httpx.Timeout(timeout_s, connect=5),
            verify=certificates.trusted(),
        )

    def __enter__(self) -> Self:
        """Open the connections."""
        self._http.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the connections."""
        self._http.__exit__(kind, error, at)

    def get(self, path: str, params: dict[str, str | int] | None = None) -> "Answer":
        """Read a path; any status that will not pass by itself is the caller's to judge."""
        return self._ask("GET", path, params=params)

    def post(self, path: str, body: dict[str, Any]) -> "Answer":
        """Ask a question that is sent as JSON."""
        return self._ask("POST", path, json=body)

    def _ask(self, method: str, path: str, **content: Any) -> "Answer":
        for pause in (FIRST_PAUSE_S, 2 * FIRST_PAUSE_S):
            answer = self._once(method, path, **content)
            if answer is not None and answer.status not in PASSING:
                return answer
            told = answer.retry_after if answer else None
            if told is not None and told > LONGEST_PAUSE_S:
                break
            clock.sleep(told if told is not None else pause * random.uniform(0.75, 1.5))
        else:
            answer = self._once(method, path, **content)
        if answer is None:
            raise ProviderUnavailable(f"{self._name} does not answer")
        if answer.status == httpx.codes.TOO_MANY_REQUESTS:
            raise QuotaSpent(f"{self._name} asks us to slow down", retry_after=answer.retry_after)
        if answer.status in PASSING:
            raise ProviderUnavailable(f"{self._name} is out of order (status {answer.status})")
        return answer

    def _once(self, method: str, path: str, **content: Any) -> "Answer | None":
        """Send one request in our turn; None when no answer came."""
        with self._lease.turn() as turn:
            started = clock.monotonic()
            try:
                response = self._http.request(method, path, **content)
            except httpx.RequestError:
                turn.answered(0, seconds=_real_seconds_since(started))
                return None
            answer = Answer(self._name, response)
            turn.answered(answer.status, seconds=_real_seconds_since(started), retry_after=answer.retry_after)
            return answer


class Answer:
    """One answer of a provider, whatever its status."""

    def __init__(self, name: str, response: httpx.Response) -> None:
        self._name = name
        self._response = response
        self.status = response.status_code

    @property
    def retry_after(self) -> float | None:
        """Seconds the host asked us to wait, from its header or, as Audnexus documents it, from the body."""
        told = self._response.headers.get("retry-after", "")
        if not told and self.status == httpx.codes.TOO_MANY_REQUESTS:
            found = re.search(r'"retryAfterSeconds":\s*(\d+)', self._response.text)
            told = found[1] if found else ""
        return float(told) if told.isdigit() else None

    def says(self, word: str) -> bool:
        """Say whether a word stands in the body, whatever the body is."""
        return word in self._response.text

    def json(self) -> Any:
        """The body.

        :raises UnexpectedAnswer: if it is not JSON, as a page or half an answer is not.
        """
        try:
            return self._response.json()
        except ValueError as error:
            raise UnexpectedAnswer(f"{self._name} sent no JSON (status {self.status})") from error

    def expect_ok(self) -> Self:
        """Let a 200 pass and name what any other status means.

        :raises KeyRejected: on 401 and 403.
        :raises UnexpectedAnswer: on every other status.
        """
        if self.status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise KeyRejected(f"{self._name} refused our key (status {self.status}): renew it in the settings")
        if self.status != httpx.codes.OK:
            raise UnexpectedAnswer(f"{self._name} answered with status {self.status}")
        return self


def _real_seconds_since(started: float) -> float:
    return (clock.monotonic() - started) / clock.factor()
