"""Wants, candidates and downloads."""

from acquisition.models.downloads import MOVES, Download, DownloadEvent, IllegalMove, Inspection
from acquisition.models.wants import Candidate, FailedAttempt, PathMapping, Want

__all__ = [
    "MOVES",
    "Candidate",
    "Download",
    "DownloadEvent",
    "FailedAttempt",
    "IllegalMove",
    "Inspection",
    "PathMapping",
    "Want",
]
