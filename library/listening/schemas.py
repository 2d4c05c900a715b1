"""The shapes in which the API tells of listeners, collections and backups."""

from datetime import datetime

from ninja import Field, FilterSchema, Schema

from library.models import Collection


class ListenerOut(Schema):
    """A user of the library server and what it heard in all."""

    id: int = Field(alias="listener_id")
    name: str
    is_gone: bool
    books_finished: int
    hours_heard: float
    last_heard_at: datetime | None


class ListeningTotalsOut(Schema):
    """What all listeners together have heard."""

    listeners: int
    books_finished: int
    hours_heard: float


class ProgressOut(Schema):
    """How far a listener came in a book, from 0 to 1."""

    listener_id: int
    listener: str = Field(alias="listener.name")
    fraction: float
    is_finished: bool
    finished_at: datetime | None
    listened_at: datetime | None
    edition_id: int | None
    is_copy_gone: bool


class BookListeningOut(Schema):
    """How many have finished a book or are in it; who they are is told to curators."""

    finished: int
    listening: int
    listeners: list[ProgressOut] | None


class CollectionOut(Schema):
    """A collection, or somebody's playlist."""

    id: int
    kind: Collection.Kind
    name: str
    description: str
    shelf_id: int
    owner: str | None
    total: int
    owned: int
    vanished_at: datetime | None

    @staticmethod
    def resolve_owner(collection: Collection) -> str | None:
        """Whose playlist it is."""
        return collection.owner.name if collection.owner else None


class CollectionFilter(FilterSchema):
    """Which lists."""

    kind: Collection.Kind | None = None


class MemberOut(Schema):
    """An item at its place in a list; its copy may be gone while its book is known."""

    position: int
    item_id: str
    book_id: int | None
    title: str
    edition_id: int | None
    is_copy_gone: bool


class BackupCheckOut(Schema):
    """The library server's own backups, and what is wrong with them in words."""

    is_ok: bool
    message: str
    warnings: list[str]
    advice: str
    count: int
    newest_at: datetime | None
    newest_bytes: int | None
    days: int
    weeks: int
    schedule: str = Field(alias="keeping.schedule")
    keeps: int | None = Field(alias="keeping.keeps")
