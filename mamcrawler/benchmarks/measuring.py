"""What a benchmark reports, and how time and memory are taken."""

import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured value; the bar holds for its ratio to the baseline where there is one, else for the value.

    :param is_floor: the bar is the least that will do, not the most.
    :param is_absolute: the bar holds for the value, and the baseline only stands beside it.
    """

    what: str
    value: float
    unit: str
    bar: float
    baseline: float | None = None
    is_floor: bool = False
    is_absolute: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times the baseline the value is."""
        return self.value / self.baseline if self.baseline else None

    @property
    def ok(self) -> bool:
        """Whether the bar is met."""
        measured = self.value if self.ratio is None or self.is_absolute else self.ratio
        return measured >= self.bar if self.is_floor else measured <= self.bar

    def told(self) -> dict[str, Any]:
        """The figure as it is printed."""
        ratio = None if self.ratio is None else round(self.ratio, 2)
        numbers = {name: number if number is None else round(number, 3) for name, number in self._numbers().items()}
        return {"what": self.what, **numbers, "unit": self.unit, "ratio": ratio, "bar": self.bar, "ok": self.ok}

    def _numbers(self) -> dict[str, float | None]:
        return {"value": self.value, "baseline": self.baseline}


@dataclass
class Measured:
    """What one benchmark found, and under which conditions."""

    name: str
    conditions: dict[str, Any] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every bar is met."""
        return all(figure.ok for figure in self.figures)

    def told(self) -> dict[str, Any]:
        """The whole as it is printed."""
        return {**asdict(self), "figures": [figure.told() for figure in self.figures]}

    def lines(self) -> list[str]:
        """The whole in words."""
        told = [f"{self.name}: {', '.join(f'{name} {value}' for name, value in self.conditions.items())}"]
        for figure in self.figures:
            beside = f", {figure.ratio:.2f} times {figure.baseline:.2f}" if figure.baseline else ""
            sign = "ok" if figure.ok else "MISSED"
            told.append(f"  {sign:<6} {figure.what}: {figure.value:.2f} {figure.unit}{beside} (bar {figure.bar:g})")
        return told


def seconds(work: Callable[[], object]) -> float:
    """How long some work takes, in real time."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def peak_megabytes() -> float:
    """The most memory this process has held so far."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:  # not Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


class Stolen:
    """Which part of the machine's processors its host gave to others while a block lasted, from 0 to 1.

    Zero where the system does not tell, or where the machine is nobody's guest.
    """

    def __enter__(self) -> "Stolen":
        self._before = _processor_ticks()
        self.share = 0.0
        return self

    def __exit__(self, *_: object) -> None:
        spent = [after - before for before, after in zip(self._before, _processor_ticks(), strict=True)]
        self.share = spent[_STEAL] / (sum(spent) or 1)


_STEAL = 7
"""Its place after user, nice, system, idle, iowait, irq and softirq; what comes behind is counted in user already."""


def _processor_ticks() -> list[int]:
    try:
        told = Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0].split()
    except OSError:  # not Linux
        return [0] * (_STEAL + 1)
    return [int(ticks) for ticks in told[1 : _STEAL + 2]]
