"""Writing metadata back: against a server with the manners of the recorded one, and into sidecars."""

import json
from pathlib import Path

import pytest

from library.audiobookshelf import MediaPatch, PermissionMissing
from library.models import Change, Edition, FieldLock, Shelf
from library.services import NotUndoable, connect, discover_shelves, settle_interrupted, sync_shelf, undo, write
from tests.audiofiles import make_audio
from tests.library.serverside import on_server, patches

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition(world):
    (shelf,) = discover_shelves()
    sync_shelf(shelf, beat=lambda doing: None)
    return Edition.objects.get(title="Children of Time")


@pytest.fixture
def kept_in_folder(tmp_path):
    make_audio(tmp_path / "Jane Austen" / "Emma" / "emma.mp3", seconds=1)
    shelf = Shelf.objects.create(kind=Shelf.Kind.FOLDER, name="Folder", path=str(tmp_path))
    sync_shelf(shelf, beat=lambda doing: None)
    return Edition.objects.get()


def test_only_changed_fields_are_written_and_each_is_journalled(world, edition):
    before = on_server(edition)

    result = write(edition, {"subtitle": "A Novel of Spiders", "title": edition.title}, source="a test")

    assert (result.written, result.unchanged) == (["subtitle"], ["title"])
    assert on_server(edition) == before | {"subtitle": "A Novel of Spiders"}
    change = edition.changes.get()
    assert (change.field, change.new, change.status) == ("subtitle", "A Novel of Spiders", Change.Status.WRITTEN)
    assert edition.metadata["subtitle"] == "A Novel of Spiders"


def test_writing_the_same_again_asks_the_server_for_nothing(world, edition):
    write(edition, {"subtitle": "A Novel of Spiders"}, source="a test")
    sent = patches(world)

    result = write(edition, {"subtitle": "A Novel of Spiders"}, source="a test")

    assert result.unchanged == ["subtitle"]
    assert patches(world) == sent


@pytest.mark.parametrize(
    "values",
    [
        {"subtitle": "Changed", "publisher": "Example House"},
        {"narrators": ["Somebody Else"], "genres": ["Spiders"]},
        {"series": [{"name": "Spiders", "sequence": "1.5"}, {"name": "No Number", "sequence": ""}]},
        {"authors": ["Adrian Tchaikovsky", "Another Hand"], "description": "<p>Told <b>anew</b>.</p>"},
        {"isbn": "", "asin": "", "published_year": "", "language": ""},
    ],
)
def test_undo_restores_every_byte_of_the_metadata(world, edition, values):
    before = on_server(edition)
    written = write(edition, values, source="a test")
    assert written.refused == {}

    result = undo(edition.changes.all())

    assert set(result.written) == {change.field for change in Change.objects.filter(status=Change.Status.UNDONE)}
    assert on_server(edition) == before


def test_what_the_server_coerces_is_refused_with_what_it_made_of_it(world, edition):
    result = write(edition, {"description": "<p>Fine</p><script>alert(1)</script>"}, source="a test")

    assert result.written == []
    assert "the server made it" in result.refused["description"]
    assert edition.changes.get().status == Change.Status.REFUSED


def test_a_number_where_the_server_wants_text_is_sent_as_text(world, edition):
    result = write(edition, {"published_year": 2016, "series": [{"name": "Spiders", "sequence": 2}]}, source="a test")

    told = on_server(edition)
    assert (sorted(result.written), result.refused) == (["published_year", "series"], {})
    assert told["publishedYear"] == "2016"
    assert [(place["name"], place["sequence"]) for place in told["series"]] == [("Spiders", "2")]


def test_what_a_person_changed_on_the_server_meanwhile_is_left_alone(world, edition):
    with connect() as client:
        client.patch_media(edition.external_id, MediaPatch(subtitle="By hand"))

    result = write(edition, {"subtitle": "By program"}, source="a test")

    assert "changed on the shelf meanwhile" in result.refused["subtitle"]
    assert on_server(edition)["subtitle"] == "By hand"


def test_undo_leaves_alone_what_was_changed_again_since(world, edition):
    write(edition, {"subtitle": "First"}, source="a test")
    write(edition, {"subtitle": "Second"}, source="another")
    first = edition.changes.get(new="First")

    result = undo([first])

    assert result.refused == {"subtitle": "it was changed again since"}
    assert on_server(edition)["subtitle"] == "Second"


def test_nothing_is_undone_twice(world, edition):
    write(edition, {"subtitle": "First"}, source="a test")
    undo(edition.changes.all())

    with pytest.raises(NotUndoable):
        undo(Change.objects.filter(status=Change.Status.UNDONE))


def test_a_locked_field_is_only_changed_by_a_person(world, edition):
    FieldLock.objects.create(edition=edition, field="subtitle")

    refused = write(edition, {"subtitle": "By program"}, source="a test")
    written = write(edition, {"subtitle": "By hand"}, source="a person", even_locked=True)

    assert refused.refused == {"subtitle": "locked by a person"}
    assert written.written == ["subtitle"]


def test_a_field_that_no_shelf_takes_is_refused(world, edition):
    assert write(edition, {"mood": "dark"}, source="a test").refused == {"mood": "the shelf does not take this field"}
    assert not edition.changes.exists()


@pytest.mark.parametrize("was_sent", [False, True])
def test_a_write_that_was_cut_is_finished_once(world, edition, was_sent):
    Change.objects.create(
        edition=edition, field="subtitle", old=edition.metadata["subtitle"], new="Half done", source="a test"
    )
    if was_sent:
        with connect() as client:
            client.patch_media(edition.external_id, MediaPatch(subtitle="Half done"))
    sent = patches(world)

    assert settle_interrupted() == 1

    assert on_server(edition)["subtitle"] == "Half done"
    assert edition.changes.get().status == Change.Status.WRITTEN
    assert patches(world) - sent == (0 if was_sent else 1)
    assert settle_interrupted() == 0


def test_a_refused_permission_leaves_the_intention_for_later(world, edition):
    world.faults.arm("audiobookshelf", "forbidden")

    with pytest.raises(PermissionMissing):
        write(edition, {"subtitle": "Later"}, source="a test")
    assert edition.changes.get().status == Change.Status.INTENDED

    assert settle_interrupted() == 1
    assert on_server(edition)["subtitle"] == "Later"


def test_a_write_is_no_change_to_the_next_sync(world, edition):
    write(edition, {"subtitle": "A Novel of Spiders"}, source="a test")

    report = sync_shelf(edition.shelf, beat=lambda doing: None)

    assert report.changed == 0


def test_a_folder_gets_a_sidecar_and_loses_what_is_undone(kept_in_folder):
    write(kept_in_folder, {"subtitle": "A Novel", "series": [{"name": "Highbury", "sequence": "1"}]}, source="a test")
    (sidecar,) = Path(kept_in_folder.shelf.path).rglob("metadata.json")
    told = json.loads(sidecar.read_text(encoding="utf-8"))

    undo(kept_in_folder.changes.all())

    assert (told["subtitle"], told["series"]) == ("A Novel", ["Highbury #1"])
    after = json.loads(sidecar.read_text(encoding="utf-8"))
    assert (after["subtitle"], after["series"]) == ("", [])
