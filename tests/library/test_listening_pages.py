"""What is shown of listeners and collections, and to whom."""

import pytest
from django.urls import reverse

from library import services
from library.models import Collection
from mamcrawler.lib import clock
from tests.factories import BookFactory, CoverageFactory, EditionFactory
from tests.listenfactories import (
    CollectionFactory,
    CollectionMemberFactory,
    ListenerFactory,
    ListeningProgressFactory,
)
from tests.visitors import queries_of, visitor

pytestmark = pytest.mark.django_db

MARKUP = '<img src=x onerror="alert(1)">'


@pytest.fixture
def viewer():
    return visitor("viewer")


@pytest.fixture
def curator():
    return visitor("curator")


def page_of(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def playlist(name="Next up", owner="example-owner"):
    return CollectionFactory(kind=Collection.Kind.PLAYLIST, name=name, owner=ListenerFactory(name=owner))


LISTS = reverse("library:collection-list")


def test_strangers_sign_in_first():
    stranger = visitor()

    assert {stranger.get(url).status_code for url in (LISTS, CollectionFactory().get_absolute_url())} == {302}


def test_a_curator_reads_who_came_how_far(curator):
    row = ListeningProgressFactory(listener=ListenerFactory(name="example-ann"), fraction=0.42)
    ListeningProgressFactory(
        listener=ListenerFactory(name="example-ben"), edition=row.edition, book=row.book, done=True
    )

    page = page_of(curator, row.book.get_absolute_url())

    assert "example-ann" in page
    assert "42 %" in page
    assert page.index("example-ben") < page.index("example-ann")
    assert "Finished" in page


def test_a_viewer_reads_how_many_and_no_names(viewer):
    row = ListeningProgressFactory(listener=ListenerFactory(name="example-ann"))
    ListeningProgressFactory(
        listener=ListenerFactory(name="example-ben"), edition=row.edition, book=row.book, done=True
    )

    page = page_of(viewer, row.book.get_absolute_url())

    assert "1 finished it, 1 listening." in page
    assert "example-ann" not in page
    assert "example-ben" not in page


def test_a_book_says_that_what_was_heard_is_of_a_copy_that_is_gone(curator):
    row = ListeningProgressFactory()
    services.remove_edition(row.edition)

    assert "no longer on its shelf" in page_of(curator, row.book.get_absolute_url())


def test_a_book_that_nobody_heard_says_nothing_of_it(curator):
    assert "listening-title" not in page_of(curator, BookFactory().get_absolute_url())


def test_many_listeners_take_no_more_queries_than_one(curator):
    row = ListeningProgressFactory()
    few = queries_of(curator, row.book.get_absolute_url())

    for _ in range(10):
        ListeningProgressFactory(edition=row.edition, book=row.book)

    assert queries_of(curator, row.book.get_absolute_url()) == few


def test_the_library_leads_to_its_collections(viewer):
    assert f'href="{LISTS}"' in page_of(viewer, reverse("library:book-list"))


def test_without_collections_the_page_says_how_they_come(viewer):
    assert "No collections yet" in page_of(viewer, LISTS)


def test_collections_are_listed_with_how_much_is_owned(viewer):
    collection = CollectionFactory(name="Best of all")
    CollectionMemberFactory(collection=collection)
    services.remove_edition(CollectionMemberFactory(collection=collection).edition)
    CollectionMemberFactory(collection=collection, untold_at=clock.now())

    page = page_of(viewer, LISTS)

    assert "Best of all" in page
    assert "1 of 2" in page


def test_a_playlist_is_shown_to_curators_and_kept_from_viewers(viewer, curator):
    row = playlist()

    assert "Next up" not in page_of(viewer, LISTS)
    assert viewer.get(row.get_absolute_url()).status_code == 404
    assert "Playlist of example-owner" in page_of(curator, LISTS)
    assert "Playlist of example-owner" in page_of(curator, row.get_absolute_url())


def test_a_list_that_is_no_longer_on_the_server_stands_apart(viewer):
    CollectionFactory(name="Old favourites", vanished_at=clock.now())

    page = page_of(viewer, LISTS)

    assert page.index("No longer on the server: 1") < page.index("Old favourites")


def test_a_collection_shows_its_books_in_order_and_what_became_of_their_copies(viewer):
    collection = CollectionFactory(name="Best of all", description=f"All of {MARKUP} them")
    last = CollectionMemberFactory(collection=collection, position=2)
    first = CollectionMemberFactory(collection=collection, position=0)
    gone = CollectionMemberFactory(collection=collection, position=1)
    services.remove_edition(gone.edition)
    replaced = CollectionMemberFactory(collection=collection, position=3)
    services.remove_edition(replaced.edition)
    CoverageFactory(book=replaced.book, edition=EditionFactory())
    CollectionMemberFactory(collection=collection, position=4, book=None, edition=None, item_id="item-x")

    page = page_of(viewer, collection.get_absolute_url())

    places = [page.index(f'href="{member.book.get_absolute_url()}"') for member in (first, gone, last, replaced)]
    assert places == sorted(places)
    assert "3 of 5 on the shelf" in page
    assert page.count("The copy that was listed is gone") == 2
    assert page.count("there is another") == 1
    assert "An item not read yet" in page
    assert MARKUP not in page


def test_more_books_or_lists_take_no_more_queries(viewer):
    collection = CollectionFactory()
    CollectionMemberFactory.create_batch(2, collection=collection)
    few = [queries_of(viewer, url) for url in (LISTS, collection.get_absolute_url())]

    CollectionFactory.create_batch(5)
    CollectionMemberFactory.create_batch(20, collection=collection)

    assert [queries_of(viewer, url) for url in (LISTS, collection.get_absolute_url())] == few


def test_an_empty_collection_says_so(viewer):
    assert "It holds no book" in page_of(viewer, CollectionFactory().get_absolute_url())
