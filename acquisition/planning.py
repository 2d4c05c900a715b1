"""What to take first, and how fast: pure functions over counted facts.

Priority is a named policy; its parts are stored with the want so that the order explains itself. Pacing keeps snatches
within limits an hour, a day and a week, by how the ratio stands.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
SERIES_A_PHASE = 3
"""The queue is worked in phases of so many series."""
HALF_A_PLACE = 0.5
"""What goes up ends between two others, never beside one."""


@dataclass(frozen=True)
class Gap:
    """A missing book and the gap it stands in.

    :param group: tells gaps apart; two series may share a name.
    :param position: its number in the series, None without one.
    :param missing: missing books of that series, this one counted in.
    :param is_next_to_hear: somebody has lately finished, or is in, the book before it.
    """

    book_id: int
    group: str
    series: str
    position: float | None
    missing: int
    owned: int
    author_missing: int
    is_next_to_hear: bool = False

    @property
    def total(self) -> int:
        """Books of the series that could be owned."""
        return self.missing + self.owned


@dataclass(frozen=True)
class Ranked:
    """A gap with its place in the queue; a higher priority goes first."""

    gap: Gap
    priority: float
    parts: dict[str, float | int | str]


def most_missing_first(series: Sequence[Gap]) -> tuple[float, ...]:
    """Series with the most missing books first; among equals the one of which more is owned."""
    return (-series[0].missing, -series[0].owned)


def closest_to_complete(series: Sequence[Gap]) -> tuple[float, ...]:
    """Series with the fewest missing books first; among equals the one of which more is owned."""
    return (series[0].missing, -series[0].owned)


POLICIES: dict[str, Callable[[Sequence[Gap]], tuple[float, ...]]] = {
    "most_missing_first": most_missing_first,
    "closest_to_complete": closest_to_complete,
}


_FIRST = {"most_missing_first": "most", "closest_to_complete": "fewest"}


def told(policy: str) -> str:
    """What a gap and a phase are and which go first, for a person; empty for a policy that is no more."""
    if policy not in _FIRST:
        return ""
    return (
        f"A gap is a series, or an author outside any; those with the {_FIRST[policy]} missing books are filled first, "
        f"{SERIES_A_PHASE} to a phase, and every run puts them in order anew."
    )


def rank(gaps: Iterable[Gap], policy: str, *, places_up: int = 0) -> list[Ranked]:
    """All gaps in the order in which they are to be filled: series by policy, books within by number.

    :param places_up: so many others a book passes that is next to hear.
    :raises KeyError: if there is no such policy.
    """
    order = POLICIES[policy]
    by_series: dict[str, list[Gap]] = {}
    for gap in gaps:
        by_series.setdefault(gap.group, []).append(gap)
    groups = sorted(by_series.values(), key=lambda group: (*order(group), group[0].series, group[0].group))
    total = sum(len(group) for group in groups)
    ranked: list[Ranked] = []
    for place, group in enumerate(groups, start=1):
        for gap in sorted(group, key=lambda g: (g.position is None, g.position or 0, g.book_id)):
            parts: dict[str, float | int | str] = {
                "series_rank": place,
                "phase": (place - 1) // SERIES_A_PHASE + 1,
                "missing_in_series": gap.missing,
                "owned_in_series": gap.owned,
                "missing_of_author": gap.author_missing,
            }
            priority = float(total - len(ranked))
            if gap.is_next_to_hear and places_up:
                parts["next_to_hear_places_up"] = places_up
                priority += places_up + HALF_A_PLACE
            ranked.append(Ranked(gap, priority, parts))
    return sorted(ranked, key=lambda one: -one.priority)


@dataclass(frozen=True)
class Profile:
    """How fast to take releases."""

    name: str
    delay: timedelta
    at_once: int
    an_hour: int
    a_day: int
    a_week: int


NORMAL = Profile("normal", timedelta(seconds=120), at_once=2, an_hour=5, a_day=30, a_week=150)
CAUTIOUS = Profile("cautious", timedelta(seconds=300), at_once=1, an_hour=2, a_day=10, a_week=50)
STOPPED = Profile("stopped", timedelta(0), at_once=0, an_hour=0, a_day=0, a_week=0)


def profile_for(ratio: float | None, *, warning: float, emergency: float) -> Profile:
    """The profile for a ratio: normal from the warning line up, cautious below it, stopped in an emergency."""
    if ratio is None or ratio <= emergency:
        return STOPPED
    return NORMAL if ratio >= warning else CAUTIOUS


@dataclass(frozen=True)
class Pace:
    """What was snatched lately: the moments of this week's snatches, oldest first, and what is being fetched now."""

    taken: tuple[datetime, ...]
    downloading: int
    now: datetime

    @property
    def last_at(self) -> datetime | None:
        """When the last one was taken."""
        return self.taken[-1] if self.taken else None

    def within(self, span: timedelta) -> tuple[datetime, ...]:
        """The snatches of the last while."""
        return tuple(moment for moment in self.taken if moment > self.now - span)


@dataclass(frozen=True)
class PaceAnswer:
    """Whether the next snatch may go now, and if not, about when."""

    allowed: bool
    words: str
    not_before: datetime | None = None


def pace(profile: Profile, counted: Pace, *, costs_ratio: bool, few_missing: bool) -> PaceAnswer:
    """Say whether the pace allows a snatch.

    An author with few missing books is completed at once: that skips the delay, the number at a time and the hourly
    count, never the day's and the week's. A release that costs nothing is not stopped by the ratio.
    """
    if profile is STOPPED:
        if costs_ratio:
            return PaceAnswer(allowed=False, words="stopped by the ratio: nothing that costs is taken")
        profile = CAUTIOUS
    spans = [
        (WEEK, counted.within(WEEK), profile.a_week, "this week"),
        (DAY, counted.within(DAY), profile.a_day, "today"),
    ]
    if not few_missing:
        spans.append((HOUR, counted.within(HOUR), profile.an_hour, "this hour"))
    for span, taken, most, word in spans:
        if len(taken) >= most:
            words = f"{len(taken)} of {most} snatches {word} are used ({profile.name} pace)"
            return PaceAnswer(allowed=False, words=words, not_before=taken[-most] + span if most else None)
    if few_missing:
        return PaceAnswer(allowed=True, words="few books of this author are missing: taken at once")
    if counted.downloading >= profile.at_once:
        return PaceAnswer(
            allowed=False, words=f"{counted.downloading} downloads are running, {profile.at_once} at a time"
        )
    due = counted.last_at + profile.delay if counted.last_at else counted.now
    if due > counted.now:
        wait = int((due - counted.now).total_seconds())
        return PaceAnswer(allowed=False, words=f"{wait} s until the next snatch ({profile.name} pace)", not_before=due)
    in_hour, in_day = len(counted.within(HOUR)) + 1, len(counted.within(DAY)) + 1
    words = f"{in_hour} of {profile.an_hour} this hour, {in_day} of {profile.a_day} today"
    return PaceAnswer(allowed=True, words=f"{words} ({profile.name} pace)")
