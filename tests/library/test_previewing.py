"""What writing would do: shown field by field with what stands on the shelves, and just that is done then."""

import json

import pytest

from library.audiobookshelf import MediaPatch
from library.models import Change, FieldLock, Shelf
from library.services import connect, discover_shelves, preview, write_all
from library.services.sync import metadata_of
from tests.factories import EditionFactory
from tests.library.serverside import batches, patches

pytestmark = pytest.mark.django_db


@pytest.fixture
def editions(world, fast_time):
    """Four items of the server."""
    (shelf,) = discover_shelves()
    with connect() as client:
        items = client.items(client.items_page(shelf.external_id, 0).ids[:4])
    return [
        EditionFactory(shelf=shelf, external_id=item.id, path=item.rel_path, metadata=metadata_of(item))
        for item in items
    ]


@pytest.fixture
def in_folder(tmp_path):
    (tmp_path / "Emma").mkdir()
    (tmp_path / "Emma" / "metadata.json").write_text(json.dumps({"title": "Emma", "publisher": "Their House"}))
    shelf = Shelf.objects.create(kind=Shelf.Kind.FOLDER, name="Folder", path=str(tmp_path))
    return EditionFactory(shelf=shelf, path="Emma", metadata={"title": "Emma", "publisher": "Our House"})


def told(item):
    return [(one.field, one.old, one.there, one.new, one.conflict) for one in item.fields]


def test_a_field_is_shown_as_we_know_it_as_it_stands_there_and_as_it_would_be(in_folder):
    [item] = preview([(in_folder, {"title": "Emma, Anew", "publisher": "New House", "subtitle": "A Novel"})])

    assert told(item) == [
        ("title", "Emma", "Emma", "Emma, Anew", ""),
        (
            "publisher", "Our House", "Their House", "New House",
            "it was changed on the shelf meanwhile, to 'Their House'",
        ),
        ("subtitle", None, None, "A Novel", ""),
    ]  # fmt: skip
    assert [one.would_be_written for one in item.fields] == [True, False, True]


def test_what_stands_there_already_is_no_conflict_and_nothing_to_write(in_folder):
    [item] = preview([(in_folder, {"publisher": "Their House"})])

    assert [(one.is_there, one.conflict, one.would_be_written) for one in item.fields] == [(True, "", False)]


def test_locked_and_unfit_fields_are_shown_with_the_reason(in_folder):
    FieldLock.objects.create(edition=in_folder, field="title")
    wanted = [(in_folder, {"title": "Anew", "authors": [""], "mood": "dark"})]

    [item] = preview(wanted)
    [over_locks] = preview(wanted, even_locked=True)

    assert [one.conflict for one in item.fields] == [
        "locked by a person",
        "one of its names would be empty, which the shelf does not take",
        "the shelf does not take this field",
    ]
    assert over_locks.fields[0].would_be_written


def test_a_preview_of_many_items_asks_once_and_writes_nothing(world, editions):
    world.asked.clear()

    items = preview([(edition, {"subtitle": "Told Anew"}) for edition in editions])

    assert [asked.path.rpartition("/api/")[2] for asked in world.asked] == ["items/batch/get"]
    assert (batches(world), patches(world)) == (0, 0)
    assert [item.edition for item in items] == editions
    assert not Change.objects.exists()


def test_what_is_previewed_is_what_writing_does(world, editions, in_folder):
    theirs, locked, there = editions[:3]
    with connect() as client:
        client.patch_media(theirs.external_id, MediaPatch(subtitle="By hand"))
        client.patch_media(there.external_id, MediaPatch(subtitle="New"))
    FieldLock.objects.create(edition=locked, field="subtitle")
    wanted = [(edition, {"subtitle": "New", "title": "", "publisher": "House"}) for edition in (*editions, in_folder)]

    items = preview(wanted)
    outcome = write_all(wanted, source="a test")

    for item in items:
        result = outcome.results[item.edition.pk]
        assert [one.field for one in item.fields if one.would_be_written or one.is_there] == result.written
        assert {one.field: one.conflict for one in item.fields if one.conflict} == result.refused
    assert [one.would_be_written for one in items[3].fields] == [True, False, True]


def test_a_shelf_that_gives_no_answer_is_told_and_stops_no_other(world, editions, in_folder):
    world.faults.arm("audiobookshelf", "status", times=50, status=503)

    items = preview([(edition, {"subtitle": "New"}) for edition in (editions[0], editions[1], in_folder)])

    assert ["status 503" in item.trouble for item in items] == [True, True, False]
    assert [len(item.fields) for item in items] == [0, 0, 1]


def test_nothing_to_preview_asks_nobody(world):
    world.asked.clear()

    assert preview([]) == []
    assert not world.asked
