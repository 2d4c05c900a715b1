"""Where the columns and pieces of a drawn chart stand; the pages draw them as SVG, in units of the chart's own box."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 1000
HEIGHT = 100
FILLED = 0.72
"""How much of its place a column fills."""
LEAST = 1.5
"""A column that is not empty is at least this high, to be seen."""


@dataclass(frozen=True)
class Column:
    """One column: its place in the box from the top left, and its value."""

    x: float
    y: float
    width: float
    height: float
    value: float


def columns(values: Sequence[float]) -> list[Column]:
    """Columns side by side over the whole width; the highest value fills the height."""
    most = max(values, default=0)
    place = WIDTH / max(len(values), 1)
    drawn = []
    for number, value in enumerate(values):
        height = max(LEAST, HEIGHT * value / most) if value > 0 else 0.0
        x = number * place + place * (1 - FILLED) / 2
        drawn.append(Column(round(x, 2), round(HEIGHT - height, 2), round(place * FILLED, 2), round(height, 2), value))
    return drawn


def pieces(values: Sequence[float]) -> list[Column]:
    """Pieces of one bar, one after the other over the whole width, each as wide as its share."""
    total = sum(values)
    drawn, x = [], 0.0
    for value in values:
        width = WIDTH * value / total if total else 0.0
        drawn.append(Column(round(x, 2), 0.0, round(width, 2), float(HEIGHT), value))
        x += width
    return drawn
