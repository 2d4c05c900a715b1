import shutil
import socket
import struct
import time
from urllib.parse import quote

import pytest
import qbittorrentapi

from mamcrawler.sandbox.mam import Mam
from mamcrawler.sandbox.mam.swarm import OTHERS_PASSKEY, bencoded
from mamcrawler.sandbox.server import serve, serve_world
from mamcrawler.sandbox.world import SECRETS, World
from tests.realqbittorrent import PROGRAM, run_qbittorrent
from tests.sandbox.recordedmam import browsing, client_of, recorded_world
from tracker.mam.pages import PageKind


@pytest.fixture
def world(tmp_path):
    return recorded_world(tmp_path)


@pytest.fixture
def real_world(tmp_path):
    """A world with releases that have real files."""
    return World.empty(tmp_path)


def test_guides_can_be_crawled_from_their_index_and_are_masked(world):
    with serve(Mam(world)) as base_url, client_of(base_url) as client:
        index = client.page("/guides/")
        guides = [client.page(link) for link in index.links]

    assert len(guides) == 7
    assert {guide.kind for guide in guides} == {PageKind.GUIDE}
    text = "\n".join(guide.markdown for guide in guides)
    for secret in ("helpdesk@", "cheddarquill", "brambleknit", "user_tapestry", "0123456789abcdef"):
        assert secret not in text
    assert "72 hours" in text


def test_every_link_of_every_page_leads_somewhere(world):
    with serve(Mam(world)) as base_url, client_of(base_url) as client:
        waiting, seen = ["/"], set()
        while waiting:
            path = waiting.pop()
            seen.add(path)
            waiting += [link for link in client.page(path).links if link not in seen]

    assert {"/f/t/1802", "/guides/?gid=37768", "/updateNotes.php"} <= seen


def announce(site, info_hash, port, *, left=0, passkey=SECRETS.passkey, **more):
    numbers = {"port": port, "uploaded": 0, "downloaded": 0, "left": left, "compact": 1, **more}
    query = "&".join(f"{name}={value}" for name, value in numbers.items())
    address = f"info_hash={quote(bytes.fromhex(info_hash))}&peer_id=-SB0001-{port:012}"
    return site.get(f"/announce/{passkey}?{address}&{query}", environ_base={"REMOTE_ADDR": "127.0.0.1"}).data


def test_peers_of_a_torrent_find_each_other(real_world):
    site, info_hash = browsing(Mam(real_world)), real_world.info_hash(min(real_world.releases))
    seeder = socket.inet_aton("127.0.0.1") + struct.pack("!H", 50001)

    announce(site, info_hash, 50001, passkey=OTHERS_PASSKEY)
    answer = announce(site, info_hash, 50002, left=10)

    assert bencoded({"peers": seeder})[1:-1] in answer
    assert b"8:completei1e" in answer
    assert b"10:incompletei1e" in answer


def test_a_peer_that_stops_is_forgotten(real_world):
    site, info_hash = browsing(Mam(real_world)), real_world.info_hash(min(real_world.releases))

    announce(site, info_hash, 50001)
    announce(site, info_hash, 50001, event="stopped")
    answer = announce(site, info_hash, 50002, left=10)

    assert b"5:peers0:" in answer


def test_strangers_and_unknown_torrents_are_refused(real_world):
    site, info_hash = browsing(Mam(real_world)), real_world.info_hash(min(real_world.releases))

    assert b"Unrecognized host/PassKey" in announce(site, info_hash, 50001, passkey="stranger")
    assert b"torrent not registered" in announce(site, "00" * 20, 50001)


def test_what_was_transferred_counts_for_the_account(real_world):
    release = next(one for one in real_world.releases.values() if not one.free and not one.vip)
    site, info_hash, account = browsing(Mam(real_world)), real_world.info_hash(release.tracker_id), real_world.account
    before = (account.uploaded_bytes, account.downloaded_bytes)

    announce(site, info_hash, 50001, left=10, uploaded=5, downloaded=7)
    announce(site, info_hash, 50001, left=0, uploaded=6, downloaded=17)
    announce(site, info_hash, 50002, uploaded=100, downloaded=100, passkey=OTHERS_PASSKEY)

    assert (account.uploaded_bytes, account.downloaded_bytes) == (before[0] + 6, before[1] + 17)


def test_what_is_free_does_not_count_as_downloaded(real_world):
    release = next(one for one in real_world.releases.values() if one.free)
    site, info_hash = browsing(Mam(real_world)), real_world.info_hash(release.tracker_id)
    before = real_world.account.downloaded_bytes

    announce(site, info_hash, 50001, left=0, downloaded=17)

    assert real_world.account.downloaded_bytes == before


def complete(client):
    """Wait until the client's only torrent is complete, and give it."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        torrents = client.torrents_info()
        if torrents and torrents[0].progress == 1:
            return torrents[0]
        time.sleep(0.2)
    raise AssertionError("the torrent did not become complete")


@pytest.mark.qbittorrent
@pytest.mark.skipif(not PROGRAM.exists(), reason="qbittorrent-nox is not installed")
def test_real_clients_meet_and_what_they_load_counts(real_world, tmp_path):
    release = next(one for one in real_world.releases.values() if not one.free and not one.vip)
    before = real_world.account.downloaded_bytes
    with (
        serve_world(real_world) as base_url,
        run_qbittorrent(tmp_path / "seeder") as seeding,
        run_qbittorrent(tmp_path / "ours") as ours,
    ):
        payload, torrent = real_world.payload(release.tracker_id), real_world.torrent(release.tracker_id)
        copy = shutil.copytree if payload.is_dir() else shutil.copy
        copy(payload, seeding.downloads / payload.name)
        announces = [bencoded(f"{base_url}/mam/announce/{key}") for key in (SECRETS.passkey, OTHERS_PASSKEY)]
        for server, content in ((seeding, torrent.replace(*announces)), (ours, torrent)):
            client = qbittorrentapi.Client(server.base_url, username=server.username, password=server.password)
            client.torrents_add(torrent_files=content, save_path=str(server.downloads))
            loaded = complete(client)
        until = time.monotonic() + 20
        while real_world.account.downloaded_bytes == before and time.monotonic() < until:
            time.sleep(0.2)

    assert real_world.account.downloaded_bytes - before >= loaded.size
