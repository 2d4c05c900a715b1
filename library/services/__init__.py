"""Verbs of the library: synchronise, catalogue, shelve, write back."""

from library.services.absorbing import CanNotMerge
from library.services.backups import BackupsHidden, check_backups, watch_backups
from library.services.bibliographies import ListedWork, RecordedAuthor, record_author
from library.services.cataloguing import AmbiguousBook, catalogue_edition
from library.services.folders import FolderTaken, NotAFolder, ShelfOverlaps, add_folder, refused
from library.services.indexing import catch_up, repair
from library.services.listeners import listeners_totals, listening_to, next_to_hear
from library.services.listening import ListeningReport, read_listening
from library.services.listing import ListedBook, ListedRecording, Recorded, add_recordings, record_series
from library.services.missing import GapFacts, gap_facts, gaps_of
from library.services.naming import authors_named, narrators_named, series_named
from library.services.placeholders import Filled, fill_local_gaps
from library.services.previewing import FieldPreview, ItemPreview, preview
from library.services.removing import CanNotRemove, Removed, remove_shelf, why_kept
from library.services.shelving import link_items, register_edition, remove_edition
from library.services.switching import switch_shelf
from library.services.sync import ShelfUnreachable, SyncReport, connect, discover_shelves, sync_shelf
from library.services.vanishing import NothingToConfirm, TooManyVanished, confirm_vanished, confirmed_of
from library.services.writing import (
    WRITABLE,
    NotUndoable,
    Outcome,
    WriteResult,
    settle_interrupted,
    undo,
    write,
    write_all,
)

__all__ = [
    "WRITABLE",
    "AmbiguousBook",
    "BackupsHidden",
    "CanNotMerge",
    "CanNotRemove",
    "FieldPreview",
    "Filled",
    "FolderTaken",
    "GapFacts",
    "ItemPreview",
    "ListedBook",
    "ListedRecording",
    "ListedWork",
    "ListeningReport",
    "NotAFolder",
    "NotUndoable",
    "NothingToConfirm",
    "Outcome",
    "Recorded",
    "RecordedAuthor",
    "Removed",
    "ShelfOverlaps",
    "ShelfUnreachable",
    "SyncReport",
    "TooManyVanished",
    "WriteResult",
    "add_folder",
    "add_recordings",
    "authors_named",
    "catalogue_edition",
    "catch_up",
    "check_backups",
    "confirm_vanished",
    "confirmed_of",
    "connect",
    "discover_shelves",
    "fill_local_gaps",
    "gap_facts",
    "gaps_of",
    "link_items",
    "listeners_totals",
    "listening_to",
    "narrators_named",
    "next_to_hear",
    "preview",
    "read_listening",
    "record_author",
    "record_series",
    "refused",
    "register_edition",
    "remove_edition",
    "remove_shelf",
    "repair",
    "series_named",
    "settle_interrupted",
    "switch_shelf",
    "sync_shelf",
    "undo",
    "watch_backups",
    "why_kept",
    "write",
    "write_all",
]
