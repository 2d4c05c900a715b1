"""The account as the site tells of it, what it took, and the store where it spends points."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mamcrawler.lib import clock
from mamcrawler.sandbox.mam.rows import human_size
from mamcrawler.sandbox.world import Purchase, World, WorldRelease

SEED_TIME = timedelta(hours=72)
"""How long a torrent stays unsatisfied after it was taken."""

GIB = 1 << 30
UPLOAD_POINTS_PER_GB, SMALLEST_UPLOAD_GB = 500, 50
VIP_POINTS_PER_WEEK, VIP_CAP = 1_250, timedelta(days=90)
WEDGE_POINTS = 50_000
VIP_CLASSES = frozenset({"vip", "elite vip"})
MAY_BUY_VIP = VIP_CLASSES | {"power user"}

_NAMES = {
    "inactHnr": "Not Seeding - H&R - Not Yet Satisfied",
    "inactSat": "Not Seeding - Satisfied",
    "inactUnsat": "Not Seeding - Not Yet Satisfied",
    "leeching": "Leeching Torrents",
    "sSat": "Seeding - Satisfied",
    "seedHnr": "Seeding - H&R - Not Yet Satisfied",
    "seedUnsat": "Seeding - Not Yet Satisfied",
    "upAct": "Seeding -  Uploads",
    "upInact": "Not Seeding - Uploads",
}


def account_json(world: World) -> dict[str, Any]:
    """The account without any option."""
    account = world.account
    ratio = account.ratio
    return {
        "classname": account.classname,
        "downloaded": human_size(account.downloaded_bytes),
        "downloaded_bytes": account.downloaded_bytes,
        "ratio": "∞" if ratio is None else round(ratio, 2),
        "seedbonus": account.seedbonus,
        "uid": account.uid,
        "uploaded": human_size(account.uploaded_bytes),
        "uploaded_bytes": account.uploaded_bytes,
        "username": account.username,
        "vip_until": f"{account.vip_until.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if account.vip_until else None,
        "wedges": account.wedges,
    }


def notifications() -> dict[str, int]:
    """What waits for the member on the site: nothing."""
    return dict.fromkeys(("pms", "aboutToDropClient", "tickets", "waiting_tickets", "requests", "topics"), 0)


def unsatisfied(world: World) -> list[WorldRelease]:
    """The releases taken that still have to be seeded."""
    since = clock.now() - SEED_TIME
    return [
        world.releases[key] for key, taken_at in world.snatched.items() if taken_at > since and key in world.releases
    ]


def unsatisfied_count(world: World) -> int:
    """How many slots are taken: what the account came with, and what it took here."""
    return world.account.unsat_at_start + len(unsatisfied(world))


def may_take(world: World, release: WorldRelease) -> bool:
    """Say whether the account has a slot for a release; one that it has taken before needs none."""
    return unsatisfied_count(world) < world.account.unsat_limit or release.tracker_id in world.snatched


def take(world: World, release: WorldRelease) -> bytes:
    """Give the torrent file of a release, and remember that the account took it."""
    torrent = world.torrent(release.tracker_id)
    world.snatched.setdefault(release.tracker_id, clock.now())
    world.save()
    return torrent


def snatch_summary(world: World) -> dict[str, Any]:
    """The counts of the account's torrents."""
    now = clock.now()
    open_ones = unsatisfied(world)
    done = [world.releases[key] for key in world.snatched if key in world.releases]
    done = [release for release in done if release not in open_ones]
    counted = {"seedUnsat": (unsatisfied_count(world), open_ones), "sSat": (len(done), done)}
    block: dict[str, Any] = {}
    for key, name in _NAMES.items():
        count, releases = counted.get(key, (0, []))
        block[key] = {"name": name, "count": count, "size": _size(releases) if count else None}
    return {
        "connectable": "yes",
        "created": int(now.timestamp()),
        "created_at": f"{now:%Y-%m-%d %H:%M:%S}",
        "duplicates": {"name": "Duplicate peer entries", "count": 0},
        **block,
        "ipv6_mac": False,
        "ite": {"name": "Important Tracker Errors", "count": 0, "latest": 0},
        "partial": False,
        "recently_deleted": 0,
        "reseed": {"name": "Reseed requests", "count": 0, "inactive": 0},
        "unsat": {
            "name": "Unsatisfied",
            "count": unsatisfied_count(world),
            "limit": world.account.unsat_limit,
            "size": _size(open_ones),
        },
        "v6_connectable": None,
    }


def is_free_for_us(world: World, release: WorldRelease) -> bool:
    """Say whether what is downloaded of a release does not count."""
    is_vip = release.vip and world.account.classname.lower() in VIP_CLASSES
    return release.free or is_vip or release.tracker_id in personal_freeleech(world)


def personal_freeleech(world: World) -> list[int]:
    """The releases that a wedge made free; may be added to."""
    freed: list[int] = world.state.setdefault("mam", {}).setdefault("personal_freeleech", [])
    return freed


def spend_wedge(world: World, release: WorldRelease) -> str:
    """Make a release free for the account; gives why not, or "". A VIP release costs a wedge all the same."""
    if release.free:
        return "Cannot spend FL Wedges on Freeleech Picks"
    if release.tracker_id in personal_freeleech(world):
        return "This is already a personal freeleech"
    if world.account.wedges < 1:
        return "Insufficient funds"
    world.account.wedges -= 1
    personal_freeleech(world).append(release.tracker_id)
    world.ledger.append(Purchase("personal freeleech", 0, 1, release.tracker_id, clock.now()))
    world.save()
    return ""


def buy(world: World, order: Mapping[str, str]) -> dict[str, Any]:
    """Answer an order of the store; what it sells is in the ledger and in the account at once."""
    match order.get("spendtype"):
        case "VIP":
            return _buy_vip(world, order.get("duration", ""))
        case "upload":
            return _buy_upload(world, order.get("amount", ""))
        case "wedges":
            return _buy_wedge(world, order.get("source", ""))
        case "personalFL":
            return _free_personally(world, order.get("torrentid", ""))
    return _refused("Not allowed via API")


def _buy_vip(world: World, duration: str) -> dict[str, Any]:
    account, now = world.account, clock.now()
    if duration != "max":
        return _refused("Only max is allowed via API")
    if account.classname.lower() not in MAY_BUY_VIP:
        return _refused("You need to be at least Power User")
    runs_until = max(account.vip_until or now, now)
    room = (now + VIP_CAP - runs_until) / timedelta(weeks=1)
    if room < 1:
        return _refused("You already have VIP for as long as it can be bought")
    weeks = math.floor(min(room, account.seedbonus / VIP_POINTS_PER_WEEK) * 10) / 10
    if weeks < 1:
        return _refused("Not enough bonus, s1")
    points = round(weeks * VIP_POINTS_PER_WEEK)
    account.vip_until = runs_until + timedelta(weeks=weeks)
    if account.classname.lower() not in VIP_CLASSES:
        account.classname = "VIP"
    return _sold(world, Purchase("VIP", points, 0, None, now), amount=weeks)


def _buy_upload(world: World, amount: str) -> dict[str, Any]:
    if amount == "Max Affordable ":
        gigabytes = world.account.seedbonus // UPLOAD_POINTS_PER_GB
    else:
        gigabytes = int(amount) if amount.isdigit() else 0
    if gigabytes < SMALLEST_UPLOAD_GB:
        return _refused(
            "Automated spenders are limited to buying at least 50 GB of upload at a time, due to log spam",
        )
    points = gigabytes * UPLOAD_POINTS_PER_GB
    if points > world.account.seedbonus:
        return _refused("Not enough bonus, s1")
    world.account.uploaded_bytes += gigabytes * GIB
    return _sold(world, Purchase("upload", points, 0, None, clock.now()), amount=gigabytes)


def _buy_wedge(world: World, source: str) -> dict[str, Any]:
    if source != "points" or world.account.seedbonus < WEDGE_POINTS:
        return _refused("Insufficient funds")
    world.account.wedges += 1
    return _sold(world, Purchase("wedge", WEDGE_POINTS, 0, None, clock.now()), amount=1)


def _free_personally(world: World, torrent_id: str) -> dict[str, Any]:
    release = world.releases.get(int(torrent_id)) if torrent_id.isdigit() else None
    if release is None:
        return _refused("Invalid torrent")
    if release.vip:
        return _refused("This Torrent is VIP")
    reason = spend_wedge(world, release)
    return _refused(reason) if reason else {"success": True}


def _sold(world: World, purchase: Purchase, *, amount: float) -> dict[str, Any]:
    world.account.seedbonus -= purchase.points
    world.ledger.append(purchase)
    world.save()
    return {"success": True, "amount": amount, "seedbonus": world.account.seedbonus}


def _refused(reason: str) -> dict[str, Any]:
    return {"success": False, "error": reason}


def bonus_history(world: World) -> list[dict[str, Any]]:
    """What wedges were spent on, newest first."""
    spent = [bought for bought in world.ledger if bought.kind == "personal freeleech"]
    return [_history_row(world, bought.tracker_id, bought.bought_at) for bought in reversed(spent)]


def _history_row(world: World, tracker_id: int | None, spent_at: datetime) -> dict[str, Any]:
    release = world.releases.get(tracker_id or 0)
    return {
        "timestamp": spent_at.timestamp(),
        "amount": -1,
        "type": "wedgePF",
        "tid": tracker_id,
        "title": release.title if release else None,
        "other_userid": None,
        "other_name": None,
    }


def _size(releases: list[WorldRelease]) -> int:
    return sum(release.size_bytes for release in releases)
