"""The product's own clock: real time, or the sandbox's faster one.

Pacing, back-off, leases and schedules ask this module for the time and for a pause, so the same code can live
through a day in a few minutes. The factor is refused for any host that is not loopback by `require_honest_time`.
"""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from mamcrawler.lib import stopping

LOOK_UP_S = 0.25
"""Real seconds after which a pause looks up whether the program is to end."""


class TimeFactorRefused(Exception):
    """A faster clock was about to be used against a host that is not on this machine."""


@dataclass(frozen=True)
class _Anchor:
    """One moment seen on both clocks, and how much faster ours runs from there."""

    real: datetime
    product: datetime
    factor: float


_REAL = _Anchor(datetime.fromtimestamp(0, UTC), datetime.fromtimestamp(0, UTC), 1.0)
_anchor = _REAL


def now() -> datetime:
    """The moment it is for the product, in UTC."""
    real = datetime.now(UTC)
    if _anchor.factor == 1.0 and _anchor.real == _anchor.product:
        return real
    return _anchor.product + (real - _anchor.real) * _anchor.factor


def wall() -> datetime:
    """Real time in UTC, whatever the factor: for telling whether a process is still alive, and nothing else."""
    return datetime.now(UTC)


def sleep(seconds: float) -> None:
    """Pause for so many of the product's seconds.

    :raises Stopping: if this program is asked to end meanwhile; nobody would wait for the rest.
    """
    ends = time.monotonic() + seconds / _anchor.factor
    while (left := ends - time.monotonic()) > 0:
        stopping.check()
        time.sleep(min(left, LOOK_UP_S))


def monotonic() -> float:
    """Seconds of the product's time from an arbitrary start; only differences mean anything."""
    return time.monotonic() * _anchor.factor


def real_seconds(duration: timedelta) -> float:
    """How many seconds of real time a duration of the product's time takes."""
    return duration.total_seconds() / _anchor.factor


def factor() -> float:
    """How many times faster than real time the product's clock runs."""
    return _anchor.factor


def reset() -> None:
    """Go back to real time."""
    global _anchor  # noqa: PLW0603 - the process has one clock
    _anchor = _REAL


def follow(path: Path, *, speed: float) -> None:
    """Take the clock from a file that all processes of one sandbox share, making it when it is not there.

    :param speed: the factor for a clock that is made here; a clock that exists keeps its own.
    """
    global _anchor  # noqa: PLW0603 - the process has one clock
    try:
        _anchor = _read(path)
    except (FileNotFoundError, ValueError, KeyError):
        real = datetime.now(UTC)
        _write(path, _Anchor(real, real, speed))
        _anchor = _read(path)


def resume(path: Path, *, speed: float, last_seen: datetime | None) -> None:
    """Start the shared clock anew from the last moment seen, so that time stood still while nothing ran."""
    real = datetime.now(UTC)
    _write(path, _Anchor(real, max(last_seen or real, real), speed))
    follow(path, speed=speed)


def require_honest_time(url: str) -> None:
    """Refuse to talk to anything but this machine while time is sped up.

    :raises TimeFactorRefused: if the clock is fast and the host is not loopback.
    """
    if _anchor.factor == 1.0:
        return
    host = urlsplit(url).hostname or ""
    if host != "localhost" and not _is_loopback(host):
        raise TimeFactorRefused(f"SANDBOX_TIME_FACTOR is set, but {host} is not this machine")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _read(path: Path) -> _Anchor:
    stored = json.loads(path.read_text(encoding="utf-8"))
    return _Anchor(
        datetime.fromisoformat(stored["real"]), datetime.fromisoformat(stored["product"]), float(stored["factor"])
    )


def _write(path: Path, anchor: _Anchor) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    stored = {"real": anchor.real.isoformat(), "product": anchor.product.isoformat(), "factor": anchor.factor}
    draft.write_text(json.dumps(stored), encoding="utf-8")
    draft.replace(path)
