"""sync/maindata: the whole picture first, then only what changed for this login."""

import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from mamcrawler.sandbox.qbittorrent import fields
from mamcrawler.sandbox.qbittorrent.access import Session
from mamcrawler.sandbox.qbittorrent.manners import Manners
from mamcrawler.sandbox.qbittorrent.store import Store

MAPPINGS, LISTS = ("torrents", "categories", "trackers"), ("tags",)


def categories(store: Store, manners: Manners) -> dict[str, dict[str, Any]]:
    """Give the answer of torrents/categories."""
    more: dict[str, Any] = {"download_path": None} if manners.is_5_2 else {}
    if manners.is_5_3:
        more |= {
            "inactive_seeding_time_limit": -2,
            "ratio_limit": -2,
            "seeding_time_limit": -2,
            "share_limit_action": "Default",
            "share_limits_mode": "Default",
        }
    return {name: {"name": name, "savePath": kept["savePath"], **more} for name, kept in store.categories.items()}


def transfer(rows: Collection[dict[str, Any]], manners: Manners) -> dict[str, Any]:
    """Give the answer of transfer/info for the rows of torrents/info."""
    answer = {
        "connection_status": "connected",
        "dht_nodes": 0,
        "dl_info_data": sum(row["downloaded"] for row in rows),
        "dl_info_speed": sum(row["dlspeed"] for row in rows),
        "dl_rate_limit": 0,
        "up_info_data": sum(row["uploaded"] for row in rows),
        "up_info_speed": sum(row["upspeed"] for row in rows),
        "up_rate_limit": 0,
    }
    return answer | ({"last_external_address_v4": "", "last_external_address_v6": ""} if manners.is_5 else {})


def _server_state(store: Store, manners: Manners, rows: Collection[dict[str, Any]]) -> dict[str, Any]:
    moved = transfer(rows, manners)
    down, up = moved["dl_info_data"], moved["up_info_data"]
    folder = Path(store.settings["save_path"])
    state = moved | {
        "alltime_dl": down,
        "alltime_ul": up,
        "average_time_queue": 0,
        "free_space_on_disk": shutil.disk_usage(folder if folder.exists() else "/").free,
        "global_ratio": f"{up / down:.2f}" if down else "-",
        "queued_io_jobs": 0,
        "queueing": store.settings["queueing_enabled"],
        "read_cache_hits": "0",
        "read_cache_overload": "0",
        "refresh_interval": 1500,
        "total_buffers_size": 0,
        "total_peer_connections": 0,
        "total_queued_size": 0,
        "total_wasted_session": 0,
        "use_alt_speed_limits": False,
        "write_cache_overload": "0",
    }
    if manners.generation == "5.1":
        state["use_subcategories"] = False
    if manners.is_5_2:
        state |= {"queued_tracker_announces": 0, "request_latency": 0, "session_state": False}
    return state


def _picture(store: Store, manners: Manners) -> dict[str, Any]:
    torrents: dict[str, Any] = {}
    trackers: dict[str, list[str]] = {}
    for position, torrent in enumerate(store.listed(), 1):
        row = fields.info(torrent, manners, position)
        info_hash = row.pop("hash")
        if manners.is_5_2:
            row |= {"has_other_announce_error": False, "has_tracker_error": False, "has_tracker_warning": False}
        torrents[info_hash] = row
        if torrent.announce:
            trackers.setdefault(torrent.announce, []).append(info_hash)
    return {
        "torrents": torrents,
        "categories": categories(store, manners),
        "tags": sorted(store.tags),
        "trackers": trackers,
        "server_state": _server_state(store, manners, torrents.values()),
    }


def maindata(store: Store, manners: Manners, session: Session, rid: int) -> dict[str, Any]:
    """Answer with what changed since `rid`, or with everything when this login never got that number."""
    now = _picture(store, manners)
    if session.sent and rid == session.sent[0] and rid:
        session.accepted = session.sent
    known = session.accepted if rid and session.accepted and rid == session.accepted[0] else None
    session.rid = session.rid + 1 if known or manners.is_5 else 1
    session.sent = (session.rid, now)
    if known:
        return {"rid": session.rid, **_difference(known[1], now)}
    session.accepted = None
    told = now if not manners.is_5 else {name: part for name, part in now.items() if part}
    return {"rid": session.rid, "full_update": True, **told}


def _difference(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for part in MAPPINGS:
        changed = {
            key: _changed_fields(before[part].get(key), value)
            for key, value in now[part].items()
            if before[part].get(key) != value
        }
        removed = [key for key in before[part] if key not in now[part]]
        answer |= {part: changed} if changed else {}
        answer |= {f"{part}_removed": removed} if removed else {}
    for part in LISTS:
        fresh = [one for one in now[part] if one not in before[part]]
        gone = [one for one in before[part] if one not in now[part]]
        answer |= {part: fresh} if fresh else {}
        answer |= {f"{part}_removed": gone} if gone else {}
    state = _changed_fields(before["server_state"], now["server_state"])
    return answer | ({"server_state": state} if state else {})


def _changed_fields(before: Any, now: Any) -> Any:
    if not isinstance(before, dict) or not isinstance(now, dict):
        return now
    return {name: value for name, value in now.items() if name not in before or before[name] != value}
