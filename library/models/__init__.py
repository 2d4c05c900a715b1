"""Books, owned or not, and the copies on our shelves."""

from library.models.bibliographies import LeftOut, NotInterested
from library.models.books import Book, BookQuerySet, Recording
from library.models.calendars import CalendarFeed
from library.models.covers import Cover
from library.models.decisions import Alias, Exclusion, FieldLock
from library.models.editions import AudioFile, Coverage, Edition, EditionQuerySet
from library.models.hygiene import HygieneDismissal, HygieneMark, Snapshot
from library.models.journal import Change
from library.models.listening import Collection, CollectionMember, Listener, ListeningProgress
from library.models.merges import NotDuplicate, Regrouping
from library.models.people import Author, Narrator
from library.models.search import SavedSearch, SearchDocument, SearchWord
from library.models.series import Series, SeriesEntry
from library.models.shelves import Shelf

__all__ = [
    "Alias",
    "AudioFile",
    "Author",
    "Book",
    "BookQuerySet",
    "CalendarFeed",
    "Change",
    "Collection",
    "CollectionMember",
    "Cover",
    "Coverage",
    "Edition",
    "EditionQuerySet",
    "Exclusion",
    "FieldLock",
    "HygieneDismissal",
    "HygieneMark",
    "LeftOut",
    "Listener",
    "ListeningProgress",
    "Narrator",
    "NotDuplicate",
    "NotInterested",
    "Recording",
    "Regrouping",
    "SavedSearch",
    "SearchDocument",
    "SearchWord",
    "Series",
    "SeriesEntry",
    "Shelf",
    "Snapshot",
]
