"""Which numbers of a series are missing, told from what is owned alone: the rule for series that no provider knows."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from library.identity import same_person, same_series
from library.identity.titles import essence
from library.positions import Position, from_title, parse

FEWEST_OWNED = 3
"""Of a series with fewer owned books nothing is concluded."""
WIDEST_GAP = 25
"""A number that stands further from the next is no count of this series: a year, or a catalogue number."""
SAME_SERIES = 0.85
SAME_AUTHOR = 0.8
_LAST_NUMBER = re.compile(
    r"\b(?:book|part|chapter|vol(?:ume)?)\b\.?\s*#?\s*([0-9]{1,3}(?:\.[0-9]{1,2})?)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Owned:
    """An owned book as its shelf tells of it.

    :param places: names of series with positions as written; either may be empty.
    :param titles: its title and those of its copies.
    """

    titles: tuple[str, ...]
    authors: tuple[str, ...] = ()
    places: tuple[tuple[str, str], ...] = ()


def missing_numbers(owned: Iterable[Position], *, from_one: bool = False) -> tuple[int, ...]:
    """The whole numbers between the lowest and the highest owned one that no owned book names.

    Fractions are extras: they are owned, and neither fill nor make a gap. A range covers every whole number inside.
    With fewer than three owned books nothing is concluded, and nothing within a gap too wide to be one.

    :param from_one: count from 1 on, even where a higher number is the lowest that is owned.
    """
    known = [position for position in owned if position.is_known and position.part is None]
    whole = sorted({number for position in known for number in position.numbers_inside()})
    extras = sum(not position.numbers_inside() for position in known)
    if not whole or len(whole) + extras < FEWEST_OWNED:
        return ()
    if from_one and whole[0] > 1:
        whole.insert(0, 0)
    return tuple(
        number for low, high in pairwise(whole) if high - low <= WIDEST_GAP + 1 for number in range(low + 1, high)
    )


def number_in(series: str, book: Owned, *, by: Sequence[str] = ()) -> Position | None:
    """Where an owned book stands in a series: by its series field, else by its titles; None if it is of another.

    A book of the series of which no number can be told has a position that is not known. An empty name of a series is
    contained in every other and therefore matches none.

    :param by: the authors of the series, to keep apart series of one name; empty when they are not known.
    """
    if not series.strip() or not _is_by(book.authors, by):
        return None
    fields = [(name, written) for name, written in book.places if _is_same(name, series)]
    for name, written in fields:
        if (position := _in_field(name, written)).is_known:
            return position
    for title in book.titles:
        if (found := _in_title(title, series, book.authors, is_member=bool(fields))) is not None:
            return found
    return Position("") if fields else None


def _is_by(authors: Sequence[str], wanted: Sequence[str]) -> bool:
    if not authors or not wanted:
        return True
    return any(same_person(mine, theirs) >= SAME_AUTHOR for mine in authors for theirs in wanted)


def _is_same(name: str, series: str) -> bool:
    """Whether a field names this series, be it with a number behind ("The Land #3")."""
    if same_series(name, series) >= SAME_SERIES:
        return True
    mention = from_title(name)
    return mention is not None and same_series(mention.series, series) >= SAME_SERIES


def _in_field(name: str, written: str) -> Position:
    position = parse(written)
    if position.is_known:
        return position
    mention = from_title(name)
    return mention.position if mention else position


def _in_title(title: str, series: str, people: Sequence[str], *, is_member: bool) -> Position | None:
    """The number that a title gives the book in this series; one without a series counts for a member alone."""
    for name, position in essence(title, series=[series], people=people).mentioned:
        if same_series(name, series) >= SAME_SERIES:
            return position
    if (mention := from_title(title)) is not None:
        names = (mention.series, mention.title)
        if any(same_series(name, series) >= SAME_SERIES for name in names) or (is_member and not mention.series):
            return mention.position
    if not is_member:
        return None
    if (alone := parse(title)).is_known and not title.strip().isdigit():
        return alone
    last = _LAST_NUMBER.search(title.strip())
    return parse(last[1]) if last else None
