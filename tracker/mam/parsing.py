"""The tracker's JSON answers as typed, frozen results.

The wire drifts: numbers come as strings, titles as numbers, flags as 0, "1" or "yes", people as JSON inside a string.
All of that ends here.
"""

import html
import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from pydantic import BaseModel

from tracker.mam.errors import UnexpectedAnswer
from tracker.mam.listing import bitrate_kbps, duration_s, size_bytes

log = structlog.get_logger(__name__)

ABRIDGED = 32
"""The bit of `browseflags` that marks an abridged recording."""

VIP_CLASSES = frozenset({"vip", "elite vip"})
"""Classes for which VIP torrents cost nothing."""

LANGUAGE_CODES = {1: "ENG", 36: "FRE", 37: "GER"}
"""Language codes by language id, for answers that leave the code out."""

NOTHING_FOUND = "Nothing returned, out of"


class Offer(BaseModel, frozen=True):
    """A torrent as the tracker's answer lists it; stored as a `Release`. Holds no member's name."""

    tracker_id: int
    title: str
    authors: tuple[str, ...] = ()
    narrators: tuple[str, ...] = ()
    series: tuple[tuple[str, str], ...] = ()  # name, and position as printed
    main_cat: int = 0
    category: int = 0
    category_name: str = ""
    language_code: str = ""
    size_bytes: int | None = None  # rounded by the site: the torrent file knows better
    numfiles: int = 0
    filetype: str = ""
    seeders: int = 0
    leechers: int = 0
    snatches: int = 0
    added_at: datetime | None = None
    is_free: bool = False
    is_vip: bool = False
    vip_until: datetime | None = None  # None beside `is_vip` is for ever
    is_personal_freeleech: bool = False  # up to 20 minutes late
    is_fl_vip: bool = False
    my_snatched: bool = False  # up to 20 minutes late
    tags: str = ""
    isbn: str = ""
    asin: str = ""
    description: str = ""
    duration_s: float | None = None
    bitrate_kbps: int | None = None
    is_abridged: bool = False

    def is_free_for(self, classname: str) -> bool:
        """Say whether taking it costs a member of this class no ratio."""
        is_vip_member = classname.strip().lower() in VIP_CLASSES
        return self.is_free or self.is_personal_freeleech or (self.is_fl_vip and is_vip_member)


class SearchPage(BaseModel, frozen=True):
    """One page of search results."""

    offers: tuple[Offer, ...] = ()
    found: int = 0  # hits over all pages
    rows: int = 0  # rows on this page, to page on by; more than the offers if some could not be read


class SnatchSummary(BaseModel, frozen=True):
    """Counts of the account's torrents; the site computes them now and then."""

    unsatisfied: int
    unsatisfied_limit: int
    leeching: int = 0
    seeding_satisfied: int = 0
    seeding_unsatisfied: int = 0
    seeding_hit_and_run: int = 0
    inactive_satisfied: int = 0
    inactive_unsatisfied: int = 0
    inactive_hit_and_run: int = 0
    connectable: str = ""  # "yes", "no", "offline"
    computed_at: datetime | None = None


class Account(BaseModel, frozen=True):
    """What the tracker says of the account."""

    uid: int
    username: str
    classname: str
    uploaded_bytes: int
    downloaded_bytes: int
    ratio: float | None  # infinite when nothing was downloaded, None when the site names none
    seedbonus: int
    wedges: int
    vip_until: datetime | None
    summary: SnatchSummary | None = None


class NetworkAddress(BaseModel, frozen=True):
    """The address that the site sees us come from."""

    ip: str
    asn: int | None = None
    as_name: str = ""


class Purchase(BaseModel, frozen=True):
    """What the store says of a purchase that it made."""

    amount: float | None = None
    seedbonus: int | None = None


class SpentWedge(BaseModel, frozen=True):
    """A wedge that the account spent on a release."""

    tracker_id: int
    spent_at: datetime


def search_page(answer: Any) -> SearchPage:
    """Read the answer to a search.

    :raises UnexpectedAnswer: if it is neither a list of torrents nor the sentence for no hits, or no row is readable.
    """
    if not isinstance(answer, Mapping):
        raise UnexpectedAnswer("a search was answered with something that is no object")
    error = answer.get("error")
    if isinstance(error, str) and error.startswith(NOTHING_FOUND):
        return SearchPage(found=_whole(error.removeprefix(NOTHING_FOUND)) or 0)
    rows = answer.get("data")
    if error or not isinstance(rows, list):
        raise UnexpectedAnswer(f"a search was answered with {str(error or 'no list of torrents')[:200]}")
    offers = tuple(_readable(rows))
    if rows and not offers:
        raise UnexpectedAnswer("none of the torrents listed has an id and a title")
    found = _whole(answer.get("found", answer.get("total_found")))
    return SearchPage(offers=offers, found=len(rows) if found is None else found, rows=len(rows))


def offer(row: Mapping[str, Any]) -> Offer:
    """Read one row of a search.

    :raises UnexpectedAnswer: if it has no id or no title.
    """
    tracker_id, title = _whole(row.get("id")), _text(row.get("title", row.get("name")))
    if tracker_id is None or not title:
        raise UnexpectedAnswer("a torrent was listed without an id or a title")
    tags, media = _text(row.get("tags")), _object(row.get("mediainfo"))
    isbn, asin = _book_numbers(_text(row.get("isbn")))
    return Offer(
        tracker_id=tracker_id,
        title=title,
        authors=_people(row.get("author_info")),
        narrators=_people(row.get("narrator_info")),
        series=_series(row.get("series_info")),
        main_cat=_whole(row.get("main_cat")) or 0,
        category=_whole(row.get("category")) or 0,
        category_name=_text(row.get("catname")),
        language_code=_text(row.get("lang_code")) or LANGUAGE_CODES.get(_whole(row.get("language")) or 0, ""),
        size_bytes=size_bytes(_text(row.get("size"))),
        numfiles=_whole(row.get("numfiles")) or 0,
        filetype=_text(row.get("filetype", row.get("filetypes"))).lower(),
        seeders=_whole(row.get("seeders")) or 0,
        leechers=_whole(row.get("leechers")) or 0,
        snatches=_whole(row.get("times_completed")) or 0,
        added_at=_moment(row.get("added")),
        is_free=_flag(row.get("free")),
        is_vip=_flag(row.get("vip")),
        vip_until=_moment(row.get("vip_expire")),
        is_personal_freeleech=_flag(row.get("personal_freeleech")),
        is_fl_vip=_flag(row.get("fl_vip")),
        my_snatched=_flag(row.get("my_snatched")),
        tags=tags,
        isbn=isbn,
        asin=asin,
        description=_text(row.get("description")),
        duration_s=duration_s(media, tags),
        bitrate_kbps=bitrate_kbps(media, tags),
        is_abridged=bool((_whole(row.get("browseflags", row.get("browseFlags"))) or 0) & ABRIDGED),
    )


def account(answer: Any) -> Account:
    """Read the account's numbers; the summary may stand in a block of its own or, as before 2026-09-23, at the top.

    :raises UnexpectedAnswer: if a number is missing on which spending or the ratio depends.
    """
    if not isinstance(answer, Mapping):
        raise UnexpectedAnswer("the account was answered with something that is no object")
    uploaded, downloaded = _transferred(answer, "uploaded"), _transferred(answer, "downloaded")
    seedbonus, uid = _whole(answer.get("seedbonus")), _whole(answer.get("uid"))
    if uploaded is None or downloaded is None or seedbonus is None or uid is None:
        raise UnexpectedAnswer("the account came without its upload, download, bonus points or id")
    nested = answer.get("snatch_summary")
    return Account(
        uid=uid,
        username=_text(answer.get("username")),
        classname=_text(answer.get("classname")),
        uploaded_bytes=uploaded,
        downloaded_bytes=downloaded,
        ratio=_ratio(answer.get("ratio"), downloaded),
        seedbonus=seedbonus,
        wedges=_whole(answer.get("wedges")) or 0,
        vip_until=_moment(answer.get("vip_until")),
        summary=_summary(nested if isinstance(nested, Mapping) else answer),
    )


def network_address(answer: Any) -> NetworkAddress:
    """Read where the site sees us come from.

    :raises UnexpectedAnswer: if it names no address.
    """
    if not isinstance(answer, Mapping) or not _text(answer.get("ip")):
        raise UnexpectedAnswer("the site did not say which address it sees")
    return NetworkAddress(ip=_text(answer["ip"]), asn=_whole(answer.get("ASN")), as_name=_text(answer.get("AS")))


def purchase(answer: Any) -> tuple[Purchase | None, str]:
    """Read the store's answer: the purchase, or None and its reason for refusing.

    :raises UnexpectedAnswer: if it says neither.
    """
    if not isinstance(answer, Mapping) or "success" not in answer:
        raise UnexpectedAnswer("the store did not say whether it sold anything: read the account")
    if not _flag(answer["success"]):
        return None, _text(answer.get("error")) or "the store gave no reason"
    return Purchase(amount=_number(answer.get("amount")), seedbonus=_whole(answer.get("seedbonus"))), ""


def spent_wedges(answer: Any) -> tuple[SpentWedge, ...]:
    """Read on which releases personal wedges were spent.

    :raises UnexpectedAnswer: if it is no list.
    """
    if not isinstance(answer, list):
        raise UnexpectedAnswer("the history of wedges is no list")
    rows = [row for row in answer if isinstance(row, Mapping) and row.get("type") == "wedgePF"]
    read = [(_whole(row.get("tid")), _moment(row.get("timestamp"))) for row in rows]
    return tuple(
        SpentWedge(tracker_id=tracker_id, spent_at=spent_at) for tracker_id, spent_at in read if tracker_id and spent_at
    )


def _readable(rows: Iterable[Any]) -> Iterable[Offer]:
    for row in rows:
        try:
            yield offer(row if isinstance(row, Mapping) else {})
        except UnexpectedAnswer as error:
            log.warning("tracker_row_unreadable", reason=str(error))


def _summary(block: Mapping[str, Any]) -> SnatchSummary | None:
    unsatisfied = _object(block.get("unsat"))
    count, limit = _whole(unsatisfied.get("count")), _whole(unsatisfied.get("limit"))
    if count is None or limit is None:
        return None

    def tally(key: str) -> int:
        return _whole(_object(block.get(key)).get("count")) or 0

    return SnatchSummary(
        unsatisfied=count,
        unsatisfied_limit=limit,
        leeching=tally("leeching"),
        seeding_satisfied=tally("sSat"),
        seeding_unsatisfied=tally("seedUnsat"),
        seeding_hit_and_run=tally("seedHnr"),
        inactive_satisfied=tally("inactSat"),
        inactive_unsatisfied=tally("inactUnsat"),
        inactive_hit_and_run=tally("inactHnr"),
        connectable=_text(block.get("connectable")),
        computed_at=_moment(block.get("created")),
    )


def _transferred(answer: Mapping[str, Any], key: str) -> int | None:
    exact = _whole(answer.get(f"{key}_bytes"))
    return size_bytes(_text(answer.get(key))) if exact is None else exact


def _ratio(value: Any, downloaded_bytes: int) -> float | None:
    stated = _number(value)
    if stated is not None:
        return stated
    return math.inf if downloaded_bytes == 0 else None


def _text(value: Any) -> str:
    return "" if value is None else html.unescape(str(value)).strip()


def _number(value: Any) -> float | None:
    try:
        number = float(str(value).strip().replace(",", ""))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _whole(value: Any) -> int | None:
    number = _number(int(value) if isinstance(value, bool) else value)
    return None if number is None else int(number)


def _flag(value: Any) -> bool:
    return str(value).strip().lower() in {"1", "true", "yes"}


def _moment(value: Any) -> datetime | None:
    """A moment from `YYYY-MM-DD HH:MM:SS` in UTC or from unix seconds; zero is none."""
    seconds = _number(value)
    try:
        if seconds is not None:
            return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
        return datetime.fromisoformat(str(value).strip()).replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _object(value: Any) -> Mapping[str, Any]:
    """An object that may arrive as JSON inside a string; PHP writes an empty one as `""` or `[]`."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}


def _people(value: Any) -> tuple[str, ...]:
    return tuple(name for name in map(_text, _object(value).values()) if name)


def _series(value: Any) -> tuple[tuple[str, str], ...]:
    entries = [entry if isinstance(entry, list) else [entry] for entry in _object(value).values()]
    named = [(_text(entry[0]), _text(entry[1]) if len(entry) > 1 else "") for entry in entries if entry]
    return tuple((name, position) for name, position in named if name)


def _book_numbers(value: str) -> tuple[str, str]:
    """The ISBN and the ASIN in the one field that holds either."""
    number = re.sub(r"[\s-]", "", value).upper()
    if number.startswith("ASIN:"):
        return "", number.removeprefix("ASIN:")
    if re.fullmatch(r"B0[0-9A-Z]{8}", number):
        return "", number
    return (number, "") if re.fullmatch(r"\d{9}[\dX]|\d{13}", number) else ("", "")
