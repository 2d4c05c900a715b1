"""What a client needs to know of pacing: take a turn, say how the host answered.

The rows behind it are `OutsideHost` in the operations app; clients and tests depend on this protocol alone.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Turn(Protocol):
    """The right to send one request now."""

    def answered(self, status: int, *, seconds: float, retry_after: float | None = None) -> None:
        """Say how the host answered, so that its pace can follow.

        :param status: the HTTP status, or 0 when no answer came.
        :param seconds: real seconds from sending to the answer.
        :param retry_after: seconds the host asked us to wait, if it did.
        """


class Lease(Protocol):
    """A place in the queue for one outside host, shared by all processes."""

    def turn(self) -> AbstractContextManager[Turn]:
        """Wait until a request may be sent and hold the place until the block ends."""


class FreeTurn:
    """A turn of a host that needs no pace."""

    def answered(self, status: int, *, seconds: float, retry_after: float | None = None) -> None:
        """Nothing depends on the answer."""


class FreeLease:
    """The lease of a host that needs no pace: always free, never slow."""

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Let the request go at once."""
        yield FreeTurn()


class NotNow(Exception):
    """The host may not be asked now: its breaker is open, a person has to look, or the queue is too long."""
