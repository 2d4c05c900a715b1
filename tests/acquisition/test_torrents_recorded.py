"""The torrent client's results read everything that was recorded from running servers."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from acquisition.torrents import Changes, Group, Preferences, ShareLimits, Torrent, TorrentFile

CONTRACTS = Path(__file__).parents[1] / "contracts" / "qbittorrent"


def recorded(pattern: str) -> list[Any]:
    examples = []
    for generation in ("4.5", "5.x", "5.3"):
        for path in sorted((CONTRACTS / generation).glob(pattern)):
            content = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(content, str):
                examples.append(pytest.param(content, id=f"{generation} {path.stem}"))
    return examples


@pytest.mark.parametrize("rows", recorded("torrents-info.*.json"))
def test_every_recorded_list_is_read(rows: list[dict[str, Any]]) -> None:
    torrents = [Torrent.from_fields(row) for row in rows]

    assert [torrent.info_hash for torrent in torrents] == [row["hash"] for row in rows]
    assert all(torrent.group != Group.UNKNOWN for torrent in torrents)


@pytest.mark.parametrize("answer", recorded("sync-maindata.*.json"))
def test_every_recorded_change_is_read_without_announce_addresses(answer: dict[str, Any]) -> None:
    changes = Changes.from_answer(answer)

    torrents = [Torrent.from_fields(row, info_hash=key) for key, row in changes.fields.items() if "name" in row]
    assert len(torrents) == len(answer.get("torrents", {})) or not changes.is_full
    assert changes.is_full == answer.get("full_update", False)
    assert "/announce" not in changes.model_dump_json()


@pytest.mark.parametrize("rows", recorded("torrents-files.*.json"))
def test_every_recorded_file_list_is_read(rows: list[dict[str, Any]]) -> None:
    files = [TorrentFile.model_validate(row) for row in rows]

    assert [file.is_wanted for file in files] == [row["priority"] != 0 for row in rows]


@pytest.mark.parametrize("answer", recorded("app-preferences.json"))
def test_every_recorded_preference_is_read(answer: dict[str, Any]) -> None:
    preferences = Preferences.model_validate(answer)

    assert preferences.save_path == answer["save_path"]
    assert preferences.is_queueing
    assert not preferences.is_anonymous


@pytest.mark.parametrize(
    ("states", "group"),
    [
        ("error missingFiles", Group.ERRORED),
        ("stalledDL", Group.STALLED),
        ("downloading forcedDL metaDL forcedMetaDL allocating queuedDL", Group.DOWNLOADING),
        ("uploading forcedUP stalledUP queuedUP", Group.SEEDING),
        ("pausedDL stoppedDL", Group.PAUSED),
        ("pausedUP stoppedUP", Group.PAUSED_COMPLETE),
        ("checkingUP checkingDL checkingResumeData", Group.CHECKING),
        ("moving", Group.MOVING),
        ("unknown a-state-to-come", Group.UNKNOWN),
    ],
)
def test_states_of_both_generations_have_one_group(states: str, group: Group) -> None:
    for state in states.split():
        assert complete_torrent(state=state).group == group


def complete_torrent(**fields: Any) -> Torrent:
    (row,) = json.loads((CONTRACTS / "4.5" / "torrents-info.stalledUP.json").read_text(encoding="utf-8"))
    return Torrent.from_fields({**row, **fields})


def test_numbers_that_stand_for_nothing_are_none() -> None:
    torrent = complete_torrent(eta=8_640_000, ratio=-1, completion_on=-1, tags="")

    assert (torrent.eta_s, torrent.ratio, torrent.completed_at, torrent.tags) == (None, None, None, ())
    assert complete_torrent(completion_on=0).completed_at is None


def test_numbers_have_units() -> None:
    torrent = complete_torrent(seeding_time=90, tags="one, two", eta=60)

    assert torrent.seeding_time == timedelta(seconds=90)
    assert torrent.added_at == datetime.fromtimestamp(1795220855, UTC)
    assert (torrent.tags, torrent.eta_s) == (("one", "two"), 60)
    assert torrent.share_limits == ShareLimits(ratio=2, seeding_minutes=4_320)


@pytest.mark.parametrize("state", ["moving", "checkingUP", "missingFiles"])
def test_a_torrent_is_not_complete_while_its_files_are_unsettled(state: str) -> None:
    assert complete_torrent().is_complete
    assert not complete_torrent(state=state).is_complete


def test_a_torrent_without_metadata_is_not_complete() -> None:
    (row,) = json.loads((CONTRACTS / "4.5" / "torrents-info.metaDL.json").read_text(encoding="utf-8"))

    assert not Torrent.from_fields(row).is_complete


def test_changes_are_applied_to_what_was_known() -> None:
    known = {"a": {"name": "A", "state": "downloading"}, "b": {"name": "B"}}

    partial = Changes(rid=2, torrents={"a": {"state": "uploading"}}, torrents_removed=("b",))
    full = Changes(rid=1, full_update=True, torrents={"c": {"name": "C"}})

    assert partial.applied_to(known) == {"a": {"name": "A", "state": "uploading"}}
    assert full.applied_to(known) == {"c": {"name": "C"}}
    assert known["a"]["state"] == "downloading"
