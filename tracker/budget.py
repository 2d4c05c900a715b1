"""May this release be taken? The account's rules as one pure function, every verdict in words.

Ratio: a snatch that costs ratio must leave the ratio at or above a floor; an emergency (ratio at or below 1.00) lets
only free ones through, and what is not known blocks like an emergency. Unsatisfied torrents: never beyond the
account's limit minus a margin, our own recent snatches counted in, since the tracker's figure lags. A hit-and-run in
sight stops everything that costs. VIP: a release that is free only to VIP members counts as paid when VIP ends soon.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LAG = timedelta(minutes=20)
"""The tracker's count of unsatisfied torrents may be so much behind."""
VIP_MARGIN = timedelta(days=1)
"""A release that is free for VIP members only is taken as free while VIP lasts at least this long."""


class Hold(StrEnum):
    """What stands in the way; the same words as a want's hold."""

    NONE = ""
    RATIO = "ratio"
    UNSATISFIED = "unsatisfied"
    VIP = "vip"


@dataclass(frozen=True)
class Standing:
    """The account as last read; None where the tracker did not say.

    :param recent_snatches: our own snatches that the reading can not know of yet.
    """

    read_at: datetime
    ratio: float | None
    uploaded_bytes: int | None
    downloaded_bytes: int | None
    unsatisfied_count: int | None
    unsatisfied_limit: int | None
    hit_and_runs: int | None
    is_vip: bool
    vip_until: datetime | None
    recent_snatches: int
    recent_paid_bytes: int


@dataclass(frozen=True)
class Rules:
    """The numbers that a person may set."""

    emergency_ratio: float
    floor_after_snatch: float
    unsatisfied_margin: int
    oldest_reading: timedelta


@dataclass(frozen=True)
class Cost:
    """What taking a release would mean; None where its size is not known."""

    size_bytes: int | None
    costs_ratio: bool
    is_free_only_as_vip: bool


@dataclass(frozen=True)
class Check:
    """One rule, its verdict and the figures behind it."""

    name: str
    ok: bool
    words: str


@dataclass(frozen=True)
class Answer:
    """Whether a release may be taken, and what every rule says about it."""

    allowed: bool
    hold: Hold
    checks: tuple[Check, ...]

    @property
    def reason(self) -> str:
        """Why not, or why."""
        refusals = [check.words for check in self.checks if not check.ok]
        return "; ".join(refusals or [check.words for check in self.checks])

    def as_json(self) -> dict[str, object]:
        """The answer as it is stored beside the decision."""
        return {
            "allowed": self.allowed,
            "hold": str(self.hold),
            "checks": [{"name": c.name, "ok": c.ok, "words": c.words} for c in self.checks],
        }


def weigh(cost: Cost, standing: Standing | None, rules: Rules, *, now: datetime) -> Answer:
    """Say whether a release may be taken by an account that stands like this."""
    if standing is None:
        return _refused(Check("account", ok=False, words="the account has never been read: connect the tracker first"))
    if now - standing.read_at > rules.oldest_reading:
        age = int((now - standing.read_at).total_seconds() // 60)
        return _refused(
            Check("account", ok=False, words=f"the last account reading is {age} minutes old: read it again")
        )
    is_paid = cost.costs_ratio or (cost.is_free_only_as_vip and not _vip_lasts(standing, now))
    checks = (
        _vip(cost, standing, now),
        _ratio(cost, standing, rules, is_paid=is_paid),
        _hit_and_run(standing, is_paid=is_paid),
        _unsatisfied(standing, rules),
    )
    holds = (Hold.NONE, Hold.RATIO, Hold.RATIO, Hold.UNSATISFIED)
    hold = next((hold for check, hold in zip(checks, holds, strict=True) if not check.ok), Hold.NONE)
    return Answer(allowed=all(check.ok for check in checks), hold=hold, checks=checks)


def ratio_after(standing: Standing, size_bytes: int) -> float | None:
    """The ratio once a paid release of this size is downloaded, our own recent ones counted in."""
    if standing.uploaded_bytes is None or standing.downloaded_bytes is None:
        return None
    downloaded = standing.downloaded_bytes + standing.recent_paid_bytes + size_bytes
    return standing.uploaded_bytes / downloaded if downloaded else float("inf")


def _vip_lasts(standing: Standing, now: datetime) -> bool:
    return standing.is_vip and (standing.vip_until is None or standing.vip_until > now + VIP_MARGIN)


def _vip(cost: Cost, standing: Standing, now: datetime) -> Check:
    if not cost.is_free_only_as_vip:
        return Check("vip", ok=True, words="VIP does not matter to it")
    if _vip_lasts(standing, now):
        until = f" until {standing.vip_until:%d %b %Y}" if standing.vip_until else ""
        return Check("vip", ok=True, words=f"free as VIP{until}")
    return Check("vip", ok=True, words="free to VIP only and VIP ends within a day, so it counts as paid")


def _ratio(cost: Cost, standing: Standing, rules: Rules, *, is_paid: bool) -> Check:
    if not is_paid:
        return Check("ratio", ok=True, words="costs no ratio")
    if cost.size_bytes is None:
        return Check("ratio", ok=False, words="its size is not known, so neither is what it would cost")
    after = ratio_after(standing, cost.size_bytes)
    if standing.ratio is None or after is None:
        return Check("ratio", ok=False, words="the ratio is not known, so nothing that costs ratio is taken")
    if standing.ratio <= rules.emergency_ratio:
        words = f"ratio emergency: {standing.ratio:.2f} is at or below {rules.emergency_ratio:.2f}"
        return Check("ratio", ok=False, words=words)
    words = f"ratio {standing.ratio:.2f} would become {after:.2f}; the floor is {rules.floor_after_snatch:.2f}"
    return Check("ratio", ok=after >= rules.floor_after_snatch, words=words)


def _hit_and_run(standing: Standing, *, is_paid: bool) -> Check:
    if standing.hit_and_runs is None and is_paid:
        words = "it is not known whether a hit-and-run is in sight, so nothing that costs ratio is taken"
        return Check("hit_and_run", ok=False, words=words)
    if standing.hit_and_runs and is_paid:
        words = f"{standing.hit_and_runs} hit-and-run in sight: seed it first, only free releases are taken meanwhile"
        return Check("hit_and_run", ok=False, words=words)
    return Check("hit_and_run", ok=True, words="no hit-and-run stands in the way")


def _unsatisfied(standing: Standing, rules: Rules) -> Check:
    if standing.unsatisfied_count is None or standing.unsatisfied_limit is None:
        return Check("unsatisfied", ok=False, words="the count of unsatisfied torrents is not known")
    count = standing.unsatisfied_count + standing.recent_snatches
    most = standing.unsatisfied_limit - rules.unsatisfied_margin
    slots = f"{count + 1} of {standing.unsatisfied_limit} unsatisfied slots with this one"
    words = f"{slots}; {rules.unsatisfied_margin} stay free"
    return Check("unsatisfied", ok=count + 1 <= most, words=words)


def _refused(check: Check) -> Answer:
    return Answer(allowed=False, hold=Hold.RATIO, checks=(check,))
