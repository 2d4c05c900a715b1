"""The client of the library server, against answers that a real one gave."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from library.audiobookshelf import (
    AnswerTooLarge,
    AudiobookshelfClient,
    BrokenItem,
    Item,
    LibraryServerUnavailable,
    MediaPatch,
    NotOnServer,
    PermissionMissing,
    SeriesPatch,
    TokenRejected,
    UnexpectedAnswer,
)
from library.audiobookshelf.items import decode_listing, read_item
from library.facts import Chapter
from mamcrawler.sandbox.server import serve
from tests.library.replayed import GLASS_ORCHARD, LIBRARY, Replay, recorded, visiting

ENTRIES = recorded("index.json")["entries"]


@pytest.fixture
def server() -> Replay:
    return Replay()


@pytest.fixture
def client(server: Replay) -> Iterator[AudiobookshelfClient]:
    with visiting(server) as client:
        yield client


def items_within(answer: Any) -> Iterator[Any]:
    """Find everything in an answer that is an item of a library."""
    if isinstance(answer, list):
        for one in answer:
            yield from items_within(one)
    elif isinstance(answer, dict):
        if "mediaType" in answer and "media" in answer:
            yield answer
        else:
            for one in answer.values():
                yield from items_within(one)


def is_whole(item: dict[str, Any]) -> bool:
    return "audioFiles" in item["media"]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_every_item_in_a_recorded_answer_is_read(entry):
    items = list(items_within(recorded(entry["file"])))
    whole = [one for one in items if is_whole(one)]
    listed = [one for one in items if not is_whole(one)]

    read = [read_item(one) for one in whole]
    total, rows, broken = decode_listing(json.dumps({"total": len(listed), "results": listed}).encode())

    assert [(one.id, one.title, one.updated_ms) for one in read] == [
        (one["id"], one["media"]["metadata"]["title"], one["updatedAt"]) for one in whole
    ]
    assert [(row.id, row.updated_ms, bool(row.is_missing)) for row in rows] == [
        (one["id"], one["updatedAt"], one.get("isMissing", False)) for one in listed
    ]
    assert (total, broken) == (len(listed), ())


CALLS = {
    "ping.json": lambda client: client.ping(),
    "status.json": lambda client: client.status(),
    "status.before-init.json": lambda client: client.status(),
    "authorize.json": lambda client: client.whoami(),
    "libraries.json": lambda client: client.libraries(),
    "libraries.with-stats.json": lambda client: client.libraries(),
    "libraries.empty-by-api-key.json": lambda client: client.libraries() == [],
    "library-items.json": lambda client: client.items_page(LIBRARY, 0).rows,
    "library-items.page.json": lambda client: client.items_page(LIBRARY, 1, limit=3).rows,
    "library-items.collapse-series.json": lambda client: client.items_page(LIBRARY, 0).rows,
    "library-items.by-series.json": lambda client: client.items_page(LIBRARY, 0).rows,
    "items-batch-get.json": lambda client: client.items([GLASS_ORCHARD]),
    "item.plain.json": lambda client: client.item(GLASS_ORCHARD),
    "item.expanded-m4b.json": lambda client: client.item(GLASS_ORCHARD),
    "item.missing.json": lambda client: client.item(GLASS_ORCHARD).is_missing,
    "item-media.patch.json": lambda client: client.patch_media(GLASS_ORCHARD, MediaPatch(title="x")).updated,
    "items-batch-update.json": lambda client: client.batch_update({"a": MediaPatch(title="x")}) == 3,
    "tasks.during-scan.json": lambda client: client.is_scanning(LIBRARY),
    "library-collections.json": lambda client: client.collections(LIBRARY).rows[0].item_ids,
    "me.json": lambda client: client.own_listening().user.username == "root",
}


@pytest.mark.parametrize("name", CALLS)
def test_a_recorded_answer_reaches_its_caller(name, client, server):
    server.will(200, recorded(name))

    assert CALLS[name](client)


ERRORS = {401: TokenRejected, 403: PermissionMissing, 404: NotOnServer, 400: UnexpectedAnswer}


@pytest.mark.parametrize("entry", [one for one in ENTRIES if one["status"] in ERRORS], ids=lambda entry: entry["file"])
def test_a_recorded_refusal_becomes_the_exception_that_says_what_to_do(entry, client, server):
    server.will(entry["status"], str(recorded(entry["file"])))

    with pytest.raises(ERRORS[entry["status"]]):
        client.libraries()


def test_an_item_tells_what_the_server_knows(client, server):
    server.will(200, recorded("item.expanded-mp3s.json"))

    item = client.item("2bf56f47-f165-4b60-9657-fb294c2f2742")

    assert (item.title, item.authors[0].name, item.narrators, item.published_year) == (
        "Low Tide",
        "Jonas Wirth",
        ("Ann Reed",),
        "2004",
    )
    assert (item.series[0].name, item.series[0].sequence) == ("Harbour Nights", "1")
    assert item.added_at == datetime.fromtimestamp(1795220884.404, UTC)
    assert (item.duration_s, item.size_bytes, len(item.chapters)) == (80.143672, 642636, 4)
    first = item.audio_files[0]
    assert (first.index, first.rel_path, first.ino, first.bitrate_bps, first.codec) == (
        1,
        "Low Tide - 01.mp3",
        "2302152",
        64000,
        "mp3",
    )


def test_a_plain_item_without_totals_gets_them_from_its_files(client, server):
    server.will(200, recorded("item.plain.json"))

    item = client.item(GLASS_ORCHARD)

    assert (item.duration_s, item.size_bytes) == (60, 495469)


@pytest.mark.parametrize(
    "damage",
    [
        lambda row: row.pop("media"),
        lambda row: row.update(media=[]),
        lambda row: row["media"]["metadata"].update(title=["x"]),
        lambda row: row["media"]["metadata"].update(authors="Jonas Wirth"),
        lambda row: row["media"]["metadata"].update(narrators=[1]),
        lambda row: row["media"].update(duration="long"),
        lambda row: row.update(updatedAt="yesterday"),
        lambda row: row.update(addedAt=10**20),
        lambda row: row["media"]["audioFiles"].append(None),
    ],
)
def test_an_odd_item_is_reported_and_the_batch_goes_on(damage, client, server):
    batch = recorded("items-batch-get.json")
    damage(batch["libraryItems"][0])
    server.will(200, batch)

    odd, sound = client.items(["first", "second"])

    assert isinstance(odd, BrokenItem)
    assert odd.id == GLASS_ORCHARD
    assert isinstance(sound, Item)


def test_null_everywhere_is_an_item_of_which_nothing_is_known(client, server):
    row = recorded("item.expanded-m4b.json")
    media = dict.fromkeys(row["media"]) | {"metadata": {"title": None}}
    server.will(200, dict.fromkeys(row) | {"id": row["id"], "media": media})

    item = client.item(GLASS_ORCHARD)

    assert (item.title, item.authors, item.updated_ms, item.audio_files, item.duration_s) == (None, (), None, (), None)


def test_a_page_beyond_the_last_is_empty_and_keeps_its_total(client, server):
    server.will(200, recorded("library-items.beyond-last-page.json"))

    page = client.items_page(LIBRARY, 99, limit=3)

    assert (page.rows, page.total) == ((), 10)
    assert server.asked[0][1] == f"/api/libraries/{LIBRARY}/items?limit=3&page=99&sort=addedAt&minified=1"


def test_asking_for_no_items_makes_no_request(client, server):
    assert client.items([]) == []
    assert client.batch_update({}) == 0
    assert server.asked == []


def test_a_patch_holds_only_what_is_given_in_the_servers_shape(client, server):
    server.will(200, recorded("item-media.patch.json"))

    client.patch_media(
        GLASS_ORCHARD,
        MediaPatch(
            authors=("Mara Ellison",),
            series=(SeriesPatch(name="The Lantern Cycle", sequence="1.5"),),
            published_year="2011",
            subtitle=None,
            tags=("checked",),
            chapters=(Chapter("One", 0, 30),),
        ),
    )

    assert server.asked[0] == (
        "PATCH",
        f"/api/items/{GLASS_ORCHARD}/media",
        {
            "metadata": {
                "authors": [{"name": "Mara Ellison"}],
                "series": [{"name": "The Lantern Cycle", "sequence": "1.5"}],
                "publishedYear": "2011",
                "subtitle": None,
            },
            "tags": ["checked"],
            "chapters": [{"id": 0, "start": 0, "end": 30, "title": "One"}],
        },
    )


@pytest.mark.parametrize("odd", [{"title": ""}, {"author_name": "x"}, {"published_year": 2011}, {"genres": "Fantasy"}])
def test_a_patch_that_the_server_would_pass_over_is_refused(odd):
    with pytest.raises(ValidationError):
        MediaPatch(**odd)


def test_a_series_position_that_is_no_text_is_refused():
    with pytest.raises(ValidationError):
        SeriesPatch.model_validate({"name": "The Lantern Cycle", "sequence": 2})


def test_a_title_cannot_be_cleared():
    with pytest.raises(ValueError, match="title"):
        MediaPatch(title=None).payload()


def test_a_patch_without_effect_says_so(client, server):
    server.will(200, recorded("item-media.patch-nothing-new.json"))

    assert not client.patch_media(GLASS_ORCHARD, MediaPatch(title="The Salt Meridian")).updated


def test_a_read_is_tried_three_times_in_all(client, server, pauses):
    server.will(503, "busy")

    with pytest.raises(LibraryServerUnavailable):
        client.libraries()

    assert len(server.asked) == 3
    assert len(pauses) == 2
    assert pauses[0] < pauses[1]


def test_a_read_waits_as_long_as_the_server_asks(client, server, pauses):
    server.will(429, {"error": "Too many requests"}, Retry_After="7")
    server.will(200, recorded("libraries.json"))

    assert client.libraries()[0].name == "Audiobooks"

    assert pauses == [7.0]


def test_a_write_is_sent_once(client, server, pauses):
    server.will(502, "bad gateway")

    with pytest.raises(LibraryServerUnavailable):
        client.patch_media(GLASS_ORCHARD, MediaPatch(title="x"))
    with pytest.raises(LibraryServerUnavailable):
        client.scan(LIBRARY)

    assert len(server.asked) == 2


def test_a_login_page_instead_of_json_is_unexpected(client, server):
    server.will(200, "<html>sign in</html>", Content_Type="text/html")

    with pytest.raises(UnexpectedAnswer, match="text/html where JSON was expected"):
        client.libraries()


def test_no_scan_runs_once_the_tasks_are_gone(client, server):
    server.will(200, recorded("tasks.after-scan.json"))

    assert not client.is_scanning(LIBRARY)


def test_an_item_without_a_cover_has_none(client, server):
    server.will(404, "Not Found")

    assert client.cover(GLASS_ORCHARD) is None


def test_a_cover_keeps_its_media_type(client, server):
    server.will(200, b"image", Content_Type="image/jpeg")

    cover = client.cover(GLASS_ORCHARD)

    assert cover is not None
    assert (cover.media_type, cover.content) == ("image/jpeg", b"image")


@pytest.mark.parametrize(
    "entry", [one for one in ENTRIES if one["file"].startswith("item-cover") and one["method"] == "GET"]
)
def test_a_cover_is_taken_as_the_server_was_seen_to_send_it(entry, client, server):
    server.will(entry["status"], b"image", Content_Type=entry["content_type"])

    cover = client.cover(GLASS_ORCHARD)

    assert (cover is None) == (entry["status"] == 404)
    assert server.asked == [("GET", f"/api/items/{GLASS_ORCHARD}/cover?raw=1", None)]


def test_a_cover_that_does_not_end_is_left_off(client, server):
    server.will(200, b"x" * 3_000_000, Content_Type="image/png")

    with pytest.raises(AnswerTooLarge):
        client.cover(GLASS_ORCHARD, most_bytes=1_000_000)


def test_a_page_that_asks_to_sign_in_is_no_cover(client, server):
    server.will(200, "<html>Sign in</html>", Content_Type="text/html; charset=utf-8")

    with pytest.raises(UnexpectedAnswer, match="text/html"):
        client.cover(GLASS_ORCHARD)


def test_a_cover_is_asked_for_again_while_the_server_is_busy(client, server, pauses):
    server.will(503, "busy", Retry_After="7")
    server.will(200, b"image", Content_Type="image/jpeg")

    assert client.cover(GLASS_ORCHARD).content == b"image"
    assert pauses == [7.0]


def test_the_token_is_in_no_message(client, server):
    server.will(200, {"user": {"token": "example-token"}})

    with pytest.raises(UnexpectedAnswer) as caught:
        client.whoami()

    assert "example-token" not in f"{caught.value} {caught.value.__cause__}"


def test_a_base_path_is_kept(server):
    server.will(200, recorded("ping.json"))

    with serve(server) as base_url, AudiobookshelfClient(base_url=f"{base_url}/shelf", token="example-token") as client:
        assert client.ping()

    assert server.asked[0][1] == "/shelf/ping"


def test_a_silent_server_is_unavailable(pauses):
    with (
        AudiobookshelfClient(base_url="http://127.0.0.1:9", token="example-token") as client,
        pytest.raises(LibraryServerUnavailable, match="no answer"),
    ):
        client.ping()
