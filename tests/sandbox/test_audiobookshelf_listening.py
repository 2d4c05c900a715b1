"""The stand-in's listeners, their lists and the server's backups: told as the real server tells them."""

from collections.abc import Iterator

import pytest
from werkzeug.test import Client

from library.audiobookshelf import AudiobookshelfClient, NotOnServer, PermissionMissing
from library.backups import Keeping, KeptBackup, judge
from mamcrawler.lib import clock
from mamcrawler.sandbox.audiobookshelf import Audiobookshelf
from mamcrawler.sandbox.audiobookshelf.records import duration_of
from mamcrawler.sandbox.server import serve
from mamcrawler.sandbox.world import SECRETS, World
from tests.sandbox.test_audiobookshelf import fits, recorded, shape

pytestmark = pytest.mark.sandbox

SIGNED_IN = {"Authorization": f"Bearer {SECRETS.abs_token}"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.twelve_series(tmp_path_factory.mktemp("listening"))


@pytest.fixture
def app(world: World) -> Audiobookshelf:
    world.faults.clear()
    return Audiobookshelf(world)


@pytest.fixture
def client(app: Audiobookshelf) -> Iterator[AudiobookshelfClient]:
    with serve(app) as base_url, AudiobookshelfClient(base_url=base_url, token=SECRETS.abs_token) as client:
        yield client


def answer(app: Audiobookshelf, path: str):
    return Client(app).get(path, headers=SIGNED_IN).json


def test_a_user_is_told_as_the_recorded_ones_are(app, client):
    root, *others = client.users().rows

    user = answer(app, f"/api/users/{others[0].id}")

    assert fits(shape(user), shape(recorded("users.create.json")["user"]))
    assert fits(shape(user["mediaProgress"]), shape([recorded("me-progress.json")]))
    assert client.listening_of(root.id) == client.own_listening()


def test_the_list_of_users_tells_no_progress_and_its_people_are_plainly_examples(app):
    users = answer(app, "/api/users")["users"]

    assert {name for user in users for name in ("mediaProgress", "bookmarks") if name in user} == set()
    assert [user["username"] for user in users] == [
        "sandbox-listener",
        "example-listener",
        "example-reader",
        "example-newcomer",
    ]


def test_people_listen_to_what_is_there_and_for_as_long_as_they_came(client):
    library = client.libraries()[0]
    ids = set(client.items_page(library.id, 0).ids)

    for user in client.users().rows:
        progress = client.listening_of(user.id).progress
        stats = client.stats_of(user.id)

        assert progress.broken == stats.broken == ()
        assert {row.item_id for row in progress.rows} == set(stats.heard_s) <= ids
        for row in progress.rows:
            assert stats.heard_s[row.item_id] == pytest.approx(row.position_s, abs=1)
            assert row.is_finished == (row.fraction >= 1) == (row.finished_at is not None)


def test_one_hears_whole_series_and_one_has_just_come(client):
    told = {user.username: client.listening_of(user.id).progress.rows for user in client.users().rows}

    assert sum(not row.is_finished for row in told["example-listener"]) == 1
    assert len(told["example-listener"]) > 10
    assert told["example-newcomer"] == ()


def test_collections_and_a_playlist_hold_books_in_order(client, app):
    library = client.libraries()[0]

    collections, playlists = client.collections(library.id), client.playlists(library.id)
    one = answer(app, f"/api/libraries/{library.id}/collections?limit=1&page=1")
    items = answer(app, f"/api/libraries/{library.id}/playlists")["results"][0]["items"]

    assert [row.name for row in collections.rows] == ["Where to begin", "For a long drive"]
    assert all(row.item_ids for row in (*collections.rows, *playlists.rows))
    assert [row["name"] for row in one["results"]] == ["For a long drive"]
    assert fits(shape(one), shape(recorded("library-collections.json")))
    assert [duration_of(one["libraryItem"]) > 0 for one in items] == [True] * len(playlists.rows[0].item_ids)


def test_its_backups_are_as_they_should_be(client):
    visitor = client.whoami()

    backups = [KeptBackup(row.created_at, row.size_bytes) for row in client.backups().rows]

    assert judge(backups, Keeping(visitor.backup_schedule, visitor.backups_kept), now=clock.now()).is_ok


def test_a_token_without_the_permission_sees_only_itself(client, world):
    for ask in (client.users, client.backups, lambda: client.listening_of("x"), lambda: client.stats_of("x")):
        world.faults.arm("audiobookshelf", "forbidden")
        with pytest.raises(PermissionMissing):
            ask()

    assert client.own_listening().user.username == "sandbox-listener"
    assert client.own_stats().heard_s


def test_an_unknown_user_is_not_on_the_server(client):
    with pytest.raises(NotOnServer):
        client.listening_of("nobody")
    with pytest.raises(NotOnServer):
        client.stats_of("nobody")


def test_people_and_lists_outlive_a_restart(world, app):
    before = answer(app, "/api/users")

    assert answer(Audiobookshelf(World.twelve_series(world.root)), "/api/users") == before


def test_an_empty_world_has_people_who_heard_nothing(tmp_path):
    with (
        serve(Audiobookshelf(World.empty(tmp_path))) as base_url,
        AudiobookshelfClient(base_url=base_url, token=SECRETS.abs_token) as client,
    ):
        library = client.libraries()[0]

        assert [len(client.listening_of(user.id).progress.rows) for user in client.users().rows] == [0, 0, 0, 0]
        assert client.collections(library.id).rows == client.playlists(library.id).rows == ()
