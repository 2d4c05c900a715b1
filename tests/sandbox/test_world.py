"""The sandbox's world: what is owned, what is on offer, torrents and files, and that it survives a restart."""

import signal
import subprocess
import sys
from datetime import timedelta

import httpx
import pytest
import torf

from mamcrawler.lib import clock
from mamcrawler.sandbox.accounts import Purchase
from mamcrawler.sandbox.catalogue import Performance
from mamcrawler.sandbox.control import Control
from mamcrawler.sandbox.planned_offers import PLANNED
from mamcrawler.sandbox.server import STAND_INS, serve, serve_world
from mamcrawler.sandbox.shelf import OWNED_POSITIONS
from mamcrawler.sandbox.world import SECRETS, World, WorldDamaged

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The world that a newcomer sees; tests of this module only read it or make its torrents."""
    return World(tmp_path_factory.mktemp("sandbox"))


def missing_keys(world):
    """What somebody who owns this library lacks of its series."""
    owned = {key for item in world.owned for key in item.book_keys}
    return {
        book.key
        for name in OWNED_POSITIONS
        for book in world.catalogue.series[name].books
        if book.performances and not book.contains and book.key not in owned
    }


def files_below(path):
    return sorted(file for file in path.rglob("*") if file.is_file())


def test_the_library_has_about_seventy_items_with_real_files(world):
    assert 65 <= len(world.owned) <= 75
    for item in world.owned:
        files = [world.library_dir / item.folder / name for name in item.files]
        assert files
        assert all(file.stat().st_size > 50_000 for file in files)
        assert (world.library_dir / item.folder / "cover.jpg").exists() == item.has_cover


def test_the_library_has_the_oddities_of_a_real_one(world):
    items = world.owned
    keys = [item.book_keys for item in items]

    assert len({item.key for item in items}) == len({item.folder for item in items}) == len(items)
    assert any(len(one) > 1 for one in keys)
    assert keys.count(("herbert-dune",)) == 2
    assert any(item.metadata.abridged for item in items)
    for name in ("description", "asin", "narrators", "publisher", "language", "genres"):
        assert 3 < sum(not getattr(item.metadata, name) for item in items) < 30
    assert 3 < sum(not item.has_cover for item in items) < 30


def test_every_missing_book_was_thought_of(world):
    missing = missing_keys(world)

    assert missing == set(PLANNED) - {"orwell-1984"}
    assert 25 <= len(missing) <= 30


def test_most_missing_books_have_a_good_release_and_some_have_none(world):
    good = {
        key
        for release in world.releases.values()
        for key in release.book_keys
        if release.performance
        and not (release.abridged or release.dramatised)
        and release.language_code == "ENG"
        and release.trap != "only a part"
    }
    missing = missing_keys(world)

    assert 16 <= len(missing & good) <= 24
    assert len(missing - good) >= 6


@pytest.mark.parametrize(
    "trap",
    [
        "an e-book", "a dramatised adaptation", "abridged", "a bundle", "another language", "a guide about the book",
        "only a part", "another author's book of the same title", "wrong series number", "initials without dots",
        "HTML entities", "a title that is a number", "narrator missing",
    ],
)  # fmt: skip
def test_each_hard_case_is_on_offer(world, trap):
    assert any(release.trap == trap for release in world.releases.values())


def test_a_number_arrives_as_a_number_and_entities_as_entities(world):
    titles = {release.trap: release.title for release in world.releases.values()}

    assert titles["a title that is a number"] == 1984
    assert "&quot;Lightbringer&quot;" in titles["HTML entities"]


def test_search_has_some_hundred_other_books_to_rank(world):
    others = {key for release in world.releases.values() for key in release.book_keys} - set(PLANNED)

    assert len(others) > 200


def test_nothing_unreleased_is_on_offer(world):
    for release in world.releases.values():
        assert all(world.book(key).performances for key in release.book_keys)


def test_the_account_starts_healthy(world):
    account = world.account

    assert account.classname == "VIP"
    assert account.ratio == pytest.approx(2.4)
    assert account.seedbonus == 35_000
    assert timedelta(days=39) < account.vip_until - clock.now() <= timedelta(days=40)
    assert (account.unsat_at_start, account.unsat_limit) == (12, 150)


def test_a_torrent_lists_the_payload_exactly_and_is_private(world):
    for release in list(world.releases.values())[:12]:
        torrent = torf.Torrent.read_stream(world.torrent(release.tracker_id))
        payload = world.payload(release.tracker_id)

        assert torrent.verify(payload)
        assert torrent.private
        assert torrent.comment == f"MID={release.tracker_id}"
        assert torrent.name == release.name == payload.name
        assert len(torrent.files) == release.numfiles
        assert torrent.size == pytest.approx(release.size_bytes, rel=0.005)
        assert torrent.trackers.flat == (f"{world.base_url}/mam/announce/{SECRETS.passkey}",)


def test_a_bundle_has_a_folder_for_each_book(world):
    bundle = next(release for release in world.releases.values() if release.trap == "a bundle")

    files = files_below(world.payload(bundle.tracker_id))

    assert len({file.parent for file in files}) == len(bundle.book_keys) == 3


def test_an_info_hash_leads_back_to_its_release_and_does_not_depend_on_the_address(world):
    tracker_id = next(iter(world.releases))

    info_hash = world.info_hash(tracker_id)

    assert world.by_info_hash(info_hash.upper()) is world.releases[tracker_id]
    assert world.by_info_hash("0" * 40) is None
    assert torf.Torrent.read_stream(world.torrent(tracker_id)).infohash == info_hash


def test_an_unknown_release_has_no_torrent(world):
    with pytest.raises(KeyError):
        world.torrent(1)


@pytest.mark.parametrize(("hours", "minutes"), [(0.5, 1), (6, 1), (11.6, 2), (20, 3), (45, 4)])
def test_runtimes_are_whole_minutes(world, hours, minutes):
    performance = Performance(
        (), hours, "", abridged=False, dramatised=False, publisher="", released_on=None, language="en"
    )

    assert world.duration_s(performance) == minutes * 60


def test_the_same_seed_gives_the_same_torrents_anywhere(tmp_path):
    one, other = World.empty(tmp_path / "one"), World.empty(tmp_path / "other")
    tracker_id = next(iter(one.releases))

    assert list(one.releases) == list(other.releases)
    assert one.info_hash(tracker_id) == other.info_hash(tracker_id)


def test_state_survives_a_restart(tmp_path):
    world = World.empty(tmp_path)
    now = clock.now()
    tracker_id = next(iter(world.releases))
    info_hash = world.info_hash(tracker_id)
    world.account.seedbonus = 12
    world.account.vip_until = None
    world.snatched[tracker_id] = now
    world.ledger.append(Purchase("wedge", points=0, wedges=1, tracker_id=tracker_id, bought_at=now))
    world.state["mam"] = {"cookie": "rotated"}
    world.save()

    again = World.empty(tmp_path)

    assert again.account == world.account
    assert again.snatched == {tracker_id: now}
    assert again.ledger == world.ledger
    assert again.state == {"mam": {"cookie": "rotated"}}
    assert again.started_at == world.started_at
    assert again.by_info_hash(info_hash) == again.releases[tracker_id]


def test_what_was_removed_from_the_library_stays_away_after_a_restart(tmp_path):
    first = World.twelve_series(tmp_path)
    file = first.library_dir / first.owned[0].folder / first.owned[0].files[0]
    file.unlink()

    World.twelve_series(tmp_path)

    assert not file.exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"kind": "empty"}', '{"kind": "empty", "seed": 1, "scale": 0}'])
def test_a_damaged_state_says_what_to_do(tmp_path, content):
    (tmp_path / "state.json").write_text(content)

    with pytest.raises(WorldDamaged, match="sandbox --reset"):
        World.empty(tmp_path)


def test_another_kind_of_world_does_not_take_over(tmp_path):
    World.empty(tmp_path)

    with pytest.raises(WorldDamaged, match="sandbox --reset"):
        World.empty(tmp_path, seed=2)


def test_a_reset_removes_what_the_sandbox_made_and_nothing_else(tmp_path):
    World.empty(tmp_path)
    (tmp_path / "mine.txt").write_text("kept")

    World.reset(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_empty_world_owns_nothing(tmp_path):
    world = World.empty(tmp_path)

    assert world.owned == []
    assert list(world.library_dir.iterdir()) == []
    assert world.releases


def test_the_twelve_series_world_owns_55_of_136_books(tmp_path):
    world = World.twelve_series(tmp_path)

    assert len(world.catalogue.books) == 136
    assert len(world.catalogue.series) == 12
    assert len({key for item in world.owned for key in item.book_keys}) == 55


def test_a_scaled_world_owns_most_synthetic_books_without_files(tmp_path):
    world = World(tmp_path, scale=100, kind="standard")

    synthetic = [item for item in world.owned if not item.on_disk]

    assert len(synthetic) == 80
    assert not any((world.library_dir / item.folder).exists() for item in synthetic)
    assert all(item.audio.size_bytes > 0 for item in synthetic)


def test_the_whole_sandbox_is_served_under_one_address(tmp_path):
    world = World.empty(tmp_path)

    with serve_world(world) as base_url:
        prefixes = httpx.get(base_url).json()["sandbox"]
        for prefix in prefixes:
            httpx.get(f"{base_url}{prefix}/")

    assert world.base_url == base_url
    assert [*STAND_INS, "control"] == [prefix.removeprefix("/") for prefix in prefixes]
    assert [asked.system for asked in world.asked] == list(STAND_INS)


def test_an_interrupted_sandbox_has_saved_its_state(tmp_path):
    program = "\n".join(
        [
            "from pathlib import Path",
            "from mamcrawler.sandbox.server import run",
            "from mamcrawler.sandbox.world import World",
            f"run(World.empty(Path({str(tmp_path)!r})), port=0, on_ready=lambda address: print(address, flush=True))",
        ]
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        base_url = process.stdout.readline().strip()
        httpx.post(f"{base_url}/control/account", json={"wedges": 3}).raise_for_status()
        process.send_signal(signal.SIGINT)

    assert process.returncode == 0
    assert World.empty(tmp_path).account.wedges == 3


@pytest.fixture
def controlled(tmp_path):
    """A world with only its controls served."""
    world = World.empty(tmp_path)
    with serve(Control(world)) as base_url, httpx.Client(base_url=base_url) as client:
        yield world, client


def test_the_controls_show_the_world(controlled):
    world, client = controlled

    summary = client.get("/world").json()

    assert summary["releases"] == len(world.releases)
    assert summary["account"]["seedbonus"] == 35_000
    assert not any(secret in client.get("/world").text for secret in SECRETS.values())


def test_the_controls_arm_a_fault(controlled):
    world, client = controlled

    client.post("/faults", json={"system": "mam", "kind": "status", "times": 2, "status": 429}).raise_for_status()

    fault = world.faults.take("mam", "status")
    assert (fault.times, fault.options) == (1, {"status": 429})


def test_the_controls_change_the_account_for_good(controlled):
    world, client = controlled

    client.post("/account", json={"seedbonus": 7, "vip_until": None}).raise_for_status()

    assert world.account.seedbonus == 7
    assert World.empty(world.root).account.vip_until is None


@pytest.mark.parametrize("order", [{"points": 7}, {"seedbonus": "many"}, {"vip_until": "soon"}, [1]])
def test_the_controls_refuse_what_an_account_cannot_have(controlled, order):
    world, client = controlled

    answer = client.post("/account", json=order)

    assert answer.status_code == 400
    assert world.account.seedbonus == 35_000


def test_the_controls_refuse_a_fault_without_a_kind(controlled):
    _, client = controlled

    assert client.post("/faults", json={"system": "mam"}).status_code == 400
    assert client.get("/nowhere").status_code == 404
