"""Audiobookshelf, the library server: its client and what it answers."""

from library.audiobookshelf.answers import (
    Cover,
    ItemsPage,
    Library,
    LibraryFolder,
    Patched,
    ServerStatus,
    Visitor,
)
from library.audiobookshelf.client import (
    AnswerTooLarge,
    AudiobookshelfClient,
    LibraryServerError,
    LibraryServerUnavailable,
    NotOnServer,
    PermissionMissing,
    TokenRejected,
    UnexpectedAnswer,
)
from library.audiobookshelf.items import BrokenItem, Item, ItemRow
from library.audiobookshelf.listening import (
    Collection,
    Listed,
    ListeningStats,
    Playlist,
    Progress,
    ServerBackup,
    ServerUser,
    UserListening,
)
from library.audiobookshelf.patches import MediaPatch, SeriesPatch

__all__ = [
    "AnswerTooLarge",
    "AudiobookshelfClient",
    "BrokenItem",
    "Collection",
    "Cover",
    "Item",
    "ItemRow",
    "ItemsPage",
    "Library",
    "LibraryFolder",
    "LibraryServerError",
    "LibraryServerUnavailable",
    "Listed",
    "ListeningStats",
    "MediaPatch",
    "NotOnServer",
    "Patched",
    "PermissionMissing",
    "Playlist",
    "Progress",
    "SeriesPatch",
    "ServerBackup",
    "ServerStatus",
    "ServerUser",
    "TokenRejected",
    "UnexpectedAnswer",
    "UserListening",
    "Visitor",
]
