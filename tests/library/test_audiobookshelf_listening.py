"""What the client reads of listeners, lists and backups, against recorded answers and odd rows."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from library.audiobookshelf import AudiobookshelfClient, NotOnServer, PermissionMissing, UnexpectedAnswer, client
from library.audiobookshelf.listening import read_progress
from tests.library.replayed import GLASS_ORCHARD, LIBRARY, Replay, recorded, visiting

NAN = float("nan")


@pytest.fixture
def server() -> Replay:
    return Replay()


@pytest.fixture
def visit(server: Replay) -> Iterator[AudiobookshelfClient]:
    with visiting(server) as visit:
        yield visit


def told(**changes: Any) -> dict[str, Any]:
    return recorded("me-progress.json") | changes


def test_the_recorded_progress_is_read(visit, server):
    server.will(200, recorded("me.json") | {"mediaProgress": [recorded("me-progress.json")]})

    listening = visit.own_listening()

    (progress,) = listening.progress.rows
    assert (listening.user.username, listening.progress.broken) == ("root", ())
    assert (progress.item_id, progress.fraction, progress.position_s, progress.is_finished) == (
        GLASS_ORCHARD,
        0.208,
        12.5,
        False,
    )
    assert progress.updated_at == datetime.fromtimestamp(1795220886.637, UTC)
    assert server.asked[0][:2] == ("GET", "/api/me")


def test_progress_in_an_episode_of_a_podcast_is_passed_over(visit, server):
    server.will(200, recorded("users.create.json")["user"] | {"mediaProgress": [told(), told(episodeId="an-episode")]})

    assert len(visit.listening_of("921da2f3").progress.rows) == 1


@pytest.mark.parametrize("progress", [1.2, -0.1, NAN, float("inf"), True, "0.5", [0.5]])
def test_a_progress_that_is_none_is_reported_and_the_next_row_is_read(progress):
    listed = read_progress([told(progress=progress), told(libraryItemId="another")])

    assert [row.item_id for row in listed.rows] == ["another"]
    assert [broken.id for broken in listed.broken] == [GLASS_ORCHARD]
    assert "progress" in listed.broken[0].why


@pytest.mark.parametrize(
    ("row", "fraction"),
    [
        (told(progress=1.004), 1.0),
        (told(progress=0), 0.0),
        (told(progress=None), 12.5 / 60),
        (told(progress=None, isFinished=True, currentTime=None), 1.0),
        (told(progress=None, currentTime=90), 1.0),
    ],
)
def test_a_progress_of_rounding_or_of_null_is_understood(row, fraction):
    assert [one.fraction for one in read_progress([row]).rows] == [fraction]


@pytest.mark.parametrize(
    "row",
    [
        None,
        "progress",
        told(libraryItemId=None),
        told(libraryItemId=""),
        told(libraryItemId="x" * 65),
        told(libraryItemId="nul\x00"),
        told(progress=None, duration=0),
        told(progress=None, currentTime=NAN),
        told(lastUpdate="yesterday"),
        told(finishedAt=10**20),
        told(currentTime=-1),
        {},
    ],
)
def test_an_odd_row_is_reported_without_its_values(row):
    listed = read_progress([row])

    assert listed.rows == ()
    assert len(listed.broken) == 1
    assert "yesterday" not in listed.broken[0].why


def test_the_servers_users_are_listed_without_their_tokens(visit, server):
    root, reader = recorded("me.json"), recorded("users.create.json")["user"]
    server.will(200, {"users": [root, {"id": 7}, reader]})

    listed = visit.users()

    assert [user.username for user in listed.rows] == ["root", "reader"]
    assert len(listed.broken) == 1
    assert "token" not in repr(listed)


@pytest.mark.parametrize(("status", "error"), [(403, PermissionMissing), (404, NotOnServer)])
@pytest.mark.parametrize(
    "ask", [lambda visit: visit.users(), lambda visit: visit.listening_of("x"), lambda visit: visit.backups()]
)
def test_a_token_that_may_not_is_told(visit, server, status, error, ask):
    server.will(status, "no")

    with pytest.raises(error):
        ask(visit)


def test_listening_times_are_read_by_item(visit, server):
    items = {
        "a": {"id": "a", "timeListening": 90.5},
        "null": {"timeListening": None},
        "b": 3,
        "c": {"timeListening": -1},
    }
    server.will(200, {"totalTime": 90.5, "items": items})

    stats = visit.stats_of("someone")

    assert stats.heard_s == {"a": 90.5}
    assert {broken.id for broken in stats.broken} == {"null", "b", "c"}


def test_the_recorded_collections_are_read_in_their_order(visit, server):
    server.will(200, recorded("library-collections.json"))

    listed = visit.collections(LIBRARY)

    (collection,) = listed.rows
    assert (collection.name, collection.description, listed.is_whole) == ("Lab picks", None, True)
    assert collection.item_ids == tuple(book["id"] for book in recorded("collections.create.json")["books"])


def test_lists_are_read_page_by_page_until_all_are_seen(visit, server, monkeypatch):
    monkeypatch.setattr(client, "LISTS_A_PAGE", 2)
    row = recorded("library-collections.json")["results"][0] | {"books": []}
    rows = [row | {"id": name} for name in "abc"]
    server.will(200, {"results": rows[:2], "total": 3})
    server.will(200, {"results": rows[2:], "total": 3})

    listed = visit.collections(LIBRARY)

    assert [one.id for one in listed.rows] == ["a", "b", "c"]
    assert [path.partition("?")[2] for _, path, _ in server.asked] == ["limit=2&page=0", "limit=2&page=1"]


def test_a_list_that_shifted_while_it_was_read_is_not_whole(visit, server):
    row = recorded("library-collections.json")["results"][0] | {"books": []}
    server.will(200, {"results": [row, row], "total": 2})

    assert not visit.collections(LIBRARY).is_whole


@pytest.mark.parametrize("ids", [["a", "b"], [None, "b"], []], ids=["of lists", "without an id", "of nothing"])
def test_a_page_that_brings_nothing_new_ends_the_list(visit, server, ids):
    row = recorded("library-collections.json")["results"][0] | {"books": []}
    first, second = [row | {"id": name} for name in ids], [row | {"id": name} for name in ids]
    for rows in (first, second):
        server.will(200, {"results": rows, "total": 10**9})

    listed = visit.collections(LIBRARY)

    assert len(server.asked) == (2 if ids else 1)
    assert [one.id for one in listed.rows] == [name for name in ids if name]
    assert (listed.is_whole, "brought nothing new" in listed.stalled) == (False, True)


def test_a_playlist_lists_its_books_in_order_and_no_episodes(visit, server):
    items = [{"libraryItemId": "b"}, {"libraryItemId": "p", "episodeId": "e"}, {"libraryItemId": "a"}]
    row = {"id": "p", "libraryId": LIBRARY, "userId": "u", "name": "Next", "items": items}
    server.will(200, {"results": [row], "total": 1})

    (playlist,) = visit.playlists(LIBRARY).rows

    assert (playlist.item_ids, playlist.user_id) == (("b", "a"), "u")


@pytest.mark.parametrize("books", [None, "all", [None], [{"id": 3}], [{"id": ""}]])
def test_a_list_of_odd_books_is_reported_and_the_next_is_read(visit, server, books):
    row = recorded("library-collections.json")["results"][0]
    server.will(200, {"results": [row | {"id": "odd", "books": books}, row], "total": 2})

    listed = visit.collections(LIBRARY)

    assert [one.id for one in listed.broken] == ["odd"]
    assert [one.id for one in listed.rows] == [row["id"]]
    assert listed.is_whole


def test_backups_are_listed_with_their_size_and_moment(visit, server):
    backup = {"id": "2026-08-01T0130", "fileSize": 4_200_000, "createdAt": 1_785_547_800_000, "key": "sqlite"}
    server.will(200, {"backups": [backup, backup | {"createdAt": None}], "backupLocation": "/metadata/backups"})

    listed = visit.backups()

    assert [(one.size_bytes, one.created_at.isoformat()) for one in listed.rows] == [
        (4_200_000, "2026-08-01T01:30:00+00:00")
    ]
    assert len(listed.broken) == 1


def test_what_the_server_is_set_to_is_read(visit, server):
    answer = recorded("authorize.json")
    server.will(200, answer)
    recorded_as = visit.whoami()
    server.answers = [(200, answer | {"serverSettings": {"backupSchedule": "30 1 * * *", "backupsToKeep": 30}}, {})]

    scheduled = visit.whoami()

    assert (recorded_as.backup_schedule, recorded_as.backups_kept) == ("", 2)
    assert (scheduled.backup_schedule, scheduled.backups_kept) == ("30 1 * * *", 30)


@pytest.mark.parametrize("answer", [[], {"users": None}, {"results": []}, {"mediaProgress": None, "id": "u"}])
def test_an_answer_of_another_shape_is_unexpected(visit, server, answer):
    server.will(200, json.dumps(answer), Content_Type="application/json")

    for ask in (visit.users, visit.own_listening, visit.own_stats, visit.backups):
        with pytest.raises(UnexpectedAnswer):
            ask()
    with pytest.raises(UnexpectedAnswer):
        visit.collections(LIBRARY)
