"""A torrent in the words of each generation: the rows of info, properties, files and trackers."""

import math
from typing import Any
from urllib.parse import quote

from mamcrawler.sandbox.qbittorrent.manners import Manners
from mamcrawler.sandbox.qbittorrent.torrent import StandInTorrent

NEVER_S = 8_640_000
ANNOUNCED_EVERY_S = 1_800


def state(torrent: StandInTorrent, manners: Manners) -> str:
    """Name the state as this generation does."""
    side = "UP" if torrent.is_complete else "DL"
    if torrent.trouble:
        return torrent.trouble
    if torrent.busy:
        return "moving" if torrent.busy == "moving" else f"checking{side}"
    if torrent.is_stopped:
        return f"{manners.stopped}{side}"
    if not torrent.has_metadata:
        return "forcedMetaDL" if torrent.is_forced else "metaDL"
    if torrent.is_forced:
        return f"forced{side}"
    if torrent.is_complete:
        return "uploading" if torrent.upload_rate else "stalledUP"
    return "downloading" if torrent.can_download else "stalledDL"


def _eta(torrent: StandInTorrent, running: bool) -> int:
    if running and torrent.left:
        return int(torrent.left / torrent.download_rate) + 1
    return NEVER_S


def _ratio(torrent: StandInTorrent) -> float:
    if torrent.fetched:
        return torrent.uploaded / torrent.fetched
    return torrent.uploaded / torrent.size if torrent.size else 0


def info(torrent: StandInTorrent, manners: Manners, position: int) -> dict[str, Any]:
    """Give the row of torrents/info."""
    now_state = state(torrent, manners)
    loading = now_state in {"downloading", "forcedDL"} and torrent.can_download
    seeding = now_state in {"uploading", "forcedUP"}
    last_seen = int(torrent.settled_at if loading or seeding else torrent.completed_at or torrent.added_at)
    content = f"{torrent.save_path}/{torrent.root}" if torrent.has_metadata else ""
    single = torrent.files and torrent.files[0][0] == torrent.root
    only_file = f"{torrent.save_path}/{torrent.files[0][0]}" if len(torrent.files) == 1 else content
    row: dict[str, Any] = {
        "added_on": int(torrent.added_at),
        "amount_left": torrent.left if torrent.has_metadata else 0,
        "auto_tmm": torrent.auto_tmm,
        "availability": -1 if torrent.is_complete or torrent.is_stopped else float(loading),
        "category": torrent.category,
        "completed": int(torrent.downloaded),
        "completion_on": int(torrent.completed_at) or (-1 if manners.is_5_2 else 0),
        "content_path": only_file,
        "dl_limit": torrent.download_limit,
        "dlspeed": int(torrent.download_rate) if loading else 0,
        "download_path": "",
        "downloaded": int(torrent.fetched),
        "downloaded_session": int(torrent.fetched),
        "eta": _eta(torrent, loading),
        "f_l_piece_prio": False,
        "force_start": torrent.is_forced,
        "hash": torrent.info_hash,
        "infohash_v1": torrent.info_hash,
        "infohash_v2": "",
        "last_activity": last_seen,
        "magnet_uri": f"magnet:?xt=urn:btih:{torrent.info_hash}&dn={quote(torrent.name)}",
        "max_ratio": max(torrent.ratio_limit, -1),
        "max_seeding_time": max(torrent.seeding_time_limit, -1),
        "name": torrent.name,
        "num_complete": torrent.seeds,
        "num_incomplete": torrent.leechers,
        "num_leechs": torrent.leechers if seeding else 0,
        "num_seeds": min(torrent.seeds, 8) if loading else 0,
        "priority": 0 if torrent.is_complete else position,
        "progress": min(torrent.downloaded / torrent.size, 1) if torrent.size else 0,
        "ratio": _ratio(torrent),
        "ratio_limit": torrent.ratio_limit,
        "save_path": torrent.save_path,
        "seeding_time": int(torrent.seeding_s),
        "seeding_time_limit": torrent.seeding_time_limit,
        "seen_complete": last_seen if torrent.seeds else 0,
        "seq_dl": False,
        "size": torrent.size,
        "state": now_state,
        "super_seeding": False,
        "tags": ", ".join(sorted(torrent.tags)),
        "time_active": int(torrent.active_s),
        "total_size": torrent.size if torrent.has_metadata else -1,
        "tracker": "" if torrent.is_stopped else torrent.announce,
        "trackers_count": 1 if torrent.announce else 0,
        "up_limit": torrent.upload_limit,
        "uploaded": int(torrent.uploaded),
        "uploaded_session": int(torrent.uploaded),
        "upspeed": math.ceil(torrent.upload_rate) if seeding else 0,
    }
    if manners.is_5:
        row |= {
            "comment": torrent.comment,
            "has_metadata": torrent.has_metadata,
            "inactive_seeding_time_limit": torrent.inactive_seeding_time_limit,
            "max_inactive_seeding_time": max(torrent.inactive_seeding_time_limit, -1),
            "popularity": 0,
            "private": torrent.is_private if torrent.has_metadata else None,
            "reannounce": ANNOUNCED_EVERY_S,
            "root_path": "" if single else content,
        }
    if manners.is_5_2:
        pieces = _pieces(torrent)
        row |= {
            "connections_count": row["num_seeds"] + row["num_leechs"],
            "connections_limit": 100,
            "created_by": torrent.created_by,
            "creation_date": torrent.created_at,
            "piece_size": torrent.piece_size,
            "pieces_have": int(pieces * row["progress"]),
            "pieces_num": pieces,
            "share_limit_action": torrent.share_limit_action,
            "total_wasted": 0,
        }
    return row | ({"share_limits_mode": torrent.share_limits_mode} if manners.is_5_3 else {})


def _pieces(torrent: StandInTorrent) -> int:
    return math.ceil(torrent.size / torrent.piece_size) if torrent.piece_size else 0


def properties(torrent: StandInTorrent, manners: Manners) -> dict[str, Any]:
    """Give the answer of torrents/properties."""
    row, pieces = info(torrent, manners, 1), _pieces(torrent)
    answer = {
        "addition_date": row["added_on"],
        "comment": torrent.comment,
        "completion_date": int(torrent.completed_at) or -1,
        "created_by": torrent.created_by,
        "creation_date": torrent.created_at,
        "dl_limit": torrent.download_limit or -1,
        "dl_speed": row["dlspeed"],
        "dl_speed_avg": int(torrent.fetched / torrent.active_s) if torrent.active_s else 0,
        "download_path": "",
        "eta": row["eta"],
        "hash": torrent.info_hash,
        "infohash_v1": torrent.info_hash,
        "infohash_v2": "",
        "is_private": torrent.is_private,
        "last_seen": row["seen_complete"] or -1,
        "name": torrent.name,
        "nb_connections": row["num_seeds"] + row["num_leechs"],
        "nb_connections_limit": 100,
        "peers": row["num_leechs"],
        "peers_total": torrent.leechers,
        "piece_size": torrent.piece_size or -1,
        "pieces_have": int(pieces * row["progress"]),
        "pieces_num": pieces or -1,
        "reannounce": ANNOUNCED_EVERY_S,
        "save_path": torrent.save_path,
        "seeding_time": row["seeding_time"],
        "seeds": row["num_seeds"],
        "seeds_total": torrent.seeds,
        "share_ratio": row["ratio"],
        "time_elapsed": row["time_active"],
        "total_downloaded": row["downloaded"],
        "total_downloaded_session": row["downloaded"],
        "total_size": row["total_size"],
        "total_uploaded": row["uploaded"],
        "total_uploaded_session": row["uploaded"],
        "total_wasted": 0,
        "up_limit": torrent.upload_limit or -1,
        "up_speed": row["upspeed"],
        "up_speed_avg": int(torrent.uploaded / torrent.active_s) if torrent.active_s else 0,
    }
    if manners.is_5:
        answer |= {
            "has_metadata": torrent.has_metadata,
            "popularity": 0,
            "private": row["private"],
            "progress": row["progress"],
        }
    return answer | ({"availability": row["availability"]} if manners.is_5_2 else {})


def files(torrent: StandInTorrent) -> list[dict[str, Any]]:
    """Give the answer of torrents/files; only the first row tells `is_seed`."""
    rows, offset = [], 0
    for index, (name, size) in enumerate(torrent.files):
        there = max(0, min(size, int(torrent.downloaded) - offset))
        row: dict[str, Any] = {
            "availability": -1 if torrent.is_complete else 1,
            "index": index,
            "name": name,
            "piece_range": [offset // torrent.piece_size, max(offset, offset + size - 1) // torrent.piece_size],
            "priority": 1,
            "progress": there / size if size else 1,
            "size": size,
        }
        rows.append(row if index else row | {"is_seed": torrent.is_complete})
        offset += size
    return rows


def trackers(torrent: StandInTorrent, manners: Manners, now: float) -> list[dict[str, Any]]:
    """Give the answer of torrents/trackers: three rows that are no trackers come first."""
    none = {"num_downloaded": 0, "num_leeches": 0, "num_peers": 0, "num_seeds": 0, "tier": -1}
    why, status = ("This torrent is private", 0) if torrent.is_private else ("", 2)
    rows = [{**none, "msg": why, "status": status, "url": f"** [{name}] **"} for name in ("DHT", "PeX", "LSD")]
    if not torrent.announce:
        return rows
    is_known = torrent.tracker_id is not None
    counts = {
        "msg": "" if is_known or torrent.is_stopped else "torrent not registered with this tracker",
        "num_downloaded": -1,
        "num_leeches": torrent.leechers,
        "num_peers": torrent.leechers + torrent.seeds,
        "num_seeds": torrent.seeds,
        "status": 1 if torrent.is_stopped else 2 if is_known else 5 if manners.is_5_2 else 4,
    }
    row: dict[str, Any] = {**counts, "tier": 0, "url": torrent.announce}
    if manners.is_5_2:
        timing = {"min_announce": int(now) + 60, "next_announce": int(now) + ANNOUNCED_EVERY_S, "updating": False}
        row |= {**timing, "endpoints": [{**counts, **timing, "bt_version": 1, "name": "127.0.0.1:16881"}]}
    return [*rows, row]
