"""When a folder that is being changed should be read: which changes count, and when they have calmed down."""

from dataclasses import dataclass
from pathlib import PurePath

from library.folder import PASSED_OVER

PARTIAL = (
    ".!qb", ".!ut", ".aria2", ".bc!", ".crdownload", ".download", ".filepart", ".part", ".partial", ".temp", ".tmp",
    "~",
)  # fmt: skip
"""Names that end so are of files that are still being written."""
MOST_UNREST_S = 600.0
"""A folder that never calms down is read all the same after so many seconds."""


def counts(path: str, root: str) -> bool:
    """Whether a change at this path may change what a shelf holds.

    Hidden names are passed over when a shelf is read, and so is where books are gathered before they are placed.
    """
    try:
        parts = PurePath(path).relative_to(root).parts
    except ValueError:
        return False
    if not parts or parts[-1].casefold().endswith(PARTIAL):
        return False
    *folders, name = parts
    if any(_is_passed_over(folder) for folder in folders):
        return False
    return name == ".ignore" or not _is_passed_over(name)  # a file of this name hides its folder


def _is_passed_over(name: str) -> bool:
    return name.startswith(".") or name.casefold() in PASSED_OVER


@dataclass(slots=True)
class Unrest:
    """The changes of a folder that were not read yet; moments are real seconds from an arbitrary start."""

    began_at: float | None = None
    last_at: float = 0.0

    def note(self, now: float) -> None:
        """Something was changed."""
        if self.began_at is None:
            self.began_at = now
        self.last_at = now

    def is_due(self, now: float, *, quiet_s: float) -> bool:
        """Whether there was a change, and none for long enough, or there were changes for too long."""
        if self.began_at is None:
            return False
        return now - self.last_at >= quiet_s or now - self.began_at >= max(MOST_UNREST_S, quiet_s)

    def settle(self) -> None:
        """What was changed is being read."""
        self.began_at = None
