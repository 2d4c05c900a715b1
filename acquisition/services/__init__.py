"""Verbs of acquisition, in the order of the path: want, search, snatch, follow, inspect, shelve."""

from acquisition.services.following import follow_downloads
from acquisition.services.inspecting import inspect_download
from acquisition.services.recovering import give_up, retry, unshelve
from acquisition.services.searching import approve, dismiss, judge_releases, restore_candidate, search_for, search_want
from acquisition.services.shelving import shelve
from acquisition.services.snatching import SnatchRefused, add_to_client, snatch, snatch_for
from acquisition.services.wanting import drop_want, raise_wants, want_book
from acquisition.services.weighing import weigh, weigh_all

__all__ = [
    "SnatchRefused",
    "add_to_client",
    "approve",
    "dismiss",
    "drop_want",
    "follow_downloads",
    "give_up",
    "inspect_download",
    "judge_releases",
    "raise_wants",
    "restore_candidate",
    "retry",
    "search_for",
    "search_want",
    "shelve",
    "snatch",
    "snatch_for",
    "unshelve",
    "want_book",
    "weigh",
    "weigh_all",
]
