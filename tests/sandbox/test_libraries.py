"""Libraries of every kind: a folder, an empty server, one that fails half way, one whose disk is gone, and none."""

import json
from pathlib import Path

import pytest

from library import services as library
from library.audiobookshelf import LibraryServerUnavailable
from library.models import Book, Edition, Shelf
from library.services import walking
from mamcrawler.operations import jobs
from mamcrawler.operations.models import Finding, JobPhase, JobRun
from mamcrawler.sandbox.world import World
from tests.worlds import connected, connected_to_a_folder, want_iron_gold

pytestmark = [pytest.mark.sandbox, pytest.mark.django_db(transaction=True)]


class FewSeries(World):
    """The ordinary world with two series in its library: enough to lack something."""

    def _starting_library(self):
        return [
            item
            for item in super()._starting_library()
            if {name for name, _ in item.metadata.series} & {"Silo", "The Green Bone Saga"}
        ]


@pytest.fixture
def server(tmp_path, settings, fast_time):
    """A library server with some seventy items, read twenty a page, and nothing else to do."""
    with connected(World(tmp_path / "world"), settings) as world:
        yield world


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(walking, "PAGE", 20)


def silence(_doing):
    """A beat that nobody hears."""


def sync_only_shelf(beat=silence, **options):
    [shelf] = library.discover_shelves()
    return library.sync_shelf(shelf, beat=beat, **options)


def rescan(world):
    """Have the library server look at its disk."""
    shelf = Shelf.objects.get()
    with library.connect() as client:
        client.scan(shelf.external_id)
        while client.is_scanning(shelf.external_id):
            pass


def test_a_folder_of_audio_files_is_completed_by_hard_links_with_metadata_beside_them(tmp_path, settings, fast_time):
    world = FewSeries(tmp_path / "world")
    before = {path: path.read_bytes() for path in world.library_dir.rglob("*") if path.is_file()}
    with connected_to_a_folder(world, settings, world.library_dir):
        run = jobs.run_now("cycle")
        again = jobs.run_now("cycle")

    assert run.status == JobRun.Status.SUCCEEDED, run.failure
    assert not run.phases.exclude(status=JobPhase.Status.DONE).exists(), [p.failure for p in run.phases.all()]
    shelved = Edition.objects.filter(info_hash__gt="")
    assert {edition.title for edition in shelved} == {"Shift", "Jade Legacy"}
    for edition in shelved:
        folder = world.library_dir / edition.path
        audio = [path for path in folder.iterdir() if path.suffix in {".m4b", ".mp3"}]
        assert audio
        assert all(path.stat().st_nlink == 2 for path in audio)
        told = json.loads((folder / "metadata.json").read_text())
        assert told["title"] == edition.title
        assert told["description"]
    assert {path: path.read_bytes() for path in before} == before
    assert again.summary == "Nothing to do: no book is missing."
    assert Edition.objects.count() == len(world.owned) + 2


def test_a_library_server_without_a_single_item_has_nothing_to_do_and_says_so(tmp_path, settings, fast_time):
    with connected(World.empty(tmp_path / "world"), settings):
        run = jobs.run_now("cycle")

    assert run.status == JobRun.Status.SUCCEEDED
    assert run.summary == "Nothing to do: no book is missing."
    assert not run.phases.exclude(status=JobPhase.Status.DONE).exists()
    assert "0 items" in run.phases.get(name="sync").summary


def test_without_any_library_the_run_says_what_to_set(settings):
    settings.AUDIOBOOKSHELF_TOKEN, settings.LIBRARY_FOLDERS = "", []

    run = jobs.run_now("cycle")

    assert run.status == JobRun.Status.FAILED
    assert "set AUDIOBOOKSHELF_TOKEN or LIBRARY_FOLDERS, then run it again" in run.failure


def test_without_a_tracker_the_run_says_what_to_set_and_keeps_what_is_wanted(tmp_path, settings, fast_time):
    with connected_to_a_folder(World.empty(tmp_path / "world"), settings, tmp_path / "shelf"):
        settings.TRACKER_COOKIE = ""
        book = want_iron_gold()
        run = jobs.run_now("cycle")

    assert "set MAM_ID to the cookie of an API session" in run.phases.get(name="search").failure
    assert "These phases failed: Search for releases" in run.summary
    assert book.wants.open().exists()


def test_a_folder_that_is_not_mounted_marks_nothing_and_asks_for_its_disk(tmp_path, settings):
    settings.AUDIOBOOKSHELF_TOKEN, settings.LIBRARY_FOLDERS = "", [str(tmp_path / "unplugged")]

    run = jobs.run_now("cycle")

    assert run.status == JobRun.Status.FAILED
    assert "is its disk mounted?" in run.failure


def test_a_refused_token_says_which_one_to_renew(server, settings):
    settings.AUDIOBOOKSHELF_TOKEN = "sandbox-wrong-token-0001"

    run = jobs.run_now("cycle")

    assert run.status == JobRun.Status.FAILED
    assert "set AUDIOBOOKSHELF_TOKEN" in run.failure
    assert "sandbox-wrong-token-0001" not in run.failure


@pytest.mark.usefixtures("small_pages")
def test_a_server_that_fails_half_way_through_its_pages_loses_nothing(server):
    whole = sync_only_shelf()
    Edition.objects.filter(pk__lte=Edition.objects.order_by("pk")[40].pk).delete()

    def fail_after_the_first_page(doing):
        if doing.endswith("items") and not server.faults.waiting():
            # six: two requests, each tried three times, may be under way
            server.faults.arm("audiobookshelf", "status", times=6, path="/items", status=500)

    with pytest.raises(LibraryServerUnavailable, match="500"):
        sync_only_shelf(fail_after_the_first_page)

    assert not Edition.objects.exclude(status=Edition.Status.PRESENT).exists()
    server.faults.clear()
    report = sync_only_shelf()
    assert report.seen == whole.seen
    assert Edition.objects.present().count() == whole.seen
    assert report.vanished == 0


def test_a_server_whose_disk_is_gone_has_nothing_marked_until_a_person_confirms(server):
    whole = sync_only_shelf()
    missing = Book.objects.missing().count()
    for item in server.owned[:40]:
        (server.library_dir / item.folder).rename(server.root / f"unplugged-{item.key}")
    rescan(server)

    with pytest.raises(library.TooManyVanished, match=r"40 of .* items are gone at once\. Nothing was marked"):
        sync_only_shelf()

    assert Edition.objects.present().count() == whole.seen
    assert Book.objects.missing().count() == missing
    assert "--confirm-vanished" in Finding.objects.open().get(kind="library.vanished").advice
    assert sync_only_shelf(may_vanish=40).vanished == 40
    assert Edition.objects.present().count() == whole.seen - 40
    assert not Finding.objects.open().filter(kind="library.vanished").exists()


def test_a_folder_that_lost_too_much_stops_the_run_and_goes_on_when_it_is_back(tmp_path, settings, fast_time):
    world = World(tmp_path / "world")
    with connected_to_a_folder(world, settings, world.library_dir):
        sync_only_shelf()
        away = {world.library_dir / item.folder: tmp_path / f"away-{item.key}" for item in world.owned[:40]}
        for here, there in away.items():
            here.rename(there)
        run = jobs.run_now("cycle")
        for here, there in away.items():
            there.rename(here)
        report = sync_only_shelf()

    assert run.status == JobRun.Status.FAILED
    assert "items are gone at once. Nothing was marked; is a disk missing?" in run.failure
    assert not Edition.objects.exclude(status=Edition.Status.PRESENT).exists()
    assert report.vanished == 0
    assert not Finding.objects.open().filter(kind="library.vanished").exists()


def test_an_item_that_goes_away_is_marked_and_one_that_comes_back_is_the_same_edition(server):
    sync_only_shelf()
    item = next(one for one in server.owned if one.metadata.title == "Wool")
    folder, away = server.library_dir / item.folder, server.root / "away"
    edition = Edition.objects.get(title="Wool")

    folder.rename(away)
    rescan(server)
    gone = sync_only_shelf()
    is_missing = Book.objects.missing().filter(title="Wool").exists()
    away.rename(folder)
    rescan(server)
    back = sync_only_shelf()

    edition.refresh_from_db()
    assert (gone.vanished, back.returned) == (1, 1)
    assert is_missing
    assert edition.status == Edition.Status.PRESENT
    assert edition.vanished_at is None
    assert not Book.objects.missing().filter(title="Wool").exists()


def test_a_sync_without_changes_writes_no_edition(server, django_assert_max_num_queries):
    sync_only_shelf()

    with django_assert_max_num_queries(12):
        report = sync_only_shelf()

    assert report.sentence().endswith("nothing changed")
    assert Path(Shelf.objects.get().path) == server.library_dir
