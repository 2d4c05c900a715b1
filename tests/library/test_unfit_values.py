"""Values that no shelf takes are refused in words before anything is recorded or sent."""

import json

import pytest

from library import services
from library.models import Change, Shelf
from library.services.on_shelf import SidecarBroken
from mamcrawler.sandbox.server import serve
from tests.factories import ChangeFactory, EditionFactory, ShelfFactory
from tests.library.scriptedserver import ScriptedServer

pytestmark = pytest.mark.django_db

EMPTY = "it would be empty, which the shelf does not take"
UNFIT = [
    ("title", "", EMPTY),
    ("title", "   ", EMPTY),
    ("title", None, "the server cannot clear title"),
    ("title", ["Emma"], "the shelf does not take such a value"),
    ("authors", ["Jane Austen", ""], "one of its names would be empty"),
    ("narrators", "Ann Reed", "the shelf does not take such a value"),
    ("series", [{"name": "", "sequence": "1"}], "one of its names would be empty"),
    ("series", [{"sequence": "1"}], "the shelf does not take such a value"),
    ("series", ["Highbury #1"], "the shelf does not take such a value"),
    ("genres", [3], "the shelf does not take such a value"),
    ("abridged", "yes", "the shelf does not take such a value"),
]


@pytest.fixture
def in_folder(tmp_path):
    (tmp_path / "Emma").mkdir()
    return EditionFactory(shelf=ShelfFactory(path=str(tmp_path)), path="Emma", metadata={"title": "Emma"})


@pytest.fixture
def on_server(settings):
    """An edition of a server that would tell if it was asked for anything."""
    server = ScriptedServer()
    with serve(server) as address:
        settings.AUDIOBOOKSHELF_URL, settings.AUDIOBOOKSHELF_TOKEN = address, "example-token"
        shelf = ShelfFactory(kind=Shelf.Kind.AUDIOBOOKSHELF, external_id="lib-1")
        yield EditionFactory(shelf=shelf, external_id="item-1", metadata={"title": "Emma"})
    assert server.asked == []


@pytest.mark.parametrize(("field", "value", "words"), UNFIT)
def test_what_the_server_would_not_take_is_neither_recorded_nor_sent(on_server, field, value, words):
    result = services.write(on_server, {field: value}, source="a test")

    assert result.refused[field].startswith(words)
    assert result.written == []
    assert not Change.objects.exists()


@pytest.mark.parametrize(("field", "value", "words"), UNFIT)
def test_a_folder_is_held_to_the_same(in_folder, tmp_path, field, value, words):
    result = services.write(in_folder, {field: value}, source="a test")

    assert result.refused[field].startswith(words)
    assert not Change.objects.exists()
    assert not (tmp_path / "Emma" / "metadata.json").exists()


def test_the_other_fields_are_written_all_the_same(in_folder, tmp_path):
    result = services.write(in_folder, {"title": "", "subtitle": "A Novel"}, source="a test")

    assert (result.written, result.refused) == (["subtitle"], {"title": EMPTY})
    assert json.loads((tmp_path / "Emma" / "metadata.json").read_text())["title"] == "Emma"


def test_an_unfit_intention_of_an_earlier_version_is_settled_and_stops_nobody(in_folder, tmp_path):
    unfit = ChangeFactory(edition=in_folder, field="title", old="Emma", new="", status="intended")
    sound = ChangeFactory(edition=in_folder, field="subtitle", old=None, new="A Novel", status="intended")

    assert services.settle_interrupted() == 2

    unfit.refresh_from_db()
    sound.refresh_from_db()
    assert (unfit.status, unfit.reason) == ("refused", EMPTY)
    assert sound.status == "written"


@pytest.mark.parametrize("field", ["authors", "narrators", "series", "genres", "abridged"])
def test_a_field_that_was_never_told_can_be_undone_to_nothing(in_folder, tmp_path, field):
    told = {"series": [{"name": "Highbury", "sequence": 0}], "abridged": True}.get(field, ["Ann Example"])
    services.write(in_folder, {field: told}, source="a test")

    undone = services.undo(in_folder.changes.all())

    assert (undone.written, undone.refused) == ([field], {})
    assert not json.loads((tmp_path / "Emma" / "metadata.json").read_text())[field]


@pytest.mark.parametrize("content", ["{half", "[]", "\xff\xfe"])
def test_a_broken_sidecar_is_told_and_stops_no_other_shelf(in_folder, tmp_path, content):
    (tmp_path / "Emma" / "metadata.json").write_text(content, encoding="latin-1")

    with pytest.raises(SidecarBroken, match="mend it or take it away"):
        services.write(in_folder, {"subtitle": "A Novel"}, source="a test")
    assert services.settle_interrupted() == 0

    assert in_folder.changes.get().status == Change.Status.INTENDED
    (tmp_path / "Emma" / "metadata.json").unlink()
    assert services.settle_interrupted() == 1
    assert in_folder.changes.get().status == Change.Status.WRITTEN
