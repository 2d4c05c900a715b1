"""Whether this program is asked to end: work in progress comes to rest at its next beat or pause, and is not killed.

The sign is a byte of memory that processes share with those they fork: the one that gets the signal sets it, those that
work read it. No lock is involved, so that a process that is killed leaves none behind.
"""

import mmap

_asked = mmap.mmap(-1, 1)


class Interrupted(Exception):
    """The work stops here; what it did so far stands in rows."""


class Stopping(Interrupted):
    """The program is asked to end: the work goes on when it is started again."""

    def __init__(self) -> None:
        super().__init__("the program is asked to end")


def ask() -> None:
    """Ask this process and all that it forked since it was started to end; safe in a signal handler."""
    _asked[0] = 1


def is_asked() -> bool:
    """Whether this process was asked to end."""
    return bool(_asked[0])


def check() -> None:
    """Go no further if this process was asked to end.

    :raises Stopping: if it was.
    """
    if is_asked():
        raise Stopping


def reset() -> None:
    """Forget that it was asked."""
    _asked[0] = 0
