"""Operational numbers in typed groups with units, bounds and defaults; changed through one function that audits."""

from typing import Literal, TypeVar

from django.db import transaction
from pydantic import BaseModel, Field, ValidationError

from mamcrawler.lib import clock
from mamcrawler.operations.models import AuditEntry, Setting, User


class RatioRules(BaseModel, frozen=True):
    """When a snatch may cost ratio."""

    warning: float = Field(1.20, ge=1.0, le=10, title="Warn below this ratio")
    emergency: float = Field(1.00, ge=1.0, le=10, title="Emergency at or below this ratio")
    recovery: float = Field(1.05, ge=1.0, le=10, title="Emergency ends at this ratio")
    floor_after_snatch: float = Field(1.10, ge=1.0, le=10, title="Ratio that a snatch must leave")


class AccountRules(BaseModel, frozen=True):
    """What keeps the account in good standing."""

    unsatisfied_margin: int = Field(5, ge=1, le=100, title="Unsatisfied slots always left free")
    vip_reserve_points: int = Field(5000, ge=1250, le=99_999, title="Points kept for VIP")
    vip_renew_under_days: int = Field(7, ge=1, le=60, title="Renew VIP with fewer days left")
    reading_max_age_s: int = Field(900, ge=60, le=86_400, title="Oldest account reading to decide on, in seconds")


class TrackerPace(BaseModel, frozen=True):
    """How gently the tracker is asked; the floors are the tracker's own limits."""

    gap_s: float = Field(2.0, ge=2.0, le=600, title="Seconds between two requests")
    page_gap_s: float = Field(10.0, ge=10.0, le=600, title="Least seconds between two pages")
    page_spread_s: float = Field(20.0, ge=0.0, le=600, title="Random seconds on top between two pages")
    pages_a_session: int = Field(50, ge=1, le=50, title="Pages in one crawl")


class SearchRules(BaseModel, frozen=True):
    """When to look, and when to look again."""

    min_seeders: int = Field(1, ge=0, le=100, title="Fewest seeders")
    look_again_days: int = Field(3, ge=1, le=60, title="Days until a book not found is searched again")
    monitor_every_s: int = Field(300, ge=60, le=3600, title="Seconds between two looks at running downloads")
    monitor_rounds: int = Field(24, ge=1, le=288, title="Looks in one run before it ends")
    at_once_under: int = Field(5, ge=0, le=50, title="Missing books of an author that are taken at once, fewer than")


class ShelvingRules(BaseModel, frozen=True):
    """Where a finished download goes."""

    template: str = Field(
        "{author}/{series}/{position} - {title} {{{narrator}}}", min_length=7, max_length=300, title="Name template"
    )
    may_copy: bool = Field(default=True, title="Copy when neither hard link nor reflink is possible")


class LibraryRules(BaseModel, frozen=True):
    """What is wanted of a series or an author, what is reported of copies, and whether folders are watched."""

    monitor_new: Literal["all", "missing", "future", "none"] = Field("all", title="Books of a new series that count")
    ask_above: int = Field(40, ge=0, le=10_000, title="Most books a new series may add to the missing ones unasked")
    next_to_hear_places_up: int = Field(
        10, ge=0, le=10_000, title="Places that the book after one being listened to goes up in the queue; 0 for none"
    )
    low_bitrate_kbps: int = Field(64, ge=8, le=320, title="Copies of fewer kbit/s are reported")
    book_value: float = Field(27.50, ge=0, le=10_000, title="Estimated value of an owned book")
    currency: str = Field("USD", pattern=r"^[A-Z]{3}$", title="Currency of that value, as its three letters")
    watch_folders: bool = Field(default=True, title="Read a folder when its files were changed")
    watch_quiet_s: int = Field(30, ge=1, le=3600, title="Seconds without a change before a folder is read")
    monitor_new_authors: Literal["all", "missing", "future", "none"] = Field(
        "none", title="Books of an author listed for the first time that count"
    )
    author_from_books: int = Field(2, ge=1, le=100, title="Fewest owned books of an author whose books are listed")
    list_authors_days: int = Field(30, ge=1, le=365, title="Days until the books of an author are listed again")


GROUPS: dict[str, type[BaseModel]] = {
    "ratio": RatioRules,
    "account": AccountRules,
    "tracker_pace": TrackerPace,
    "search": SearchRules,
    "shelving": ShelvingRules,
    "library": LibraryRules,
}
_NAMES = {group: name for name, group in GROUPS.items()}

Group = TypeVar("Group", bound=BaseModel)


class SettingRefused(Exception):
    """A value is out of bounds or of the wrong type; the message names it."""


def read(group: type[Group]) -> Group:
    """The group's numbers as set, or their defaults."""
    row = Setting.objects.filter(group=_NAMES[group]).first()
    return group.model_validate(row.values if row else {})


@transaction.atomic
def change(group: type[Group], *, by: User | None, **values: object) -> Group:
    """Set some numbers of a group and record who did.

    :raises SettingRefused: if a value is unknown, out of bounds or of the wrong type; nothing is changed then.
    """
    name = _NAMES[group]
    if unknown := set(values) - set(group.model_fields):
        raise SettingRefused(f"{name} has no setting {', '.join(sorted(unknown))}")
    before = read(group)
    try:
        after = group.model_validate(before.model_dump() | values)
    except ValidationError as error:
        problem = error.errors()[0]
        raise SettingRefused(f"{name}.{problem['loc'][0]}: {problem['msg']}") from error
    Setting.objects.update_or_create(group=name, defaults={"values": after.model_dump(), "changed_at": clock.now()})
    changed = {key: [getattr(before, key), getattr(after, key)] for key in values}
    AuditEntry.objects.create(user=by, action="setting.changed", subject=name, detail=changed)
    return after
