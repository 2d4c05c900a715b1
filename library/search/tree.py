"""What a search means, taken apart."""

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Text:
    """Words that stand next to each other in a field, or in any when it is empty."""

    words: tuple[str, ...]
    field: str = ""
    is_prefix: bool = False  # the last word may go on


@dataclass(frozen=True)
class Identifier:
    """A whole ISBN or ASIN."""

    value: str


@dataclass(frozen=True)
class Facet:
    """Books that are counted under something: a language, a format, an author by key."""

    token: str


@dataclass(frozen=True)
class Between:
    """A number within bounds, both included; None is open."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True)
class All:
    """Books for which every part holds; without parts, every book."""

    parts: tuple["Node", ...] = ()


@dataclass(frozen=True)
class AnyOf:
    """Books for which some part holds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    """Books for which a part does not hold."""

    part: "Node"


Node: TypeAlias = Text | Identifier | Facet | Between | All | AnyOf | Not


@dataclass(frozen=True)
class Trouble:
    """What could not be understood, and where it begins in the text."""

    position: int
    message: str


@dataclass(frozen=True)
class Parsed:
    """A search as far as it was understood."""

    node: Node
    troubles: tuple[Trouble, ...] = field(default=())

    @property
    def is_everything(self) -> bool:
        """Whether it leaves no book out."""
        return self.node == All()
