"""Covers on the sandbox: from the library server to the page."""

import io
import re

import pytest
from django.urls import reverse
from PIL import Image

from library.models import Cover, Edition
from library.tasks import ask_for_covers
from mamcrawler.operations import jobs
from mamcrawler.operations.models import JobRun
from mamcrawler.sandbox.covers import draw_cover
from mamcrawler.sandbox.world import World
from tests.visitors import visitor
from tests.worlds import connected, connected_to_a_folder

pytestmark = [pytest.mark.sandbox, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def kept(settings, tmp_path):
    settings.COVERS_DIR = tmp_path / "covers"
    return settings.COVERS_DIR


@pytest.fixture
def world(tmp_path, settings, fast_time):
    with connected(World(tmp_path / "world"), settings) as world:
        yield world


def assert_shown_to_a_visitor(count):
    """See the pictures of all owned books on the grid, and that each address gives one."""
    viewer = visitor("viewer")
    shown = []
    for page in (1, 2):
        html = viewer.get(reverse("library:book-list"), {"standing": "owned", "page": page}).content.decode()
        shown += re.findall(r'<img src="(/library/covers/[^"]+)"', html)
    assert len(shown) >= count
    answers = {url: viewer.get(url) for url in shown}
    assert {answer.status_code for answer in answers.values()} == {200}
    assert {Image.open(io.BytesIO(answer.content)).format for answer in answers.values()} == {"WEBP"}


def test_after_a_sync_the_covers_are_fetched_and_the_grid_shows_them(world):
    jobs.run_now("sync_library")
    expected = sum(item.has_cover for item in world.owned)
    assert ask_for_covers().startswith("asked for run")
    row = JobRun.objects.get(kind="cache_covers")

    jobs.work(row.pk)

    row.refresh_from_db()
    assert (row.status, row.summary) == (JobRun.Status.SUCCEEDED, f"{expected} covers ready")
    assert Cover.objects.ready().count() == expected == Edition.objects.filter(has_cover=True).count()
    assert_shown_to_a_visitor(50)
    assert ask_for_covers() == "no cover is due"


def test_a_server_that_fails_now_and_then_is_asked_again(world):
    jobs.run_now("sync_library")
    world.faults.arm("audiobookshelf", "status", times=2, status=503)

    run = jobs.run_now("cache_covers")

    assert run.status == JobRun.Status.SUCCEEDED
    assert not Edition.objects.cover_due().exists()


def test_a_folder_shows_the_pictures_beside_its_files(tmp_path, settings, fast_time):
    world = World.twelve_series(tmp_path / "world")
    with connected_to_a_folder(world, settings, world.library_dir):
        jobs.run_now("sync_library")
        run = jobs.run_now("cache_covers")

    expected = sum(item.has_cover for item in world.owned)
    assert run.summary.startswith(f"{expected} covers ready")
    assert Cover.objects.ready().filter(source=Cover.Source.FILE).count() == expected


@pytest.mark.parametrize(
    ("title", "author"), [("Emma", "Jane Austen"), ("", ""), ("A" * 300, "B" * 300), ("Der Tod " * 40, "Ann, Ben")]
)
def test_any_words_make_a_cover_and_the_same_words_the_same(title, author):
    drawn = draw_cover(title, author)

    draw_cover.cache_clear()
    assert draw_cover(title, author) == drawn
    assert Image.open(io.BytesIO(drawn)).size == (480, 480)
