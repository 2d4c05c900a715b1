"""The torrents of the stand-in for qBittorrent live as real ones do."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from mamcrawler.sandbox.accounts import SECRETS
from mamcrawler.sandbox.qbittorrent.manners import Generation
from tests.smallworld import SmallWorld, pass_time
from tests.standinqbittorrent import Server

DEAD = "magnet:?xt=urn:btih:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee&dn=Dead+Tracker&tr=http%3A%2F%2F127.0.0.1%3A1%2Fa"


@pytest.fixture
def world(tmp_path: Path) -> SmallWorld:
    return SmallWorld(tmp_path)


@pytest.fixture
def server(world: SmallWorld) -> Server:
    return Server(world)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha1(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_download_takes_ten_minutes_at_least_and_is_identical_in_the_end(world: SmallWorld, server: Server) -> None:
    content, info_hash = world.offer("Patience")
    server.add(content)

    server.pass_time(minutes=5)
    half_way = server.info(info_hash)
    part = sum(path.stat().st_size for path in (world.downloads_dir / "Patience").iterdir())
    server.pass_time(minutes=6)
    done = server.info(info_hash)

    assert half_way["state"] == "downloading"
    assert 0.4 < half_way["progress"] < 0.6
    assert 0.4 < part / half_way["size"] < 0.6
    assert (done["state"], done["progress"], done["amount_left"]) == ("uploading", 1, 0)
    assert digests(world.downloads_dir / "Patience") == digests(world.payload(1_000))


def test_a_finished_torrent_seeds_and_its_upload_grows(world: SmallWorld, server: Server) -> None:
    content, info_hash = world.offer("Generous")
    server.add(content)
    server.pass_time(hours=1)
    first = server.info(info_hash)

    server.pass_time(days=1)
    later = server.info(info_hash)

    assert later["uploaded"] > first["uploaded"] > 0
    assert later["ratio"] > first["ratio"]
    assert later["seeding_time"] - first["seeding_time"] >= 86_400


def test_torrents_survive_a_restart(world: SmallWorld, server: Server) -> None:
    content, info_hash = world.offer("Lasting")
    server.add(content, category="audiobooks", tags="one,two")
    server.pass_time(minutes=20)

    again = Server(world).info(info_hash)

    assert (again["progress"], again["category"], again["tags"]) == (1, "audiobooks", "one, two")


def test_a_torrent_the_world_does_not_know_never_moves(world: SmallWorld, server: Server) -> None:
    content, info_hash = world.offer("Unheard of", known=False)
    server.add(content)
    server.post("torrents/add", urls=DEAD)

    server.pass_time(hours=5)

    assert (server.info(info_hash)["state"], server.info(info_hash)["progress"]) == ("stalledDL", 0)
    assert server.info("e" * 40)["state"] == "metaDL"


def test_a_stall_ends_with_a_restart(world: SmallWorld, server: Server) -> None:
    content, info_hash = world.offer("Stalling")
    world.faults.arm("qbittorrent", "stall", path="Stalling")
    server.add(content)
    server.pass_time(hours=1)
    before = server.info(info_hash)["state"]

    server.post("torrents/stop", hashes=info_hash)
    server.post("torrents/start", hashes=info_hash)
    server.pass_time(hours=1)

    assert before == "stalledDL"
    assert server.info(info_hash)["progress"] == 1


def test_an_error_ends_with_a_recheck(world: SmallWorld, server: Server) -> None:
    content, info_hash = world.offer("Erring")
    world.faults.arm("qbittorrent", "error")
    server.add(content)
    before = server.info(info_hash)["state"]

    server.post("torrents/recheck", hashes=info_hash)
    checking = server.info(info_hash)["state"]
    server.pass_time(hours=1)
    server.pass_time(hours=1)

    assert (before, checking) == ("error", "checkingDL")
    assert server.info(info_hash)["progress"] == 1


@pytest.mark.parametrize("how", ["flip", "cut", "missing"])
def test_spoiled_files_look_complete_until_a_recheck_fetches_them_again(
    world: SmallWorld, server: Server, how: str
) -> None:
    content, info_hash = world.offer("Spoiled")
    world.faults.arm("qbittorrent", "corrupt", path=info_hash, how=how)
    server.add(content)
    server.pass_time(hours=1)
    complete = server.info(info_hash)["progress"]
    spoiled = digests(world.downloads_dir / "Spoiled")

    server.post("torrents/recheck", hashes=info_hash)
    checked = server.info(info_hash)["progress"]
    for _ in range(2):
        server.pass_time(hours=1)

    assert complete == 1
    assert spoiled != digests(world.payload(1_000))
    assert checked < 1
    assert digests(world.downloads_dir / "Spoiled") == digests(world.payload(1_000))


def test_files_that_are_there_already_are_checked_and_seeded(world: SmallWorld, server: Server) -> None:
    content, info_hash = world.offer("There already", known=False)

    server.add(content, savepath=str(world.root / "seeds"))

    assert server.info(info_hash)["state"] == "checkingUP"
    assert server.info(info_hash)["progress"] == 1


def test_nothing_is_written_outside_the_world(world: SmallWorld, server: Server, tmp_path_factory: Any) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    content, info_hash = world.offer("Straying")

    server.add(content, savepath=str(elsewhere))
    server.pass_time(hours=1)

    assert server.info(info_hash)["state"] == "error"
    assert list(elsewhere.iterdir()) == []


def test_deleting_keeps_or_removes_the_files(world: SmallWorld, server: Server) -> None:
    kept, removed = world.offer("Kept"), world.offer("Removed")
    for content, _ in (kept, removed):
        server.add(content)
    server.pass_time(hours=1)

    server.post("torrents/delete", hashes=kept[1], deleteFiles="false")
    server.post("torrents/delete", hashes=removed[1], deleteFiles="true")

    assert server.get("torrents/info").get_json() == []
    assert [path.name for path in world.downloads_dir.iterdir()] == ["Kept"]


def test_missing_files_are_noticed_at_the_next_start(world: SmallWorld, server: Server) -> None:
    content, info_hash = world.offer("Lost")
    server.add(content)
    server.pass_time(hours=1)
    server.post("torrents/stop", hashes=info_hash)
    stopped = server.info(info_hash)["state"]
    (world.downloads_dir / "Lost" / "01.mp3").unlink()

    server.post("torrents/start", hashes=info_hash)

    assert stopped == "stoppedUP"
    assert server.info(info_hash)["state"] == "missingFiles"


def test_changes_are_told_once_to_each_login(world: SmallWorld, server: Server) -> None:
    content, info_hash = world.offer("Changing")
    first = server.get("sync/maindata", rid=0).get_json()
    server.add(content, stopped="true")

    came = server.get("sync/maindata", rid=first["rid"]).get_json()
    repeated = server.get("sync/maindata", rid=first["rid"]).get_json()
    nothing = server.get("sync/maindata", rid=repeated["rid"]).get_json()
    server.post("torrents/delete", hashes=info_hash, deleteFiles="false")
    went = server.get("sync/maindata", rid=nothing["rid"]).get_json()
    stranger = Server(world).get("sync/maindata", rid=went["rid"]).get_json()

    assert first["full_update"]
    assert came["torrents"][info_hash]["state"] == "stoppedDL"
    assert repeated["torrents"] == came["torrents"]  # an answer that got lost is told again
    assert "torrents" not in nothing
    assert went["torrents_removed"] == [info_hash]
    assert stranger["full_update"]


@pytest.mark.parametrize(
    ("generation", "verb", "refused"),
    [("4.5", "pause", "stop"), ("5.1", "stop", "pause"), ("5.2", "stop", "pause"), ("5.3", "stop", "pause")],
)
def test_each_generation_knows_only_its_own_verb(
    world: SmallWorld, generation: Generation, verb: str, refused: str
) -> None:
    server = Server(world, generation)

    assert server.post(f"torrents/{verb}", hashes="all").status_code == 200
    assert server.post(f"torrents/{refused}", hashes="all").status_code == 404


def test_a_wrong_password_five_times_bans_the_address_for_an_hour(world: SmallWorld) -> None:
    server = Server(world, log_in=False)

    def log_in(password: str) -> TestResponse:
        return server.post("auth/login", username=SECRETS.qb_username, password=password)

    failures = [log_in("wrong-example").text for _ in range(5)]
    banned = log_in(SECRETS.qb_password)
    pass_time(world.root, minutes=61)

    assert failures == ["Fails."] * 5
    assert banned.status_code == 403
    assert log_in(SECRETS.qb_password).text == "Ok."


def test_a_session_ends_after_an_hour_without_use(world: SmallWorld, server: Server) -> None:
    pass_time(world.root, minutes=61)

    assert server.get("app/version").status_code == 403


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"filter": "downloading"}, {"Running", "Stopped"}),
        ({"filter": "stopped"}, {"Stopped"}),
        ({"filter": "running"}, {"Running"}),
        ({"category": "audiobooks"}, {"Stopped"}),
        ({"category": ""}, {"Running"}),
        ({"tag": ""}, {"Running"}),
        ({"tag": "one"}, {"Stopped"}),
        ({"sort": "name", "limit": 1}, {"Running"}),
        ({"sort": "name", "reverse": "true", "limit": 1}, {"Stopped"}),
        ({"sort": "name", "offset": 1}, {"Stopped"}),
        ({"filter": "unheard of"}, {"Running", "Stopped"}),
    ],
)
def test_lists_are_filtered_sorted_and_cut(
    world: SmallWorld, server: Server, query: dict[str, str], expected: set[str]
) -> None:
    server.add(world.offer("Running")[0])
    server.add(world.offer("Stopped")[0], stopped="true", category="audiobooks", tags="one")

    rows = server.get("torrents/info", **query).get_json()

    assert {row["name"] for row in rows} == expected


def test_the_torrent_file_is_given_back(world: SmallWorld, server: Server) -> None:
    content, info_hash = world.offer("Exported")
    server.add(content)

    assert server.get("torrents/export", hash=info_hash).data == content
