"""Audiobookshelf, the library server: its client and what it answers."""

from library.audiobookshelf.answers import (
    Collection,
    Cover,
    ItemsPage,
    Library,
    LibraryFolder,
    Patched,
    Playlist,
    Progress,
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
    "MediaPatch",
    "NotOnServer",
    "Patched",
    "PermissionMissing",
    "Playlist",
    "Progress",
    "SeriesPatch",
    "ServerStatus",
    "TokenRejected",
    "UnexpectedAnswer",
    "Visitor",
]
