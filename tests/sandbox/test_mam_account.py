from datetime import timedelta

import pytest

from mamcrawler.lib import clock
from mamcrawler.sandbox.mam import Mam
from mamcrawler.sandbox.server import serve
from mamcrawler.sandbox.world import World
from tests.sandbox.recordedmam import EXAMPLES, browsing, client_of, example, recorded_world, search, shape, signed_in
from tracker.mam import DownloadsBlocked, SearchQuery, SessionRejected, UnexpectedAnswer


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


@pytest.mark.parametrize(
    ("query", "name", "older"),
    [
        ("", "jsonload_bare.json", {"country_code"}),
        ("?notif", "jsonload_notif.json", {"country_code"}),
        ("?snatch_summary", "jsonload_snatch_summary.json", set()),
    ],
)
def test_the_account_is_told_as_recorded(site, query, name, older):
    answer = site.get(f"/jsonLoad.php{query}", headers=signed_in()).get_json()

    wanted = shape({key: value for key, value in example(name).items() if key not in older})
    got = shape(answer)
    for counts in (wanted.get("snatch_summary", {}), got.get("snatch_summary", {})):
        for tally in counts.values():
            if isinstance(tally, dict):
                tally.pop("size", None)  # null when the count is 0
    assert got == wanted


def test_a_member_who_downloaded_nothing_has_no_number_for_a_ratio(site, world):
    world.account.downloaded_bytes, world.account.vip_until = 0, None

    answer = site.get("/jsonLoad.php", headers=signed_in()).get_json()

    assert shape(answer) == shape(example("jsonload_new_member.json"))
    assert answer["ratio"] == "∞"


def test_vip_is_filled_up_to_the_cap(site, world):
    before, until = world.account.seedbonus, world.account.vip_until

    answer = site.get("/json/bonusBuy.php?spendtype=VIP&duration=max", headers=signed_in()).get_json()

    assert shape(answer) == shape(example("bonus_buy.json")["vip_ok"]["body"])
    assert world.account.vip_until > until
    assert world.account.vip_until <= clock.now() + timedelta(days=90)
    assert answer["seedbonus"] == world.account.seedbonus == before - round(answer["amount"] * 1250)
    assert [bought.kind for bought in world.ledger] == ["VIP"]


def test_vip_is_not_sold_for_less_than_a_week(site, world):
    world.account.vip_until = clock.now() + timedelta(days=84)

    answer = site.get("/json/bonusBuy.php?spendtype=VIP&duration=max", headers=signed_in()).get_json()

    assert answer["success"] is False
    assert world.ledger == []


@pytest.mark.parametrize("case", ["upload_ok", "upload_below_floor", "upload_insufficient", "wedge_insufficient"])
def test_the_store_answers_as_recorded(site, world, case):
    recorded = example("bonus_buy.json")[case]
    world.account.seedbonus = 58_240 if case == "upload_ok" else 1_000

    answer = site.get(recorded["request"], headers=signed_in())

    assert answer.status_code == recorded["http_status"]
    assert answer.get_json() == recorded["body"]


@pytest.mark.parametrize("case", ["ok", "torrent_is_vip", "is_staff_pick", "already"])
def test_personal_freeleech_answers_as_recorded(site, world, case):
    recorded = example("bonus_buy.json")[f"personal_fl_{case}"]
    wedges = world.account.wedges

    answer = site.get(recorded["request"], headers=signed_in())

    assert answer.get_json() == recorded["body"]
    assert world.account.wedges == wedges - (case == "ok")


def test_what_wedges_were_spent_on_is_told_as_recorded(site):
    site.get(example("bonus_buy.json")["personal_fl_ok"]["request"], headers=signed_in())

    answer = site.get("/json/userBonusHistory.php?type[]=wedgePF", headers=signed_in()).get_json()

    assert shape(answer[0]) | {"title": ""} == shape(example("user_bonus_history.json")[0]) | {"title": ""}


def test_a_torrent_is_downloaded_and_counts_as_snatched(real_world):
    tracker_id = min(real_world.releases)

    with serve(Mam(real_world)) as base_url, client_of(base_url) as client:
        body = client.torrent(tracker_id)
        account = client.account()

    assert body == real_world.torrent(tracker_id)
    assert tracker_id in real_world.snatched
    assert account.summary.unsatisfied == real_world.account.unsat_at_start + 1


def test_a_wedge_on_the_download_is_spent_once(real_world):
    tracker_id = next(key for key, release in real_world.releases.items() if release.vip and not release.free)
    wedges = real_world.account.wedges

    with serve(Mam(real_world)) as base_url, client_of(base_url) as client:
        client.torrent(tracker_id, wedge=True)
        client.torrent(tracker_id, wedge=True)
        offer = client.search(SearchQuery(tracker_id=tracker_id)).offers[0]

    assert real_world.account.wedges == wedges - 1
    assert offer.is_personal_freeleech
    assert offer.my_snatched


def test_the_personal_hash_downloads_without_a_cookie(real_world):
    site, tracker_id = browsing(Mam(real_world)), min(real_world.releases)
    personal = search(site, {"id": tracker_id}, dlLink="").get_json()["data"][0]["dl"]

    answer = site.get(f"/tor/download.php/{personal}?tid={tracker_id}")
    stale = site.get(f"/tor/download.php/stale?tid={tracker_id}")

    assert answer.data == real_world.torrent(tracker_id)
    assert not stale.data.startswith(b"d")


def test_no_slot_left_is_answered_as_recorded(site, world):
    world.account.unsat_at_start = world.account.unsat_limit

    answer = site.get("/tor/download.php?tid=500101", headers=signed_in())

    wanted = (EXAMPLES / "download_refused_unsatisfied.html").read_text()
    assert answer.status_code == 200
    assert answer.text.partition("Happened")[0] == wanted.partition("Happened")[0]


@pytest.mark.parametrize(
    ("kind", "options", "error"),
    [
        ("blocked_406", {}, DownloadsBlocked),
        ("unsatisfied_page", {}, DownloadsBlocked),
        ("wrong_torrent", {"what": "other"}, UnexpectedAnswer),
        ("wrong_torrent", {"what": "login_page"}, SessionRejected),
    ],
)
def test_downloads_fail_on_request(real_world, kind, options, error):
    real_world.faults.arm("mam", kind, **options)
    tracker_id = max(real_world.releases)

    with serve(Mam(real_world)) as base_url, client_of(base_url) as client, pytest.raises(error):
        client.torrent(tracker_id)

    assert tracker_id not in real_world.snatched
