"""The whole path with the real qBittorrent downloading from a local swarm.

The sandbox's tracker answers the announces; a second real client seeds what the run is going to choose.
"""

import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest
import qbittorrentapi

from acquisition.models import Download, Want
from library.models import Edition
from mamcrawler.operations import jobs
from mamcrawler.operations.models import JobRun
from mamcrawler.sandbox.mam.swarm import OTHERS_PASSKEY, bencoded
from mamcrawler.sandbox.world import SECRETS, World
from tests.realqbittorrent import PROGRAM, run_qbittorrent
from tests.worlds import connected

pytestmark = [
    pytest.mark.qbittorrent,
    pytest.mark.skipif(not PROGRAM.exists(), reason="qbittorrent-nox is not installed"),
    pytest.mark.django_db(transaction=True),
]

BOOKS = 3


@pytest.fixture
def swarm(tmp_path, settings, fast_time):
    """A world, our real client, and another real client to seed with."""
    with ExitStack() as stack:
        world = stack.enter_context(connected(World(tmp_path / "world"), settings))
        seeder = stack.enter_context(run_qbittorrent(tmp_path / "seeder"))
        ours = stack.enter_context(run_qbittorrent(tmp_path / "ours"))
        settings.QBITTORRENT_URL = ours.base_url
        settings.QBITTORRENT_USERNAME, settings.QBITTORRENT_PASSWORD = ours.username, ours.password
        settings.QBITTORRENT_SAVE_PATH = str(ours.downloads)
        yield world, seeder


def seed(world, seeder, tracker_id):
    """Let another member seed a release."""
    payload, torrent = world.payload(tracker_id), world.torrent(tracker_id)
    copy = shutil.copytree if payload.is_dir() else shutil.copy
    copy(payload, seeder.downloads / payload.name)
    announce, theirs = (bencoded(f"{world.base_url}/mam/announce/{key}") for key in (SECRETS.passkey, OTHERS_PASSKEY))
    client = qbittorrentapi.Client(seeder.base_url, username=seeder.username, password=seeder.password)
    client.torrents_add(torrent_files=torrent.replace(announce, theirs), save_path=str(seeder.downloads))


def test_books_come_out_of_a_real_swarm_onto_the_shelf(swarm):
    world, seeder = swarm
    for kind in ("sync_library", "list_series", "raise_wants", "search_wants"):
        assert jobs.run_now(kind).status == JobRun.Status.SUCCEEDED
    chosen = list(Want.objects.choosable())[:BOOKS]
    Want.objects.open().exclude(pk__in=[want.pk for want in chosen]).delete()
    for want in chosen:
        seed(world, seeder, want.candidates.takeable().first().release.tracker_id)

    acquired = jobs.run_now("acquire")
    linked = jobs.run_now("link_items")
    enriched = jobs.run_now("enrich_arrivals")

    assert [run.failure for run in (acquired, linked, enriched)] == ["", "", ""]
    assert acquired.report["counts"]["shelved"] == BOOKS, acquired.summary
    for download in Download.objects.all():
        edition = download.edition
        placed = sorted((Path(edition.shelf.path) / edition.path).rglob("*.m[p4]*"))
        assert placed, "files are on the shelf"
        assert all(file.stat().st_nlink == 2 for file in placed), "linked to what seeds, not copied"
        assert download.inspections.get().verdict == "passed"
    assert Edition.objects.filter(tracker_id__isnull=False).exclude(external_id="").count() == BOOKS
