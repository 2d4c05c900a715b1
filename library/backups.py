"""Whether the library server's own backups would help: a pure judgement over what it lists and how it is set.

Its backups hold its database, and with it everybody's listening progress. The rule: the newest is of this week and at
least a megabyte; seven daily and four weekly ones are kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

LEAST_BYTES = 1_000_000
OLDEST_NEWEST = timedelta(days=8)
DAILY, DAYS = 7, timedelta(days=7)
"""So many days with a backup are asked for, among today and the seven before: today's may still be to come."""
WEEKLY, WEEKS = 4, timedelta(days=35)
"""So many calendar weeks with a backup are asked for, among the last five."""
TO_KEEP = 28
"""A server that makes one a day and keeps so many holds seven daily and four weekly ones."""
ADVICE = (
    "In Audiobookshelf: Settings, Backups: let it make one every day and keep at least "
    f"{TO_KEEP}. Nothing is changed there from here."
)


@dataclass(frozen=True, slots=True)
class KeptBackup:
    """One backup; its size in bytes where the server tells."""

    made_at: datetime
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Keeping:
    """How the server is set: a cron expression, empty when it makes none by itself, and how many it keeps."""

    schedule: str
    keeps: int | None


@dataclass(frozen=True, slots=True)
class BackupCheck:
    """What backups there are, and what is wrong with them in words; nothing wrong is an empty tuple."""

    count: int
    newest_at: datetime | None
    newest_bytes: int | None
    days: int  # of today and the seven before, how many have one
    weeks: int  # of the last five, how many have one
    keeping: Keeping
    warnings: tuple[str, ...]

    @property
    def is_ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.warnings

    @property
    def message(self) -> str:
        """What was found, in words."""
        if not self.is_ok:
            return f"{' '.join(self.warnings)} {settings_in_words(self.keeping)}"
        return (
            f"{self.count} backups, lately of {self.days} days and {self.weeks} weeks; "
            f"the newest has {_megabytes(self.newest_bytes)}. {settings_in_words(self.keeping)}"
        )

    @property
    def advice(self) -> str:
        """What to do, where something is wrong."""
        return "" if self.is_ok else ADVICE


def judge(backups: Iterable[KeptBackup], keeping: Keeping, *, now: datetime) -> BackupCheck:
    """Judge the backups that a server lists; too small ones count as none in the daily and weekly ones."""
    rows = sorted(backups, key=lambda backup: backup.made_at)
    newest = rows[-1] if rows else None
    sound = [row for row in rows if row.size_bytes is None or row.size_bytes >= LEAST_BYTES]
    days = {row.made_at.date() for row in sound if row.made_at.date() >= (now - DAYS).date()}
    weeks = {row.made_at.isocalendar()[:2] for row in sound if row.made_at >= now - WEEKS}
    return BackupCheck(
        count=len(rows),
        newest_at=newest.made_at if newest else None,
        newest_bytes=newest.size_bytes if newest else None,
        days=len(days),
        weeks=len(weeks),
        keeping=keeping,
        warnings=tuple(_warnings(newest, len(days), len(weeks), now)),
    )


def _warnings(newest: KeptBackup | None, days: int, weeks: int, now: datetime) -> Iterable[str]:
    if newest is None:
        yield "The library server has no backup of itself: with it everybody's listening progress would be lost."
        return
    if newest.made_at < now - OLDEST_NEWEST:
        yield f"The newest backup is {(now - newest.made_at).days} days old."
    if newest.size_bytes is None:
        yield "The server does not tell how large the newest backup is."
    elif newest.size_bytes < LEAST_BYTES:
        yield f"The newest backup has only {_megabytes(newest.size_bytes)}: it can not hold a library."
    if days < DAILY or weeks < WEEKLY:
        yield f"Lately there are {days} daily and {weeks} weekly backups; {DAILY} and {WEEKLY} are asked for."


def settings_in_words(keeping: Keeping) -> str:
    """How the server is set."""
    made = f"one at {keeping.schedule} (cron)" if keeping.schedule else "none by itself"
    kept = "an unknown number" if keeping.keeps is None else f"the newest {keeping.keeps}"
    return f"The server makes {made} and keeps {kept}."


def _megabytes(size_bytes: int | None) -> str:
    return "an unknown size" if size_bytes is None else f"{size_bytes / 1_000_000:.1f} MB"
