"""A tracker for the tests of the stand-in: the recorded releases on offer, and ways to ask."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from werkzeug.test import Client as Browser

from mamcrawler.lib import clock
from mamcrawler.lib.pace import FreeLease
from mamcrawler.sandbox.world import SECRETS, World, WorldRelease
from tracker.mam import TrackerClient

EXAMPLES = Path(__file__).parent.parent / "contracts" / "myanonamouse"
SEARCH = "/tor/js/loadSearchJSONbasic.php"


def example(name):
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


def release_of(row):
    """The release that the site would list as in a recorded row."""
    media = json.loads(row["mediainfo"])
    hours, minutes, seconds = (int(part) for part in media["General"]["Duration"].split(":"))
    number, unit = row["size"].split(" ")
    return WorldRelease(
        tracker_id=row["id"],
        book_keys=(),
        performance=None,
        title=row["title"],
        authors=tuple(json.loads(row["author_info"]).values()),
        narrators=tuple(json.loads(row["narrator_info"]).values()),
        series=tuple((entry[0], entry[1]) for entry in json.loads(row["series_info"]).values()),
        language_id=row["language"],
        language_code=row["lang_code"],
        category=row["category"],
        main_cat=row["main_cat"],
        filetype=row["filetype"],
        bitrate_kbps=int(media["Audio1"]["BitRate"].removesuffix("k")),
        duration_s=hours * 3600 + minutes * 60 + seconds,
        size_bytes=round(float(number) * {"MiB": 1 << 20, "GiB": 1 << 30}[unit]),
        numfiles=row["numfiles"],
        added=datetime.fromisoformat(row["added"]).replace(tzinfo=UTC),
        seeders=row["seeders"],
        leechers=row["leechers"],
        times_completed=row["times_completed"],
        free=bool(row["free"]),
        vip=bool(row["vip"]),
        vip_expire=row["vip_expire"],
        tags=row["tags"],
        isbn="",
        asin="B08G9PRS1K" if row["id"] == 500101 else "",
        description="About the book.",
        abridged=bool(row["browseflags"] & 32),
        dramatised=False,
    )


def recorded_world(root):
    """A world whose tracker lists the recorded releases; one of them was taken long ago with a wedge."""
    world = World.empty(root)
    releases = [release_of(row) for row in example("search_response.json")["data"]]
    world.releases = {release.tracker_id: release for release in releases}
    world.snatched[500104] = clock.now() - timedelta(days=30)
    world.state["mam"] = {"personal_freeleech": [500104]}
    return world


def browsing(mam):
    """Something to ask a stand-in with, which keeps no cookies of its own."""
    return Browser(mam, use_cookies=False)


def signed_in(cookie=SECRETS.mam_id):
    return {"Cookie": f"mam_id={cookie}"}


def search(site, tor=None, **options):
    return site.post(SEARCH, json={"tor": tor or {}, **options}, headers=signed_in())


def ids(response):
    return [row["id"] for row in response.get_json().get("data", [])]


def shape(value):
    """Keys and types of an answer; a number may be whole or not."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def client_of(base_url, *, cookie=SECRETS.mam_id, on_rotated=lambda cookie: None):
    return TrackerClient(base_url=base_url, cookie=cookie, lease=FreeLease(), on_rotated=on_rotated, allow_pages=True)
