"""The torrent client: qBittorrent 4.5 and newer, over the qbittorrent-api package."""

from acquisition.torrents.client import TorrentClient
from acquisition.torrents.errors import (
    LoginRefused,
    NotATorrentFile,
    TorrentClientError,
    TorrentClientUnavailable,
    TorrentRefused,
    UnexpectedAnswer,
)
from acquisition.torrents.results import (
    Added,
    AlreadyThere,
    Changes,
    Group,
    Preferences,
    ShareLimits,
    Torrent,
    TorrentFile,
    Tracker,
)

__all__ = [
    "Added",
    "AlreadyThere",
    "Changes",
    "Group",
    "LoginRefused",
    "NotATorrentFile",
    "Preferences",
    "ShareLimits",
    "Torrent",
    "TorrentClient",
    "TorrentClientError",
    "TorrentClientUnavailable",
    "TorrentFile",
    "TorrentRefused",
    "Tracker",
    "UnexpectedAnswer",
]
