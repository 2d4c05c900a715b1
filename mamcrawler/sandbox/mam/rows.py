"""How a release looks in the answer to a search: the site's keys, order and types, quirks included."""

import hashlib
import json
from typing import Any

from mamcrawler.sandbox.mam.finding import browse_flags
from mamcrawler.sandbox.world import SECRETS, World, WorldRelease

CATEGORY_NAMES = {
    39: "Action/Adventure", 40: "Crime/Thriller", 41: "Fantasy", 42: "General Fiction", 43: "Horror", 44: "Juvenile",
    45: "Literary Classics", 46: "Romance", 47: "Science Fiction", 48: "Western", 49: "Art", 50: "Biographical",
    51: "Computer/Internet", 52: "General Non-Fic", 53: "Self-Help", 54: "History", 55: "Home/Garden", 56: "Language",
    57: "Math/Science/Tech", 58: "Pol/Soc/Relig", 59: "Recreation", 83: "Business", 84: "Instructional", 85: "Medical",
    87: "Mystery", 88: "Philosophy", 89: "Travel/Adventure", 97: "Crafts", 98: "Historical Fiction", 99: "Humor",
    100: "True Crime", 106: "Food", 108: "Urban Fantasy", 111: "Young Adult", 119: "Nature", 60: "Action/Adventure",
    62: "Crime/Thriller", 63: "Fantasy", 64: "General Fiction", 65: "Horror", 67: "Literary Classics", 68: "Romance",
    69: "Science Fiction", 74: "General Non-Fiction", 94: "Mystery", 102: "Historical Fiction", 103: "Humor",
    109: "Urban Fantasy", 112: "Young Adult",
}  # fmt: skip
"""Old category ids of audiobooks and of the e-books that the sandbox offers."""

NEW_CATEGORIES = {41: [13], 63: [13], 46: [42], 68: [42], 47: [45], 69: [45], 87: [34], 94: [34], 40: [51], 62: [51]}
"""The ids of the site's newer, different numbering, by old category."""

EBOOKS = 14


def category_name(release: WorldRelease) -> str:
    """The category as the site prints it."""
    prefix = "Ebooks" if release.main_cat == EBOOKS else "Audiobooks"
    return f"{prefix} - {CATEGORY_NAMES.get(release.category, 'General Fiction')}"


def download_hash(uid: int, tracker_id: int) -> str:
    """The personal hash that downloads without a cookie; a secret."""
    digest = hashlib.sha256(f"{SECRETS.passkey}/{uid}/{tracker_id}".encode()).hexdigest()
    return f"sandbox-dl-{digest[:24]},{digest[24:32]}+{digest[32:40]}"


def human_size(size_bytes: int) -> str:
    """A size in binary units with one decimal, as the site prints it."""
    for unit, name in ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB")):
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f} {name}"
    return f"{size_bytes / 1024:.1f} KiB"


def row(world: World, release: WorldRelease, *, weight: int, wants: frozenset[str]) -> dict[str, Any]:
    """One torrent of a search answer."""
    tracker_id = release.tracker_id
    personal = tracker_id in world.state.get("mam", {}).get("personal_freeleech", [])
    listed: dict[str, Any] = {
        "id": tracker_id,
        "language": release.language_id,
        "lang_code": release.language_code,
        "main_cat": release.main_cat,
        "category": release.category,
        "mediatype": 2 if release.main_cat == EBOOKS else 1,
        "maincat": 1,
        "categories": json.dumps(NEW_CATEGORIES.get(release.category, [])),
        "catname": category_name(release),
        "size": human_size(release.size_bytes),
        "numfiles": release.numfiles,
        "vip": int(release.vip),
        "vip_expire": release.vip_expire,
        "free": int(release.free),
        "personal_freeleech": int(personal),
        "fl_vip": int(release.free or release.vip),
        "title": release.title,
        "w": weight,
        "tags": release.tags,
        **({"description": release.description} if "description" in wants else {}),
        "author_info": _people(release.authors, 31000),
        "narrator_info": _people(release.narrators, 41000),
        "series_info": _series(release.series),
        "filetype": release.filetype,
        "seeders": release.seeders,
        "leechers": release.leechers,
        "added": f"{release.added:%Y-%m-%d %H:%M:%S}",
        "browseflags": browse_flags(release),
        "times_completed": release.times_completed,
        "comments": 0,
        "bookmarked": None,
        "my_snatched": int(tracker_id in world.snatched),
        "poster_type": "image/jpeg",
        **({"mediainfo": _media_info(release)} if "mediaInfo" in wants else {}),
        "ownership": json.dumps([200000 + tracker_id % 97, f"uploader{tracker_id % 97}"]),
        "cat": f'<div class="cat{release.category}">&nbsp;</div>',
    }
    return listed | _options(world, release, wants)


def _options(world: World, release: WorldRelease, wants: frozenset[str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if "isbn" in wants:
        options["isbn"] = f"ASIN:{release.asin}" if release.asin else release.isbn
    if "dlLink" in wants:
        options["dl"] = download_hash(world.account.uid, release.tracker_id)
    if "thumbnail" in wants:
        options["thumbnail"] = f"https://cdn.myanonamouse.net/tor/poster_mini.php/{release.tracker_id}/jpeg"
    return options


def _identity(name: str, base: int) -> str:
    """A stable id for a person or a series, as the site gives each name one."""
    return str(base + int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % 900_000)


def _people(names: tuple[str, ...], base: int) -> str:
    return json.dumps({_identity(name, base): name for name in names})


def _series(series: tuple[tuple[str, str], ...]) -> str:
    return json.dumps({_identity(name, 51000): [name, position, _numeric(position)] for name, position in series})


def _numeric(position: str) -> float:
    try:
        return float(position)
    except ValueError:
        return -1.0


def _media_info(release: WorldRelease) -> str:
    if not release.bitrate_kbps:
        return "{}"
    is_m4b = release.filetype.startswith(("m4b", "m4a"))
    seconds = round(release.duration_s)
    info: dict[str, Any] = {
        "Audio1": {
            "Format": "AAC" if is_m4b else "MPEG Audio",
            "BitRate": f"{release.bitrate_kbps}k",
            "Channels": 1,
            "BitRate_Mode": "CBR",
            "SamplingRate": "44.1kHz",
            "Compression_Mode": "Lossy",
        },
        "General": {
            "Format": "MPEG-4" if is_m4b else "MPEG Audio",
            "Duration": f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}",
        },
    }
    return json.dumps({"menu": {"extra": [], "Format": "Timed Text"}, **info} if is_m4b else info)
