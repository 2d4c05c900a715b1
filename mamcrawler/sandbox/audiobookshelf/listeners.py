"""The stand-in's other users, what they listened to, the lists they made, and the server's backups of itself.

Their shapes are those of the server's source, version 2.36; what was recorded (one's own progress, collections) is told
the same way. Who listens is made up from what the sandbox's user owns: one hears series from their beginning, one
reads here and there, one has just come.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from mamcrawler.sandbox.audiobookshelf.records import VERSION, Record, duration_of, made_id

STARTED_AGO = timedelta(days=400)
BACKUPS = 30
BACKUP_BYTES = 4_200_000
SERIES_HEARD = 3


def first_listeners(items: Iterable[Record], now: datetime) -> dict[str, Record]:
    """The other users at the sandbox's beginning, by id."""
    records = sorted(items, key=lambda record: str(record["relPath"]))
    heard = {
        "example-listener": _series_from_the_start(records),
        "example-reader": [(record, (1.0, 0.6, 0.04)[number % 3]) for number, record in enumerate(records[3::17])],
        "example-newcomer": [],
    }
    return {made_id("user", name): _listener(name, told, now) for name, told in heard.items()}


def of_id(state: dict[str, Any], user_id: str) -> Record | None:
    """Find one of the other users."""
    found: Record | None = state.get("listeners", {}).get(user_id)
    return found


def user(listener: Record) -> Record:
    """Tell of one of the other users, who may listen and nothing else."""
    allowed = ("download", "createEreader", "accessAllLibraries", "accessAllTags")
    return {
        "id": listener["id"],
        "username": listener["username"],
        "email": None,
        "type": "user",
        "token": "",
        "mediaProgress": list(listener["progress"].values()),
        "seriesHideFromContinueListening": [],
        "bookmarks": [],
        "isActive": True,
        "isLocked": False,
        "lastSeen": None,
        "createdAt": listener["createdAt"],
        "permissions": {
            **dict.fromkeys(allowed, True),
            **dict.fromkeys(("update", "delete", "upload", "selectedTagsNotAccessible"), False),
            "accessExplicitContent": True,
        },
        "librariesAccessible": [],
        "itemTagsSelected": [],
        "hasOpenIDLink": False,
    }


def listed(users: Iterable[Record]) -> Record:
    """Answer with the list of all users, which leaves out what they listened to."""
    left_out = {"mediaProgress", "bookmarks"}
    return {"users": [{key: value for key, value in one.items() if key not in left_out} for one in users]}


def stats(progress: dict[str, Record]) -> Record:
    """Tell for how long somebody listened to what: each book once through, up to where the place is."""
    heard = {
        item_id: {
            "id": item_id,
            "timeListening": round(told["duration"] * told["progress"]),
            "mediaMetadata": {},
            "lastUpdate": told["lastUpdate"],
        }
        for item_id, told in progress.items()
    }
    total = sum(one["timeListening"] for one in heard.values())
    return {"totalTime": total, "items": heard, "days": {}, "dayOfWeek": {}, "today": 0, "recentSessions": []}


def first_collections(items: Iterable[Record], library_id: str, now: datetime) -> dict[str, Record]:
    """The collections at the sandbox's beginning, by id, each with the ids of its books."""
    records = sorted(items, key=lambda record: str(record["relPath"]))
    first_books = [record for record in records if _place(record) == (_series(record), 1.0)]
    told = [
        ("Where to begin", "The first book of each series that is here.", first_books[:8]),
        ("For a long drive", None, sorted(records, key=duration_of)[-6:]),
    ]
    return {
        made_id("collection", name): {
            "id": made_id("collection", name),
            "libraryId": library_id,
            "name": name,
            "description": description,
            "books": [record["id"] for record in books],
            "lastUpdate": _ms(now),
            "createdAt": _ms(now),
        }
        for name, description, books in told
        if books
    }


def first_playlists(items: Iterable[Record], library_id: str, user_id: str, now: datetime) -> dict[str, Record]:
    """The playlist of the user whose token ours is."""
    records = sorted(items, key=lambda record: str(record["relPath"]))
    if not records:
        return {}
    list_id = made_id("playlist", "Next up")
    return {
        list_id: {
            "id": list_id,
            "libraryId": library_id,
            "userId": user_id,
            "name": "Next up",
            "description": None,
            "items": [{"libraryItemId": record["id"]} for record in records[5::23][:4]],
            "lastUpdate": _ms(now),
            "createdAt": _ms(now),
        }
    }


def backups(now: datetime, count: int) -> Record:
    """The server's backups: one of each of the last nights, as a server makes that is set to."""
    last_night = now.replace(hour=1, minute=30, second=0, microsecond=0)
    last_night -= timedelta(days=1) if last_night > now else timedelta(0)
    made = [last_night - timedelta(days=number) for number in reversed(range(count))]
    return {
        "backups": [_backup(at, BACKUP_BYTES + 1_000 * number) for number, at in enumerate(made)],
        "backupLocation": "/metadata/backups",
        "backupPathEnvSet": False,
    }


def _backup(made_at: datetime, size: int) -> Record:
    name = f"{made_at:%Y-%m-%dT%H%M}"
    path = f"backups/{name}.audiobookshelf"
    return {
        "id": name,
        "key": "sqlite",
        "backupDirPath": "/metadata/backups",
        "datePretty": f"{made_at:%a, %b %-d %Y %H:%M}",
        "fullPath": f"/metadata/{path}",
        "path": path,
        "filename": f"{name}.audiobookshelf",
        "fileSize": size,
        "createdAt": _ms(made_at),
        "serverVersion": VERSION,
    }


def _listener(name: str, heard: list[tuple[Record, float]], now: datetime) -> Record:
    began = now - STARTED_AGO
    user_id = made_id("user", name)
    pace = STARTED_AGO / max(1, len(heard))
    progress = {
        record["id"]: _progress(user_id, record, fraction, began + pace * number, began + pace * (number + 1))
        for number, (record, fraction) in enumerate(heard)
    }
    return {"id": user_id, "username": name, "createdAt": _ms(began), "progress": progress}


def _progress(user_id: str, record: Record, fraction: float, began: datetime, ended: datetime) -> Record:
    duration = duration_of(record)
    return {
        "id": made_id("progress", f"{user_id} {record['id']}"),
        "userId": user_id,
        "libraryItemId": record["id"],
        "episodeId": None,
        "mediaItemId": record["media"]["id"],
        "mediaItemType": "book",
        "duration": duration,
        "progress": fraction,
        "currentTime": duration * fraction,
        "isFinished": fraction >= 1,
        "hideFromContinueListening": False,
        "ebookLocation": None,
        "ebookProgress": 0,
        "lastUpdate": _ms(ended),
        "startedAt": _ms(began),
        "finishedAt": _ms(ended) if fraction >= 1 else None,
    }


def _series_from_the_start(records: list[Record]) -> list[tuple[Record, float]]:
    """The series of which most is here, each from its first book on; the last of all these books is half heard."""
    series: dict[str, list[Record]] = {}
    for record in records:
        if _series(record):
            series.setdefault(_series(record), []).append(record)
    chosen = sorted(series, key=lambda name: (-len(series[name]), name))[:SERIES_HEARD]
    heard = [(record, 1.0) for name in chosen for record in sorted(series[name], key=_place)]
    return [*heard[:-1], (heard[-1][0], 0.5)] if heard else []


def _series(record: Record) -> str:
    places = record["media"]["metadata"]["series"]
    return str(places[0]["name"]) if places else ""


def _place(record: Record) -> tuple[str, float]:
    places = record["media"]["metadata"]["series"]
    try:
        return _series(record), float(places[0]["sequence"]) if places else 0.0
    except (TypeError, ValueError):
        return _series(record), 0.0


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
