"""What the statistics of a library consist of, and how counted rows are told: bands, languages, months."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from pydantic import BaseModel

from library.identity.languages import language_code, language_name

BITRATES = ((64, "Under 64 kbit/s"), (96, "64–95 kbit/s"), (128, "96–127 kbit/s"), (192, "128–191 kbit/s"))
HIGH_BITRATE = "192 kbit/s and more"
LENGTHS = ((1, "Under 1 hour"), (5, "1–5 hours"), (10, "5–10 hours"), (20, "10–20 hours"), (40, "20–40 hours"))
GREAT_LENGTH = "40 hours and more"
UNKNOWN = "Unknown"
FIELDS = {
    "title": "Title",
    "authors": "Author",
    "narrators": "Narrator",
    "description": "Description",
    "cover": "Cover",
    "year": "Year",
    "language": "Language",
    "identifier": "ASIN or ISBN",
    "publisher": "Publisher",
    "duration": "Length",
}
"""What a complete copy has."""
FULL, NEARLY, HALF = 100, 80, 50
BARELY = 3
"""Of a series hardly begun less than one of so many books is there."""

Kept = TypeVar("Kept", bound="Counted")


class Counted(BaseModel, frozen=True):
    """So many copies, how long they are together and how large."""

    editions: int = 0
    seconds: int = 0
    size_bytes: int = 0


class Share(Counted, frozen=True):
    """A part of the library: all copies of one format, band or language."""

    label: str
    key: str = ""  # what the library's filters know it by; empty where they know it by nothing


class Leader(BaseModel, frozen=True):
    """An author, narrator or series with what is owned of them."""

    id: int
    name: str
    books: int
    seconds: int


class Leaders(BaseModel, frozen=True):
    """The first by hours, and the first by books."""

    by_hours: list[Leader] = []
    by_books: list[Leader] = []


class Month(BaseModel, frozen=True):
    """What was added in a month: copies with their length, and books that were not there before."""

    month: str  # 2026-11
    editions: int = 0
    seconds: int = 0
    books: int = 0


class Part(BaseModel, frozen=True):
    """So many of something, by its name."""

    label: str
    count: int


class Completeness(BaseModel, frozen=True):
    """How complete the metadata of the copies is: how many have each field, and how many have how much."""

    editions: int = 0
    fields: list[Part] = []
    buckets: list[Part] = []


class Totals(BaseModel, frozen=True):
    """All that is owned."""

    books: int = 0
    books_outside_series: int = 0
    recordings: int = 0
    editions: int = 0
    files: int = 0
    seconds: int = 0
    size_bytes: int = 0
    authors: int = 0
    series: int = 0
    narrators: int = 0


class Statistics(BaseModel, frozen=True):
    """The library in figures."""

    totals: Totals = Totals()
    formats: list[Share] = []
    bitrates: list[Share] = []
    lengths: list[Share] = []
    languages: list[Share] = []
    authors: Leaders = Leaders()
    narrators: Leaders = Leaders()
    series: Leaders = Leaders()
    months: list[Month] = []
    completeness: Completeness = Completeness()
    series_standing: list[Part] = []


def bitrate_band(kbps: int | None) -> str:
    """The band of a bitrate, in words."""
    if not kbps:
        return UNKNOWN
    return next((label for below, label in BITRATES if kbps < below), HIGH_BITRATE)


def length_band(seconds: float | None) -> str:
    """The band of a length, in words."""
    if not seconds:
        return UNKNOWN
    return next((label for below, label in LENGTHS if seconds < below * 3600), GREAT_LENGTH)


def in_bands(counted: Iterable[tuple[str, Counted]], order: Sequence[str]) -> list[Share]:
    """Shares in the order of their bands, what is unknown last; only between others an empty one is told."""
    summed = summed_up(counted)
    told = [label for label in order if label in summed]
    between = order[order.index(told[0]) : order.index(told[-1]) + 1] if told else []
    labels = [*between, *({UNKNOWN} & summed.keys())]
    return [Share(label=label, **summed.get(label, Counted()).model_dump()) for label in labels]


def by_size(counted: Iterable[tuple[str, Counted]], *, nothing: str = "") -> list[Share]:
    """Shares by how many copies they hold, what is unknown last."""
    summed = summed_up(counted)
    ordered = sorted(summed.items(), key=lambda pair: (pair[0] == nothing, -pair[1].editions, pair[0]))
    return [Share(label=key or UNKNOWN, key=key, **one.model_dump()) for key, one in ordered]


def by_language(counted: Iterable[tuple[str, Counted]]) -> list[Share]:
    """Shares of languages, whatever each shelf calls them."""
    shares = by_size((language_code(told) or "", one) for told, one in counted)
    return [share.model_copy(update={"label": language_name(share.key)}) if share.key else share for share in shares]


def summed_up(counted: Iterable[tuple[str, Counted]]) -> dict[str, Counted]:
    """What belongs to one key, added together."""
    summed: dict[str, Counted] = {}
    for key, one in counted:
        before = summed.get(key, Counted())
        summed[key] = Counted(
            editions=before.editions + one.editions,
            seconds=before.seconds + one.seconds,
            size_bytes=before.size_bytes + one.size_bytes,
        )
    return summed


def leaders(rows: Iterable[tuple[int, int, float]], most: int) -> tuple[list[int], list[int]]:
    """The keys of the first by hours and of the first by books; rows are keys, books and seconds."""
    known = list(rows)
    by_hours = sorted(known, key=lambda row: (-row[2], -row[1], row[0]))[:most]
    by_books = sorted(known, key=lambda row: (-row[1], -row[2], row[0]))[:most]
    return [row[0] for row in by_hours], [row[0] for row in by_books]


def completeness(rows: Iterable[tuple[tuple[bool, ...], int]]) -> Completeness:
    """How complete copies are, from how many have which of `FIELDS`."""
    known = list(rows)
    buckets = {"Complete": 0, "80–99 %": 0, "50–79 %": 0, "Under 50 %": 0}
    names = list(buckets)
    for has, count in known:
        percent = 100 * sum(has) // len(FIELDS)
        bucket = 0 if percent >= FULL else 1 if percent >= NEARLY else 2 if percent >= HALF else 3
        buckets[names[bucket]] += count
    return Completeness(
        editions=sum(count for _, count in known),
        fields=[
            Part(label=label, count=sum(count for has, count in known if has[number]))
            for number, label in enumerate(FIELDS.values())
        ],
        buckets=[Part(label=label, count=count) for label, count in buckets.items()],
    )


def every_month(months: Sequence[Month], most: int) -> list[Month]:
    """The last so many months up to the newest, those without anything included; what came before is one of them.

    The one that stands for all before has the month `""`, and is left out where nothing came before.
    """
    if not months:
        return []
    by_number = {_number(month.month): month for month in months}
    last = max(by_number)
    first = max(min(by_number), last - most + 1)
    filled = [by_number.get(number) or Month(month=_name(number)) for number in range(first, last + 1)]
    earlier = [month for number, month in by_number.items() if number < first]
    if not earlier:
        return filled
    return [
        Month(
            month="", **{name: sum(getattr(one, name) for one in earlier) for name in ("editions", "seconds", "books")}
        ),
        *filled,
    ]


def _number(month: str) -> int:
    year, _, of_year = month.partition("-")
    return int(year) * 12 + int(of_year) - 1


def _name(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"
