"""What qBittorrent tells, in our words: both generations of its state names and its odd numbers end here."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, Field

ETA_UNKNOWN_S = 8_640_000
SECRET_FIELDS = frozenset({"tracker", "trackers", "magnet_uri"})  # announce addresses hold the passkey


class Group(StrEnum):
    """What a torrent's state means for us."""

    ERRORED = "errored"
    STALLED = "stalled"
    DOWNLOADING = "downloading"
    SEEDING = "seeding"
    PAUSED = "paused"
    PAUSED_COMPLETE = "paused_complete"  # ought to seed: it has to be started again
    CHECKING = "checking"
    MOVING = "moving"
    UNKNOWN = "unknown"


_STATES = {
    Group.ERRORED: ("error", "missingFiles"),
    Group.STALLED: ("stalledDL",),
    Group.DOWNLOADING: ("downloading", "forcedDL", "metaDL", "forcedMetaDL", "allocating", "queuedDL"),
    Group.SEEDING: ("uploading", "forcedUP", "stalledUP", "queuedUP"),
    Group.PAUSED: ("pausedDL", "stoppedDL"),  # renamed in 5.0
    Group.PAUSED_COMPLETE: ("pausedUP", "stoppedUP"),
    Group.CHECKING: ("checkingUP", "checkingDL", "checkingResumeData"),
    Group.MOVING: ("moving",),
}
_GROUPS = {state: group for group, states in _STATES.items() for state in states}
_NOT_SETTLED = frozenset({Group.CHECKING, Group.MOVING, Group.ERRORED})


def _moment(value: int | datetime | None) -> datetime | None:
    """Read unix seconds; 0, -1 and 2**32 - 1 all stand for never, by version."""
    if isinstance(value, int):
        return datetime.fromtimestamp(value, UTC) if 0 < value < 2**32 - 1 else None
    return value


def _words(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value


def _ratio(value: float | None) -> float | None:
    return None if value is None or value < 0 else value


def _eta(value: int | None) -> int | None:
    return None if value is None or not 0 <= value < ETA_UNKNOWN_S else value


def _at_least_zero(value: int) -> int:
    return max(value, 0)


Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class ShareLimits(BaseModel, frozen=True, populate_by_name=True):
    """When a torrent stops seeding by itself: -2 follows the client's own setting, -1 is never."""

    ratio: float = Field(-2, alias="ratio_limit")
    seeding_minutes: int = Field(-2, alias="seeding_time_limit")
    inactive_minutes: int = Field(-2, alias="inactive_seeding_time_limit")  # since 4.6
    action: str = Field("Default", alias="share_limit_action")  # since 5.2
    mode: str = Field("Default", alias="share_limits_mode")  # since 5.3


class Torrent(BaseModel, frozen=True):
    """One torrent as the client has it, ours or not."""

    info_hash: str = Field(alias="hash")
    name: str
    state: str  # as the client calls it
    progress: float
    ratio: Annotated[float | None, BeforeValidator(_ratio)]  # None: infinite
    size_bytes: Annotated[int, BeforeValidator(_at_least_zero)] = Field(alias="size")  # of the selected files
    total_bytes: Annotated[int, BeforeValidator(_at_least_zero)] = Field(alias="total_size")  # 0 before metadata
    left_bytes: int = Field(alias="amount_left")
    downloaded_bytes: int = Field(alias="downloaded")
    uploaded_bytes: int = Field(alias="uploaded")
    download_speed: int = Field(alias="dlspeed")  # bytes a second
    upload_speed: int = Field(alias="upspeed")
    eta_s: Annotated[int | None, BeforeValidator(_eta)] = Field(None, alias="eta")
    seeding_time: timedelta = timedelta(0)
    added_at: Moment = Field(None, alias="added_on")
    completed_at: Moment = Field(None, alias="completion_on")
    last_active_at: Moment = Field(None, alias="last_activity")
    category: str = ""
    tags: Annotated[tuple[str, ...], BeforeValidator(_words)] = ()
    save_path: str = ""  # paths are those of the machine the client runs on
    content_path: str = ""  # the single file or the top folder; "" before metadata
    seeds: int = Field(0, alias="num_seeds")  # connected
    leechers: int = Field(0, alias="num_leechs")
    swarm_seeds: Annotated[int, BeforeValidator(_at_least_zero)] = Field(0, alias="num_complete")
    swarm_leechers: Annotated[int, BeforeValidator(_at_least_zero)] = Field(0, alias="num_incomplete")
    is_forced: bool = Field(False, alias="force_start")
    queue_position: int = Field(0, alias="priority")
    share_limits: ShareLimits = ShareLimits()

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any], *, info_hash: str = "") -> Self:
        """Read a torrent from the client's own fields; in `sync/maindata` the info hash is the key, not a field.

        :raises pydantic.ValidationError: if a field we need is missing or of another type.
        """
        named = {"hash": info_hash} if info_hash else {}
        return cls.model_validate({**named, **fields, "share_limits": dict(fields)})

    @property
    def group(self) -> Group:
        """What the state means for us, over both generations of names."""
        return _GROUPS.get(self.state, Group.UNKNOWN)

    @property
    def is_complete(self) -> bool:
        """Every selected byte is there, and the files are neither being checked nor moved."""
        return self.progress == 1 and self.left_bytes == 0 and self.total_bytes > 0 and self.group not in _NOT_SETTLED


class TorrentFile(BaseModel, frozen=True):
    """One file of a torrent."""

    index: int
    name: str  # relative to the save path, with forward slashes
    size_bytes: int = Field(alias="size")
    progress: float
    priority: int  # 0: not wanted

    @property
    def is_wanted(self) -> bool:
        """Whether the client downloads this file at all."""
        return self.priority > 0


class Tracker(BaseModel, frozen=True):
    """How one tracker answers a torrent's announces; its address is left out because it holds the passkey."""

    status: int
    message: str = Field("", alias="msg")

    @property
    def is_working(self) -> bool:
        """The last announce was accepted."""
        return self.status == 2


class Preferences(BaseModel, frozen=True):
    """The client's settings that matter to us."""

    save_path: str
    temp_path: str = ""
    is_temp_path_used: bool = Field(False, alias="temp_path_enabled")
    is_anonymous: bool = Field(alias="anonymous_mode")  # trackers that want to know their clients need this off
    is_queueing: bool = Field(alias="queueing_enabled")
    max_active_downloads: int = -1
    max_active_uploads: int = -1
    max_active_torrents: int = -1
    max_connections: int = Field(-1, alias="max_connec")
    listen_port: int = 0
    upload_limit: int = Field(0, alias="up_limit")  # bytes a second, 0 without limit
    download_limit: int = Field(0, alias="dl_limit")
    is_ratio_limited: bool = Field(False, alias="max_ratio_enabled")
    max_ratio: float = -1
    max_ratio_action: int = Field(0, alias="max_ratio_act")
    is_seeding_time_limited: bool = Field(False, alias="max_seeding_time_enabled")
    max_seeding_minutes: int = Field(-1, alias="max_seeding_time")
    uses_upnp: bool = Field(False, alias="upnp")
    uses_dht: bool = Field(False, alias="dht")
    uses_pex: bool = Field(False, alias="pex")
    uses_lsd: bool = Field(False, alias="lsd")
    network_interface: str = Field("", alias="current_network_interface")
    interface_address: str = Field("", alias="current_interface_address")


class Changes(BaseModel, frozen=True):
    """What changed in the client since the last time this login asked."""

    rid: int  # to ask with next time
    is_full: bool = Field(False, alias="full_update")  # what was known before has to be dropped
    fields: dict[str, dict[str, Any]] = Field(default_factory=dict, alias="torrents")  # info hash -> changed fields
    removed: tuple[str, ...] = Field((), alias="torrents_removed")
    server: dict[str, Any] = Field(default_factory=dict, alias="server_state")

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> Self:
        """Read an answer of `sync/maindata`, leaving out every field that holds an announce address.

        :raises pydantic.ValidationError: if it is something else.
        """
        changes = cls.model_validate(answer)
        for fields in changes.fields.values():
            for secret in SECRET_FIELDS & fields.keys():
                del fields[secret]
        return changes

    @property
    def free_space_bytes(self) -> int | None:
        """Room on the client's disk, if this answer tells it."""
        value = self.server.get("free_space_on_disk")
        return value if isinstance(value, int) else None

    def applied_to(self, known: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Bring the fields of all torrents, by info hash, up to date; `known` itself stays as it is."""
        fresh = {} if self.is_full else dict(known)
        for info_hash in self.removed:
            fresh.pop(info_hash, None)
        for info_hash, fields in self.fields.items():
            fresh[info_hash] = {**fresh.get(info_hash, {}), **fields}
        return fresh


class Added(BaseModel, frozen=True):
    """The client took the torrent just now."""

    torrent: Torrent


class AlreadyThere(BaseModel, frozen=True):
    """The client had the torrent before; nothing was sent."""

    torrent: Torrent
