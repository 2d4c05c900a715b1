"""What each address of the Web API does."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import torf
from werkzeug.wrappers import Request, Response

from mamcrawler.lib import clock
from mamcrawler.sandbox.qbittorrent import fields
from mamcrawler.sandbox.qbittorrent.access import Refused
from mamcrawler.sandbox.qbittorrent.manners import Manners
from mamcrawler.sandbox.qbittorrent.store import SYSTEM, Store
from mamcrawler.sandbox.qbittorrent.torrent import StandInTorrent
from mamcrawler.sandbox.world import World

SEEDING = frozenset({"uploading", "stalledUP", "forcedUP", "queuedUP", "checkingUP"})
GOOD_CATEGORY = re.compile(r"^[^\\/]([^\\]*[^\\/])?$")


class Actions:
    """The addresses below /api/v2, one method for each; a method gives text, JSON or a whole response."""

    def __init__(self, world: World, store: Store, manners: Manners) -> None:
        self.world, self.store, self.manners = world, store, manners

    # application and transfer

    def set_preferences(self, request: Request) -> None:
        """Change settings from the form field `json`."""
        self.store.change_settings(json.loads(request.values["json"]))

    # reading torrents

    def info(self, request: Request) -> list[dict[str, Any]]:
        """List torrents: filtered, sorted, cut."""
        ask = request.values
        hashes = set(filter(None, ask.get("hashes", "").lower().split("|")))
        rows = [
            fields.info(torrent, self.manners, position)
            for position, torrent in enumerate(self.store.listed(), 1)
            if not hashes or torrent.info_hash in hashes
        ]
        if "category" in ask:
            rows = [row for row in rows if row["category"] == ask["category"]]
        if "tag" in ask:
            tag = ask["tag"]
            rows = [row for row in rows if (tag in row["tags"].split(", ") if tag else not row["tags"])]
        if self.manners.is_5 and "private" in ask:
            rows = [row for row in rows if row["private"] == (ask["private"].lower() == "true")]
        rows = [row for row in rows if _passes(row, ask.get("filter", "all"))]
        if ask.get("sort") and rows and ask["sort"] in rows[0]:
            rows.sort(key=lambda row: row[ask["sort"]])
        if ask.get("reverse", "").lower() == "true":
            rows.reverse()
        offset, limit = int(ask.get("offset", 0)), int(ask.get("limit", 0))
        rows = rows[offset:]
        return self._with_trackers(rows[:limit] if limit > 0 else rows, ask.get("includeTrackers", ""))

    def _with_trackers(self, rows: list[dict[str, Any]], asked: str) -> list[dict[str, Any]]:
        if not self.manners.is_5 or asked.lower() != "true":
            return rows
        now = clock.now().timestamp()
        return [
            {**row, "trackers": fields.trackers(self.store.torrents[row["hash"]], self.manners, now)[3:]}
            for row in rows
        ]

    def properties(self, request: Request) -> dict[str, Any]:
        """Tell the details of one torrent."""
        return fields.properties(self._one(request), self.manners)

    def files(self, request: Request) -> list[dict[str, Any]]:
        """List the files of one torrent."""
        return fields.files(self._one(request))

    def trackers(self, request: Request) -> list[dict[str, Any]]:
        """List the trackers of one torrent."""
        return fields.trackers(self._one(request), self.manners, clock.now().timestamp())

    def export(self, request: Request) -> Response:
        """Give the torrent file back."""
        torrent = self._one(request)
        if not torrent.has_metadata:
            raise Refused(409, "Unable to export torrent file. Error: Missing metadata")
        return Response(torrent.torrent_file, mimetype="application/x-bittorrent")

    # adding

    def add(self, request: Request) -> Response | str:
        """Take torrent files and links; a duplicate is refused."""
        uploads = [upload for _, uploads in request.files.lists() for upload in uploads]
        links = [line.strip() for line in request.values.get("urls", "").splitlines() if line.strip()]
        refused = self.world.faults.take(SYSTEM, "refuse_add", "/torrents/add")
        added, failed, pending = [], 0, 0
        for upload in uploads:
            torrent = self._read(upload.filename or "", upload.stream.read(), request)
            is_new = not refused and torrent.info_hash not in self.store.torrents
            failed += not is_new
            if is_new:
                self.store.add(torrent)
                added.append(torrent.info_hash)
        for link in links:
            magnet = self._magnet(link, request)
            pending += magnet is None
            if magnet and magnet.info_hash not in self.store.torrents:
                self.store.add(magnet)
                added.append(magnet.info_hash)
        return self._added(added, failed, pending)

    def _added(self, added: list[str], failed: int, pending: int) -> Response | str:
        if not self.manners.is_5_2:
            return "Ok." if added or pending else "Fails."
        if not added and not pending:
            raise Refused(409, "Conflict")
        counts = {
            "added_torrent_ids": added,
            "failure_count": failed,
            "pending_count": pending,
            "success_count": len(added),
        }
        return Response(json.dumps(counts), 202 if pending else 200, mimetype="application/json")

    def _read(self, filename: str, content: bytes, request: Request) -> StandInTorrent:
        try:
            torrent = StandInTorrent.from_file(content, save_path=self._save_path(request), now=clock.now().timestamp())
        except torf.TorfError as error:
            raise Refused(415, f"Error: '{filename}' is not a valid torrent file.") from error
        return self._as_asked(torrent, request)

    def _magnet(self, link: str, request: Request) -> StandInTorrent | None:
        query = parse_qs(urlsplit(link).query)
        if not link.startswith("magnet:") or not query.get("xt"):
            return None
        now, info_hash = clock.now().timestamp(), query["xt"][0].rpartition(":")[2].lower()
        torrent = StandInTorrent(
            info_hash=info_hash,
            name=query.get("dn", [info_hash])[0],
            content="",
            save_path=self._save_path(request),
            added_at=now,
            listed_at=now,
            settled_at=now,
            announce=query.get("tr", [""])[0],
        )
        return self._as_asked(torrent, request)

    def _save_path(self, request: Request) -> str:
        if request.values.get("autoTMM", "").lower() == "true":
            return self.store.category_path(request.values.get("category", ""))
        return request.values.get("savepath", "") or str(self.store.settings["save_path"])

    def _as_asked(self, torrent: StandInTorrent, request: Request) -> StandInTorrent:
        ask = request.values
        torrent.category = ask.get("category", "")
        torrent.tags = _split(ask.get("tags", ""))
        torrent.is_stopped = ask.get(self.manners.stopped, "false").lower() == "true"  # each generation knows its own
        torrent.auto_tmm = ask.get("autoTMM", "").lower() == "true"
        torrent.ratio_limit = float(ask.get("ratioLimit", -2))
        torrent.seeding_time_limit = int(ask.get("seedingTimeLimit", -2))
        torrent.download_limit, torrent.upload_limit = int(ask.get("dlLimit", 0)), int(ask.get("upLimit", 0))
        return torrent

    # changing torrents

    def delete(self, request: Request) -> None:
        """Take torrents out, with their files if asked."""
        for torrent in self.store.chosen(request.values["hashes"]):
            if request.values["deleteFiles"].lower() == "true":
                torrent.remove_files()
            del self.store.torrents[torrent.info_hash]

    def stop(self, request: Request) -> None:
        """Stop torrents."""
        for torrent in self.store.chosen(request.values["hashes"]):
            torrent.is_stopped, torrent.is_forced = True, False

    def start(self, request: Request) -> None:
        """Start torrents; a complete one whose files are gone says so now."""
        for torrent in self.store.chosen(request.values["hashes"]):
            if torrent.is_stopped and torrent.cure == "restart":
                torrent.stalls, torrent.trouble = False, ""
            torrent.is_stopped = False
            if torrent.is_complete and not torrent.has_files():
                torrent.trouble = "missingFiles"

    def recheck(self, request: Request) -> None:
        """Compare files with hashes; wrong bytes are fetched again."""
        now = clock.now().timestamp()
        for torrent in self.store.chosen(request.values["hashes"]):
            if not torrent.has_metadata:
                continue
            if torrent.trouble == "missingFiles" or torrent.cure == "recheck":
                torrent.trouble = ""
            torrent.be_busy("checking", now)
            torrent.check()

    def reannounce(self, request: Request) -> None:
        """Ask the trackers for peers."""
        for torrent in self.store.chosen(request.values["hashes"]):
            if torrent.cure == "reannounce":
                torrent.stalls = False

    def set_force_start(self, request: Request) -> None:
        """Let torrents run whatever the queue says."""
        for torrent in self.store.chosen(request.values["hashes"]):
            torrent.is_forced = request.values.get("value", "false").lower() == "true"
            torrent.is_stopped = torrent.is_stopped and not torrent.is_forced

    def set_location(self, request: Request) -> None:
        """Move files to another folder."""
        target = Path(request.values["location"])
        if not str(request.values["location"]):
            raise Refused(400, "Save path cannot be empty")
        if not self.store.is_writable(target):
            raise Refused(409, "Cannot make save path")
        target.mkdir(parents=True, exist_ok=True)
        for torrent in self.store.chosen(request.values["hashes"]):
            torrent.move(target)
            torrent.be_busy("moving", clock.now().timestamp())

    def set_share_limits(self, request: Request) -> None:
        """Say when torrents stop seeding."""
        ask = request.values
        for torrent in self.store.chosen(ask["hashes"]):
            torrent.ratio_limit = float(ask["ratioLimit"])
            torrent.seeding_time_limit = int(ask["seedingTimeLimit"])
            torrent.inactive_seeding_time_limit = int(ask.get("inactiveSeedingTimeLimit", -2))
            torrent.share_limit_action = ask.get("shareLimitAction", "Default")
            torrent.share_limits_mode = ask.get("shareLimitsMode", "Default")

    def rename(self, request: Request) -> None:
        """Give a torrent another name in lists."""
        if not request.values["name"].strip():
            raise Refused(409, "Incorrect torrent name")
        self._one(request).name = request.values["name"].strip()

    # categories and tags

    def create_category(self, request: Request) -> None:
        """Make a category."""
        name = request.values["category"]
        if not name:
            raise Refused(400, "Category cannot be empty")
        if not GOOD_CATEGORY.match(name) or "//" in name:
            raise Refused(409, "Incorrect category name")
        if name in self.store.categories:
            raise Refused(409, "Unable to create category")
        self.store.categories[name] = {"savePath": request.values.get("savePath", "")}

    def edit_category(self, request: Request) -> None:
        """Change a category's folder."""
        name = request.values["category"]
        if not name:
            raise Refused(400, "Category cannot be empty")
        if name not in self.store.categories:
            new = self.manners.is_5_2
            raise Refused(404 if new else 409, "Category does not exist" if new else "Unable to edit category")
        self.store.categories[name] = {"savePath": request.values.get("savePath", "")}

    def remove_categories(self, request: Request) -> None:
        """Remove categories; their torrents have none then."""
        for name in request.values["categories"].splitlines():
            self.store.categories.pop(name, None)
            for torrent in self.store.torrents.values():
                torrent.category = "" if torrent.category == name else torrent.category

    def set_category(self, request: Request) -> None:
        """Put torrents into a category that exists, or into none."""
        name = request.values["category"]
        if name and name not in self.store.categories:
            raise Refused(409, "Incorrect category name")
        for torrent in self.store.chosen(request.values["hashes"]):
            torrent.category = name

    def add_tags(self, request: Request) -> None:
        """Give torrents tags."""
        for tag in _split(request.values["tags"]):
            self.store.add_tag(tag)
            for torrent in self.store.chosen(request.values["hashes"]):
                torrent.tags = [*torrent.tags, tag] if tag not in torrent.tags else torrent.tags

    def remove_tags(self, request: Request) -> None:
        """Take tags from torrents; all of them if none is named."""
        gone = _split(request.values.get("tags", ""))
        for torrent in self.store.chosen(request.values["hashes"]):
            torrent.tags = [tag for tag in torrent.tags if gone and tag not in gone]

    def create_tags(self, request: Request) -> None:
        """Make tags."""
        for tag in _split(request.values["tags"]):
            self.store.add_tag(tag)

    def delete_tags(self, request: Request) -> None:
        """Remove tags everywhere."""
        gone = _split(request.values["tags"])
        self.store.tags = [tag for tag in self.store.tags if tag not in gone]
        for torrent in self.store.torrents.values():
            torrent.tags = [tag for tag in torrent.tags if tag not in gone]

    def _one(self, request: Request) -> StandInTorrent:
        found = self.store.chosen(request.values["hash"])
        if not found:
            raise Refused(404, "Not Found")
        return found[0]


def _split(text: str) -> list[str]:
    return list(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))


def _passes(row: dict[str, Any], wanted: str) -> bool:
    state, moves = str(row["state"]), bool(row["dlspeed"] or row["upspeed"])
    is_stopped = state.startswith(("paused", "stopped"))
    tests: dict[str, bool] = {
        "downloading": row["progress"] < 1 and not state.endswith("UP") and state not in {"error", "moving"},
        "seeding": state in SEEDING,
        "completed": state in SEEDING or state in {"pausedUP", "stoppedUP"},
        "paused": is_stopped,
        "stopped": is_stopped,
        "resumed": not is_stopped,
        "running": not is_stopped,
        "active": moves,
        "inactive": not moves,
        "stalled": state.startswith("stalled"),
        "stalled_uploading": state == "stalledUP",
        "stalled_downloading": state == "stalledDL",
        "checking": state.startswith("checking"),
        "moving": state == "moving",
        "errored": state in {"error", "missingFiles"},
    }
    return tests.get(wanted, True)
