import json
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from werkzeug.test import Client as Browser

from mamcrawler.lib import clock
from mamcrawler.lib.pace import FreeLease
from mamcrawler.sandbox.prowlarr import Prowlarr
from mamcrawler.sandbox.server import serve
from mamcrawler.sandbox.world import SECRETS, World
from tracker.prowlarr import ApiKeyRejected, ProwlarrClient, ProwlarrUnavailable, UnexpectedAnswer

EXAMPLES = Path(__file__).parent.parent / "contracts" / "prowlarr"
KEY = {"X-Api-Key": SECRETS.prowlarr_key}
AUDIOBOOKS = 13


def example(name):
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


def shape(value):
    """Keys and types of an answer, whatever their order."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def client_of(base_url, *, api_key=SECRETS.prowlarr_key):
    return ProwlarrClient(base_url=base_url, api_key=api_key, lease=FreeLease())


@pytest.fixture
def world(tmp_path):
    return World.empty(tmp_path)


@pytest.fixture
def site(world):
    return Browser(Prowlarr(world), use_cookies=False)


@pytest.fixture
def release(world):
    """An audiobook on offer that is neither free nor VIP."""
    return next(one for one in world.releases.values() if one.main_cat == AUDIOBOOKS and not (one.free or one.vip))


def search(site, text, **more):
    return site.get("/api/v1/search", query_string={"query": text, "categories": 3030, **more}, headers=KEY)


def test_a_search_is_answered_in_the_recorded_shape(site, release):
    answer = search(site, str(release.title)).get_json()

    wanted = shape(example("search.json")[0])
    for row in answer:
        got = shape(row)
        assert got.keys() == wanted.keys()
        assert {**got, "indexerFlags": ["str"]} == wanted
    assert f"https://www.myanonamouse.net/t/{release.tracker_id}" in {row["guid"] for row in answer}


def test_nothing_found_is_answered_as_recorded(site):
    assert search(site, "no such words").get_json() == example("search.empty.json")


def test_indexers_and_status_are_answered_as_recorded(site):
    indexers = site.get("/api/v1/indexer", headers=KEY).get_json()
    status = site.get("/api/v1/system/status", headers=KEY).get_json()

    wanted = example("indexers.json")
    for listed in (indexers, wanted):
        next(field for field in listed[0]["fields"] if field["name"] == "mamId")["value"] = ""
    assert indexers == wanted
    assert status == {**example("system-status.json"), "packageAuthor": "sandbox"}


def test_a_failing_indexer_is_silent_once_and_then_left_out(site, world, release):
    world.faults.arm("prowlarr", "indexer_failing")

    silent = search(site, str(release.title))
    failures = site.get("/api/v1/indexerstatus", headers=KEY).get_json()
    left_out = search(site, str(release.title))

    assert silent.get_json() == []
    assert shape(failures) == shape(example("indexerstatus.json"))
    recorded = example("errors.json")["search_bad"]
    assert left_out.status_code == recorded["http_status"]
    assert left_out.get_json()["message"] == recorded["body"]["message"]


@pytest.mark.parametrize(
    ("case", "ask"),
    [
        ("no_api_key", lambda site: site.get("/api/v1/indexer")),
        ("search_bad", lambda site: site.get("/api/v1/search?query=x&indexerIds=999", headers=KEY)),
        ("grab_not_cached", lambda site: site.post("/api/v1/search", json={"guid": "x", "indexerId": 7}, headers=KEY)),
        ("validation", lambda site: site.post("/api/v1/search", json={}, headers=KEY)),
    ],
)
def test_errors_are_answered_as_recorded(site, case, ask):
    recorded = example("errors.json")[case]

    answer = ask(site)

    assert answer.status_code == recorded["http_status"]
    if isinstance(recorded["body"], dict):
        assert answer.get_json()["message"] == recorded["body"]["message"]
    elif recorded["body"]:
        assert answer.get_json() == recorded["body"]
    else:
        assert answer.data == b""


def test_a_wrong_address_below_the_base_is_the_web_page(site):
    answer = site.get("/base/api/v1/indexer", headers=KEY)

    assert (answer.status_code, answer.mimetype) == (200, "text/html")


def test_ping_needs_no_key(site):
    assert site.get("/ping").get_json() == {"status": "OK"}


@pytest.mark.parametrize("category", [3000, 3030, 100013])
def test_categories_hold_audiobooks_apart_from_ebooks(site, world, category):
    audiobooks = {f"/t/{key}" for key, one in world.releases.items() if one.main_cat == AUDIOBOOKS}

    found = search(site, "", categories=category, limit=1000).get_json()
    ebooks = search(site, "", categories=7020, limit=1000).get_json()

    assert {row["guid"].partition(".net")[2] for row in found} == audiobooks
    assert ebooks
    assert not {row["guid"].partition(".net")[2] for row in ebooks} & audiobooks


def test_our_client_finds_and_downloads_the_same_torrent(world, release):
    with serve(Prowlarr(world)) as base_url, client_of(base_url) as client:
        offers = {offer.tracker_id: offer for offer in client.search(str(release.title))}
        body = client.torrent(offers[release.tracker_id].download_url)

    assert body == world.torrent(release.tracker_id)
    assert release.tracker_id in world.snatched
    assert world.account.wedges == 8


def test_the_wedge_option_is_seen_and_costs_a_wedge(world, site, release):
    indexer = site.get("/api/v1/indexer/7", headers=KEY).get_json()
    next(field for field in indexer["fields"] if field["name"] == "useFreeleechWedge")["value"] = 1
    site.put("/api/v1/indexer/7", json=indexer, headers=KEY)

    with serve(Prowlarr(world)) as base_url, client_of(base_url) as client:
        spends_wedges = client.indexers()[0].spends_wedges
        offers = {offer.tracker_id: offer for offer in client.search(str(release.title))}
        client.torrent(offers[release.tracker_id].download_url)

    assert spends_wedges
    assert world.account.wedges == 7


def test_our_client_tells_failures_apart(world, release):
    world.faults.arm("prowlarr", "wrong_torrent")
    link = f"/7/download?apikey={SECRETS.prowlarr_key}&link=sandbox-link-{release.tracker_id}"

    with serve(Prowlarr(world)) as base_url:
        with client_of(base_url) as client, pytest.raises(UnexpectedAnswer):
            client.torrent(SecretStr(base_url + link))
        with client_of(base_url, api_key="wrong") as client, pytest.raises(ApiKeyRejected):
            client.status()
        with client_of(f"{base_url}/base") as client, pytest.raises(UnexpectedAnswer):
            client.status()


def test_a_failing_indexer_is_named_and_comes_back(world, release):
    world.faults.arm("prowlarr", "indexer_failing")

    with serve(Prowlarr(world)) as base_url, client_of(base_url) as client:
        assert client.search(str(release.title)) == []
        (failure,) = client.failing_indexers()
        with pytest.raises(ProwlarrUnavailable):
            client.search(str(release.title))
        world.state["prowlarr"]["failure"]["disabledTill"] = (clock.now() - timedelta(seconds=1)).isoformat()
        assert client.search(str(release.title))
        assert client.failing_indexers() == []

    assert failure.indexer_id == 7
