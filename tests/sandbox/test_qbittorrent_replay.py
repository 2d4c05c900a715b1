"""The stand-in for qBittorrent answers every recorded request as the running servers did."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from mamcrawler.sandbox.accounts import SECRETS
from mamcrawler.sandbox.qbittorrent.manners import Generation
from tests.smallworld import SmallWorld
from tests.standinqbittorrent import BASE, Server

CONTRACTS = Path(__file__).parents[1] / "contracts" / "qbittorrent"
RECORDED: dict[Generation, str] = {"4.5": "4.5", "5.1": "5.x", "5.3": "5.3"}

NOT_IMITATED = (
    "app/deleteAPIKey",
    "app/getDirectoryContent",
    "app/networkInterfaceList",
    "log/main",
    "sync/torrentPeers",
    "torrents/filePrio",
    "torrents/pieceHashes",
    "torrents/pieceStates",
    "torrents/renameFile",
)
NEEDS_API_KEY = ("by-api-key", "by-wrong-api-key", "by-deleted-api-key", "rotateAPIKey")
NEEDS_METADATA_OF_A_MAGNET = ("files.single-file",)
TORRENTS = {  # file of the recording -> its info hash there
    "Mara Ellison - The Lantern Cycle 04 - The Hollow Crown [M4B 64k]": "e6be74778666aae4d999dd9eb0bd5748bdee4b70",
    "noseed": "d3c1f42fde8247166cdaefc6ea84a21444e097c8",
    "Ada Quill - Engines of Glass [M4B]": "edf7c7cdf65991bbb2059c9616dcdc44cf433798",
    "Ferenc Molnár - Liliom": "d0cf8658549ebf19fdfa71886d524ab93004a69e",
    "Jonas Wirth - High Water (2006) MP3": "93cd610c9732a58ca15b0731fd0dcfb4d3dbd188",
}
DEAD = "magnet:?xt=urn:btih:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee&dn=Dead+Tracker&tr=http%3A%2F%2F127.0.0.1%3A1%2Fa"


@pytest.fixture
def world(tmp_path: Path) -> SmallWorld:
    return SmallWorld(tmp_path)


def entries(generation: Generation) -> list[dict[str, Any]]:
    index = json.loads((CONTRACTS / RECORDED[generation] / "index.json").read_text(encoding="utf-8"))
    return [
        entry
        for entry in index["entries"]
        if not entry["path"].endswith(NOT_IMITATED)
        and not any(part in entry["file"] for part in (*NEEDS_API_KEY, *NEEDS_METADATA_OF_A_MAGNET))
    ]


class Replay:
    """Sends what was recorded, with our own torrents, names and folders in place of the recorded ones."""

    def __init__(self, world: SmallWorld, generation: Generation) -> None:
        self.world, self.generation = world, generation
        self.server = Server(world, generation, log_in=False)
        self.files = {name: world.offer(name, *_sizes(name)) for name in TORRENTS}
        self.words = {recorded: self.files[name][1] for name, recorded in TORRENTS.items()}
        self.words |= {"/downloads": str(world.downloads_dir)}
        self.words |= {"<user>": SECRETS.qb_username, "<password>": SECRETS.qb_password}
        self.rid = 0

    def send(self, entry: Mapping[str, Any]) -> TestResponse:
        """Send one recorded request, in the recorded order."""
        if entry["file"] == "torrents-trackers.unreachable.json":
            self.server.post("torrents/add", urls=DEAD)
        if entry["file"] == "torrents-add.auto-tmm.json":  # the recording had removed the torrent in error before
            self.server.post("torrents/delete", hashes=self.files["Ferenc Molnár - Liliom"][1], deleteFiles="false")
        if entry["file"] == "torrents-info.files-gone-still-stopped.json":
            self.server = Server(self.world, self.generation)
        params = {name: self._ours(value) for name, value in entry["params"].items()}
        if params.get("rid") not in (None, "0", "99"):
            params["rid"] = str(self.rid)
        if entry["file"] == "auth-login.banned.json":
            for _ in range(5):
                self.server.post("auth/login", **params)
        return self._send(entry, params)

    def _send(self, entry: Mapping[str, Any], params: dict[str, Any]) -> TestResponse:
        headers = entry.get("request_headers", {})
        if entry["method"] == "GET":
            response = self.server.http.get(entry["path"], query_string=params, headers=headers, base_url=BASE)
        else:
            uploads = [(io.BytesIO(self._content(name)), name) for name in entry.get("files", [])]
            data = {**params, "torrents": uploads} if uploads else params
            response = self.server.http.post(entry["path"], data=data, headers=headers, base_url=BASE)
        if entry["path"].endswith("maindata"):
            self.rid = response.get_json()["rid"]
        return response

    def _content(self, name: str) -> bytes:
        return b"broken" if name == "broken.torrent" else self.files[name.removesuffix(".torrent")][0]

    def _ours(self, value: object) -> str:
        text = str(value)
        for recorded, ours in self.words.items():
            text = text.replace(recorded, ours)
        return text


def _sizes(name: str) -> tuple[int, ...]:
    return (90_000,) if name.startswith("Ada") else (40_000, 20_000, 10_000)


def recorded_body(generation: Generation, entry: Mapping[str, Any]) -> Any:
    return json.loads((CONTRACTS / RECORDED[generation] / entry["file"]).read_text(encoding="utf-8"))


def kind(value: object) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def differences(recorded: Any, ours: Any, where: str = "") -> list[str]:
    """Compare shapes: key sets and types; the keys of mappings by hash, name or address are free."""
    if recorded is None or ours is None:
        return []
    if kind(recorded) != kind(ours):
        return [f"{where}: {kind(recorded)} recorded, {kind(ours)} here"]
    if isinstance(recorded, list):
        pairs = [(recorded[at], ours[at]) for at in (0, -1)] if recorded and ours else []
        return [line for pair in pairs for line in differences(*pair, f"{where}[]")]
    if not isinstance(recorded, dict):
        return []
    if where.endswith(("torrents", "categories", "trackers")):
        pairs = list(zip(recorded.values(), ours.values(), strict=False))[:1]
        return [line for pair in pairs for line in differences(*pair, f"{where}{{}}")]
    lines = [f"{where}.{name}: only on one side" for name in recorded.keys() ^ ours.keys()]
    return lines + [
        line
        for name in recorded.keys() & ours.keys()
        for line in differences(recorded[name], ours[name], f"{where}.{name}")
    ]


@pytest.mark.parametrize("generation", RECORDED)
def test_every_recorded_request_gets_the_recorded_status_and_shape(world: SmallWorld, generation: Generation) -> None:
    replay, wrong = Replay(world, generation), []

    for entry in entries(generation):
        response, recorded = replay.send(entry), recorded_body(generation, entry)
        if response.status_code != entry["status"]:
            wrong.append(f"{entry['file']}: {entry['status']} recorded, {response.status_code} here: {response.text}")
        elif entry["body"] == "text" and "version" not in entry["path"].lower() and "Path" not in entry["path"]:
            wrong += [] if response.text == recorded else [f"{entry['file']}: {recorded!r} recorded, {response.text!r}"]
        elif entry["body"] == "json" and "incremental" not in entry["file"]:
            root = "categories" if entry["path"].endswith("categories") else ""
            wrong += [f"{entry['file']} {line}" for line in differences(recorded, json.loads(response.text), root)]

    assert wrong == []


@pytest.mark.parametrize("generation", RECORDED)
def test_it_is_the_version_that_was_recorded(world: SmallWorld, generation: Generation) -> None:
    server = Server(world, generation)

    for action in ("version", "webapiVersion"):
        recorded = (CONTRACTS / RECORDED[generation] / f"app-{action}.json").read_text(encoding="utf-8")
        assert server.get(f"app/{action}").text == json.loads(recorded)
