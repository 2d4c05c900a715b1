"""How the generations of qBittorrent differ where a client can see it."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Generation = Literal["4.5", "5.1", "5.2", "5.3"]


@dataclass(frozen=True)
class Manners:
    """One generation's ways."""

    generation: Generation
    version: str
    web_api: str
    build: dict[str, Any]

    @property
    def is_5(self) -> bool:
        """From 5.0: stop and start instead of pause and resume, more fields."""
        return self.generation != "4.5"

    @property
    def is_5_2(self) -> bool:
        """From 5.2: statuses that mean something, JSON for an add, share limit actions."""
        return self.generation in {"5.2", "5.3"}

    @property
    def is_5_3(self) -> bool:
        """From 5.3: share limit modes, categories with limits."""
        return self.generation == "5.3"

    @property
    def stopped(self) -> str:
        """What a torrent that was stopped is called, before its UP or DL."""
        return "stopped" if self.is_5 else "paused"

    @property
    def share_limit_parameters(self) -> tuple[str, ...]:
        """The parameters without which setShareLimits is refused: more with every version."""
        grown = ["hashes", "ratioLimit", "seedingTimeLimit"]
        grown += ["inactiveSeedingTimeLimit"] if self.is_5 else []
        grown += ["shareLimitAction"] if self.is_5_2 else []
        grown += ["shareLimitsMode"] if self.is_5_3 else []
        return tuple(grown)

    def cookie_name(self, port: str) -> str:
        """Name the session's cookie."""
        return f"QBT_SID_{port}" if self.is_5_2 else "SID"


def _build(boost: str, libtorrent: str, openssl: str, qt: str, zlib: str, **more: Any) -> dict[str, Any]:
    return {
        "bitness": 64, "boost": boost, "libtorrent": libtorrent, "openssl": openssl, "qt": qt, "zlib": zlib, **more
    }  # fmt: skip


GENERATIONS: dict[Generation, Manners] = {
    "4.5": Manners("4.5", "v4.5.2", "2.8.19", _build("1.74.0", "2.0.8.0", "3.0.19", "5.15.8", "1.2.13")),
    "5.1": Manners(
        "5.1", "v5.1.0", "2.11.4", _build("1.83.0", "2.0.11.0", "3.5.7", "6.8.2", "1.3.1", platform="linux")
    ),
    "5.2": Manners(
        "5.2", "v5.2.3", "2.15.1", _build("1.83.0", "2.0.11.0", "3.5.7", "6.8.2", "1.3.1", platform="linux")
    ),
    "5.3": Manners(
        "5.3", "v5.3.0", "2.16.2", _build("1.83.0", "2.0.11.0", "3.5.7", "6.8.2", "1.3.1", platform="linux")
    ),
}


@cache
def _recorded_preferences(generation: str) -> str:
    return (Path(__file__).parent / "preferences" / f"{generation}.json").read_text(encoding="utf-8")


def preferences(generation: Generation) -> dict[str, Any]:
    """Give a fresh server's settings as recorded from a running one; nobody ran 5.2, which differs little from 5.3."""
    recorded: dict[str, Any] = json.loads(_recorded_preferences("5.3" if generation == "5.2" else generation))
    return recorded
