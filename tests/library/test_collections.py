"""Reading collections and playlists: in their order, changed in place, and nothing lost with a copy."""

import pytest

from library import services
from library.models import Collection, CollectionMember
from mamcrawler.operations import jobs
from tests.library.listeningserver import ROOT, book_of, read

pytestmark = pytest.mark.django_db


def test_a_collection_keeps_the_order_of_the_server(listening_server, shelf, item):
    books = {name: book_of(item(name)) for name in ("item-1", "item-2", "item-3")}
    listening_server.collect("c", "item-3", "item-1", "item-1", description="All of them")
    listening_server.play("p", "item-2")

    report = read(shelf)

    collection, playlist = Collection.objects.order_by("kind")
    assert (report.lists, collection.name, collection.description, collection.owner) == (
        2,
        "Favourites",
        "All of them",
        None,
    )
    assert [member.book for member in collection.members.for_page()] == [books["item-3"], books["item-1"]]
    assert (playlist.kind, playlist.owner.external_id) == ("playlist", ROOT)
    assert [member.book for member in playlist.members.for_page()] == [books["item-2"]]


def test_a_collection_that_changes_is_changed_in_place(listening_server, shelf, item):
    for name in ("item-1", "item-2", "item-3"):
        item(name)
    listening_server.collect("c", "item-1", "item-2")
    read(shelf)
    before = Collection.objects.get()

    listening_server.collect("c", "item-3", "item-1", name="Best of all")
    report = read(shelf)

    after = Collection.objects.get()
    assert (after.pk, after.name, report.changed) == (before.pk, "Best of all", 4)
    holding = after.members.holding().for_page()
    assert list(holding.values_list("item_id", "position")) == [("item-3", 0), ("item-1", 1)]


def test_a_collection_that_vanished_is_marked_and_returns(listening_server, shelf, item):
    item("item-1")
    listening_server.collect("c", "item-1")
    listening_server.collect("d", "item-1")
    listening_server.play("p", "item-1")
    read(shelf)

    listening_server.collections, kept = listening_server.collections[1:], listening_server.collections
    read(shelf)
    gone = Collection.objects.get(external_id="c").vanished_at
    listening_server.collections = kept
    read(shelf)

    assert gone is not None
    assert Collection.objects.present().count() == 3


def test_a_book_whose_copy_is_gone_stays_in_its_collection_and_one_that_was_taken_out_does_not(
    listening_server, shelf, item
):
    gone, taken_out = item("item-1"), item("item-2")
    listening_server.collect("c", "item-1", "item-2")
    read(shelf)

    services.remove_edition(gone)
    listening_server.collect("c")
    read(shelf)

    holding = CollectionMember.objects.holding().get()
    assert (holding.book, holding.is_copy_gone) == (book_of(gone), True)
    assert CollectionMember.objects.get(item_id="item-2").untold_at is not None
    assert not CollectionMember.objects.get(edition=taken_out).is_copy_gone


def test_a_list_that_can_not_be_read_is_told_and_stays_as_it_was(listening_server, shelf, item):
    item("item-1")
    listening_server.collect("c", "item-1")
    read(shelf)

    listening_server.collect("c", books=[None])
    listening_server.collect("d", "item-1")
    report = read(shelf)

    assert [one.id for one in report.broken] == ["c"]
    assert Collection.objects.present().count() == 2
    assert Collection.objects.get(external_id="c").members.count() == 1


def test_a_members_book_is_bound_once_its_item_is_synced(listening_server, shelf, item):
    listening_server.collect("c", "item-1")
    first = read(shelf)
    unbound = CollectionMember.objects.get().book
    edition = item("item-1")

    read(shelf)

    assert (first.unknown, unbound) == (1, None)
    assert CollectionMember.objects.get().book == book_of(edition)


def test_lists_that_may_not_be_read_are_told_and_none_is_taken_for_gone(listening_server, shelf, item):
    item("item-1")
    listening_server.collect("c", "item-1")
    read(shelf)

    listening_server.refused["/collections"] = 403
    report = read(shelf)

    assert any("collections" in note for note in report.notes)
    assert Collection.objects.present().count() == 1


def test_a_server_that_repeats_its_pages_is_asked_twice_and_no_list_is_taken_for_gone(listening_server, shelf, item):
    item("item-1")
    listening_server.collect("c", "item-1")
    listening_server.collect("d", "item-1")
    listening_server.play("p", "item-1")
    read(shelf)
    listening_server.asked.clear()

    listening_server.total = 10**9
    listening_server.collections.pop()
    listening_server.collect("e", "item-1")
    report = read(shelf)
    there = Collection.objects.present().count()

    told = "page 2 brought nothing new, though there are said to be 1,000,000,000; none was taken for gone"
    assert report.notes == [f"the collections of {shelf.name}: {told}", f"the playlists of {shelf.name}: {told}"]
    assert sum(path.endswith(("/collections", "/playlists")) for path in listening_server.asked) == 4
    assert (report.lists, there) == (3, 4)

    listening_server.total = None
    assert read(shelf).notes == []
    assert Collection.objects.present().count() == 3


def test_the_run_says_which_lists_were_left_off(listening_server, shelf, item):
    item("item-1")
    listening_server.collect("c", "item-1")
    listening_server.total = 10**9

    run = jobs.run_now("read_listening")

    assert f"the collections of {shelf.name}: page 2 brought nothing new" in run.summary
