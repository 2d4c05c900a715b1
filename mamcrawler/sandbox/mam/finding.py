"""Which releases a search finds, and in which order."""

import html
import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from mamcrawler.sandbox.mam.asking import Asking
from mamcrawler.sandbox.world import World, WorldRelease

ABRIDGED = 32
"""The bit of the site's content flags that marks an abridged recording."""

_WEIGHTS = {"title": 8, "author": 5, "series": 4, "narrator": 3}
_WORD = re.compile(r"[^\W_]+")
_TERM = re.compile(r'(-?)(?:"([^"]*)"|([^\s"|]+))')


def find(world: World, asking: Asking) -> list[tuple[int, WorldRelease]]:
    """List weight and release of all hits, in the order asked for."""
    if asking.info_hash:
        found = world.by_info_hash(asking.info_hash)
        return [(1, found)] if found else []
    if asking.tracker_id is not None:
        return [(1, world.releases[asking.tracker_id])] if asking.tracker_id in world.releases else []
    fitting = (release for release in world.releases.values() if _fits(world, asking, release))
    weighed = [(_weight(asking, release), release) for release in fitting]
    return _ordered([(weight, release) for weight, release in weighed if weight], asking)


def browse_flags(release: WorldRelease) -> int:
    """The release's content flags as one number."""
    return ABRIDGED if release.abridged else 0


@lru_cache(maxsize=1 << 16)
def words(text: str | int) -> str:
    """Lower-case words without accents or punctuation, with a blank around each."""
    plain = unicodedata.normalize("NFKD", html.unescape(str(text))).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(["", *_WORD.findall(plain), ""])


def _fits(world: World, asking: Asking, release: WorldRelease) -> bool:
    if asking.search_in != "torrents" or ("my_snatched" in asking.wants and release.tracker_id not in world.snatched):
        return False
    if asking.main_cats and release.main_cat not in asking.main_cats:
        return False
    if asking.categories and release.category not in asking.categories:
        return False
    if asking.languages is not None and release.language_id not in asking.languages:
        return False
    if asking.flags and bool(browse_flags(release) & asking.flags) != asking.shows_flags:
        return False
    if asking.added_from and release.added < asking.added_from:
        return False
    if asking.added_before and release.added >= asking.added_before:
        return False
    return _is_of_type(asking.search_type, release) and _is_within(asking, release)


def _is_of_type(search_type: str, release: WorldRelease) -> bool:
    answers = {
        "active": release.seeders > 0,
        "inactive": release.seeders == 0,
        "fl": release.free,
        "VIP": release.vip,
        "fl-VIP": release.free or release.vip,
        "nVIP": not release.vip,
        "nMeta": not release.authors,
    }
    return answers.get(search_type, True)


def _is_within(asking: Asking, release: WorldRelease) -> bool:
    amounts = {
        "Size": release.size_bytes,
        "Seeders": release.seeders,
        "Leechers": release.leechers,
        "Snatched": release.times_completed,
    }
    return all(
        (low is None or amounts[what] >= low) and (high is None or amounts[what] <= high)
        for what, (low, high) in asking.ranges.items()
    )


def _texts(release: WorldRelease) -> dict[str, str]:
    texts: dict[str, str | int] = {
        "title": release.title,
        "author": " ".join(release.authors),
        "narrator": " ".join(release.narrators),
        "series": " ".join(f"{name} {position}" for name, position in release.series),
        "description": release.description,
        "tags": release.tags,
        "filenames": release.name,
        "fileTypes": release.filetype,
    }
    return {name: words(text) for name, text in texts.items()}


def _weight(asking: Asking, release: WorldRelease) -> int:
    """How well a release fits the text: 0 not at all; words may be quoted, excluded by `-`, or joined by `|`."""
    if not asking.text.strip():
        return 1
    texts = {name: text for name, text in _texts(release).items() if name in asking.fields}
    return max(_weight_of_all(part, texts) for part in asking.text.split("|"))


def _weight_of_all(text: str, texts: dict[str, str]) -> int:
    total = 0
    for excluded, phrase, word in _TERM.findall(text):
        wanted = words(phrase or word)
        if not wanted.strip():
            continue
        weights = [_WEIGHTS.get(name, 1) for name, content in texts.items() if wanted in content]
        if bool(weights) == bool(excluded):
            return 0
        total += sum(weights) or 1
    return total


def _ordered(hits: list[tuple[int, WorldRelease]], asking: Asking) -> list[tuple[int, WorldRelease]]:
    keys: dict[str, Callable[[WorldRelease], Any]] = {
        "title": lambda release: words(release.title),
        "file": lambda release: release.numfiles,
        "size": lambda release: release.size_bytes,
        "seeders": lambda release: release.seeders,
        "leechers": lambda release: release.leechers,
        "snatched": lambda release: release.times_completed,
        "date": lambda release: release.added,
        "category": lambda release: release.category,
    }
    newest = sorted(hits, key=lambda hit: (hit[1].added, hit[1].tracker_id), reverse=True)
    if asking.sort == "random":
        random.Random(1).shuffle(newest)
        return newest
    name = asking.sort.removesuffix("Asc").removesuffix("Desc")
    if name in keys:
        key = keys[name]
        return sorted(newest, key=lambda hit: key(hit[1]), reverse=asking.sort.endswith("Desc"))
    if asking.text.strip():
        return sorted(newest, key=lambda hit: (hit[0], hit[1].tracker_id), reverse=True)
    return newest


def page_of(hits: Sequence[tuple[int, WorldRelease]], asking: Asking) -> Sequence[tuple[int, WorldRelease]]:
    """The part of the hits that one answer lists."""
    return hits[asking.start : asking.start + asking.per_page]
