import json
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from werkzeug.wrappers import Response

from mamcrawler.lib.pace import FreeLease
from mamcrawler.sandbox.server import serve
from tests.tracker.scripted import Scripted
from tracker.prowlarr import (
    ApiKeyRejected,
    ProwlarrClient,
    ProwlarrOffer,
    ProwlarrUnavailable,
    UnexpectedAnswer,
)

EXAMPLES = Path(__file__).parent.parent / "contracts" / "prowlarr"
TORRENT = b"d4:infod4:name1:aee"


def recorded(name):
    return Response((EXAMPLES / name).read_bytes(), mimetype="application/json")


def answer(body, status=200):
    return Response(json.dumps(body), status, mimetype="application/json")


@contextmanager
def client_of(prowlarr, *, below="", lease=None):
    with (
        serve(prowlarr) as base_url,
        ProwlarrClient(base_url=base_url + below, api_key="example-key", lease=lease or FreeLease()) as client,
    ):
        client.here = base_url
        yield client


def test_a_recorded_search_is_read():
    prowlarr = Scripted(recorded("search.json"))

    with client_of(prowlarr) as client:
        offers = client.search("project hail mary")

    hail_mary, empire = offers
    assert (hail_mary.tracker_id, hail_mary.is_free, hail_mary.seeders) == (500101, True, 214)
    assert (hail_mary.indexer, hail_mary.indexer_id, hail_mary.size_bytes) == ("MyAnonamouse", 7, 913729126)
    assert (empire.tracker_id, empire.is_free) == (500102, False)
    assert empire.published_at == datetime(2019, 11, 2, 18, 40, 51, tzinfo=UTC)


def test_a_search_asks_for_audiobooks_with_the_key_in_a_header():
    prowlarr = Scripted(recorded("search.empty.json"))

    with client_of(prowlarr, below="/base") as client:
        offers = client.search("dune", (3030, 100041), indexer_ids=(7,))

    request = prowlarr.asked[0]
    assert offers == []
    assert request.path == "/base/api/v1/search"
    assert request.args.getlist("categories") == ["3030", "100041"]
    assert request.args.getlist("indexerIds") == ["7"]
    assert request.headers["X-Api-Key"] == "example-key"
    assert "example-key" not in request.query_string.decode()


def test_the_download_address_is_never_shown():
    offer = ProwlarrOffer.model_validate(json.loads((EXAMPLES / "search.json").read_text())[0])

    assert "EXAMPLEAPIKEY" not in f"{offer!r} {offer.model_dump_json()}"
    assert "EXAMPLEAPIKEY" in offer.download_url.get_secret_value()


@pytest.mark.parametrize(
    ("guid", "info_url", "tracker_id"),
    [
        ("https://www.myanonamouse.net/t/5", "", 5),
        ("other-guid", "https://www.myanonamouse.net/t/6?x=1", 6),
        ("https://elsewhere.example/t/5", "", None),
        ("https://elsewhere.example/?u=https://www.myanonamouse.net/t/5", "", None),
    ],
)
def test_the_release_is_told_by_its_page(guid, info_url, tracker_id):
    offer = ProwlarrOffer(guid=guid, info_url=info_url, title="A &amp; B", indexer_id=1)

    assert offer.tracker_id == tracker_id
    assert offer.title == "A & B"


def test_a_torrent_is_downloaded_once():
    prowlarr = Scripted(Response(TORRENT))

    with client_of(prowlarr) as client:
        body = client.torrent(SecretStr(f"{client.here}/7/download?apikey=example-key&link=abc"))

    assert body == TORRENT
    assert prowlarr.asked[0].args["link"] == "abc"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (Response("<html></html>"), UnexpectedAnswer),
        (Response("", 301, {"Location": "magnet:?xt=urn:btih:0"}), UnexpectedAnswer),
        (Response("<error/>", 410), ProwlarrUnavailable),
        (Response("<error/>", 500), ProwlarrUnavailable),
    ],
)
def test_a_download_that_fails_is_not_repeated(given, error):
    prowlarr = Scripted(given)

    with client_of(prowlarr) as client, pytest.raises(error) as failed:
        client.torrent(SecretStr(f"{client.here}/7/download?apikey=example-key"))

    assert len(prowlarr.asked) == 1
    assert "example-key" not in str(failed.value)


def test_a_download_from_another_host_is_refused():
    prowlarr = Scripted(Response(TORRENT))

    with client_of(prowlarr) as client, pytest.raises(UnexpectedAnswer):
        client.torrent(SecretStr("http://127.0.0.1:9/7/download"))

    assert prowlarr.asked == []


def test_recorded_indexers_are_read_without_their_session():
    prowlarr = Scripted(recorded("indexers.json"))

    with client_of(prowlarr) as client:
        (indexer,) = client.indexers()

    assert (indexer.id, indexer.is_tracker, indexer.is_enabled, indexer.spends_wedges) == (7, True, True, False)
    assert "EXAMPLE" not in repr(indexer)


@pytest.mark.parametrize(("value", "spends"), [(0, False), (1, True), (2, True), ("0", False), (None, False)])
def test_the_wedge_option_is_told(value, spends):
    entry = json.loads((EXAMPLES / "indexers.json").read_text())[0]
    for field in entry["fields"]:
        if field["name"] == "useFreeleechWedge":
            field["value"] = value

    with client_of(Scripted(answer([entry]))) as client:
        (indexer,) = client.indexers()

    assert indexer.spends_wedges is spends


def test_recorded_failures_are_read():
    with client_of(Scripted(recorded("indexerstatus.json"))) as client:
        (failure,) = client.failing_indexers()

    assert failure.indexer_id == 7
    assert failure.disabled_until == datetime(2026, 11, 21, 1, 30, tzinfo=UTC)


def test_recorded_status_is_read():
    with client_of(Scripted(recorded("system-status.json"))) as client:
        status = client.status()

    assert (status.app_name, status.version) == ("Prowlarr", "2.3.0.5236")


@pytest.mark.parametrize("read", ["status", "indexers", "failing_indexers"])
@pytest.mark.parametrize(
    "given",
    [
        Response("<html></html>", mimetype="text/html"),
        answer("text"),
        answer([1]),
        Response("[{", mimetype="application/json"),
    ],
)
def test_an_unknown_answer_is_said_so(read, given):
    with client_of(Scripted(given)) as client, pytest.raises(UnexpectedAnswer):
        getattr(client, read)()


@pytest.mark.parametrize(
    ("case", "error"),
    [
        ("no_api_key", ApiKeyRejected),
        ("search_bad", ProwlarrUnavailable),
        ("grab_not_cached", UnexpectedAnswer),
        ("grab_failed", UnexpectedAnswer),
        ("validation", UnexpectedAnswer),
    ],
)
def test_recorded_errors_are_told_apart(case, error):
    example = json.loads((EXAMPLES / "errors.json").read_text())[case]
    body = json.dumps(example["body"]) if example["body"] else ""
    prowlarr = Scripted(Response(body, example["http_status"], mimetype="application/json"))

    with client_of(prowlarr) as client, pytest.raises(error):
        client.search("x")


def test_a_read_is_tried_three_times(fast_time):
    prowlarr = Scripted(Response("", 503))

    with client_of(prowlarr) as client, pytest.raises(ProwlarrUnavailable):
        client.search("x")

    assert len(prowlarr.asked) == 3


def test_a_read_gets_past_a_short_failure(fast_time):
    prowlarr = Scripted(Response("", 429, {"Retry-After": "5"}), recorded("search.empty.json"))

    with client_of(prowlarr) as client:
        assert client.search("x") == []


class WatchedLease(FreeLease):
    """A lease that counts its turns and remembers how the host answered."""

    def __init__(self):
        self.turns, self.answers = 0, []

    @contextmanager
    def turn(self):
        self.turns += 1
        yield self

    def answered(self, status, *, seconds, retry_after=None):
        self.answers.append(status)


def test_only_what_reaches_the_tracker_takes_its_turn():
    lease = WatchedLease()

    with client_of(Scripted(recorded("system-status.json"), recorded("search.json")), lease=lease) as client:
        client.status()
        client.search("x")

    assert (lease.turns, lease.answers) == (1, [200])


def test_trouble_of_prowlarr_itself_is_not_blamed_on_the_tracker(fast_time):
    lease = WatchedLease()

    with client_of(Scripted(Response("", 503)), lease=lease) as client, pytest.raises(ProwlarrUnavailable):
        client.search("x")

    assert (lease.turns, lease.answers) == (3, [])
