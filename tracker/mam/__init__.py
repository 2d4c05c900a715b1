"""MyAnonamouse as seen from outside: its JSON answers, its torrent files, and the pages a person may import."""

from tracker.mam.client import TrackerClient, cookie_value
from tracker.mam.errors import (
    DownloadsBlocked,
    PathRefused,
    PurchaseRefused,
    SessionRejected,
    TrackerError,
    TrackerUnavailable,
    UnexpectedAnswer,
)
from tracker.mam.pages import Page, PageKind
from tracker.mam.parsing import Account, NetworkAddress, Offer, Purchase, SearchPage, SnatchSummary, SpentWedge
from tracker.mam.query import SearchQuery

__all__ = [
    "Account",
    "DownloadsBlocked",
    "NetworkAddress",
    "Offer",
    "Page",
    "PageKind",
    "PathRefused",
    "Purchase",
    "PurchaseRefused",
    "SearchPage",
    "SearchQuery",
    "SessionRejected",
    "SnatchSummary",
    "SpentWedge",
    "TrackerClient",
    "TrackerError",
    "TrackerUnavailable",
    "UnexpectedAnswer",
    "cookie_value",
]
