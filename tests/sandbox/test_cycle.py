"""The whole run on the sandbox: from a missing book to the shelf with its metadata."""

from pathlib import Path

import pytest

from acquisition.models import Download, Want
from library.models import Book, Change, Edition
from mamcrawler.operations import jobs
from mamcrawler.operations.models import JobPhase, JobRun
from mamcrawler.sandbox.world import World
from tests.worlds import connected

pytestmark = [pytest.mark.sandbox, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(tmp_path, settings, fast_time):
    with connected(World(tmp_path / "world"), settings) as world:
        yield world


def test_a_run_takes_missing_books_to_the_shelf_and_a_second_finds_nothing_to_do(world):
    run = jobs.run_now("cycle")

    counts = run.report["counts"]
    assert run.status == JobRun.Status.SUCCEEDED, run.failure
    assert JobRun.objects.filter(kind="cache_covers").exists(), "the covers of what has come are asked for"
    assert not run.phases.exclude(status=JobPhase.Status.DONE).exists(), [p.failure for p in run.phases.all()]
    assert counts["shelved"] >= 10
    shelved = Edition.objects.filter(info_hash__gt="")
    assert shelved.count() == counts["shelved"]
    for edition in shelved:
        assert edition.external_id, "the server knows it"
        assert (Path(edition.shelf.path) / edition.path).is_dir()
        assert edition.metadata["narrators"]
        assert edition.changes.filter(status=Change.Status.WRITTEN).exists()
    described = sum(bool(edition.metadata["description"]) for edition in shelved)
    assert described >= 0.9 * counts["shelved"], "providers describe nearly every book"
    assert Want.objects.filter(status=Want.Status.SHELVED).count() == counts["shelved"]

    again = jobs.run_now("cycle")

    assert again.status == JobRun.Status.SUCCEEDED
    assert again.summary.startswith("Nothing to do")
    assert Download.objects.count() == counts["snatched"]
    assert Book.objects.missing().exists()
