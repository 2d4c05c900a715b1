"""The product connected to a sandbox: a world, its server, and settings that point there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from acquisition.models import Download, Want
from library.models import Book, Edition, Series
from mamcrawler.operations import jobs
from mamcrawler.operations.models import JobPhase, JobRun
from mamcrawler.sandbox.server import serve_world
from mamcrawler.sandbox.world import SECRETS, World
from tests.factories import BookFactory, SeriesEntryFactory, SeriesFactory


def settings_for(base_url: str, root: Path) -> dict[str, Any]:
    """Settings of a product that runs on the sandbox at this address."""
    return {
        "TRACKER_URL": f"{base_url}/mam",
        "TRACKER_COOKIE": SECRETS.mam_id,
        "TRACKER_PAGES_ALLOWED": True,
        "PROWLARR_URL": f"{base_url}/prowlarr",
        "PROWLARR_API_KEY": SECRETS.prowlarr_key,
        "QBITTORRENT_URL": f"{base_url}/qbittorrent",
        "QBITTORRENT_USERNAME": SECRETS.qb_username,
        "QBITTORRENT_PASSWORD": SECRETS.qb_password,
        "QBITTORRENT_SAVE_PATH": str(root / "downloads"),
        "AUDIOBOOKSHELF_URL": f"{base_url}/audiobookshelf",
        "AUDIOBOOKSHELF_TOKEN": SECRETS.abs_token,
        "HARDCOVER_URL": f"{base_url}/hardcover/v1",
        "HARDCOVER_TOKEN": SECRETS.hardcover_token,
        "AUDNEXUS_URL": f"{base_url}/audnexus",
        "LIBRARY_FOLDERS": [],
    }


@contextmanager
def connected(world: World, settings: Any) -> Iterator[World]:
    """Serve a world and point the product at it while the block runs."""
    with serve_world(world) as base_url:
        for name, value in settings_for(base_url, world.root).items():
            setattr(settings, name, value)
        yield world


@contextmanager
def connected_to_a_folder(world: World, settings: Any, folder: Path) -> Iterator[World]:
    """Serve a world and use it all but its library server: the library is a plain folder."""
    with connected(world, settings):
        folder.mkdir(parents=True, exist_ok=True)
        settings.AUDIOBOOKSHELF_TOKEN = ""
        settings.LIBRARY_FOLDERS = [str(folder)]
        yield world


def want_iron_gold() -> Book:
    """Miss one book that the tracker has three good releases of, in a series that asks for nothing else."""
    series = SeriesFactory(name="Red Rising Saga", monitor=Series.Monitor.NONE)
    SeriesEntryFactory(series=series, book=BookFactory(title="Iron Gold", by="Pierce Brown"), position="4")
    return Book.objects.get(title="Iron Gold")


def run_cycle() -> dict[str, str]:
    """Do one whole run, and say why which of its phases failed."""
    run = jobs.run_now("cycle")
    assert run.status == JobRun.Status.SUCCEEDED, run.failure
    return {phase.name: phase.failure for phase in run.phases.filter(status=JobPhase.Status.FAILED)}


def assert_shelved_by_the_next_run(world: World) -> None:
    """See that what was held up is taken up: one book, one torrent, one edition."""
    assert run_cycle() == {}
    assert Want.objects.get().status == Want.Status.SHELVED
    assert Download.objects.filter(status=Download.Status.SHELVED).count() == 1
    assert Edition.objects.count() == 1
    assert not Book.objects.missing().exists()
    assert len(world.state["qbittorrent"]["torrents"]) == Download.objects.exclude(info_hash="").count()
