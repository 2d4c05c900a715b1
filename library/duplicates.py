"""Which copies of a book are the same performance twice, and which of them is worth keeping. It only ever suggests."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from library import identity

SAME_LENGTH = 0.01
"""Copies whose narrators nobody knows are one performance if their lengths differ by no more than this share."""
COMPLETE = 0.9
"""A copy shorter than this share of the catalogue's runtime lacks something."""
BANDS = (48, 64, 96, 128, 192)
"""From so many kbit/s on a copy sounds better to somebody; within a band nobody hears a difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFacts:
    """What is known of one copy of a book; None where it is not known."""

    pk: int
    recording: int | None = None  # key of its recording
    narrators: tuple[str, ...] = ()
    asin: str = ""
    is_abridged: bool | None = None
    duration_s: float | None = None
    runtime_s: float | None = None  # of that recording, by the catalogues
    size_bytes: int | None = None
    bitrate_kbps: int | None = None
    audio_format: str = ""
    file_count: int = 0
    chapter_count: int = 0
    has_cover: bool = False
    field_count: int = 0  # metadata fields that are filled
    is_seeded: bool = False
    folder: str = ""  # with that of its shelf
    inodes: frozenset[tuple[str, int]] = frozenset()  # and sizes of all its files; empty unless all are known


@dataclass(frozen=True, slots=True)
class Judged:
    """A copy with what speaks for keeping it, or for keeping another instead."""

    facts: CopyFacts
    is_best: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Performance:
    """Copies of one performance, the one to keep first; of a single copy there is nothing to suggest.

    `is_certain` is False where only their lengths, or nothing at all, says that they are one.
    """

    copies: tuple[Judged, ...]
    is_certain: bool
    is_same_files: bool = False  # no copy of its own: its very files are another copy here, whichever is removed

    @property
    def is_duplicate(self) -> bool:
        """Whether there are several copies of it."""
        return len(self.copies) > 1


@dataclass(frozen=True, slots=True)
class _Criterion:
    rank: Callable[[CopyFacts], float]
    better: Callable[[CopyFacts, CopyFacts], str]


def judge(copies: Iterable[CopyFacts]) -> list[Performance]:
    """Group the copies of one book by performance and say of each group which copy to keep, and why."""
    known: list[list[CopyFacts]] = []
    doubtful: list[CopyFacts] = []
    seen: list[CopyFacts] = []
    again: list[CopyFacts] = []
    for copy in sorted(copies, key=lambda one: one.pk):
        if any(_same_files(copy, other) for other in seen):
            again.append(copy)
            continue
        seen.append(copy)
        if copy.recording is None and not copy.narrators and not copy.asin:
            doubtful.append(copy)
            continue
        group = next((group for group in known if any(_same_performance(copy, other) for other in group)), None)
        if group is None:
            known.append([copy])
        else:
            group.append(copy)
    certain = [True] * len(known)
    for copy in doubtful:
        place = next((n for n, group in enumerate(known) if any(_as_long(copy, other) for other in group)), None)
        if place is None:
            known.append([copy])
            certain.append(False)
        else:
            known[place].append(copy)
            certain[place] = False
    found = [Performance(_ranked(group), sure) for group, sure in zip(known, certain, strict=True)]
    found += [Performance((Judged(copy, False, ()),), is_certain=True, is_same_files=True) for copy in again]
    return sorted(found, key=lambda one: not one.is_duplicate)


def _same_files(one: CopyFacts, other: CopyFacts) -> bool:
    """Whether two shelves show the very same files: removing one would remove both, or free nothing."""
    return bool(one.folder and one.folder == other.folder) or bool(one.inodes and one.inodes == other.inodes)


def _same_performance(one: CopyFacts, other: CopyFacts) -> bool:
    if (one.asin and one.asin == other.asin) or (one.recording and one.recording == other.recording):
        return True
    if bool(one.is_abridged) != bool(other.is_abridged) or not one.narrators or not other.narrators:
        return False
    fewer, more = sorted((one.narrators, other.narrators), key=len)
    return all(any(identity.same_person(mine, theirs) > 0.8 for theirs in more) for mine in fewer)


def _as_long(one: CopyFacts, other: CopyFacts) -> bool:
    if not one.duration_s or not other.duration_s or bool(one.is_abridged) != bool(other.is_abridged):
        return False
    return abs(one.duration_s - other.duration_s) <= SAME_LENGTH * max(one.duration_s, other.duration_s)


def _ranked(copies: Sequence[CopyFacts]) -> tuple[Judged, ...]:
    best, *others = sorted(copies, key=lambda one: ([-rule.rank(one) for rule in _CRITERIA], one.pk))
    for_best = [words for other in others for words in _why(best, other)[:1]]
    if others and not for_best:
        for_best = ["all copies are equally good; this one came first"]
    judged = [Judged(best, bool(others), tuple(dict.fromkeys(for_best)))]
    return (*judged, *(Judged(other, False, tuple(_why(best, other))) for other in others))


def _why(best: CopyFacts, other: CopyFacts) -> list[str]:
    """In what the best copy is better, what decided first."""
    return [rule.better(best, other) for rule in _CRITERIA if rule.rank(best) > rule.rank(other)]


def _is_complete(copy: CopyFacts) -> float:
    if not copy.duration_s or not copy.runtime_s:
        return 0.5
    return float(copy.duration_s >= COMPLETE * copy.runtime_s)


def _band(copy: CopyFacts) -> float:
    return sum((copy.bitrate_kbps or 0) >= floor for floor in BANDS)


def _form(copy: CopyFacts) -> float:
    return float(copy.file_count == 1) + float(copy.chapter_count > 1)


def _rate(copy: CopyFacts) -> str:
    return f"{copy.bitrate_kbps} kbit/s" if copy.bitrate_kbps else "an unknown bitrate"


_CRITERIA = (
    _Criterion(lambda one: float(not one.is_abridged), lambda _best, _other: "unabridged"),
    _Criterion(
        _is_complete, lambda best, _other: "as long as the catalogue says" if best.runtime_s else "its length is known"
    ),
    _Criterion(_band, lambda best, other: f"{_rate(best)} against {_rate(other)}"),
    _Criterion(
        _form, lambda best, _other: "one file with chapters" if _form(best) > 1 else "one file, or files with chapters"
    ),
    _Criterion(lambda one: float(one.is_seeded), lambda _best, _other: "a torrent seeds it"),
    _Criterion(lambda one: float(one.has_cover), lambda _best, _other: "has a cover"),
    _Criterion(
        lambda one: float(one.field_count),
        lambda best, other: f"{best.field_count} metadata fields filled against {other.field_count}",
    ),
)
"""What decides, in this order."""
