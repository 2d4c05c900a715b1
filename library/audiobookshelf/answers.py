"""What Audiobookshelf answers besides items and listening: who we are, what it is set to, its libraries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasPath, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from library.audiobookshelf.items import BrokenItem, Item, ItemRow, moment


def _moment(value: Any) -> Any:
    return moment(value) if type(value) in {int, float} else value


Moment = Annotated[datetime, BeforeValidator(_moment)]


class ServerAnswer(BaseModel):
    """What answers have in common: camel case on the wire, and nothing of them in an error's text."""

    # An answer may hold tokens, which must not show up in an error's text.
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True)


class ServerStatus(ServerAnswer):
    """What the server says of itself to anybody."""

    app: str = ""
    server_version: str = ""
    is_init: bool  # false until its first user was made


class Visitor(ServerAnswer):
    """Whose token ours is, and what it allows."""

    id: str = Field(validation_alias=AliasPath("user", "id"))
    username: str = Field(validation_alias=AliasPath("user", "username"))
    kind: str = Field(validation_alias=AliasPath("user", "type"))  # root, admin, user, guest
    may_update: bool = Field(default=False, validation_alias=AliasPath("user", "permissions", "update"))
    may_download: bool = Field(default=False, validation_alias=AliasPath("user", "permissions", "download"))
    server_version: str = Field(default="", validation_alias=AliasPath("serverSettings", "version"))
    backup_schedule: Annotated[str, BeforeValidator(lambda told: told or "")] = Field(
        default="", validation_alias=AliasPath("serverSettings", "backupSchedule")
    )  # a cron expression; empty when it makes none by itself
    backups_kept: int | None = Field(default=None, validation_alias=AliasPath("serverSettings", "backupsToKeep"))

    @property
    def may_scan(self) -> bool:
        """Say whether the token starts scans: only administrators may."""
        return self.kind in {"root", "admin"}


class LibraryFolder(ServerAnswer):
    """A folder that a library reads, as the server's own machine sees it."""

    id: str
    full_path: str


class Library(ServerAnswer):
    """One of the server's libraries; only those of the media type "book" hold audiobooks."""

    id: str
    name: str
    media_type: str
    folders: tuple[LibraryFolder, ...] = ()
    last_scan: Moment | None = None


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

    @property
    def marks(self) -> set[str]:
        """What tells its rows from those of other pages: their ids, and of a row without one what is wrong with it."""
        return {row.id for row in self.rows} | {row.id or row.why for row in self.broken}


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
