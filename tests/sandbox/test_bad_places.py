"""Disks, names and a database that give no room: what was downloaded stays whole, and the next run goes on."""

import resource
import sqlite3
import subprocess
import tempfile
import threading
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from django.db import connection

from acquisition import services as acquisition
from acquisition.models import Download, Want
from library import identity
from library.models import Book, Edition
from mamcrawler.operations.models import Finding
from mamcrawler.sandbox.world import World
from tests.factories import DownloadFactory
from tests.worlds import assert_shelved_by_the_next_run, connected_to_a_folder, run_cycle, want_iron_gold

pytestmark = [pytest.mark.sandbox, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(tmp_path, settings, fast_time):
    with connected_to_a_folder(World.empty(tmp_path / "world"), settings, tmp_path / "shelf") as world:
        want_iron_gold()
        yield world


@dataclass
class SmallDisk:
    """A file system of its own that holds no book until somebody makes room."""

    path: Path
    is_mounted: bool

    def make_room(self):
        """Give it as much as any book needs."""
        if self.is_mounted:
            subprocess.run(["mount", "-o", "remount,size=200m", self.path], check=True)
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, resource.getrlimit(resource.RLIMIT_FSIZE)[1:] * 2)


@pytest.fixture
def small_disk(tmp_path):
    """A tiny disk where we may mount one, else memory in which no file may grow: both refuse a copy half way."""
    path = tmp_path / "small"
    path.mkdir()
    with ExitStack() as stack:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", path], check=False, capture_output=True
        )
        if mounted.returncode == 0:
            stack.callback(subprocess.run, ["umount", path], check=True)
            yield SmallDisk(path, is_mounted=True)
            return
        memory = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm")))
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        stack.callback(resource.setrlimit, resource.RLIMIT_FSIZE, limits)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, limits[1]))
        yield SmallDisk(memory, is_mounted=False)


def test_a_full_disk_leaves_the_download_whole_until_there_is_room(world, settings, small_disk):
    settings.LIBRARY_FOLDERS = [str(small_disk.path)]

    assert run_cycle() == {}

    finding = Finding.objects.open().get(kind="shelving.failed")
    assert "bytes on the shelf, where" in finding.message
    assert "the next run places them" in finding.advice
    assert Download.objects.get().status == Download.Status.INSPECTED
    assert list(small_disk.path.iterdir()) == []
    small_disk.make_room()
    assert_shelved_by_the_next_run(world)
    assert not Finding.objects.open().filter(kind="shelving.failed").exists()
    assert "were copied" in Finding.objects.open().get(kind="shelving.copied").message


def test_a_folder_that_is_in_the_way_is_left_alone_until_it_is_gone(world, settings):
    shelf = Path(settings.LIBRARY_FOLDERS[0])
    in_the_way = shelf / "Pierce Brown/Red Rising Saga/04 - Iron Gold {Tim Gerard Reynolds, John Curless}"
    in_the_way.mkdir(parents=True)
    (in_the_way / "notes.txt").write_text("mine")

    assert run_cycle() == {}

    assert "is on the shelf already and holds other files" in Finding.objects.open().get().message
    assert [path.name for path in in_the_way.iterdir()] == ["notes.txt"]
    assert Download.objects.get().status == Download.Status.INSPECTED
    (in_the_way / "notes.txt").unlink()
    assert_shelved_by_the_next_run(world)


def test_a_tracker_that_is_down_keeps_no_finished_book_from_its_shelf(world, settings):
    in_the_way = Path(settings.LIBRARY_FOLDERS[0]) / "Pierce Brown/Red Rising Saga"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("a file where a folder should be")
    assert run_cycle() == {}
    assert Download.objects.get().status == Download.Status.INSPECTED
    in_the_way.unlink()
    DownloadFactory(candidate__want__status=Want.Status.SNATCHED)
    world.faults.arm("mam", "status", times=10, path="/tor/download.php")

    failures = run_cycle()

    assert list(failures) == ["acquire"]
    assert Download.objects.filter(status=Download.Status.SHELVED).count() == 1
    assert Download.objects.filter(status=Download.Status.INTENDED).count() == 1


NASTY = 'Iron/Gold: "Back\\slash"? *Stars* 🎧'


def test_signs_that_no_file_system_takes_are_left_out_of_names(world, settings):
    Book.objects.update(title=NASTY, key=identity.title_key(NASTY))
    for tracker_id, release in world.releases.items():
        if "brown-iron-gold" in release.book_keys:
            world.releases[tracker_id] = replace(release, title=NASTY)

    assert_shelved_by_the_next_run(world)

    shelf = Path(settings.LIBRARY_FOLDERS[0])
    folder = shelf / Edition.objects.get().path
    assert folder.parent == shelf / "Pierce Brown/Red Rising Saga"
    assert "🎧" in folder.name
    assert not set('\\:?*"') & set(folder.name)
    assert Edition.objects.get().audio_files.exists()


@contextmanager
def on_disk(path):
    """Let the database be a file for a while, as it is when the product runs; the one of tests is in memory."""
    connection.ensure_connection()
    own, name = connection.connection, connection.settings_dict["NAME"]
    with closing(sqlite3.connect(path)) as copy:
        own.backup(copy)
        copy.execute("PRAGMA journal_mode=WAL")
    connection.connection, connection.settings_dict["NAME"] = None, str(path)
    try:
        yield
    finally:
        connection.close()
        connection.connection, connection.settings_dict["NAME"] = own, name


def hold_for_two_seconds(path, is_held):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        is_held.set()
        time.sleep(2)
        other.execute("COMMIT")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has one writer at a time")
def test_a_database_that_another_writer_holds_is_waited_for(world, tmp_path):
    path, is_held = tmp_path / "app.sqlite3", threading.Event()
    with on_disk(path):
        connection.ensure_connection()
        holder = threading.Thread(target=hold_for_two_seconds, args=(path, is_held))
        holder.start()
        is_held.wait(5)
        began = time.monotonic()

        raised = acquisition.raise_wants()

        waited = time.monotonic() - began
        holder.join()
        assert raised.new == 1
        assert waited > 1
        assert_shelved_by_the_next_run(world)
