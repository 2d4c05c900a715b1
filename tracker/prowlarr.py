"""The client of Prowlarr: its search over all indexers, the torrent files behind it, and how its indexers fare.

Its grab call is never used. Prowlarr's MyAnonamouse indexer spends the same account as our own session, so the lease
given to this client must be the tracker's.
"""

import html
import json
import random
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from pydantic import AliasChoices, BaseModel, Field, SecretStr, TypeAdapter, ValidationError, field_validator

from mamcrawler import __version__
from mamcrawler.lib import certificates, clock
from mamcrawler.lib.pace import FreeLease, Lease

AUDIOBOOKS = 3030
"""Prowlarr's category Audio/Audiobook."""

PAUSES_S = (2.0, 8.0)
"""How long to wait before the second and the third try of a read, without jitter."""

LONGEST_WAIT_S = 120.0
"""A host that asks for a longer pause than this gets it from the schedule, not from a waiting process."""

_TRACKER_PAGE = re.compile(r"^https?://(?:www\.)?myanonamouse\.net/t/(\d+)(?:[/?#]|$)")


class ProwlarrError(Exception):
    """Prowlarr gave no usable answer."""


class ProwlarrUnavailable(ProwlarrError):
    """Silence, a 429, a 5xx or no indexer ready: the next scheduled run may do better."""


class ApiKeyRejected(ProwlarrError):
    """The API key was refused: a person has to correct it."""


class UnexpectedAnswer(ProwlarrError):
    """An answer in a shape we do not know; often a wrong base address, which answers with the web page."""


class ProwlarrOffer(BaseModel, frozen=True):
    """A release as Prowlarr lists it: no authors, narrators or series, and a rounded size."""

    guid: str
    title: str
    indexer_id: int = Field(validation_alias=AliasChoices("indexer_id", "indexerId"))
    indexer: str = ""
    size_bytes: int | None = Field(None, validation_alias=AliasChoices("size_bytes", "size"))
    seeders: int | None = None
    leechers: int | None = None
    published_at: datetime | None = Field(None, validation_alias=AliasChoices("published_at", "publishDate"))
    info_url: str = Field("", validation_alias=AliasChoices("info_url", "infoUrl"))
    download_url: SecretStr | None = Field(None, validation_alias=AliasChoices("download_url", "downloadUrl"))
    protocol: str = "torrent"
    flags: tuple[str, ...] = Field((), validation_alias=AliasChoices("flags", "indexerFlags"))

    @field_validator("title")
    @classmethod
    def _plain_title(cls, title: str) -> str:
        return html.unescape(title).strip()

    @property
    def tracker_id(self) -> int | None:
        """The release's id at MyAnonamouse; None for a release of another tracker."""
        for address in (self.guid, self.info_url):
            if found := _TRACKER_PAGE.match(address):
                return int(found[1])
        return None

    @property
    def is_free(self) -> bool:
        """Whether it costs no ratio: free for all, personally, or VIP for a VIP member."""
        return "freeleech" in self.flags


class Indexer(BaseModel, frozen=True):
    """An indexer as Prowlarr is set up for it; the session it holds is left out."""

    id: int
    name: str
    is_enabled: bool
    is_tracker: bool  # it is MyAnonamouse
    spends_wedges: bool  # downloads through it may cost a wedge: must be off
    priority: int = 25


class IndexerFailure(BaseModel, frozen=True):
    """An indexer that failed lately; its searches come back empty without a word."""

    indexer_id: int = Field(validation_alias=AliasChoices("indexer_id", "indexerId"))
    disabled_until: datetime | None = Field(None, validation_alias=AliasChoices("disabled_until", "disabledTill"))
    last_failed_at: datetime | None = Field(None, validation_alias=AliasChoices("last_failed_at", "mostRecentFailure"))
    first_failed_at: datetime | None = Field(None, validation_alias=AliasChoices("first_failed_at", "initialFailure"))


class Status(BaseModel, frozen=True):
    """What Prowlarr says of itself."""

    app_name: str = Field(validation_alias=AliasChoices("app_name", "appName"))
    version: str


_UNPACED = FreeLease()
_OFFERS = TypeAdapter(list[ProwlarrOffer])
_FAILURES = TypeAdapter(list[IndexerFailure])


class ProwlarrClient:
    """One Prowlarr; use it in a `with` block.

    :param base_url: with Prowlarr's own URL base, if it has one.
    :param lease: taken for what reaches the tracker, that is searches and downloads.
    """

    def __init__(self, *, base_url: str, api_key: str, lease: Lease) -> None:
        clock.require_honest_time(base_url)
        self._base_url, self._lease = base_url.rstrip("/"), lease
        self._http = httpx.Client(
            base_url=self._base_url,
            headers={"User-Agent": f"MAMcrawler/{__version__}", "X-Api-Key": api_key},
            timeout=httpx.Timeout(90, connect=5),  # a search waits for the slowest indexer
            verify=certificates.trusted(),
            transport=httpx.HTTPTransport(verify=certificates.trusted(), retries=2),  # failed connections only
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<ProwlarrClient {self._base_url}>"

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def search(
        self, text: str, categories: Sequence[int] = (AUDIOBOOKS,), *, indexer_ids: Sequence[int] = ()
    ) -> list[ProwlarrOffer]:
        """Search all indexers, or some. An empty answer may mean that all of them failed: see `failing_indexers`."""
        query = {"query": text, "type": "search", "categories": list(categories), "indexerIds": list(indexer_ids)}
        answer = self._read("/api/v1/search", query, lease=self._lease)
        try:
            return _OFFERS.validate_python(answer)
        except ValidationError as error:
            raise UnexpectedAnswer("the search was answered with releases in a shape we do not know") from error

    def torrent(self, download_url: SecretStr) -> bytes:
        """Download a torrent file; sent once, as it costs the tracker account a download.

        :raises UnexpectedAnswer: if the address is not this Prowlarr's or the answer is no torrent file.
        """
        address = download_url.get_secret_value()
        if urlsplit(address)[:2] != urlsplit(self._base_url)[:2]:
            raise UnexpectedAnswer("the download stands on another host than Prowlarr")
        response = self._send(address, lease=self._lease)
        body = response.content
        if not (body.startswith(b"d") and body.endswith(b"e") and b"4:info" in body):
            raise UnexpectedAnswer("the download is no torrent file")
        return body

    def indexers(self) -> list[Indexer]:
        """List the indexers that Prowlarr is set up for."""
        answer = self._read("/api/v1/indexer")
        try:
            return [_indexer(entry) for entry in answer]
        except (KeyError, TypeError, AttributeError, ValidationError) as error:
            raise UnexpectedAnswer("the indexers were listed in a shape we do not know") from error

    def failing_indexers(self) -> list[IndexerFailure]:
        """List the indexers that failed lately and may be left out of searches for a while."""
        answer = self._read("/api/v1/indexerstatus")
        try:
            return _FAILURES.validate_python(answer)
        except ValidationError as error:
            raise UnexpectedAnswer("the failures were listed in a shape we do not know") from error

    def status(self) -> Status:
        """Ask Prowlarr for its name and version: proves address and key."""
        answer = self._read("/api/v1/system/status")
        try:
            return Status.model_validate(answer)
        except ValidationError as error:
            raise UnexpectedAnswer("this does not answer like Prowlarr") from error

    def _read(self, path: str, query: Mapping[str, Any] | None = None, *, lease: Lease = _UNPACED) -> Any:
        """Ask up to three times, and give the JSON of the answer."""
        for pause in PAUSES_S:
            try:
                return _json(self._send(path, query, lease=lease))
            except _Passing as error:
                wait = error.retry_after
                if wait is not None and wait > LONGEST_WAIT_S:
                    raise
                clock.sleep(pause * random.uniform(0.75, 1.25) if wait is None else wait)
        return _json(self._send(path, query, lease=lease))

    def _send(self, address: str, query: Mapping[str, Any] | None = None, *, lease: Lease) -> httpx.Response:
        name = urlsplit(address).path  # the query of a download holds the API key
        with lease.turn() as turn:
            sent_at = clock.monotonic()
            try:
                response = self._http.get(address, params=query)
            except httpx.HTTPError as error:
                raise _Passing(f"{name}: no answer ({type(error).__name__})") from error
            retry_after = _retry_after(response)
            if response.status_code in {200, 429}:  # anything else is Prowlarr's own trouble, not the tracker's
                seconds = (clock.monotonic() - sent_at) / clock.factor()
                turn.answered(response.status_code, seconds=seconds, retry_after=retry_after)
        _require_success(response, name, retry_after)
        return response


class _Passing(ProwlarrUnavailable):
    """A failure that another try may get past."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("Retry-After", "").strip()
    return float(value) if value.isdigit() else None


def _require_success(response: httpx.Response, name: str, retry_after: float | None) -> None:
    status = response.status_code
    if status == 200:
        return
    if status in {401, 403}:
        raise ApiKeyRejected(f"{name}: the API key was refused")
    if status == 429 or status >= 500:
        raise _Passing(f"{name}: answered {status}", retry_after=retry_after)
    reason = _reason(response)
    if status == 410 or "unavailable" in reason:
        raise ProwlarrUnavailable(f"{name}: {reason or 'the indexer is switched off'}")
    raise UnexpectedAnswer(f"{name}: answered {status} {reason}".rstrip())


def _reason(response: httpx.Response) -> str:
    """Prowlarr's own words for an error; its `description` may be a stack trace and stays out."""
    try:
        answer = json.loads(response.content)
    except ValueError:
        return ""
    if isinstance(answer, list):
        return "; ".join(str(entry.get("errorMessage", "")) for entry in answer if isinstance(entry, Mapping))
    return str(answer.get("message", "")) if isinstance(answer, Mapping) else ""


def _json(response: httpx.Response) -> Any:
    path = response.url.path
    if "json" not in response.headers.get("Content-Type", ""):
        raise UnexpectedAnswer(f"{path}: answered with a web page: is the base address right?")
    try:
        return json.loads(response.content)
    except ValueError as error:
        raise UnexpectedAnswer(f"{path}: the JSON is damaged") from error


def _indexer(entry: Mapping[str, Any]) -> Indexer:
    fields = {field["name"]: field.get("value") for field in entry["fields"]}  # no value: never set
    return Indexer(
        id=entry["id"],
        name=entry["name"],
        is_enabled=entry["enable"],
        is_tracker="myanonamouse" in {str(entry.get(key, "")).lower() for key in ("implementation", "definitionName")},
        spends_wedges=str(fields.get("useFreeleechWedge") or 0) != "0",
        priority=entry.get("priority", 25),
    )
