"""What Audiobookshelf answers besides items: who we are, libraries, collections, listening progress."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasPath, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from library.audiobookshelf.items import BrokenItem, Item, ItemRow, moment


def _moment(value: Any) -> Any:
    return moment(value) if type(value) in {int, float} else value


Moment = Annotated[datetime, BeforeValidator(_moment)]


def _ids(rows: Any) -> Any:
    return [row["id"] for row in rows if isinstance(row, dict) and "id" in row] if isinstance(rows, list) else rows


def _listed_ids(rows: Any) -> Any:
    if not isinstance(rows, list):
        return rows
    return [row["libraryItemId"] for row in rows if isinstance(row, dict) and row.get("libraryItemId")]


class _Answer(BaseModel):
    # An answer may hold tokens, which must not show up in an error's text.
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True)


class ServerStatus(_Answer):
    """What the server says of itself to anybody."""

    app: str = ""
    server_version: str = ""
    is_init: bool  # false until its first user was made


class Visitor(_Answer):
    """Whose token ours is, and what it allows."""

    id: str = Field(validation_alias=AliasPath("user", "id"))
    username: str = Field(validation_alias=AliasPath("user", "username"))
    kind: str = Field(validation_alias=AliasPath("user", "type"))  # root, admin, user, guest
    may_update: bool = Field(default=False, validation_alias=AliasPath("user", "permissions", "update"))
    may_download: bool = Field(default=False, validation_alias=AliasPath("user", "permissions", "download"))
    server_version: str = Field(default="", validation_alias=AliasPath("serverSettings", "version"))

    @property
    def may_scan(self) -> bool:
        """Say whether the token starts scans: only administrators may."""
        return self.kind in {"root", "admin"}


class LibraryFolder(_Answer):
    """A folder that a library reads, as the server's own machine sees it."""

    id: str
    full_path: str


class Library(_Answer):
    """One of the server's libraries; only those of the media type "book" hold audiobooks."""

    id: str
    name: str
    media_type: str
    folders: tuple[LibraryFolder, ...] = ()
    last_scan: Moment | None = None


class Collection(_Answer):
    """A list of books that all users see."""

    id: str
    library_id: str
    name: str
    description: str | None = None
    item_ids: Annotated[tuple[str, ...], BeforeValidator(_ids)] = Field(default=(), validation_alias="books")


class Playlist(_Answer):
    """A list of books in one user's order."""

    id: str
    library_id: str
    name: str
    description: str | None = None
    item_ids: Annotated[tuple[str, ...], BeforeValidator(_listed_ids)] = Field(default=(), validation_alias="items")


class Progress(_Answer):
    """How far our user has listened to an item."""

    item_id: str = Field(validation_alias="libraryItemId")
    duration_s: float | None = Field(default=None, validation_alias="duration")
    current_time_s: float | None = Field(default=None, validation_alias="currentTime")
    progress: float | None = None  # 0 to 1
    is_finished: bool = False
    updated_at: Moment | None = Field(default=None, validation_alias="lastUpdate")
    started_at: Moment | None = None
    finished_at: Moment | None = None


@dataclass(frozen=True, slots=True)
class ItemsPage:
    """One page of a library's listing."""

    rows: tuple[ItemRow, ...]
    broken: tuple[BrokenItem, ...]
    total: int  # over all pages
    page: int  # from 0
    limit: int

    @property
    def ids(self) -> tuple[str, ...]:
        """List the ids of the readable rows."""
        return tuple(row.id for row in self.rows)


@dataclass(frozen=True, slots=True)
class Patched:
    """What became of a patch: False says that the item already was like that, or that the server took none of it."""

    item: Item
    updated: bool


@dataclass(frozen=True, slots=True)
class Cover:
    """The image of a cover."""

    media_type: str
    content: bytes
