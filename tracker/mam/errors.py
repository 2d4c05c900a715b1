"""What can go wrong between us and the tracker."""

from datetime import datetime


class TrackerError(Exception):
    """The tracker gave no usable answer."""


class TrackerUnavailable(TrackerError):
    """Silence, a 429 or a 5xx: the next scheduled run may do better."""


class SessionRejected(TrackerError):
    """The session cookie was refused: a person has to renew it."""


class DownloadsBlocked(TrackerError):
    """The account may not download now: stop every tracker job until a person has looked."""

    def __init__(self, message: str, *, until: datetime | None = None) -> None:
        super().__init__(message)
        self.until = until
        """When the tracker says that downloads are allowed again, if it says so."""


class UnexpectedAnswer(TrackerError):
    """An answer in a shape we do not know."""


class PurchaseRefused(TrackerError):
    """The store said no, and took nothing; the message is its own reason."""


class PathRefused(TrackerError):
    """A page that we may not read by ourselves: nothing was sent."""
