"""Verbs of the library: synchronise, catalogue, shelve, write back."""

from library.services.absorbing import CanNotMerge
from library.services.bibliographies import ListedWork, RecordedAuthor, record_author
from library.services.cataloguing import AmbiguousBook, catalogue_edition
from library.services.folders import NotAFolder, add_folder
from library.services.indexing import catch_up, repair
from library.services.listing import ListedBook, ListedRecording, Recorded, add_recordings, record_series
from library.services.missing import GapFacts, gap_facts
from library.services.naming import authors_named, narrators_named, series_named
from library.services.placeholders import Filled, fill_local_gaps
from library.services.shelving import link_items, register_edition, remove_edition
from library.services.sync import ShelfUnreachable, SyncReport, TooManyVanished, connect, discover_shelves, sync_shelf
from library.services.writing import WRITABLE, NotUndoable, WriteResult, settle_interrupted, undo, write

__all__ = [
    "WRITABLE",
    "AmbiguousBook",
    "CanNotMerge",
    "Filled",
    "GapFacts",
    "ListedBook",
    "ListedRecording",
    "ListedWork",
    "NotAFolder",
    "NotUndoable",
    "Recorded",
    "RecordedAuthor",
    "ShelfUnreachable",
    "SyncReport",
    "TooManyVanished",
    "WriteResult",
    "add_folder",
    "add_recordings",
    "authors_named",
    "catalogue_edition",
    "catch_up",
    "connect",
    "discover_shelves",
    "fill_local_gaps",
    "gap_facts",
    "link_items",
    "narrators_named",
    "record_author",
    "record_series",
    "register_edition",
    "remove_edition",
    "repair",
    "series_named",
    "settle_interrupted",
    "sync_shelf",
    "undo",
    "write",
]
