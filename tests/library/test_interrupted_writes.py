"""Writes to a shelf that a crash cut: finished once, never repeated."""

import json

import pytest

from library import services
from library.models import Change, Edition, Shelf
from tests.factories import ChangeFactory, EditionFactory, ShelfFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition(tmp_path):
    (tmp_path / "Iron Gold").mkdir()
    return EditionFactory(shelf=ShelfFactory(path=str(tmp_path)), path="Iron Gold", metadata={"publisher": ""})


def intended(edition, **fields):
    fields = {"field": "publisher", "old": "", "new": "Example Audio"} | fields
    return ChangeFactory(edition=edition, status=Change.Status.INTENDED, by=None, **fields)


def sidecar(edition, tmp_path):
    return tmp_path / edition.path / "metadata.json"


def test_a_write_that_reached_the_shelf_is_not_recorded_twice(edition, tmp_path):
    change = intended(edition)
    sidecar(edition, tmp_path).write_text(json.dumps({"publisher": "Example Audio"}))

    result = services.write(edition, {"publisher": "Example Audio"}, source="audnexus")

    assert result.unchanged == ["publisher"]
    assert [(one.pk, one.status) for one in edition.changes.all()] == [(change.pk, Change.Status.WRITTEN)]


def test_a_write_that_did_not_reach_the_shelf_is_finished_before_the_next(edition, tmp_path):
    intended(edition)

    services.write(edition, {"language": "english"}, source="audnexus")

    written = json.loads(sidecar(edition, tmp_path).read_text())
    assert (written["publisher"], written["language"]) == ("Example Audio", "english")
    assert set(edition.changes.values_list("field", "status")) == {("publisher", "written"), ("language", "written")}


def test_a_shelf_that_gives_no_answer_leaves_its_writes_open_and_does_not_stop_the_others(edition, settings, fast_time):
    settings.AUDIOBOOKSHELF_URL, settings.AUDIOBOOKSHELF_TOKEN = "http://127.0.0.1:9", "an-example-token"
    on_server = EditionFactory(
        shelf=ShelfFactory(kind=Shelf.Kind.AUDIOBOOKSHELF, external_id="lib_example"), external_id="li_example"
    )
    unreachable = intended(on_server)
    change = intended(edition)

    assert services.settle_interrupted() == 1

    unreachable.refresh_from_db()
    change.refresh_from_db()
    assert (unreachable.status, change.status) == (Change.Status.INTENDED, Change.Status.WRITTEN)


def test_nothing_is_written_for_an_edition_that_vanished(edition, tmp_path):
    change = intended(edition)
    services.remove_edition(edition)

    services.settle_interrupted()

    change.refresh_from_db()
    assert change.status == Change.Status.INTENDED
    assert not sidecar(edition, tmp_path).exists()
    assert Edition.objects.get(pk=edition.pk).status == Edition.Status.VANISHED
