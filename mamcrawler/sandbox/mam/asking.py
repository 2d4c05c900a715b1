"""What a search request asks for, however it was sent: JSON, form, or PHP-style brackets in the address."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Request

FIELDS = ("title", "author", "narrator", "series", "description", "tags", "filenames", "fileTypes")
ANSWER_FLAGS = frozenset({"description", "isbn", "dlLink", "mediaInfo", "thumbnail", "my_snatched"})
DEFAULT_PER_PAGE = 25

_BRACKETS = re.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True)
class Asking:
    """One search, read."""

    text: str = ""
    fields: tuple[str, ...] = FIELDS
    search_type: str = "all"
    search_in: str = "torrents"
    main_cats: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()
    languages: frozenset[int] | None = None  # None: not asked for; an empty set finds nothing, as at the site
    flags: int = 0
    shows_flags: bool = False
    added_from: datetime | None = None
    added_before: datetime | None = None
    ranges: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    tracker_id: int | None = None
    info_hash: str = ""
    sort: str = "default"
    start: int = 0
    per_page: int = DEFAULT_PER_PAGE
    wants: frozenset[str] = frozenset()  # optional parts of the answer


def read(request: Request) -> Asking:
    """Read a request; what makes no sense is left out, as the site does."""
    body = _body(request)
    tor = body.get("tor")
    tor = tor if isinstance(tor, dict) else {}
    per_page = _number(body.get("perpage", tor.get("perpage")))
    return Asking(
        text=str(tor.get("text") or ""),
        fields=_fields(tor.get("srchIn")),
        search_type=str(tor.get("searchType") or "all"),
        search_in=str(tor.get("searchIn") or "torrents"),
        main_cats=_numbers(tor.get("main_cat")),
        categories=_numbers(tor.get("cat")) - {0},
        languages=_numbers(tor["browse_lang"]) if "browse_lang" in tor else None,
        flags=sum(_numbers(tor.get("browseFlags"))),
        shows_flags=str(tor.get("browseFlagsHideVsShow")) == "1",
        added_from=_moment(tor.get("startDate")),
        added_before=_moment(tor.get("endDate")),
        ranges=_ranges(tor),
        tracker_id=_number(tor.get("id")),
        info_hash=str(tor.get("hash") or "").lower(),
        sort=str(tor.get("sortType") or "default"),
        start=max(0, _number(tor.get("startNumber")) or 0),
        per_page=min(1000, max(5, per_page or DEFAULT_PER_PAGE)),
        wants=frozenset(ANSWER_FLAGS & body.keys()),
    )


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Unfold `tor[cat][]=13` and its like, as PHP does."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        keys = [name.partition("[")[0], *_BRACKETS.findall(name)]
        place = found
        for key in keys[:-1]:
            inner = place.setdefault(key or str(len(place)), {})
            place = inner if isinstance(inner, dict) else {}
        place[keys[-1] or str(len(place))] = value
    return found


def _body(request: Request) -> dict[str, Any]:
    if request.mimetype == "application/json":  # the address beside a JSON body is ignored, `perpage` too
        try:
            body = json.loads(request.get_data())
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}
    pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
    return nested(pairs)


def _fields(value: Any) -> tuple[str, ...]:
    """A list of names in JSON, `tor[srchIn][title]=true` in a form."""
    if isinstance(value, dict):
        value = [key if str(said).lower() in {"true", "1", "on"} else said for key, said in value.items()]
    chosen = {str(name) for name in value} if isinstance(value, list) else set()
    return tuple(name for name in FIELDS if name in chosen) or FIELDS


def _numbers(value: Any) -> frozenset[int]:
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return frozenset(number for number in map(_number, values) if number is not None)


def _number(value: Any) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    seconds = _number(value)
    try:
        if seconds is not None:
            return datetime.fromtimestamp(seconds, UTC)
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    except ValueError:
        return None


def _ranges(tor: Mapping[str, Any]) -> dict[str, tuple[int | None, int | None]]:
    unit = _number(tor.get("unit")) or 1
    found: dict[str, tuple[int | None, int | None]] = {}
    for what in ("Size", "Seeders", "Leechers", "Snatched"):
        scale = unit if what == "Size" else 1
        ends = [_number(tor.get(f"{end}{what}")) for end in ("min", "max")]
        low, high = (None if end is None else end * scale for end in ends)
        if low is not None or high is not None:
            found[what] = (low, high)
    return found
