import json

import pytest

from mamcrawler.sandbox.mam import Mam
from mamcrawler.sandbox.server import serve
from mamcrawler.sandbox.world import World
from tests.sandbox.recordedmam import (
    EXAMPLES,
    SEARCH,
    browsing,
    client_of,
    example,
    ids,
    recorded_world,
    search,
    shape,
    signed_in,
)
from tracker.mam import SearchQuery, SessionRejected


@pytest.fixture
def world(tmp_path):
    return recorded_world(tmp_path)


@pytest.fixture
def site(world):
    return browsing(Mam(world, rotate_every=0))


@pytest.fixture
def real_world(tmp_path):
    """A world with releases that have real files."""
    return World.empty(tmp_path)


def test_the_recorded_search_is_answered_as_recorded(site):
    wanted = example("search_response.json")
    tor = {"text": "", "main_cat": ["13"], "sortType": "titleAsc"}

    answer = search(site, tor, perpage=25, mediaInfo="").get_json()

    assert {key: answer[key] for key in answer if key != "data"} == {
        key: wanted[key] for key in wanted if key != "data"
    }
    recorded = {row["id"]: row for row in wanted["data"]}
    made_up = {"author_info", "narrator_info", "series_info", "mediainfo", "ownership", "categories"}
    for row in answer["data"]:
        assert list(row) == list(recorded[row["id"]])
        for key in row.keys() - made_up - {"bookmarked", "comments", "poster_type", "browseflags"}:
            assert row[key] == recorded[row["id"]][key], key
        assert row["browseflags"] == recorded[row["id"]]["browseflags"] & 32  # the sandbox flags nothing but abridged
        for key in made_up:
            assert type(row[key]) is str
        for key in ("author_info", "narrator_info", "series_info"):
            theirs = json.loads(recorded[row["id"]][key])
            assert list(json.loads(row[key]).values()) == list(theirs.values())


def test_the_recorded_request_is_answered_with_all_options(site):
    wanted = example("search_response_with_options.json")

    answer = site.post(SEARCH, json=example("search_request.json"), headers=signed_in()).get_json()

    assert shape(answer) == shape({**wanted, "perpage": 25})
    assert answer["data"][0]["isbn"] == "ASIN:B08G9PRS1K"


def test_the_recorded_form_finds_the_same_as_the_recorded_json(site):
    form = (EXAMPLES / "search_request_form.txt").read_text().strip()
    kind = "application/x-www-form-urlencoded"

    by_form = site.post(SEARCH, data=form, content_type=kind, headers=signed_in())
    by_address = site.get(f"{SEARCH}?{form}", headers=signed_in())
    by_json = site.post(SEARCH, json=example("search_request.json"), headers=signed_in())

    assert by_form.get_json() == by_address.get_json() == by_json.get_json()
    assert ids(by_form) == [500101]


@pytest.mark.parametrize(("name", "tor"), [
    ("search_empty.json", {"text": "no such words"}),
    ("search_past_the_end.json", {"startNumber": "6"}),
])  # fmt: skip
def test_nothing_found_is_answered_as_recorded(site, name, tor):
    answer = search(site, tor)

    assert answer.status_code == 200
    assert answer.get_json() == example(name)


@pytest.mark.parametrize(
    ("tor", "found"),
    [
        ({"text": "sanderson"}, {500102, 500106}),
        ({"text": "sanderson", "srchIn": ["title"]}, set()),
        ({"text": "michael kramer", "srchIn": ["narrator"]}, {500102, 500106}),
        ({"text": "mistborn"}, {500102}),
        ({"text": "kanguru"}, {500105}),
        ({"text": "1984 | mistborn"}, {500104, 500102}),
        ({"text": "sanderson -mistborn"}, {500106}),
        ({"text": '"way of kings"'}, {500106}),
        ({"searchType": "fl"}, {500103}),
        ({"searchType": "VIP"}, {500101, 500105}),
        ({"searchType": "fl-VIP"}, {500101, 500103, 500105}),
        ({"searchType": "inactive"}, set()),
        ({"main_cat": ["14"]}, set()),
        ({"cat": ["41"]}, {500102, 500103, 500106}),
        ({"browse_lang": ["37"]}, {500105}),
        ({"browse_lang": []}, set()),
        ({"browseFlags": ["32"], "browseFlagsHideVsShow": "1"}, {500106}),
        ({"browseFlags": ["32"], "browseFlagsHideVsShow": "0"}, {500101, 500102, 500103, 500104, 500105}),
        ({"startDate": "2021-05-05"}, {500101, 500105}),
        ({"startDate": "2018-03-01", "endDate": "2019-11-02"}, {500104}),
        ({"endDate": "1498867199"}, set()),
        ({"minSize": "1", "unit": "1073741824"}, {500102, 500106}),
        ({"maxSeeders": "31"}, {500103, 500105}),
        ({"id": "500103", "text": "ignored"}, {500103}),
        ({"searchIn": "bookmarks"}, set()),
    ],
)
def test_every_criterion_counts(site, tor, found):
    assert set(ids(search(site, tor))) == found


def test_results_are_ordered_and_paged(site):
    first = search(site, {"sortType": "seedersDesc"}, perpage=5)
    rest = search(site, {"sortType": "seedersDesc", "startNumber": "5"}, perpage=5)

    assert ids(first) == [500101, 500106, 500104, 500102, 500103]
    assert ids(rest) == [500105]
    assert (first.get_json()["total"], first.get_json()["found"]) == (5, 6)


def test_the_page_size_beside_a_json_body_is_ignored(site):
    answer = site.post(f"{SEARCH}?perpage=5", json={"tor": {}}, headers=signed_in())

    assert answer.get_json()["perpage"] == 25


def test_only_what_was_snatched_can_be_listed(site):
    assert ids(search(site, my_snatched="")) == [500104]


def test_a_torrent_is_found_by_its_info_hash(real_world):
    site, tracker_id = browsing(Mam(real_world)), min(real_world.releases)
    info_hash = real_world.info_hash(tracker_id)

    assert ids(search(site, {"hash": info_hash.upper(), "text": "ignored"})) == [tracker_id]


@pytest.mark.parametrize("cookie", ["", "wrong"])
def test_a_bad_session_is_refused_as_recorded(site, cookie):
    answer = site.get("/jsonLoad.php", headers=signed_in(cookie))

    assert answer.status_code == 403
    assert answer.mimetype == "text/html"
    assert answer.text == (EXAMPLES / "not_signed_in.txt").read_text().rstrip("\n")


def test_a_page_without_session_is_the_login_page_with_200(site):
    answer = site.get("/guides/")

    assert answer.status_code == 200
    assert "<title>Login | My Anonamouse</title>" in answer.text
    assert 'action="/takelogin.php"' in answer.text


def test_the_cookie_rotates_and_the_old_one_is_dead(world):
    site = browsing(Mam(world, rotate_every=2))
    site.get("/jsonLoad.php", headers=signed_in())

    rotated = site.get("/jsonLoad.php", headers=signed_in()).headers["Set-Cookie"]

    fresh = rotated.removeprefix("mam_id=").partition(";")[0]
    assert site.get("/jsonLoad.php", headers=signed_in()).status_code == 403
    assert site.get("/jsonLoad.php", headers=signed_in(fresh)).status_code == 200


def test_a_rotated_cookie_survives_a_restart(world, tmp_path):
    world.faults.arm("mam", "rotate_cookie")
    browsing(Mam(world)).get("/jsonLoad.php", headers=signed_in())

    again = browsing(Mam(World.empty(tmp_path)))

    assert again.get("/jsonLoad.php", headers=signed_in()).status_code == 403


def test_our_client_lives_through_rotations(world):
    stored = []
    with serve(Mam(world, rotate_every=1)) as base_url, client_of(base_url, on_rotated=stored.append) as client:
        client.search(SearchQuery())
        client.account()
        client.whoami_ip()

    assert len(stored) == 2


def test_a_session_expires_on_request(world):
    world.faults.arm("mam", "expired_session")

    with serve(Mam(world)) as base_url, client_of(base_url) as client:
        with pytest.raises(SessionRejected):
            client.account()
        assert client.account().uid == world.account.uid


def test_check_cookie_and_address_answer_as_recorded(site):
    assert site.get("/json/checkCookie.php", headers=signed_in()).get_json() == example("check_cookie.json")
    assert shape(site.get("/json/jsonIp.php").get_json()) == shape(example("json_ip.json"))


def test_the_seedbox_address_is_set_once_an_hour(site):
    wanted = example("dynamic_seedbox.json")
    path = "/json/dynamicSeedbox.php"

    answers = [site.get(path), site.get(path, headers=signed_in("wrong"))]
    answers += [site.get(path, headers=signed_in()) for _ in range(2)]

    for answer, name in zip(answers, ("no_cookie", "invalid_cookie", "completed", "too_recent"), strict=True):
        assert answer.status_code == wanted[name]["http_status"]
        assert answer.get_json() == wanted[name]["body"]
