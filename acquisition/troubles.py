"""What stood in the way of a search or a snatch, in words, with what a person can do next."""

from dataclasses import dataclass

from acquisition.services import SnatchRefused
from acquisition.services.choosing import NotTaken
from acquisition.torrents import LoginRefused, TorrentClientError
from mamcrawler.lib.pace import NotNow
from tracker.mam import DownloadsBlocked, SessionRejected, TrackerError, TrackerUnavailable
from tracker.services import SessionUnusable, TrackerNotConfigured

EXPECTED = (SnatchRefused, NotTaken, TorrentClientError, NotNow, TrackerError, SessionUnusable, TrackerNotConfigured)
"""What a view catches and explains; everything else is a mistake in the program."""


@dataclass(frozen=True)
class Trouble:
    """What happened, what to do next, and the page where that is done."""

    title: str
    advice: str
    url_name: str = ""
    url_label: str = ""


def explain(error: Exception) -> Trouble:
    """An expected error in words for a person."""
    for kinds, title, url_name, url_label in _KNOWN:
        if isinstance(error, kinds):
            advice = _ADVICE.get(title, "") or f"{error}"
            return Trouble(
                title, advice if advice.startswith(str(error)) else f"{error}. {advice}", url_name, url_label
            )
    return Trouble("That did not work", str(error))


_KNOWN: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str, str, str], ...] = (
    (SnatchRefused, "Not taken now", "", ""),
    (NotTaken, "Not taken", "queue", "Look at the queue"),
    (TrackerNotConfigured, "The tracker is not configured", "health", "Look at Health"),
    ((SessionUnusable, SessionRejected), "The tracker's session needs you", "health", "Look at Health"),
    (DownloadsBlocked, "The tracker blocked downloads", "health", "Look at Health"),
    (NotNow, "The tracker can not be asked right now", "health", "Look at Health"),
    (TrackerUnavailable, "The tracker does not answer", "health", "Look at Health"),
    (TrackerError, "The tracker's answer is of no use", "health", "Look at Health"),
    (LoginRefused, "qBittorrent refused the sign-in", "health", "Look at Health"),
    (TorrentClientError, "qBittorrent gave no usable answer", "health", "Look at Health"),
)
_ADVICE = {
    "Not taken now": "The choice is kept: the next run takes it as soon as the rules allow.",
    "The tracker's session needs you": "Make a new API session at the tracker, set MAM_ID to it and restart.",
    "The tracker blocked downloads": "Look at the account at the tracker before anything else is sent.",
    "The tracker can not be asked right now": "Nothing was sent. Wait a little, then try again.",
    "The tracker does not answer": "Wait a little, then try again.",
    "qBittorrent refused the sign-in": "Check its user name and password.",
    "qBittorrent gave no usable answer": "Check that it runs; what was chosen is kept and taken up by the next run.",
}
