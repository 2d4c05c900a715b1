"""The stand-in for the library server: it answers as the recorded one did, and lives on the sandbox's files."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from library.audiobookshelf import AudiobookshelfClient, MediaPatch, NotOnServer, PermissionMissing, SeriesPatch
from mamcrawler.lib import clock
from mamcrawler.sandbox.audiobookshelf import Audiobookshelf
from mamcrawler.sandbox.audiobookshelf.records import Record
from mamcrawler.sandbox.covers import draw_cover
from mamcrawler.sandbox.server import serve
from mamcrawler.sandbox.world import SECRETS, World
from tests.audiofiles import make_audio, make_m4b, make_mp3_set

pytestmark = pytest.mark.sandbox

EXAMPLES = Path(__file__).parents[1] / "contracts" / "audiobookshelf"
ENTRIES = {one["file"]: one for one in json.loads((EXAMPLES / "index.json").read_text(encoding="utf-8"))["entries"]}
SIGNED_IN = {"Authorization": f"Bearer {SECRETS.abs_token}"}

# Recorded while the server was as the stand-in never is (before its set-up, an inactive key), or of what it lacks.
NOT_OFFERED = (
    "api-keys.",
    "auth-refresh.",
    "author.",
    "filesystem",
    "genres",
    "init.",
    "item-cover.json",
    "item-cover.path-missing",
    "item-cover.raw",
    "item-cover.upload",
    "item-match",
    "item-metadata-object",
    "item-scan.before",
    "item.delete",
    "libraries.create",
    "libraries.deleted",
    "libraries.empty",
    "libraries.expired",
    "libraries.inactive",
    "libraries.with-stats",
    "library-filterdata",
    "library-issues",
    "library-items.collapse",
    "library-personalized",
    "library-search",
    "library-series.one",
    "library-stats",
    "library.with-filterdata",
    "login.before-init",
    "login.plain-user",
    "login.rate-limited",
    "logout",
    "me-items",
    "series.one",
    "status.before-init",
    "tags",
    "upload",
    "users",
)
REPLAYED = [name for name in ENTRIES if not name.startswith(NOT_OFFERED)]
HELD = (
    "item.expanded-m4b.json",
    "item.expanded-mp3s.json",
    "item.expanded-two-discs.json",
    "item.expanded-opf.json",
    "item.missing.json",
)


def recorded(name: str) -> Any:
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.empty(tmp_path)


@pytest.fixture
def server(world: World) -> Audiobookshelf:
    return Audiobookshelf(world)


@contextmanager
def visiting(app: Audiobookshelf) -> Iterator[AudiobookshelfClient]:
    with serve(app) as base_url, AudiobookshelfClient(base_url=base_url, token=SECRETS.abs_token) as client:
        yield client


@pytest.fixture
def client(server: Audiobookshelf) -> Iterator[AudiobookshelfClient]:
    with visiting(server) as client:
        yield client


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds by which the clock is put forward."""
    ahead = [0.0]
    monkeypatch.setattr(clock, "now", lambda: datetime.fromtimestamp(datetime.now(UTC).timestamp() + ahead[0], UTC))
    return ahead


def plain_form(item: Record) -> Record:
    """Turn a recorded expanded item into the form in which the server stores it."""
    plain = recorded("item.plain.json")
    media = {key: item["media"][key] for key in plain["media"]}
    media["metadata"] = {key: item["media"]["metadata"][key] for key in plain["media"]["metadata"]}
    return {key: item[key] for key in plain} | {"media": media}


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.empty(tmp_path_factory.mktemp("recorded"))


@pytest.fixture
def as_recorded(shared_world: World) -> Audiobookshelf:
    """A library server that holds what the recorded one held."""
    patched = recorded("item-media.patch.json")["libraryItem"]
    patched["media"]["tags"] = ["lab"]
    items = [patched, *(plain_form(recorded(name)) for name in HELD)]
    collection = recorded("collections.create.json")
    progress = recorded("me-progress.json")
    shared_world.faults.clear()
    shared_world.state["audiobookshelf"] = {
        "library": recorded("library.json"),
        "user_id": recorded("me.json")["id"],
        "items": {item["id"]: item for item in items},
        "progress": {progress["libraryItemId"]: progress},
        "collections": {collection["id"]: collection | {"books": [book["id"] for book in collection["books"]]}},
        "playlists": {},
        "task": None,
    }
    return Audiobookshelf(shared_world)


def replay(app: Audiobookshelf, entry: dict[str, Any]) -> TestResponse:
    headers = dict(entry.get("request_headers", {}))
    if "unauthenticated" not in entry["file"]:
        headers |= {"Authorization": "Bearer wrong"} if "bad-token" in entry["file"] else SIGNED_IN
    body = entry.get("request_body")
    if entry["path"] == "/login" and entry["status"] == 200:
        body = {"username": SECRETS.abs_username, "password": SECRETS.abs_password}
    return Client(app).open(entry["path"], method=entry["method"], headers=headers, json=body)


def shape(value: Any) -> Any:
    """Reduce an answer to its keys and types; the elements of a list to what they have in common."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items() if key != "metaTags"}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def fits(ours: Any, theirs: Any) -> bool:
    """Say whether two shapes agree; null and an empty list fit anything, since items differ in what they lack."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(fits(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return not ours or not theirs or fits(ours[0], theirs[0])
    return "NoneType" in {str(ours), str(theirs)} or ours == theirs


@pytest.mark.parametrize("name", REPLAYED)
def test_a_recorded_request_gets_an_answer_of_the_recorded_shape(name, as_recorded, shared_world):
    entry = ENTRIES[name]
    if entry["status"] == 403 and "plain-user" in name:
        shared_world.faults.arm("audiobookshelf", "forbidden")
    if name == "tasks.during-scan.json":
        Client(as_recorded).post(f"/api/libraries/{recorded('library.json')['id']}/scan", headers=SIGNED_IN)

    answer = replay(as_recorded, entry)

    assert answer.status_code == entry["status"]
    if answer.is_json:
        assert fits(shape(answer.json), shape(recorded(name)))
    else:
        assert answer.text == recorded(name)


@pytest.mark.parametrize("name", [one for one in REPLAYED if one.startswith("item.expanded-") and one in HELD])
def test_a_recorded_item_is_told_again_word_for_word(name, as_recorded):
    answer = replay(as_recorded, ENTRIES[name])

    assert answer.json == recorded(name) | (
        {"userMediaProgress": recorded("me-progress.json")} if "m4b" in name else {}
    )


def test_every_recorded_answer_is_replayed_or_known_to_be_missing():
    left_out = [name for name in ENTRIES if name.startswith(NOT_OFFERED)]

    assert all(any(name.startswith(prefix) for name in [*left_out, "item-match"]) for prefix in NOT_OFFERED)
    assert len(REPLAYED) > len(left_out)


def test_a_patch_with_wrong_types_changes_only_what_the_server_understands(as_recorded):
    entry = ENTRIES["item-media.patch-wrong-types.json"]

    answer = replay(as_recorded, entry)

    metadata = answer.json["libraryItem"]["media"]["metadata"]
    assert metadata["publishedYear"] == "2013"
    assert metadata["title"] == "The Salt Meridian"
    assert metadata["genres"] == ["Fantasy", "Adventure"]
    assert metadata["narrators"] == ["Tom Hale", "Ann Reed"]


def test_a_number_as_position_is_stored_as_nothing(as_recorded):
    answer = replay(as_recorded, ENTRIES["item-media.patch-series-number-sequence.json"])

    metadata = answer.json["libraryItem"]["media"]["metadata"]
    assert [(one["name"], one["sequence"]) for one in metadata["series"]] == [("The Lantern Cycle", None)]


def test_new_folders_become_items_when_the_scan_is_done(world, client, later):
    library = client.libraries()[0]
    make_m4b(
        world.library_dir / "Arthur Conan Doyle" / "Sherlock Holmes" / "Vol. 5 - The Hound [B000000005]" / "book.m4b",
        seconds=2,
    )

    client.scan(library.id)
    before = client.items_page(library.id, 0).ids
    was_scanning = client.is_scanning(library.id)
    later[0] += 10
    is_scanning = client.is_scanning(library.id)
    (item_id,) = client.items_page(library.id, 0).ids

    item = client.item(item_id)
    assert (before, was_scanning, is_scanning) == ((), True, False)
    assert (item.title, item.narrators, item.asin) == (
        "The Hound of the Baskervilles",
        ("Example Reader",),
        "B000000005",
    )
    assert (item.series[0].name, item.series[0].sequence) == ("Sherlock Holmes", "5")
    assert len(item.chapters) == 2
    assert item.duration_s == pytest.approx(2, abs=0.2)


def test_an_item_whose_files_vanish_is_missing_and_comes_back_with_them(world, client, later):
    folder = world.library_dir / "Jane Austen" / "Persuasion"
    make_mp3_set(folder, parts=2, seconds=1)
    library = client.libraries()[0]
    (item_id,) = client.items_page(library.id, 0).ids
    client.patch_media(item_id, MediaPatch(publisher="Example Audio"))

    shutil.move(folder, world.root / "elsewhere")
    client.scan(library.id)
    later[0] += 10
    gone = client.item(item_id)
    shutil.move(world.root / "elsewhere", folder)
    client.scan(library.id)
    later[0] += 10
    back = client.item(item_id)

    assert (gone.is_missing, back.is_missing) == (True, False)
    assert back.publisher == "Example Audio"


def test_an_item_keeps_its_id_when_its_folder_is_renamed(world, client, later):
    folder = world.library_dir / "Jane Austen" / "Persuasion"
    make_audio(folder / "book.mp3", seconds=1)
    library = client.libraries()[0]
    (item_id,) = client.items_page(library.id, 0).ids

    folder.rename(folder.with_name("Persuasion (1817)"))
    client.scan(library.id)
    later[0] += 10

    assert client.items_page(library.id, 0).ids == (item_id,)
    assert client.item(item_id).rel_path == "Jane Austen/Persuasion (1817)"


def test_what_was_written_outlives_a_restart(world, client):
    make_audio(world.library_dir / "Jane Austen" / "Persuasion" / "book.mp3", seconds=1)
    library = client.libraries()[0]
    (item_id,) = client.items_page(library.id, 0).ids

    patched = client.patch_media(
        item_id, MediaPatch(series=(SeriesPatch(name="Novels", sequence="6"),), tags=("read",))
    )
    again = Client(Audiobookshelf(World.empty(world.root))).get(f"/api/items/{item_id}", headers=SIGNED_IN)

    assert patched.updated
    assert again.json["media"]["metadata"]["series"][0]["sequence"] == "6"
    assert again.json["media"]["tags"] == ["read"]


def test_a_batch_update_tells_how_many_items_changed(as_recorded):
    item_id = recorded(HELD[0])["id"]

    with visiting(as_recorded) as client:
        assert client.batch_update({item_id: MediaPatch(publisher="Example Audio")}) == 1
        assert client.batch_update({item_id: MediaPatch(publisher="Example Audio")}) == 0


def test_one_unknown_item_stops_a_batch_update(as_recorded):
    known, unknown = recorded(HELD[0])["id"], "2dff49f5-66ab-4793-80c0-f0483f12682f"
    patch = MediaPatch(publisher="Example Audio")

    with visiting(as_recorded) as client:
        with pytest.raises(NotOnServer):
            client.batch_update({known: patch, unknown: patch})

        assert client.item(known).publisher is None


def test_a_user_without_the_permission_is_refused(as_recorded, shared_world):
    shared_world.faults.arm("audiobookshelf", "forbidden")

    with visiting(as_recorded) as client, pytest.raises(PermissionMissing):
        client.patch_media(recorded(HELD[0])["id"], MediaPatch(publisher="x"))


def test_the_cover_beside_the_files_is_served_to_anybody(world, client, server):
    folder = world.library_dir / "Jane Austen" / "Persuasion"
    make_audio(folder / "book.mp3", seconds=1)
    (folder / "cover.jpg").write_bytes(b"image")
    library = client.libraries()[0]
    (item_id,) = client.items_page(library.id, 0).ids

    answer = Client(server).get(f"/api/items/{item_id}/cover")

    assert (answer.data, answer.mimetype) == (b"image", "image/jpeg")


def test_a_scan_finds_a_cover_for_what_came_without(world, client, server):
    make_audio(world.library_dir / "Jane Austen" / "Persuasion" / "book.mp3", seconds=1)
    library = client.libraries()[0]
    (item_id,) = client.items_page(library.id, 0).ids

    cover = client.cover(item_id)

    assert (cover.media_type, cover.content) == ("image/jpeg", draw_cover("Persuasion", "Jane Austen"))


def test_the_sandbox_starts_with_what_its_user_owns(tmp_path):
    world = World.twelve_series(tmp_path)
    app = Audiobookshelf(world)

    with visiting(app) as client:
        page = client.items_page(client.libraries()[0].id, 0)
        items = client.items(page.ids[:20])
        progress = client.own_listening().progress.rows

    owned = {one.folder: one for one in world.owned}
    assert page.total == len(owned)
    for item in items:
        one = owned[item.rel_path]
        assert (item.title, item.narrators) == (one.metadata.title, one.metadata.narrators)
        assert item.added_at == one.added_at
        assert item.duration_s == pytest.approx(one.duration_s, rel=0.02)
    assert len(progress) == sum(one.progress > 0 for one in world.owned)


def test_items_without_files_are_listed_patched_and_told_apart(tmp_path):
    world = World(tmp_path, scale=200)
    app = Audiobookshelf(world)

    with visiting(app) as client:
        library = client.libraries()[0]
        pages = [client.items_page(library.id, number, limit=50) for number in range(8)]
        ids = [item_id for page in pages for item_id in page.ids]
        unfiled = {one.folder for one in world.owned if not one.on_disk}
        item = next(item for item in client.items(ids) if item.rel_path in unfiled)
        patched = client.patch_media(item.id, MediaPatch(publisher="Example Audio")).item
        client.scan(library.id)

        assert len(ids) == len(set(ids)) == len(world.owned) == pages[0].total
        assert client.item(item.id).publisher == "Example Audio"
        assert not client.item(item.id).is_missing
        assert patched.updated_ms > item.updated_ms
