"""Listeners, collections and the library server's backups over the API."""

import pytest

from library import services
from library.models import Collection
from mamcrawler.sandbox.server import serve
from tests.factories import BookFactory
from tests.library.listeningserver import ListeningServer
from tests.listenfactories import (
    CollectionFactory,
    CollectionMemberFactory,
    ListenerFactory,
    ListeningProgressFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard():
    """A book that two people heard, one of them to its end."""
    row = ListeningProgressFactory(listener=ListenerFactory(name="example-ann"), heard_s=1800)
    ListeningProgressFactory(
        listener=ListenerFactory(name="example-ben"), edition=row.edition, book=row.book, done=True, heard_s=3600
    )
    return row.book


def test_curators_read_who_listened_to_how_much(writer, heard):
    answer = writer.get("/api/v1/listeners").json()

    assert answer["count"] == 2
    assert [(row["name"], row["books_finished"], row["hours_heard"]) for row in answer["items"]] == [
        ("example-ann", 0, 0.5),
        ("example-ben", 1, 1.0),
    ]


def test_viewers_read_the_totals_and_no_names(get, heard):
    refused = get("/listeners")

    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert "example" not in refused.content.decode()
    assert get("/listening-totals").json() == {"listeners": 2, "books_finished": 1, "hours_heard": 1.5}


def test_a_book_tells_its_listening_to_each_as_far_as_they_may_see(get, writer, heard):
    told = writer.get(f"/api/v1/books/{heard.pk}/listening").json()

    assert get(f"/books/{heard.pk}/listening").json() == {"finished": 1, "listening": 1, "listeners": None}
    assert [(row["listener"], row["fraction"], row["is_finished"]) for row in told["listeners"]] == [
        ("example-ben", 1.0, True),
        ("example-ann", 0.5, False),
    ]


def test_an_unheard_and_an_unknown_book(get):
    book = BookFactory()

    assert get(f"/books/{book.pk}/listening").json() == {"finished": 0, "listening": 0, "listeners": None}
    assert get("/books/999999/listening").status_code == 404


def test_collections_are_listed_and_playlists_kept_from_viewers(get, writer):
    collection = CollectionFactory(name="Best of all")
    owner = ListenerFactory(name="example-ann")
    row = CollectionFactory(kind=Collection.Kind.PLAYLIST, name="Next up", owner=owner)
    CollectionMemberFactory(collection=collection)

    shown = get("/collections").json()["items"]

    assert [(one["name"], one["total"], one["owned"], one["owner"]) for one in shown] == [("Best of all", 1, 1, None)]
    assert get(f"/collections/{row.pk}").status_code == 404
    assert get(f"/collections/{row.pk}/members").status_code == 404
    listed = writer.get("/api/v1/collections", {"kind": "playlist"}).json()["items"]
    assert [(one["name"], one["owner"]) for one in listed] == [("Next up", "example-ann")]


def test_a_collection_is_told_with_its_members_in_order(get):
    collection = CollectionFactory()
    last = CollectionMemberFactory(collection=collection, position=1)
    first = CollectionMemberFactory(collection=collection, position=0)
    services.remove_edition(last.edition)

    assert get(f"/collections/{collection.pk}").json()["total"] == 2
    members = get(f"/collections/{collection.pk}/members").json()["items"]
    assert [(one["book_id"], one["title"], one["is_copy_gone"]) for one in members] == [
        (first.book_id, str(first.book), False),
        (last.book_id, str(last.book), True),
    ]


@pytest.fixture
def server(settings):
    app = ListeningServer()
    with serve(app) as settings.AUDIOBOOKSHELF_URL:
        settings.AUDIOBOOKSHELF_TOKEN = "example-token"
        yield app


def test_the_library_servers_backups_are_judged(get, server):
    answer = get("/library-server/backups").json()

    assert (answer["is_ok"], answer["count"], answer["keeps"], answer["schedule"]) == (False, 0, 2, "")
    assert len(answer["warnings"]) == 1


@pytest.mark.parametrize(("end", "code"), [("/backups", "backups_hidden"), ("/authorize", "library_server_error")])
def test_backups_that_can_not_be_seen_are_a_problem_with_advice(get, server, end, code):
    server.refused[end] = 403

    answer = get("/library-server/backups")

    assert (answer.status_code, answer.json()["code"]) == (502, code)
