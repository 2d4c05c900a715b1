"""Writing many editions in few requests: every rule of writing one holds for each, whatever becomes of the request."""

import pytest

from library.audiobookshelf import LibraryServerUnavailable, MediaPatch, NotOnServer
from library.models import Change, FieldLock, Shelf
from library.services import (
    connect,
    discover_shelves,
    settle_interrupted,
    shelf_batches,
    sync_shelf,
    undo,
    write_all,
    writing,
)
from library.services.sync import metadata_of
from tests.factories import EditionFactory
from tests.library.serverside import batches, on_server, patches

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(world, fast_time):
    (shelf,) = discover_shelves()
    return shelf


@pytest.fixture
def editions(world, shelf):
    """Five items of the server, which was not asked to write anything yet."""
    with connect() as client:
        items = client.items(client.items_page(shelf.external_id, 0).ids[:5])
    world.asked.clear()
    return [
        EditionFactory(
            shelf=shelf,
            external_id=item.id,
            path=item.rel_path,
            title=item.title,
            metadata=metadata_of(item),
            server_updated_ms=item.updated_ms,
        )
        for item in items
    ]


@pytest.fixture
def in_folder(tmp_path):
    (tmp_path / "Emma").mkdir()
    shelf = Shelf.objects.create(kind=Shelf.Kind.FOLDER, name="Folder", path=str(tmp_path))
    return EditionFactory(shelf=shelf, path="Emma", metadata={"title": "Emma"})


def subtitled(editions, text="Told Anew"):
    return [(edition, {"subtitle": f"{text} {number}"}) for number, edition in enumerate(editions)]


def statuses():
    return sorted(Change.objects.values_list("status", flat=True))


def test_several_items_are_written_in_one_request_and_each_field_is_journalled(world, editions):
    before = [on_server(edition) for edition in editions]

    outcome = write_all(subtitled(editions), source="a test")

    assert (batches(world), patches(world)) == (1, 0)
    assert outcome.troubles == {}
    assert [on_server(edition) for edition in editions] == [
        told | {"subtitle": f"Told Anew {number}"} for number, told in enumerate(before)
    ]
    assert [outcome.results[edition.pk].written for edition in editions] == [["subtitle"]] * 5
    changes = Change.objects.order_by("pk")
    assert [(one.edition, one.new, one.status) for one in changes] == [
        (edition, f"Told Anew {number}", "written") for number, edition in enumerate(editions)
    ]
    assert {one.batch for one in changes} == {outcome.batch}


def test_a_written_batch_is_no_change_to_the_next_sync(shelf, editions):
    sync_shelf(shelf, beat=lambda doing: None)
    synced = list(shelf.editions.select_related("shelf").filter(pk__in=[edition.pk for edition in editions]))

    write_all(subtitled(synced), source="a test")

    assert sync_shelf(shelf, beat=lambda doing: None).changed == 0


def test_one_item_takes_no_batch_and_none_takes_no_request(world, editions):
    write_all([], source="a test")
    assert not world.asked

    write_all(subtitled(editions[:1]), source="a test")

    assert (batches(world), patches(world)) == (0, 1)


def test_what_differs_on_the_shelf_is_left_alone_and_the_rest_is_written(world, editions):
    theirs, locked, unfit, plain, same = editions
    with connect() as client:
        client.patch_media(theirs.external_id, MediaPatch(subtitle="By hand"))
    FieldLock.objects.create(edition=locked, field="subtitle")
    wanted = [
        (theirs, {"subtitle": "By program", "publisher": "Example House"}),
        (locked, {"subtitle": "By program"}),
        (unfit, {"title": "", "subtitle": "By program"}),
        (plain, {"subtitle": "By program"}),
        (same, {"title": same.title}),
    ]

    results = write_all(wanted, source="a test").results

    assert results[theirs.pk].written == ["publisher"]
    assert "changed on the shelf meanwhile, to 'By hand'" in results[theirs.pk].refused["subtitle"]
    assert results[locked.pk].refused == {"subtitle": "locked by a person"}
    assert (results[unfit.pk].written, list(results[unfit.pk].refused)) == (["subtitle"], ["title"])
    assert results[plain.pk].written == ["subtitle"]
    assert results[same.pk].unchanged == ["title"]
    assert [on_server(one)["subtitle"] for one in (theirs, unfit, plain)] == ["By hand", "By program", "By program"]
    assert batches(world) == 1


@pytest.mark.parametrize("status", [400, 404, 405])
def test_a_refused_batch_is_written_item_by_item(world, editions, status):
    world.faults.arm("audiobookshelf", "status", path="batch/update", status=status)
    sent = patches(world)

    outcome = write_all(subtitled(editions), source="a test")

    assert (outcome.troubles, patches(world) - sent) == ({}, 5)
    assert [on_server(edition)["subtitle"] for edition in editions] == [f"Told Anew {n}" for n in range(5)]
    assert statuses() == ["written"] * 5


def test_a_batch_whose_answer_can_not_be_read_is_looked_at_and_not_sent_again(world, editions):
    world.faults.arm("audiobookshelf", "half_json", path="batch/update")
    sent = patches(world)

    outcome = write_all(subtitled(editions), source="a test")

    assert (outcome.troubles, patches(world) - sent) == ({}, 0)
    assert statuses() == ["written"] * 5


@pytest.mark.parametrize("was_done", [True, False])
def test_a_batch_that_was_cut_stays_intended_and_is_finished_once(world, editions, was_done):
    world.faults.arm("audiobookshelf", "cut", path="batch/update", **({} if was_done else {"before": True}))
    outcome = write_all(subtitled(editions), source="a test")
    assert {type(error) for error in outcome.troubles.values()} == {LibraryServerUnavailable}
    assert statuses() == ["intended"] * 5
    sent, before = patches(world), batches(world)

    assert settle_interrupted() == 5

    assert (patches(world) - sent, batches(world) - before) == (0, 0 if was_done else 1)
    assert statuses() == ["written"] * 5
    assert [on_server(edition)["subtitle"] for edition in editions] == [f"Told Anew {n}" for n in range(5)]
    assert settle_interrupted() == 0


def test_what_a_crash_cut_is_finished_before_the_same_items_are_written_again(world, editions):
    world.faults.arm("audiobookshelf", "cut", path="batch/update", before=True)
    write_all(subtitled(editions), source="a test")

    outcome = write_all(subtitled(editions, "Once More"), source="another test")

    assert outcome.troubles == {}
    assert [on_server(edition)["subtitle"] for edition in editions] == [f"Once More {n}" for n in range(5)]
    assert [(one.old, one.new) for one in editions[1].changes.order_by("pk")][-1] == ("Told Anew 1", "Once More 1")


def test_an_item_that_the_server_lost_stops_no_other(world, editions):
    lost, *others = editions
    with world.lock:
        world.state["audiobookshelf"]["items"].pop(lost.external_id)

    outcome = write_all(subtitled(editions), source="a test")

    assert {pk: type(error) for pk, error in outcome.troubles.items()} == {lost.pk: NotOnServer}
    assert [outcome.results[one.pk].written for one in others] == [["subtitle"]] * 4
    assert lost.changes.get().status == Change.Status.INTENDED


def test_a_folder_is_written_though_the_server_is_silent(world, editions, in_folder):
    world.faults.arm("audiobookshelf", "status", times=50, status=503)

    outcome = write_all([*subtitled(editions), (in_folder, {"subtitle": "A Novel"})], source="a test")

    assert outcome.results[in_folder.pk].written == ["subtitle"]
    assert set(outcome.troubles) == {edition.pk for edition in editions}


def test_many_items_go_in_several_requests(world, editions, monkeypatch):
    monkeypatch.setattr(writing, "REQUEST", 2)
    monkeypatch.setattr(shelf_batches, "REQUEST", 2)

    outcome = write_all(subtitled(editions), source="a test")

    assert (batches(world), patches(world)) == (2, 1)
    assert statuses() == ["written"] * 5
    assert len(outcome.results) == 5


def test_an_item_that_is_named_twice_is_written_once_as_was_said_last(world, editions):
    first, second = editions[:2]

    write_all(
        [(first, {"subtitle": "One", "publisher": "House"}), (second, {"subtitle": "x"}), (first, {"subtitle": "Two"})],
        source="a test",
    )

    assert on_server(first)["subtitle"] == "Two"
    assert on_server(first)["publisher"] == "House"
    assert first.changes.count() == 2


def test_a_batch_is_undone_in_one_request_to_the_byte(world, editions):
    before = [on_server(edition) for edition in editions]
    fields = {"title": "Renamed", "authors": ["Another Hand"], "series": [{"name": "Row", "sequence": "1"}]}
    write_all([(edition, fields) for edition in editions], source="a test")
    sent = batches(world)

    result = undo(Change.objects.undoable())

    assert (len(result.written), result.refused, batches(world) - sent) == (15, {}, 1)
    assert [on_server(edition) for edition in editions] == before
    assert set(Change.objects.filter(source="a test").values_list("status", flat=True)) == {"undone"}


def test_changes_of_one_field_are_undone_newest_first(world, editions):
    before = [on_server(edition)["subtitle"] for edition in editions]
    write_all(subtitled(editions, "First"), source="a test")
    write_all(subtitled(editions, "Second"), source="a test")

    result = undo(Change.objects.undoable())

    assert (len(result.written), result.refused) == (10, {})
    assert [on_server(edition)["subtitle"] for edition in editions] == before


def test_undoing_names_the_items_that_were_changed_since_and_undoes_the_others(world, editions):
    write_all(subtitled(editions), source="a test")
    batch = Change.objects.first().batch
    write_all([(editions[0], {"subtitle": "By hand"})], source="a person")

    result = undo(Change.objects.undoable().filter(batch=batch))

    assert result.refused == {f"{editions[0]}: subtitle": "it was changed again since"}
    assert len(result.written) == 4
    assert on_server(editions[0])["subtitle"] == "By hand"


def test_undoing_at_a_silent_server_rises_and_is_finished_later(world, editions):
    before = [on_server(edition) for edition in editions]
    write_all(subtitled(editions), source="a test")
    world.faults.arm("audiobookshelf", "status", times=50, status=503)

    with pytest.raises(LibraryServerUnavailable):
        undo(Change.objects.undoable())
    world.faults.clear()

    assert settle_interrupted() == 5
    assert [on_server(edition) for edition in editions] == before
