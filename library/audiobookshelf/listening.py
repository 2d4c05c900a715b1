"""What Audiobookshelf tells of its listeners: who they are, how far they came, their lists of books, its backups.

Each row is read for itself: one of a shape that we do not know becomes a `BrokenItem`, and the others are used. The
answers of `/api/users`, listening statistics, playlists and backups are not among the recorded ones; their shapes are
those of the server's source, version 2.36.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from library.audiobookshelf.answers import Moment, ServerAnswer
from library.audiobookshelf.items import BrokenItem

Row = TypeVar("Row", bound=ServerAnswer)


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("an id that no database holds")
    return text


Id = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_storable)]
Text = Annotated[str, AfterValidator(lambda text: text.replace("\x00", ""))]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
MOST_PROGRESS = 1.01
"""Rounding takes a progress a little beyond the end; whatever is further is no progress."""


@dataclass(frozen=True, slots=True)
class Listed(Generic[Row]):
    """What a list holds, and what of it could not be read.

    :param is_whole: whether all that the server counts was seen; a list that shifts while it is read hides rows.
    :param stalled: why it was left off before its end; empty if it was not.
    """

    rows: tuple[Row, ...]
    broken: tuple[BrokenItem, ...] = ()
    is_whole: bool = True
    stalled: str = ""


class ServerUser(ServerAnswer):
    """Somebody who has an account on the server."""

    id: Id
    username: Text


class Progress(ServerAnswer):
    """How far somebody has listened to an item, from 0 to 1."""

    item_id: Id = Field(validation_alias="libraryItemId")
    progress: float = Field(ge=0, le=MOST_PROGRESS, allow_inf_nan=False, strict=True)
    position_s: Seconds | None = Field(default=None, validation_alias="currentTime")
    is_finished: bool = False
    updated_at: Moment | None = Field(default=None, validation_alias="lastUpdate")
    started_at: Moment | None = None
    finished_at: Moment | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_fraction(cls, row: Any) -> Any:
        """Work out a progress that is null, as the server writes what is no number, from what else it tells."""
        if not isinstance(row, dict) or row.get("progress") is not None:
            return row
        if row.get("isFinished") is True:
            return row | {"progress": 1}
        at, duration = row.get("currentTime"), row.get("duration")
        if not isinstance(at, int | float) or not isinstance(duration, int | float) or duration <= 0:
            raise ValueError("no progress is told")
        return row | {"progress": min(at / duration, 1.0)}

    @property
    def fraction(self) -> float:
        """How much of it lies behind the listener, never more than all."""
        return min(self.progress, 1.0)


@dataclass(frozen=True, slots=True)
class UserListening:
    """How far a user has come in each book."""

    user: ServerUser
    progress: Listed[Progress]


@dataclass(frozen=True, slots=True)
class ListeningStats:
    """For how many seconds a user has listened to each item, by its id, as the sessions of playing add up."""

    heard_s: dict[str, float]
    broken: tuple[BrokenItem, ...] = ()


def _ids(rows: Any) -> Any:
    return [_id_of(row, "id") for row in rows] if isinstance(rows, list) else rows


def _listed_ids(rows: Any) -> Any:
    """Ids of books; an episode of a podcast stands in a playlist as well and is passed over."""
    if not isinstance(rows, list):
        return rows
    return [_id_of(row, "libraryItemId") for row in rows if not (isinstance(row, dict) and row.get("episodeId"))]


def _id_of(row: Any, name: str) -> Any:
    if not isinstance(row, dict) or not isinstance(row.get(name), str):
        raise ValueError("it holds something without an id")  # noqa: TRY004 - what spoils a row is a ValueError
    return row[name]


class Collection(ServerAnswer):
    """A list of books that all users see."""

    id: Id
    library_id: str
    name: Text
    description: Text | None = None
    item_ids: Annotated[tuple[Id, ...], BeforeValidator(_ids)] = Field(validation_alias="books")


class Playlist(ServerAnswer):
    """A list of books in one user's order."""

    id: Id
    library_id: str
    user_id: str = ""
    name: Text
    description: Text | None = None
    item_ids: Annotated[tuple[Id, ...], BeforeValidator(_listed_ids)] = Field(validation_alias="items")


class ServerBackup(ServerAnswer):
    """One of the server's backups of itself: its database and covers, no audio."""

    id: Id
    size_bytes: Annotated[int, Field(ge=0)] | None = Field(default=None, validation_alias="fileSize")
    created_at: Moment


def read_rows(kind: type[Row], rows: Iterable[Any], *, total: int | None = None) -> Listed[Row]:
    """Read each row for itself.

    :param total: how many there are, where the server tells.
    """
    read: list[Row] = []
    broken: list[BrokenItem] = []
    for row in rows:
        try:
            read.append(kind.model_validate(row))
        except ValidationError as error:
            broken.append(BrokenItem(id=_known_id(row), why=_why(error)))
    names = {getattr(row, "id", number) for number, row in enumerate(read)}
    return Listed(tuple(read), tuple(broken), is_whole=total is None or len(names) + len(broken) >= total)


def read_pages(kind: type[Row], ask: Callable[[int], tuple[Sequence[Any], int]]) -> Listed[Row]:
    """Read a list to its end, or to a page that brings nothing new: a server may repeat its pages without end.

    :param ask: gives the rows of a page, counted from 0, and how many rows there are in all.
    """
    rows: list[Any] = []
    seen: set[str] = set()
    page = 0
    while True:
        some, total = ask(page)
        marks = {_known_id(row) or repr(row) for row in some}
        if marks <= seen and len(rows) < total:
            why = f"page {page + 1} brought nothing new, though there are said to be {total:,}"
            return replace(read_rows(kind, rows), is_whole=False, stalled=why)
        rows += some
        seen |= marks
        page += 1
        if len(rows) >= total:
            return read_rows(kind, rows, total=total)


def read_progress(rows: Iterable[Any]) -> Listed[Progress]:
    """Read the progress of a user in books; that in episodes of podcasts is passed over."""
    of_books = [row for row in rows if not (isinstance(row, dict) and row.get("episodeId"))]
    return read_rows(Progress, of_books)


def read_stats(items: dict[str, Any]) -> ListeningStats:
    """Read for how long each item was listened to."""
    heard: dict[str, float] = {}
    broken: list[BrokenItem] = []
    for item_id, told in items.items():
        seconds = told.get("timeListening") if isinstance(told, dict) else None
        if isinstance(seconds, int | float) and type(seconds) is not bool and math.isfinite(seconds) and seconds >= 0:
            heard[item_id] = float(seconds)
        else:
            broken.append(BrokenItem(id=item_id, why="the time listened to it is no number of seconds"))
    return ListeningStats(heard, tuple(broken))


def _known_id(row: Any) -> str:
    """By which id a row could be known, even if the rest of it is odd."""
    told = (row.get("libraryItemId") or row.get("id")) if isinstance(row, dict) else None
    return told if isinstance(told, str) else ""


def _why(error: ValidationError) -> str:
    """What is wrong with a row, without any of its values."""
    told = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(str(step) for step in one['loc'])}: {one['msg']}".removeprefix(": ") for one in told)
