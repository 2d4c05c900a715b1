"""Whether two descriptions mean the same book, with the reasons in words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from library.identity.languages import language_code
from library.identity.names import same_person, same_series
from library.identity.titles import Essence, essence, numbers, same_title, split_title, title_key
from library.positions import Position, parse

SAME_PERSON = 0.8
SAME_SERIES = 0.85
SAME_TITLE = 0.9
TITLE_WITHOUT_SUBTITLE = 0.85
PART_OF_TITLE = 0.6

Entry = tuple[str, Position]


class Verdict(StrEnum):
    SAME = "same"
    DIFFERENT = "different"
    AMBIGUOUS = "ambiguous"


class Outcome(StrEnum):
    AGREES = "agrees"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Work:
    """A book as one source describes it. What the source does not say is empty or None, and contradicts nothing.

    `series` pairs a name with a position as text; `language` is a name or code; `medium` is "audiobook", "e-book" or
    whatever else the caller tells apart.
    """

    title: str
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    series: tuple[tuple[str, str | None], ...] = ()
    language: str | None = None
    narrators: tuple[str, ...] = ()
    isbn: str | None = None
    asin: str | None = None
    abridged: bool | None = None
    dramatised: bool | None = None
    medium: str | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing that was compared; `value` is how well it agrees, from 0 to 1, None where one side does not say."""

    name: str
    outcome: Outcome
    value: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answer to "is this the same book?"; `confidence` is how sure we are of "same", from 0 to 1."""

    verdict: Verdict
    confidence: float
    features: tuple[Feature, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(feature.words for feature in self.features if feature.words)

    def feature(self, name: str) -> Feature:
        return next(feature for feature in self.features if feature.name == name)


@dataclass(frozen=True, slots=True)
class _Side:
    """A work taken apart for comparing."""

    work: Work
    essence: Essence
    entries: tuple[Entry, ...]

    @property
    def titles(self) -> Iterator[str]:
        if self.essence.own:
            yield self.essence.own
        yield self.work.title
        if self.work.subtitle:
            yield f"{self.work.title}: {self.work.subtitle}"

    @property
    def is_only_number(self) -> bool:
        """Whether the book is named by series and number, or by the series alone."""
        own = self.essence.own
        return not own or any(same_series(own, name) == 1 for name, _ in self.entries)


def compare(a: Work, b: Work) -> Comparison:
    """Say whether two descriptions mean the same book in the same language, medium and form.

    Series and positions mentioned in the titles count like stated ones. Narrators and abridgement tell recordings
    apart, not books, and never decide.
    """
    one, other = _side(a, b), _side(b, a)
    author, series, title = _author(a, b), _series(one, other), _title(one, other)
    identifier, others = _identifier(a, b), (_language(a, b), _medium(a, b), _form(a, b))
    features = (identifier, author, title, series, *others, _narrator(a, b))
    confidence = _confidence(author, title, series)
    if any(feature.outcome == Outcome.DIFFERS for feature in others):
        return Comparison(Verdict.DIFFERENT, round(confidence * 0.3, 3), features)
    if identifier.outcome == Outcome.AGREES:
        contradicted = series.outcome == Outcome.DIFFERS or Outcome.DIFFERS in {author.outcome, title.outcome}
        verdict = Verdict.AMBIGUOUS if contradicted else Verdict.SAME
        return Comparison(verdict, 0.6 if contradicted else 0.99, features)
    verdict = _verdict(one, other, author, title, series)
    limits = {Verdict.SAME: (0.75, 0.99), Verdict.AMBIGUOUS: (0.4, 0.7), Verdict.DIFFERENT: (0.0, 0.35)}
    low, high = limits[verdict]
    return Comparison(verdict, round(min(max(confidence, low), high), 3), features)


def _side(work: Work, beside: Work) -> _Side:
    names = tuple(name for name, _ in (*work.series, *beside.series) if name)
    people = (*work.authors, *beside.authors, *work.narrators)
    taken_apart = essence(work.title, series=names, people=people)
    entries = [(name, parse(position)) for name, position in work.series]
    entries += [*taken_apart.mentioned, *essence(work.subtitle, series=names, people=people).mentioned]
    return _Side(work, taken_apart, tuple(entries))


def _verdict(one: _Side, other: _Side, author: Feature, title: Feature, series: Feature) -> Verdict:
    likeness = title.value or 0.0
    if author.outcome != Outcome.AGREES:
        may_be = author.outcome == Outcome.UNKNOWN and likeness >= TITLE_WITHOUT_SUBTITLE
        return Verdict.AMBIGUOUS if may_be else Verdict.DIFFERENT
    if series.outcome == Outcome.DIFFERS:
        only_number = one.is_only_number or other.is_only_number
        return Verdict.AMBIGUOUS if likeness >= SAME_TITLE and not only_number else Verdict.DIFFERENT
    if series.outcome == Outcome.AGREES:
        return _verdict_on_same_number(one, other, likeness)
    return _verdict_on_title(one, other, likeness)


def _verdict_on_title(one: _Side, other: _Side, likeness: float) -> Verdict:
    """The author agrees and no series tells: the title has to."""
    if likeness >= SAME_TITLE:
        return Verdict.AMBIGUOUS if _may_be_whole_series(one, other) else Verdict.SAME
    if likeness >= TITLE_WITHOUT_SUBTITLE:
        return Verdict.AMBIGUOUS if _subtitle_may_tell_volumes_apart(one, other) else Verdict.SAME
    return Verdict.AMBIGUOUS if likeness >= PART_OF_TITLE else Verdict.DIFFERENT


def _verdict_on_same_number(one: _Side, other: _Side, likeness: float) -> Verdict:
    """Author, series and number agree: the titles need only not contradict them."""
    if likeness >= PART_OF_TITLE or not one.essence.own or not other.essence.own or _titles_overlap(one, other):
        return Verdict.SAME
    return Verdict.AMBIGUOUS


def _titles_overlap(one: _Side, other: _Side) -> bool:
    """Whether one title is in the other, or they share most of their words (as British and American ones do)."""
    shorter, longer = sorted((title_key(one.essence.own), title_key(other.essence.own)), key=len)
    if len(shorter) < 3 or numbers(shorter) != numbers(longer):
        return False
    words, others = set(shorter.split()), set(longer.split())
    mostly_shared = len(words & others) >= 3 and len(words & others) / len(words | others) >= 0.6
    return f" {shorter} " in f" {longer} " or mostly_shared


def _may_be_whole_series(one: _Side, other: _Side) -> bool:
    """A title that is its series' name, without a number, where the other side names a later number."""
    return any(
        side.is_only_number
        and side.entries
        and not _known(side)
        and any(number.start != 1 for number in _known(beside))
        for side, beside in ((one, other), (other, one))
    )


def _subtitle_may_tell_volumes_apart(one: _Side, other: _Side) -> bool:
    """ "Life Reset" and "Life Reset: Salvation": with a series about, the subtitle is likely to name the volume."""
    names = {name for side in (one, other) for name, _ in side.entries}
    mains = {split_title(side.essence.own or side.work.title)[0] for side in (one, other)}
    if any(same_series(main, name) == 1 for main in mains for name in names):
        return True
    return bool(_known(one)) != bool(_known(other))


def _known(side: _Side) -> list[Position]:
    return [position for _, position in side.entries if position.is_known]


def _confidence(author: Feature, title: Feature, series: Feature) -> float:
    series_share = {Outcome.AGREES: 1.0, Outcome.DIFFERS: 0.0}.get(series.outcome, 0.8)
    return 0.35 * (author.value or 0.0) + 0.45 * (title.value or 0.0) + 0.2 * series_share


def _author(a: Work, b: Work) -> Feature:
    pairs = [(same_person(mine, theirs), theirs) for mine in a.authors for theirs in b.authors]
    if not pairs:
        return Feature("author", Outcome.UNKNOWN, None, "the author is not given")
    value, name = max(pairs)
    if value > SAME_PERSON:
        return Feature("author", Outcome.AGREES, value, f"author agrees: {name}")
    return Feature("author", Outcome.DIFFERS, value, f"another author: {', '.join(b.authors[:3])}")


def _title(one: _Side, other: _Side) -> Feature:
    value, closest = max((same_title(mine, theirs), theirs) for mine in one.titles for theirs in other.titles)
    shown = other.work.title
    if value >= SAME_TITLE:
        return Feature("title", Outcome.AGREES, value, f"title agrees: {closest}")
    if not (one.essence.own and other.essence.own):
        return Feature("title", Outcome.UNCLEAR, value, f"named by its number: {shown}")
    if value >= TITLE_WITHOUT_SUBTITLE:
        return Feature("title", Outcome.AGREES, value, f"title agrees but for the subtitle: {shown}")
    if value >= PART_OF_TITLE:
        return Feature("title", Outcome.UNCLEAR, value, f"title agrees in part: {shown}")
    return Feature("title", Outcome.DIFFERS, value, f"another title: {shown}")


def _series(one: _Side, other: _Side) -> Feature:
    """One agreeing number is enough: a book has several series, and each its own number."""
    comparable = [
        (name, mine, theirs)
        for name, mine in one.entries
        for their_name, theirs in other.entries
        if mine.is_known and theirs.is_known and same_series(name, their_name) >= SAME_SERIES
    ]
    for name, mine, theirs in comparable:
        if (mine.spans, mine.part) == (theirs.spans, theirs.part):
            return Feature("series", Outcome.AGREES, 1.0, f"{name} {theirs.text} agrees")
    if comparable:
        name, mine, theirs = comparable[0]
        what = "books" if theirs.is_range else "a part:" if theirs.part else "book"
        return Feature("series", Outcome.DIFFERS, 0.0, f"this is {what} {theirs.text} of {name}, wanted {mine.text}")
    return Feature("series", Outcome.UNKNOWN, None, "")


def _identifier(a: Work, b: Work) -> Feature:
    for name, mine, theirs in (("ASIN", a.asin, b.asin), ("ISBN", a.isbn, b.isbn)):
        if mine and theirs and _bare_number(mine) == _bare_number(theirs):
            return Feature("identifier", Outcome.AGREES, 1.0, f"{name} agrees: {theirs}")
    return Feature("identifier", Outcome.UNKNOWN, None, "")


def _bare_number(identifier: str) -> str:
    """An ISBN-10 and its ISBN-13 share the nine digits before the check digit."""
    plain = re.sub(r"[\s-]", "", identifier).upper()
    return plain[3:12] if re.fullmatch(r"978[0-9]{10}", plain) else re.sub(r"^([0-9]{9})[0-9X]$", r"\1", plain)


def _language(a: Work, b: Work) -> Feature:
    mine, theirs = language_code(a.language), language_code(b.language)
    if mine is None or theirs is None:
        return Feature("language", Outcome.UNKNOWN, None, "")
    if mine == theirs:
        return Feature("language", Outcome.AGREES, 1.0, "")
    return Feature("language", Outcome.DIFFERS, 0.0, f"in another language: {b.language}")


def _medium(a: Work, b: Work) -> Feature:
    if a.medium is None or b.medium is None:
        return Feature("medium", Outcome.UNKNOWN, None, "")
    if a.medium == b.medium:
        return Feature("medium", Outcome.AGREES, 1.0, "")
    return Feature("medium", Outcome.DIFFERS, 0.0, f"{_with_article(b.medium)}, not {_with_article(a.medium)}")


def _with_article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def _form(a: Work, b: Work) -> Feature:
    if a.dramatised is None or b.dramatised is None:
        return Feature("form", Outcome.UNKNOWN, None, "")
    if a.dramatised == b.dramatised:
        return Feature("form", Outcome.AGREES, 1.0, "")
    words = "a dramatised adaptation" if b.dramatised else "a reading, not a dramatised adaptation"
    return Feature("form", Outcome.DIFFERS, 0.0, words)


def _narrator(a: Work, b: Work) -> Feature:
    pairs = [(same_person(mine, theirs), theirs) for mine in a.narrators for theirs in b.narrators]
    if not pairs:
        return Feature("narrator", Outcome.UNKNOWN, None, "")
    value, name = max(pairs)
    if value > SAME_PERSON:
        return Feature("narrator", Outcome.AGREES, value, f"narrator agrees: {name}")
    return Feature("narrator", Outcome.DIFFERS, value, f"read by another narrator: {', '.join(b.narrators[:3])}")
