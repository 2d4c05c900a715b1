"""Watching our torrents in a real client's stand-in until their files are there."""

import pytest

from acquisition import services
from acquisition.models import Download, Want
from acquisition.torrents import LoginRefused
from mamcrawler.lib import clock, torrentfile
from mamcrawler.sandbox.accounts import SECRETS
from mamcrawler.sandbox.qbittorrent import Qbittorrent
from mamcrawler.sandbox.server import serve
from tests.factories import CandidateFactory, DownloadFactory, WantFactory
from tests.smallworld import SmallWorld

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(tmp_path, settings):
    clock.follow(tmp_path / "clock.json", speed=2000)
    world = SmallWorld(tmp_path)
    with serve(Qbittorrent(world, "5.1")) as base_url:
        settings.QBITTORRENT_URL = base_url
        settings.QBITTORRENT_USERNAME, settings.QBITTORRENT_PASSWORD = SECRETS.qb_username, SECRETS.qb_password
        yield world


def added(world, name="Iron Gold", **offer):
    """A download whose torrent the client has."""
    content, info_hash = world.offer(name, **offer)
    want = WantFactory(status=Want.Status.SNATCHED)
    info = torrentfile.read(content, require_private=True).info_dictionary
    download = DownloadFactory(
        candidate=CandidateFactory(want=want),
        status=Download.Status.ADDED,
        info_hash=info_hash,
        info_dictionary=info,
    )
    with services.snatching.connect() as client:
        client.add_once(
            content,
            info_hash=info_hash,
            category="audiobooks",
            tag=download.tag,
            save_path=str(world.downloads_dir),
        )
    return download


def follow_until(download, status):
    for _ in range(50):
        services.follow_downloads()
        download.refresh_from_db()
        if download.status == status:
            return
        clock.sleep(60)
    raise AssertionError(f"it stays {download.status}: {download.client_state}")


def test_a_finished_torrent_is_found_once_with_the_place_of_its_files(world):
    download = added(world)

    follow_until(download, Download.Status.DOWNLOADED)
    again = services.follow_downloads()

    assert download.content_path == str(world.downloads_dir / "Iron Gold")
    assert download.progress == 1.0
    assert (again.running, again.finished, again.failed) == (0, 0, 0)
    assert list(download.events.values_list("became", flat=True))[-1] == "downloaded"


def test_a_folder_with_one_file_is_still_a_folder(world):
    content, info_hash = world.offer("Single", 50_000)
    download = DownloadFactory(
        status=Download.Status.ADDED,
        info_hash=info_hash,
        info_dictionary=torrentfile.read(content, require_private=True).info_dictionary,
    )
    with services.snatching.connect() as client:
        client.add_once(content, info_hash=info_hash, category="", tag="t", save_path=str(world.downloads_dir))

    follow_until(download, Download.Status.DOWNLOADED)

    assert download.content_path == str(world.downloads_dir / "Single")


def test_a_torrent_that_comes_slowly_shows_its_progress(world):
    download = added(world, known=False)

    followed = services.follow_downloads()

    download.refresh_from_db()
    assert followed.running == 1
    assert download.status == Download.Status.DOWNLOADING
    assert download.client_state
    assert download.looked_at is not None
    assert 0 <= download.percent < 100


def test_a_torrent_that_somebody_stopped_is_started_again(world):
    download = added(world, known=False)
    with services.snatching.connect() as client:
        client.stop([download.info_hash])

    services.follow_downloads()

    with services.snatching.connect() as client:
        assert client.torrent(download.info_hash).state != "stoppedDL"


def test_a_torrent_that_is_gone_from_the_client_fails_and_the_next_release_has_its_turn(world):
    download = DownloadFactory(
        candidate__want__status=Want.Status.SNATCHED, status=Download.Status.ADDED, info_hash="a" * 40
    )
    CandidateFactory(want=download.candidate.want, rank=1)

    followed = services.follow_downloads()

    download.refresh_from_db()
    assert followed.failed == 1
    assert download.failure == "the torrent is no longer in qBittorrent"
    assert Want.objects.get().status == Want.Status.CHOSEN


def test_a_torrent_in_error_fails_with_what_to_look_at(world):
    world.faults.arm("qbittorrent", "error")
    download = added(world)

    services.follow_downloads()

    download.refresh_from_db()
    assert download.status == Download.Status.FAILED
    assert "look at its disk and its log" in download.failure


def test_a_client_that_refuses_us_changes_nothing(world, settings):
    download = added(world)
    settings.QBITTORRENT_PASSWORD = "sandbox-wrong-password-0001"

    with pytest.raises(LoginRefused, match="check QBITTORRENT_USERNAME and QBITTORRENT_PASSWORD"):
        services.follow_downloads()

    download.refresh_from_db()
    assert download.status == Download.Status.ADDED


def test_with_nothing_in_the_client_it_is_not_asked(settings):
    settings.QBITTORRENT_URL = "http://127.0.0.1:9"

    assert services.follow_downloads().running == 0
