"""The torrent client against the real qBittorrent."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torf

from acquisition.torrents import Added, AlreadyThere, Group, LoginRefused, NotATorrentFile, ShareLimits, TorrentClient
from tests.realqbittorrent import PROGRAM, RealQbittorrent, run_qbittorrent

pytestmark = [
    pytest.mark.qbittorrent,
    pytest.mark.skipif(not PROGRAM.exists(), reason="qbittorrent-nox is not installed"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealQbittorrent]:
    with run_qbittorrent(tmp_path_factory.mktemp("qbittorrent")) as running:
        yield running


@pytest.fixture
def client(server: RealQbittorrent) -> Iterator[TorrentClient]:
    with connect(server) as client:
        yield client


def connect(server: RealQbittorrent, *, password: str = "", session: str | None = None) -> TorrentClient:
    return TorrentClient(
        base_url=server.base_url, username=server.username, password=password or server.password, session=session
    )


def make_torrent(folder: Path, name: str) -> tuple[bytes, str]:
    """Make a folder of two files below `folder`, and its torrent."""
    (folder / name).mkdir(parents=True)
    for number in (1, 2):
        (folder / name / f"{number:02}.mp3").write_bytes(f"{name} {number} ".encode() * 9_000)
    torrent = torf.Torrent(folder / name, private=True, piece_size=16_384, trackers=["http://127.0.0.1:9/announce"])
    torrent.generate()
    return torrent.dump(), torrent.infohash


def eventually(holds: Callable[[], bool], *, within_s: float = 15) -> bool:
    until = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def test_it_tells_what_it_is_and_how_it_is_set(client: TorrentClient, server: RealQbittorrent) -> None:
    preferences = client.preferences()

    assert client.version().startswith("v")
    assert client.default_save_path() == str(server.downloads)
    assert preferences.listen_port == server.listen_port
    assert not preferences.is_anonymous
    assert not preferences.uses_dht
    assert not preferences.uses_upnp
    assert client.free_space_bytes() > 0


def test_a_torrent_is_added_once_and_goes_to_its_folder(client: TorrentClient, tmp_path: Path) -> None:
    content, info_hash = make_torrent(tmp_path / "seed", "Added Once")

    def add() -> Added | AlreadyThere:
        return client.add_once(
            content, info_hash=info_hash, category="audiobooks", tag="example", save_path=str(tmp_path / "down")
        )

    first, second = add(), add()

    assert isinstance(first, Added)
    assert isinstance(second, AlreadyThere)
    assert second.torrent.category == "audiobooks"
    assert second.torrent.tags == ("example",)
    assert second.torrent.save_path == str(tmp_path / "down")
    assert [torrent.info_hash for torrent in client.torrents(tag="example")] == [info_hash]


def test_a_torrent_whose_files_are_there_completes_and_seeds(client: TorrentClient, tmp_path: Path) -> None:
    content, info_hash = make_torrent(tmp_path / "seed", "Complete")

    client.add_once(content, info_hash=info_hash, category="", tag="", save_path=str(tmp_path / "seed"))

    assert eventually(lambda: bool((found := client.torrent(info_hash)) and found.is_complete))
    found = client.torrent(info_hash)
    assert found is not None
    assert found.group == Group.SEEDING
    assert found.content_path == str(tmp_path / "seed" / "Complete")
    assert [(file.name, file.progress) for file in client.files(info_hash) or []] == [
        ("Complete/01.mp3", 1),
        ("Complete/02.mp3", 1),
    ]


def test_changes_tell_a_torrent_that_came_and_went_over_two_logins(
    client: TorrentClient, server: RealQbittorrent, tmp_path: Path
) -> None:
    content, info_hash = make_torrent(tmp_path / "seed", "Coming and Going")
    with connect(server, session="") as first:
        start = first.changes(0)
        session = first.session
    client.add_once(content, info_hash=info_hash, category="", tag="", save_path=str(tmp_path), stopped=True)

    with connect(server, session=session) as again:
        came = again.changes(start.rid)
        client.delete_keeping_files([info_hash])
        assert eventually(lambda: client.torrent(info_hash) is None)
        went = again.changes(came.rid)

    assert start.is_full
    assert not came.is_full
    assert info_hash in came.applied_to(start.fields)
    assert went.removed == (info_hash,)


def test_a_torrent_is_stopped_started_and_deleted_without_its_files(client: TorrentClient, tmp_path: Path) -> None:
    content, info_hash = make_torrent(tmp_path / "seed", "Stop and Start")
    client.add_once(content, info_hash=info_hash, category="", tag="", save_path=str(tmp_path / "seed"))
    assert eventually(lambda: bool((found := client.torrent(info_hash)) and found.is_complete))

    def group() -> Group | None:
        found = client.torrent(info_hash)
        return found.group if found else None

    client.stop([info_hash])
    assert eventually(lambda: group() == Group.PAUSED_COMPLETE)
    client.start([info_hash])
    assert eventually(lambda: group() == Group.SEEDING)
    client.recheck([info_hash])
    client.reannounce([info_hash])
    client.delete_keeping_files([info_hash])

    assert eventually(lambda: group() is None)
    assert (tmp_path / "seed" / "Stop and Start" / "01.mp3").exists()


def test_category_tags_limits_and_force_start_are_set(client: TorrentClient, tmp_path: Path) -> None:
    content, info_hash = make_torrent(tmp_path / "seed", "Settings")
    client.add_once(content, info_hash=info_hash, category="", tag="one", save_path=str(tmp_path / "seed"))

    client.set_category([info_hash], "made later")
    client.add_tags([info_hash], ["two"])
    client.set_share_limits([info_hash], ShareLimits(ratio=3.5, seeding_minutes=6_480))
    client.set_force_start([info_hash], forced=True)

    def is_set() -> bool:
        found = client.torrent(info_hash)
        return bool(found and found.is_forced and found.category == "made later" and set(found.tags) == {"one", "two"})

    assert eventually(is_set)
    found = client.torrent(info_hash)
    assert found is not None
    assert (found.share_limits.ratio, found.share_limits.seeding_minutes) == (3.5, 6_480)


def test_a_file_that_is_no_torrent_is_refused(client: TorrentClient) -> None:
    with pytest.raises(NotATorrentFile):
        client.add_once(b"no torrent", info_hash="0" * 40, category="", tag="", save_path="")


def test_what_the_client_does_not_have_is_none(client: TorrentClient) -> None:
    assert client.torrent("0" * 40) is None
    assert client.files("0" * 40) is None
    assert client.trackers("0" * 40) is None


def test_a_wrong_password_is_told_without_naming_it(server: RealQbittorrent) -> None:
    with connect(server, password="wrong-example") as client, pytest.raises(LoginRefused) as refusal:
        client.version()

    assert "user name or password" in str(refusal.value)
    assert "wrong-example" not in str(refusal.value)


def test_two_instances_run_side_by_side_and_keep_their_torrents(tmp_path: Path) -> None:
    content, info_hash = make_torrent(tmp_path / "seed", "Kept")
    with run_qbittorrent(tmp_path / "one") as one, run_qbittorrent(tmp_path / "two") as two:
        with connect(one) as client:
            client.add_once(content, info_hash=info_hash, category="", tag="", save_path=str(tmp_path / "seed"))
        with connect(two) as client:
            assert client.torrents() == []

    with run_qbittorrent(tmp_path / "one") as one, connect(one) as client:
        assert client.torrent(info_hash)
