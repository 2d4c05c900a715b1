"""Watched folders: which changes count, when they have calmed down, and what is asked for then."""

import time
from collections import Counter
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from acquisition.placing import STAGING_FOLDER
from library import tasks
from library.models import Shelf
from library.services import watching
from library.watching import MOST_UNREST_S, Unrest, counts
from mamcrawler.lib import clock
from mamcrawler.operations import jobs, preferences
from mamcrawler.operations.models import JobPhase, JobRun
from tests.factories import EditionFactory, JobRunFactory, ShelfFactory

QUIET = 30


@pytest.mark.parametrize(
    "path",
    ["A/Emma/emma.m4b", "A/Emma", "loose.mp3", "A/cover.jpg", "A/metadata.json", "A/.ignore", "A/Partial Truths/1.mp3"],
)
def test_a_change_that_a_sync_would_see_counts(path):
    assert counts(f"/srv/books/{path}", "/srv/books")


@pytest.mark.parametrize(
    "path",
    [
        "A/emma.m4b.part", "A/Emma.M4B.PART", "A/x.crdownload", "A/x.mp3.!qB", "A/x.tmp", "A/notes.txt~", ".hidden",
        f"{STAGING_FOLDER}/abc/1.mp3", "A/.metadata.json.123", "A/.git/x.mp3", "@eaDir/x.mp3", "A/#recycle/x.mp3", "",
    ],
)  # fmt: skip
def test_a_change_that_it_would_not_see_does_not_count(path):
    assert not counts(f"/srv/books/{path}", "/srv/books")


def test_a_change_elsewhere_does_not_count():
    assert not counts("/srv/other/emma.m4b", "/srv/books")


def test_a_folder_is_due_once_it_was_quiet_for_long_enough():
    unrest = Unrest()
    assert not unrest.is_due(1_000, quiet_s=QUIET)

    unrest.note(100)
    unrest.note(120)

    assert not unrest.is_due(149.9, quiet_s=QUIET)
    assert unrest.is_due(150, quiet_s=QUIET)
    unrest.settle()
    assert not unrest.is_due(10_000, quiet_s=QUIET)


@given(st.lists(st.integers(1, QUIET - 1), max_size=200))
def test_a_folder_is_due_soon_after_it_calms_down_and_never_waits_for_ever(pauses):
    unrest, now = Unrest(), 0
    unrest.note(now)
    for pause in pauses:
        now += pause
        assert unrest.is_due(now, quiet_s=QUIET) == (now >= MOST_UNREST_S)
        unrest.note(now)

    assert unrest.is_due(now + QUIET, quiet_s=QUIET)


@pytest.fixture
def shelf(tmp_path, db):
    """A folder that was read before, with one file in it."""
    (tmp_path / "books" / "A").mkdir(parents=True)
    (tmp_path / "books" / "A" / "first.mp3").write_bytes(b"first")
    return ShelfFactory(path=str(tmp_path / "books"), synced_at=clock.now())


@pytest.fixture
def over():
    sign = []
    yield sign
    sign.append("over")


@pytest.fixture(autouse=True)
def short_looks(monkeypatch):
    """Look at a folder for a moment only: what was changed before is told at once."""
    monkeypatch.setattr(watching, "A_LOOK_MS", 50)


@pytest.fixture
def watch(shelf, over):
    """A watch over the shelf that has seen it once, and has nothing to read."""
    shelves = watching.ShelfWatch(lambda: bool(over))
    shelves.round(0)
    for folder in shelves._folders.values():
        folder.unrest.settle()
    yield shelves
    shelves.close()


def stirred(watch, *, at):
    """Look until a change was noted, which takes the system a moment."""
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        watch.round(at)
        if all(folder.unrest.began_at is not None for folder in watch._folders.values()):
            return True
    return False


def asked_for():
    return [run.arguments for run in JobRun.objects.order_by("pk")]


def at(shelf, name=""):
    return Path(shelf.path) / name


def drop(shelf, name="A/second.mp3"):
    at(shelf, name).write_bytes(b"second")


def test_a_new_file_asks_for_a_sync_of_its_shelf_once_all_is_quiet(watch, shelf):
    drop(shelf)
    assert stirred(watch, at=1)

    watch.round(1 + QUIET - 0.5)
    assert asked_for() == []
    watch.round(1 + QUIET)
    watch.round(1 + 2 * QUIET)

    assert asked_for() == [{"shelves": [shelf.pk]}]


def test_what_is_still_being_written_asks_for_nothing_until_it_has_its_name(watch, shelf):
    drop(shelf, "A/second.mp3.part")
    drop(shelf, ".hidden")
    for now in (1, 2, 3 + QUIET):
        watch.round(now)
    assert asked_for() == []

    at(shelf, "A/second.mp3.part").rename(at(shelf, "A/second.mp3"))
    assert stirred(watch, at=40)
    watch.round(40 + QUIET)

    assert asked_for() == [{"shelves": [shelf.pk]}]


def test_thousands_of_changes_are_one_sync(watch, shelf):
    for number in range(3_000):
        drop(shelf, f"A/{number}.mp3")
    assert stirred(watch, at=1)
    for now in (2, 3, 4):
        watch.round(now)

    watch.round(4 + QUIET)

    assert asked_for() == [{"shelves": [shelf.pk]}]


@pytest.mark.parametrize("busy", ["a run of its own", "a phase of the cycle"])
def test_a_sync_under_way_is_waited_for(watch, shelf, busy):
    if busy == "a run of its own":
        active = JobRunFactory(kind="sync_library")
    else:
        active = JobRunFactory(kind="cycle")
        JobPhase.objects.create(run=active, position=1, name="sync", label="Read", status="running")
    drop(shelf)
    assert stirred(watch, at=1)

    watch.round(1 + QUIET)
    assert JobRun.objects.count() == 1
    JobRun.objects.update(status="succeeded", finished_at=clock.now())
    JobPhase.objects.update(status="done")
    watch.round(10 + QUIET)

    assert JobRun.objects.get(kind="sync_library", status="queued").arguments == {"shelves": [shelf.pk]}


def test_shelves_that_calm_down_together_are_read_together(watch, shelf, tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "other.mp3").write_bytes(b"other")
    other = ShelfFactory(path=str(tmp_path / "more"), synced_at=clock.now())
    watch.round(20)
    drop(shelf)
    assert stirred(watch, at=21)

    watch.round(60)

    assert asked_for() == [{"shelves": [shelf.pk, other.pk]}]


def test_what_changed_while_nothing_ran_is_read_at_the_start_but_a_new_shelf_waits_for_a_person(shelf, over):
    new = ShelfFactory(path=str(at(shelf, "A")))
    shelves = watching.ShelfWatch(lambda: bool(over))

    shelves.round(0)
    shelves.round(QUIET)
    shelves.close()

    assert asked_for() == [{"shelves": [shelf.pk]}]
    assert new.synced_at is None


@pytest.mark.parametrize("how", ["gone", "not mounted"])
def test_a_folder_that_vanishes_asks_for_nothing_and_is_read_when_it_is_back(watch, shelf, tmp_path, how):
    EditionFactory(shelf=shelf, path="A")
    at(shelf).rename(tmp_path / "away")
    if how == "not mounted":
        at(shelf).mkdir()
    for now in (1, 12, 24, 60):
        watch.round(now)
    assert asked_for() == []

    if how == "not mounted":
        at(shelf).rmdir()
    (tmp_path / "away").rename(shelf.path)
    watch.round(72)
    watch.round(72 + QUIET)

    assert asked_for() == [{"shelves": [shelf.pk]}]
    drop(shelf, "A/third.mp3")
    JobRun.objects.all().delete()
    assert stirred(watch, at=110)


def test_another_disk_at_the_same_place_is_watched_instead(watch, shelf, tmp_path):
    at(shelf).rename(tmp_path / "away")
    (tmp_path / "books").mkdir()
    drop(shelf, "other.mp3")
    watch.round(11)
    watch.round(11 + QUIET)
    assert asked_for() == [{"shelves": [shelf.pk]}]
    JobRun.objects.all().delete()

    drop(shelf, "another.mp3")

    assert stirred(watch, at=50)


def test_links_in_circles_are_watched_around(shelf, over):
    at(shelf, "A/round").symlink_to(shelf.path)
    at(shelf, "broken").symlink_to(at(shelf, "nowhere"))
    shelves = watching.ShelfWatch(lambda: bool(over))
    shelves.round(0)
    shelves._folders[shelf.pk].unrest.settle()

    drop(shelf)

    assert stirred(shelves, at=1)
    shelves.close()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("notify: too many watches")])
def test_more_than_the_system_can_watch_is_gone_through_instead_with_one_word_about_it(shelf, over, monkeypatch, error):
    ways = []

    def limited(path, *, force_polling, **more):
        ways.append(force_polling)
        if not force_polling:
            raise error
        while True:
            yield {(1, f"{path}/A/second.mp3")}

    monkeypatch.setattr(watching, "watch", limited)
    shelves = watching.ShelfWatch(lambda: bool(over))
    with structlog.testing.capture_logs() as told:
        for now in range(5):
            shelves.round(now)

    assert ways == [None, True]
    assert ["fs.inotify.max_user_watches" in line["event"] for line in told] == [True]
    shelves.round(4 + QUIET)
    shelves.round(5 + MOST_UNREST_S)
    assert asked_for() == [{"shelves": [shelf.pk]}]


def test_a_folder_that_can_not_even_be_gone_through_stops_no_other(shelf, over, monkeypatch, tmp_path):
    tries = Counter()

    def broken(path, **_):
        tries[path] += 1
        raise OSError(5, "Input/output error")
        yield

    monkeypatch.setattr(watching, "watch", broken)
    ShelfFactory(path=str(at(shelf, "A")), synced_at=clock.now())
    shelves = watching.ShelfWatch(lambda: bool(over))
    for now in range(25):
        shelves.round(now)

    assert set(tries) == {shelf.path, f"{shelf.path}/A"}
    assert max(tries.values()) < 8


def test_going_through_a_folder_finds_changes_as_well(shelf, over, monkeypatch):
    monkeypatch.setattr(watching, "POLL_EVERY_MS", 50)
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", "1")
    shelves = watching.ShelfWatch(lambda: bool(over))
    shelves.round(0)
    shelves._folders[shelf.pk].unrest.settle()

    drop(shelf)

    assert stirred(shelves, at=1)
    shelves.close()


def test_nothing_is_watched_once_it_is_switched_off(watch, shelf):
    preferences.change(preferences.LibraryRules, by=None, watch_folders=False)
    watch.round(11)
    assert watch.is_idle

    preferences.change(preferences.LibraryRules, by=None, watch_folders=True, watch_quiet_s=5)
    watch.round(22)
    watch.round(27)

    assert asked_for() == [{"shelves": [shelf.pk]}]


def test_only_folders_that_are_read_are_watched(over, shelf):
    Shelf.objects.update(is_active=False)
    ShelfFactory(kind=Shelf.Kind.AUDIOBOOKSHELF, external_id="lib-1", path=shelf.path)
    shelves = watching.ShelfWatch(lambda: bool(over))

    shelves.round(0)

    assert shelves.is_idle


def test_a_sync_of_some_shelves_reads_no_other_and_asks_no_server(shelf, settings, monkeypatch):
    settings.AUDIOBOOKSHELF_URL, settings.AUDIOBOOKSHELF_TOKEN = "http://127.0.0.1:9", "a-token-of-no-server"
    ShelfFactory(path=str(at(shelf, "A")), name="The other")
    read = []
    monkeypatch.setattr(tasks.services, "sync_shelf", lambda shelf, **_: read.append(shelf) or watching_report())

    run = jobs.run_now("sync_library", shelves=[shelf.pk])
    gone = jobs.run_now("sync_library", shelves=[0])

    assert (read, run.status) == ([shelf], "succeeded")
    assert gone.summary == "no such shelf is read any more"


def watching_report():
    return tasks.services.SyncReport(seen=1)
