"""The torrent client against the stand-in in all its generations."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from werkzeug.wrappers import Response

from acquisition.torrents import (
    Added,
    AlreadyThere,
    Group,
    LoginRefused,
    NotATorrentFile,
    ShareLimits,
    Torrent,
    TorrentClient,
    TorrentClientUnavailable,
    TorrentRefused,
    UnexpectedAnswer,
)
from mamcrawler.lib import clock
from mamcrawler.sandbox.accounts import SECRETS
from mamcrawler.sandbox.qbittorrent import Qbittorrent
from mamcrawler.sandbox.qbittorrent.manners import Generation
from mamcrawler.sandbox.server import serve
from tests.smallworld import SmallWorld, pass_time

GENERATIONS: tuple[Generation, ...] = ("4.5", "5.1", "5.2", "5.3")
ADD = "/api/v2/torrents/add"


class Door:
    """In front of the stand-in: remembers what was asked, and answers in its place when told to."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self.asked: list[str] = []
        self.instead: list[Callable[[str], Response | None]] = []
        self.lost_answers = 0  # of adds: done, but answered with a 502

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        self.asked.append(path)
        for answer in self.instead:
            response = answer(path)
            if response:
                return response(environ, start_response)
        if path == ADD and self.lost_answers:
            self.lost_answers -= 1
            Response.from_app(self.app, environ)
            return Response("", 502)(environ, start_response)
        return self.app(environ, start_response)

    def fail(self, path: str, times: int, *, headers: dict[str, str] | None = None) -> None:
        """Answer the next requests to a path with an error."""
        left = [times]

        def answer(asked: str) -> Response | None:
            if asked != path or not left[0]:
                return None
            left[0] -= 1
            return Response("", 503, headers=headers)

        self.instead.append(answer)


@pytest.fixture
def world(tmp_path: Path) -> SmallWorld:
    return SmallWorld(tmp_path)


@pytest.fixture
def door(world: SmallWorld) -> Door:
    return Door(Qbittorrent(world))


@pytest.fixture
def client(door: Door) -> Iterator[TorrentClient]:
    with connected(door) as client:
        yield client


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let pauses pass at once, and tell how long they were."""
    pauses: list[float] = []
    monkeypatch.setattr(clock, "sleep", pauses.append)
    return pauses


@contextmanager
def connected(app: WSGIApplication, password: str = SECRETS.qb_password) -> Iterator[TorrentClient]:
    with serve(app) as base_url, connect(base_url, password) as client:
        yield client


def connect(base_url: str, password: str = SECRETS.qb_password, session: str | None = None) -> TorrentClient:
    return TorrentClient(base_url=base_url, username=SECRETS.qb_username, password=password, session=session)


def add(client: TorrentClient, offer: tuple[bytes, str], *, stopped: bool = False) -> Added | AlreadyThere:
    content, info_hash = offer
    return client.add_once(
        content, info_hash=info_hash, category="audiobooks", tag="example", save_path="", stopped=stopped
    )


def found(client: TorrentClient, info_hash: str) -> Torrent:
    torrent = client.torrent(info_hash)
    assert torrent is not None
    return torrent


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_torrent_lives_through_its_whole_life(world: SmallWorld, generation: Generation) -> None:
    offer = world.offer("A Whole Life")
    with connected(Qbittorrent(world, generation)) as client:
        first, second = add(client, offer), add(client, offer)
        groups = [found(client, offer[1]).group]
        pass_time(world.root, minutes=30)
        complete = found(client, offer[1])
        groups.append(complete.group)
        client.stop([offer[1]])
        groups.append(found(client, offer[1]).group)
        client.start([offer[1]])
        groups.append(found(client, offer[1]).group)
        files = client.files(offer[1])
        client.delete_keeping_files([offer[1]])
        gone = client.torrent(offer[1])

    assert isinstance(first, Added)
    assert isinstance(second, AlreadyThere)
    assert groups == [Group.DOWNLOADING, Group.SEEDING, Group.PAUSED_COMPLETE, Group.SEEDING]
    assert complete.is_complete
    assert (complete.category, complete.tags) == ("audiobooks", ("example",))
    assert complete.completed_at is not None
    assert [file.name for file in files or []] == ["A Whole Life/01.mp3", "A Whole Life/02.mp3"]
    assert gone is None
    assert (world.downloads_dir / "A Whole Life" / "01.mp3").exists()


@pytest.mark.parametrize("generation", GENERATIONS)
def test_settings_of_a_torrent_are_changed(world: SmallWorld, generation: Generation) -> None:
    offer = world.offer("Settings")
    limits = ShareLimits(ratio=2.5, seeding_minutes=6_480)
    with connected(Qbittorrent(world, generation)) as client:
        add(client, offer, stopped=True)
        client.set_category([offer[1]], "made later")
        client.add_tags([offer[1]], ["two"])
        client.set_share_limits([offer[1]], limits)
        client.set_force_start([offer[1]], forced=True)
        torrent = found(client, offer[1])

    assert (torrent.category, torrent.tags, torrent.is_forced) == ("made later", ("example", "two"), True)
    assert torrent.share_limits == limits


@pytest.mark.parametrize("generation", GENERATIONS)
def test_it_tells_what_it_is(world: SmallWorld, generation: Generation) -> None:
    with connected(Qbittorrent(world, generation)) as client:
        assert client.version().startswith(f"v{generation}")
        assert client.default_save_path() == str(world.downloads_dir)
        assert client.preferences().save_path == str(world.downloads_dir)
        assert client.free_space_bytes() > 0


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_refused_torrent_is_told(world: SmallWorld, generation: Generation, fast_time: None) -> None:
    offer = world.offer("Refused")
    world.faults.arm("qbittorrent", "refuse_add")
    with connected(Qbittorrent(world, generation)) as client, pytest.raises(TorrentRefused):
        add(client, offer)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_wrong_password_and_then_the_ban_are_told_apart(world: SmallWorld, generation: Generation) -> None:
    told = []
    with serve(Qbittorrent(world, generation)) as base_url:
        for _ in range(6):
            with connect(base_url, "wrong-example") as client, pytest.raises(LoginRefused) as refusal:
                client.version()
            told.append(str(refusal.value))

    assert all("user name or password" in text for text in told[:5])
    assert "banned" in told[5]
    assert not any("wrong-example" in text for text in told)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_login_goes_on_in_another_process(world: SmallWorld, generation: Generation) -> None:
    offer = world.offer("Going on")
    door = Door(Qbittorrent(world, generation))
    with serve(door) as base_url:
        with connect(base_url, session="") as first:
            start = first.changes(0)
        door.asked.clear()
        with connect(base_url, session=first.session) as again:
            add(again, offer)
            then = again.changes(start.rid)

    assert start.is_full
    assert not then.is_full
    assert offer[1] in then.fields
    assert "/api/v2/auth/login" not in door.asked


def test_a_path_before_the_api_is_kept(world: SmallWorld) -> None:
    app = Qbittorrent(world)

    def mounted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        assert path.startswith("/qbittorrent/")
        return app({**environ, "PATH_INFO": path.removeprefix("/qbittorrent")}, start_response)

    with serve(mounted) as base_url, connect(f"{base_url}/qbittorrent") as client:
        assert client.version() == "v5.1.0"


def test_an_add_whose_answer_is_lost_is_sent_once_and_found(
    world: SmallWorld, door: Door, client: TorrentClient
) -> None:
    door.lost_answers = 1

    result = add(client, world.offer("Lost Answer"))

    assert isinstance(result, Added)
    assert door.asked.count(ADD) == 1


def test_an_add_that_never_arrived_is_not_sent_again(
    world: SmallWorld, door: Door, client: TorrentClient, fast_time: None
) -> None:
    door.fail(ADD, times=1)

    with pytest.raises(TorrentClientUnavailable, match="answered 503"):
        add(client, world.offer("Never Arrived"))

    assert door.asked.count(ADD) == 1


def test_a_torrent_that_is_listed_late_is_waited_for(
    world: SmallWorld, door: Door, client: TorrentClient, fast_time: None
) -> None:
    world.faults.arm("qbittorrent", "late", seconds=5)

    assert isinstance(add(client, world.offer("Late")), Added)


def test_a_torrent_that_somebody_adds_meanwhile_was_there(world: SmallWorld, door: Door, client: TorrentClient) -> None:
    offer = world.offer("Meanwhile")

    def somebody(path: str) -> Response | None:
        if path == ADD and door.instead:
            door.instead.clear()
            with connected(door.app) as other:
                add(other, offer)
        return None

    door.instead.append(somebody)

    assert isinstance(add(client, offer), AlreadyThere)


def test_a_file_that_is_no_torrent_is_told(client: TorrentClient) -> None:
    with pytest.raises(NotATorrentFile):
        client.add_once(b"no torrent", info_hash="0" * 40, category="", tag="", save_path="")


def test_a_session_that_ended_is_renewed(world: SmallWorld, door: Door, client: TorrentClient) -> None:
    client.version()
    pass_time(world.root, minutes=61)

    assert isinstance(add(client, world.offer("Renewed")), Added)
    assert door.asked.count(ADD) == 1


def test_a_read_is_tried_three_times(door: Door, client: TorrentClient, no_waiting: list[float]) -> None:
    client.version()
    door.asked.clear()
    door.fail("/api/v2/torrents/info", times=2)

    assert client.torrents() == []
    assert door.asked.count("/api/v2/torrents/info") == 3
    assert len(no_waiting) == 2


def test_three_failures_are_enough_and_retry_after_is_kept(
    door: Door, client: TorrentClient, no_waiting: list[float]
) -> None:
    client.version()
    door.asked.clear()
    door.fail("/api/v2/torrents/info", times=9, headers={"Retry-After": "7"})

    with pytest.raises(TorrentClientUnavailable, match="answered 503"):
        client.torrents()

    assert door.asked.count("/api/v2/torrents/info") == 3
    assert no_waiting == [7, 7]


def test_silence_is_told(no_waiting: list[float]) -> None:
    with connect("http://127.0.0.1:9") as client, pytest.raises(TorrentClientUnavailable, match="does not answer"):
        client.version()


def test_an_answer_of_another_shape_is_told(door: Door, client: TorrentClient) -> None:
    def odd(path: str) -> Response | None:
        return Response('[{"hash": "a"}]', mimetype="application/json") if path.endswith("torrents/info") else None

    door.instead.append(odd)

    with pytest.raises(UnexpectedAnswer, match="amount_left"):
        client.torrents()


def test_a_page_instead_of_json_is_told(door: Door, client: TorrentClient) -> None:
    door.instead.append(lambda path: Response("<html>", mimetype="text/html") if path.endswith("info") else None)

    with pytest.raises(UnexpectedAnswer):
        client.torrents()


def test_what_the_client_does_not_have_is_none_or_left_out(client: TorrentClient) -> None:
    assert client.torrent("0" * 40) is None
    assert client.files("0" * 40) is None
    assert client.trackers("0" * 40) is None
    assert client.torrents(hashes=[]) == []


def test_torrents_are_listed_by_tag_and_hash(world: SmallWorld, client: TorrentClient) -> None:
    one, two = world.offer("One"), world.offer("Two")
    for offer in (one, two):
        add(client, offer)
    client.add_tags([two[1]], ["other"])

    assert {torrent.info_hash for torrent in client.torrents(tag="example")} == {one[1], two[1]}
    assert [torrent.info_hash for torrent in client.torrents(tag="other")] == [two[1]]
    assert [torrent.info_hash for torrent in client.torrents(hashes=[one[1], "0" * 40])] == [one[1]]


def test_trackers_are_told_without_their_address(world: SmallWorld, client: TorrentClient) -> None:
    offer = world.offer("Tracked")
    add(client, offer)

    (tracker,) = client.trackers(offer[1]) or []

    assert tracker.is_working
    assert "passkey" not in tracker.model_dump_json()


def test_a_category_it_does_not_accept_is_told(world: SmallWorld, client: TorrentClient) -> None:
    content, info_hash = world.offer("Odd Category")

    with pytest.raises(TorrentRefused, match="a//b"):
        client.add_once(content, info_hash=info_hash, category="a//b", tag="", save_path="")


def test_a_stalled_and_an_erring_torrent_are_healed(world: SmallWorld, client: TorrentClient) -> None:
    stalled, erring = world.offer("Stalling"), world.offer("Erring")
    world.faults.arm("qbittorrent", "stall", path="Stalling", cure="reannounce")
    world.faults.arm("qbittorrent", "error", path="Erring")
    add(client, stalled)
    add(client, erring)
    before = [found(client, offer[1]).group for offer in (stalled, erring)]

    client.reannounce([stalled[1]])
    client.recheck([erring[1]])
    pass_time(world.root, minutes=1)
    after = [found(client, offer[1]).group for offer in (stalled, erring)]

    assert before == [Group.STALLED, Group.ERRORED]
    assert after == [Group.DOWNLOADING, Group.DOWNLOADING]


def test_nothing_is_asked_when_no_torrent_is_named(door: Door, client: TorrentClient) -> None:
    client.stop([])
    client.delete_keeping_files([])

    assert door.asked == []


def test_a_login_that_is_not_kept_is_ended(world: SmallWorld, door: Door) -> None:
    with connected(door) as client:
        client.version()

    assert door.asked[-1] == "/api/v2/auth/logout"
