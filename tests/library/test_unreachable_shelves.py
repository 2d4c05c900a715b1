"""A shelf that can not be read is told where people look, once, and stops no other."""

import shutil

import pytest

from library.audiobookshelf import LibraryServerError
from library.models import Edition, Shelf
from library.services import sync_shelf
from mamcrawler.operations import jobs
from mamcrawler.operations.models import Finding
from tests.audiofiles import make_audio
from tests.library.scriptedserver import item, scripted_shelf

pytestmark = pytest.mark.django_db

KIND = "library.shelf_unreachable"


@pytest.fixture
def folders(settings, tmp_path):
    """Two folders in the settings, of which the second does not exist."""
    make_audio(tmp_path / "here" / "Jane Austen" / "Emma" / "emma.mp3", seconds=1)
    settings.AUDIOBOOKSHELF_TOKEN = ""
    settings.LIBRARY_FOLDERS = [str(tmp_path / "here"), str(tmp_path / "nothere")]
    return tmp_path


def test_the_others_are_read_and_the_summary_and_a_finding_name_the_one_that_was_not(folders):
    run = jobs.run_now("sync_library")

    trouble = f"the folder {folders / 'nothere'} is not there; is its disk mounted?"
    assert (run.status, Edition.objects.count()) == ("succeeded", 1)
    assert run.summary == f"here: 1 items, 1 new; nothere was not read: {trouble}"
    finding = Finding.objects.open().get(kind=KIND)
    assert finding.message == f"nothere was not read: {trouble}"
    assert "LIBRARY_FOLDERS" in finding.advice


def test_the_finding_is_settled_by_the_next_reading_of_that_shelf(folders):
    jobs.run_now("sync_library")
    jobs.run_now("sync_library", shelves=[Shelf.objects.get(name="here").pk])
    still_open = Finding.objects.open().filter(kind=KIND).count()

    (folders / "nothere").mkdir()
    jobs.run_now("sync_library")

    assert still_open == 1
    assert Finding.objects.get(kind=KIND).settlement == "the shelf was read"


def test_a_job_that_could_read_no_shelf_fails_and_names_each_once(folders):
    shutil.rmtree(folders / "here")

    run = jobs.run_now("sync_library")

    assert run.status == "failed"
    for name in ("here", "nothere"):
        trouble = f"{name} was not read: the folder {folders / name} is not there; is its disk mounted?"
        assert trouble in run.failure
    assert Finding.objects.open().filter(kind=KIND).count() == 2


def test_a_server_that_gives_no_usable_answer_is_told_alike(settings):
    with scripted_shelf(settings, item(1, "Emma")) as (server, shelf):
        server.status = 401
        with pytest.raises(LibraryServerError):
            sync_shelf(shelf, beat=lambda doing: None)
        told = Finding.objects.open().get(kind=KIND)
        server.status = 200
        sync_shelf(shelf, beat=lambda doing: None)

    assert "Health" in told.advice
    assert not Finding.objects.open().filter(kind=KIND).exists()
