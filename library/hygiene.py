"""What a well-kept library has none of: one list of checks, each with why it matters and what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from library import copy_signs
from library.copy_signs import Copy
from library.models import Edition, EditionQuerySet
from library.models.lacking import RUNTIME_OFF, SHORTEST
from library.paths import DEFAULT_TEMPLATE


class Severity(StrEnum):
    """How much a finding matters; the worst first."""

    SERIOUS = "serious"
    MENDABLE = "mendable"
    MINOR = "minor"

    @property
    def label(self) -> str:
        """In words."""
        return {"serious": "Serious", "mendable": "Worth mending", "minor": "Minor"}[self]


@dataclass(frozen=True)
class Limits:
    """What a person may set about the checks."""

    low_bitrate_kbps: int = 64
    template: str = DEFAULT_TEMPLATE


@dataclass(frozen=True)
class Remedy:
    """A page on which something can be done about many copies at once.

    :param url_name: of the page; it may belong to any app.
    """

    label: str
    url_name: str


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that may be wrong with a copy: told by the database (`rows`) or read from its names (`sign`).

    :param rows: narrows editions to those it finds.
    :param sign: what it finds in a copy, in words; empty where nothing.
    :param tell: what `rows` found, in words, where its name does not say all; works on what `for_hygiene` reads, and
        on the related rows that `telling` names besides.
    """

    name: str
    label: str
    why: str
    advice: str
    severity: Severity
    remedy: Remedy | None = None
    rows: Callable[[EditionQuerySet, Limits], EditionQuerySet] | None = None
    sign: Callable[[Copy, Limits], str] | None = None
    tell: Callable[[Edition], str] | None = None
    telling: tuple[str, ...] = ()

    @property
    def tells(self) -> bool:
        """Whether there is more to say of a copy than the name of the check."""
        return self.sign is not None or self.tell is not None


def _odd_length(edition: Edition) -> str:
    length = edition.duration_s or 0.0
    runtime = edition.recording.runtime_s if edition.recording else None
    if runtime and abs(length - runtime) > RUNTIME_OFF * runtime:
        return f"{_length(length)}, where the catalogue says {_length(runtime)}"
    return f"only {_length(length)}" if length < SHORTEST.total_seconds() else _length(length)


def _length(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{round(seconds)} s"


def _unreadable(edition: Edition) -> str:
    return ", ".join(file.path for file in edition.audio_files.all() if not file.duration_s)


def _unnumbered(edition: Edition) -> str:
    entries = [
        entry
        for coverage in edition.coverages.all()
        for entry in coverage.book.series_entries.all()
        if not entry.position and entry.kind == "main"
    ]
    return ", ".join(dict.fromkeys(entry.series.name for entry in entries))


COMPLETE = Remedy("Complete the metadata", "jobs")
CLEAN = Remedy("Clean names", "library:name-list")
SEARCH = Remedy("Search for another release", "acquisition:search")

CHECKS = (
    Check(
        name="unreadable-files",
        label="Unreadable files",
        why="A file gave no length when its shelf read it: it is broken, cut short or no audio; playing stops there.",
        advice="Play it once. If it is broken, take another release, or copy it anew from where it came.",
        severity=Severity.SERIOUS,
        remedy=SEARCH,
        rows=lambda editions, _: editions.with_unreadable_files(),
        tell=_unreadable,
        telling=("audio_files",),
    ),
    Check(
        name="odd-length",
        label="Odd length",
        why="More than a tenth off what the catalogue says of this performance, or under 10 minutes or over 100 hours "
        "where no catalogue knows it: a part is missing, two books became one, or it is another performance.",
        advice="Listen to its end and compare the narrator; match it anew, or take another release.",
        severity=Severity.SERIOUS,
        remedy=SEARCH,
        rows=lambda editions, _: editions.of_odd_length(),
        tell=_odd_length,
    ),
    Check(
        name="placeholder-names",
        label="Empty or placeholder names",
        why="A book by “Unknown Author”, or called “Track 01”, is found by nobody and completed by no provider.",
        advice="Say in Fix match which book it is, or name it on the shelf; the next synchronisation follows.",
        severity=Severity.SERIOUS,
        remedy=Remedy("Fix match", "library:match-list"),
        sign=lambda copy, _: copy_signs.placeholder_names(copy),
    ),
    Check(
        name="no-narrator",
        label="No narrator",
        why="Without its narrator a copy can not be told from another performance: duplicates and better releases are "
        "judged by it.",
        advice="Have the metadata completed; what the providers are unsure of waits in Review.",
        severity=Severity.MENDABLE,
        remedy=COMPLETE,
        rows=lambda editions, _: editions.without_narrator(),
    ),
    Check(
        name="low-bitrate",
        label="Low bitrate",
        why="Speech below this bitrate sounds thin and hissing.",
        advice="Search for a better release; the copy stays until a better one is on the shelf.",
        severity=Severity.MENDABLE,
        remedy=SEARCH,
        rows=lambda editions, limits: editions.of_low_bitrate(limits.low_bitrate_kbps),
        tell=lambda edition: f"{edition.bitrate_kbps} kbit/s",
    ),
    Check(
        name="no-cover",
        label="No cover",
        why="A book without its picture is hard to find among a thousand others in a player.",
        advice="Have the metadata completed, or put a picture named cover.jpg beside the audio.",
        severity=Severity.MENDABLE,
        remedy=COMPLETE,
        rows=lambda editions, _: editions.without_cover(),
    ),
    Check(
        name="no-series-number",
        label="No series number",
        why="Players sort a book without its number to the end of its series, and gaps can not be told.",
        advice="Clean names takes over the number that the library knows; else give it on the shelf.",
        severity=Severity.MENDABLE,
        remedy=CLEAN,
        rows=lambda editions, _: editions.without_position(),
        tell=_unnumbered,
    ),
    Check(
        name="series-in-title",
        label="Series told by the title only",
        why="The book is in no series, although its title or subtitle names one: it is missing there.",
        advice="Clean names moves the series to its own field, many at once, and can be undone.",
        severity=Severity.MENDABLE,
        remedy=CLEAN,
        sign=lambda copy, _: copy_signs.series_told(copy),
    ),
    Check(
        name="wrong-folder",
        label="Wrong folder",
        why="The path names another author or title than the book: a fresh scan may take it for another book.",
        advice="Move the folder, unless a torrent seeds from it; the next synchronisation knows it again by its files.",
        severity=Severity.MENDABLE,
        sign=lambda copy, limits: copy_signs.astray(copy, limits.template),
    ),
    Check(
        name="no-chapters",
        label="No chapters",
        why="In one long file without chapters a listener who lost the place has to search for it.",
        advice="A release with chapters is preferred when there is a choice.",
        severity=Severity.MINOR,
        rows=lambda editions, _: editions.without_chapters(),
    ),
    Check(
        name="no-description",
        label="No description",
        why="Nobody remembers what it was about.",
        advice="Have the metadata completed.",
        severity=Severity.MINOR,
        remedy=COMPLETE,
        rows=lambda editions, _: editions.without_description(),
    ),
    Check(
        name="no-language",
        label="No language",
        why="Filters by language leave it out, and releases in the wrong language are harder to tell.",
        advice="Have the metadata completed.",
        severity=Severity.MINOR,
        remedy=COMPLETE,
        rows=lambda editions, _: editions.without_language(),
    ),
)

BY_NAME = {check.name: check for check in CHECKS}
