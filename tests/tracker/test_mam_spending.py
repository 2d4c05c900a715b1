import json
from datetime import UTC, datetime

import pytest
from werkzeug.wrappers import Response

from tests.tracker.recordedmam import EXAMPLES, JSON, client_of, recorded
from tests.tracker.scripted import Scripted
from tracker.mam import DownloadsBlocked, PurchaseRefused, TrackerUnavailable, UnexpectedAnswer

TORRENT = b"d8:announce30:https://t.example.org/announce7:comment10:MID=5001014:infod4:name1:aee"


def test_a_torrent_is_downloaded_without_spending_a_wedge():
    tracker = Scripted(Response(TORRENT, 200, {"Content-Type": "application/x-bittorrent"}))

    with client_of(tracker) as client:
        body = client.torrent(500101)

    assert body == TORRENT
    assert tracker.asked[0].query_string == b"tid=500101"


def test_a_wedge_is_asked_for_by_name_only():
    tracker = Scripted(Response(TORRENT))

    with client_of(tracker) as client:
        client.torrent(500101, wedge=True)

    assert tracker.asked[0].query_string == b"tid=500101&fl"


@pytest.mark.parametrize(
    "spend", [lambda client: client.torrent(500101, wedge=True), lambda client: client.buy_vip()], ids=["wedge", "vip"]
)
def test_what_spends_is_sent_once(spend):
    tracker = Scripted(Response("", 500))

    with client_of(tracker) as client, pytest.raises(TrackerUnavailable):
        spend(client)

    assert len(tracker.asked) == 1


def test_a_blocked_account_says_until_when():
    tracker = Scripted(recorded("download_refused_unsatisfied.html"))

    with client_of(tracker) as client, pytest.raises(DownloadsBlocked) as blocked:
        client.torrent(500101)

    assert blocked.value.until == datetime(2026, 10, 6, 17, 57, 59, tzinfo=UTC)


def test_a_406_blocks_downloads():
    tracker = Scripted(Response("", 406))

    with client_of(tracker) as client, pytest.raises(DownloadsBlocked):
        client.torrent(500101)

    assert len(tracker.asked) == 1


@pytest.mark.parametrize("body", [b"", b"<html>Error</html>", TORRENT[:-10], TORRENT.replace(b"500101", b"500102")])
def test_what_is_not_the_torrent_of_the_release_is_refused(body):
    tracker = Scripted(Response(body))

    with client_of(tracker) as client, pytest.raises(UnexpectedAnswer):
        client.torrent(500101)


def test_vip_is_bought_up_to_the_cap():
    case = json.loads((EXAMPLES / "bonus_buy.json").read_text())["vip_ok"]
    tracker = Scripted(Response(json.dumps(case["body"]), 200, JSON))

    with client_of(tracker) as client:
        bought = client.buy_vip()

    asked = tracker.asked[0].args
    assert (asked["spendtype"], asked["duration"]) == ("VIP", "max")
    assert (bought.amount, bought.seedbonus) == (4.2, 52990)


def test_a_refused_purchase_gives_the_stores_reason():
    case = json.loads((EXAMPLES / "bonus_buy.json").read_text())["upload_insufficient"]
    tracker = Scripted(Response(json.dumps(case["body"]), 200, JSON))

    with client_of(tracker) as client, pytest.raises(PurchaseRefused, match="Not enough bonus"):
        client.buy_upload(50)


def test_less_upload_than_the_store_sells_is_never_asked_for():
    tracker = Scripted(Response("", 500))

    with client_of(tracker) as client, pytest.raises(PurchaseRefused):
        client.buy_upload(49)

    assert tracker.asked == []


def test_recorded_wedges_are_read():
    tracker = Scripted(recorded("user_bonus_history.json"))

    with client_of(tracker) as client:
        (spent,) = client.spent_wedges()

    assert tracker.asked[0].args.getlist("type[]") == ["wedgePF"]
    assert spent.tracker_id == 500104
    assert spent.spent_at.year == 2026
