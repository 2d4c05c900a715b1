"""Inspects downloaded files: are they the torrent's, are they whole, do they play, is it all of the book?

Files and models stay apart: this module reads a folder and a torrent, and hands back verdicts with their figures.
What could not be found out is *unknown*, never *passed*; what the disk refuses is unknown as well, not a bad release.
"""

import hashlib
import os
import stat
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from itertools import accumulate, pairwise
from math import inf
from pathlib import Path
from typing import Any, TypeVar

from library import audio
from library.audio import Decoded
from mamcrawler.lib.torrentfile import ListedFile, TorrentFile

STATED_TOLERANCE = 0.01
CATALOGUE_TOLERANCE = 0.10

_BEAT_S = 2.0
_CHUNK_BYTES = 1 << 20
_PIECES_JOB_BYTES = 128 << 20
_STRETCH_S = 600.0
_NAMED = 20
_SLACK_S = 0.5  # encoders pad and players trim; a cut is longer
_SLACK = 0.0001

Beat = Callable[[str], None]
Result = TypeVar("Result")


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One question put to the files, with its answer in words and numbers (`figures` can be stored as JSON)."""

    name: str
    verdict: Verdict
    words: str
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InspectionResult:
    """All checks in the order they were made; `duration_s` is what was really decoded."""

    checks: tuple[Check, ...]
    duration_s: float | None

    @property
    def verdict(self) -> Verdict:
        """Failed if any check failed; unknown if the files themselves could not be judged; else passed."""
        if any(check.verdict is Verdict.FAILED for check in self.checks):
            return Verdict.FAILED
        essential = {"files", "pieces", "decoding"}
        if any(check.verdict is Verdict.UNKNOWN for check in self.checks if check.name in essential):
            return Verdict.UNKNOWN
        return Verdict.PASSED

    @property
    def words(self) -> str:
        """What a person has to know: every check that did not pass."""
        told = (check.words for check in self.checks if check.verdict is not Verdict.PASSED)
        return " ".join(filter(None, told))


def _unheard(_words: str) -> None:
    """Take a beat that nobody waits for."""


def inspect(
    folder: Path,
    torrent: TorrentFile,
    *,
    stated_s: float | None,
    catalogue_s: float | None,
    workers: int | None = None,
    beat: Beat = _unheard,
) -> InspectionResult:
    """Check the files of a finished download against their torrent and the runtimes told of the book.

    :param folder: where the client saved them, or the torrent's own folder or file there: both are understood.
    :param stated_s: the runtime that the release states; more than 1 % off fails.
    :param catalogue_s: the runtime that catalogues tell of this recording; more than 10 % off fails.
    :param workers: threads to hash and decode with; one for each processor if not told.
    :param beat: called between files, and every two seconds, from the calling thread; what it raises stops the work.
    """
    workers = workers or len(os.sched_getaffinity(0))
    if not os.path.lexists(folder):
        return InspectionResult(checks=_nothing_there(folder), duration_s=None)
    paths = _locate(folder, torrent)
    files = _check_files(paths, torrent)
    pieces = _check_pieces(paths, torrent, workers=workers, beat=beat)
    decoding, duration_s = _check_decoding(paths, torrent, workers=workers, beat=beat)
    stated = _check_runtime("stated_runtime", "the release states", duration_s, stated_s, STATED_TOLERANCE)
    told = _check_runtime("catalogue_runtime", "catalogues tell", duration_s, catalogue_s, CATALOGUE_TOLERANCE)
    return InspectionResult(checks=(files, pieces, decoding, stated, told), duration_s=duration_s)


def _locate(folder: Path, torrent: TorrentFile) -> list[Path]:
    """Find the place of each listed file; clients can leave out the torrent's own folder."""
    if not torrent.is_folder:
        return [folder if folder.is_file() else folder / torrent.name]
    own = folder / torrent.name
    root = own if own.is_dir() else folder
    return [root.joinpath(*file.parts) for file in torrent.files]


def _check_files(paths: Sequence[Path], torrent: TorrentFile) -> Check:
    missing: list[str] = []
    wrong_size: list[str] = []
    present_bytes = 0
    try:
        for path, file in zip(paths, torrent.files, strict=True):
            size = _size(path)
            present_bytes += size or 0
            if size is None:
                missing.append(_name(file))
            elif size != file.size_bytes:
                wrong_size.append(f"{_name(file)} ({size:,} of {file.size_bytes:,} bytes)")
    except OSError as error:
        return _refused("files", error)
    figures = {
        "expected_files": len(paths),
        "present_files": len(paths) - len(missing),
        "expected_bytes": torrent.total_bytes,
        "present_bytes": present_bytes,
        "missing": missing[:_NAMED],
        "wrong_size": wrong_size[:_NAMED],
    }
    if missing or wrong_size:
        problems = [
            f"{what} {_some(names)}" for what, names in (("missing", missing), ("other size", wrong_size)) if names
        ]
        return Check("files", Verdict.FAILED, f"The files are not the torrent's: {'; '.join(problems)}.", figures)
    return Check("files", Verdict.PASSED, f"All {len(paths)} files are there in their right size.", figures)


def _size(path: Path) -> int | None:
    """Give the size of a file, or None if there is none; what the disk refuses rises."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _check_pieces(paths: Sequence[Path], torrent: TorrentFile, *, workers: int, beat: Beat) -> Check:
    spans = _Spans(paths, torrent)
    step = max(1, _PIECES_JOB_BYTES // torrent.piece_length)
    total = len(torrent.pieces)
    jobs = [partial(spans.bad_pieces, range(first, min(first + step, total))) for first in range(0, total, step)]
    try:
        bad = [piece for found in _in_threads(jobs, "Checking pieces", workers=workers, beat=beat) for piece in found]
    except OSError as error:
        return _refused("pieces", error)
    figures = {"pieces": total, "bad_pieces": len(bad), "first_bad": bad[:_NAMED]}
    if bad:
        damaged = _some([_name(torrent.files[index]) for index in spans.touched(bad)])
        words = f"{len(bad)} of {total} pieces are not what the torrent promises, in {damaged}."
        return Check("pieces", Verdict.FAILED, words, figures)
    return Check("pieces", Verdict.PASSED, f"All {total} pieces have the torrent's hash.", figures)


class _Spans:
    """The files of a torrent laid end to end, as its pieces see them."""

    def __init__(self, paths: Sequence[Path], torrent: TorrentFile) -> None:
        self._paths = paths
        self._sizes = [file.size_bytes for file in torrent.files]
        self._torrent = torrent
        ends = accumulate(size + gap for size, gap in zip(self._sizes, torrent.padding, strict=True))
        self._starts = [0, *ends]

    def bad_pieces(self, numbers: Iterable[int], stop: threading.Event) -> list[int]:
        """Hash pieces, reading each byte once in small portions, and give those that differ."""
        buffer = memoryview(bytearray(_CHUNK_BYTES))
        bad = []
        for number in numbers:
            if stop.is_set():
                break
            digest = hashlib.sha1(usedforsecurity=False)
            for index, offset, length in self._parts(number):
                self._feed(digest, index, offset, length, buffer)
            if digest.digest() != self._torrent.pieces[number]:
                bad.append(number)
        return bad

    def touched(self, numbers: Iterable[int]) -> list[int]:
        """Give the files that have a byte in one of the pieces."""
        return sorted({index for number in numbers for index, _, _ in self._parts(number)})

    def _parts(self, number: int) -> Iterable[tuple[int, int, int]]:
        """Give for one piece: which file, from which byte, how many (padding after a file included)."""
        at = number * self._torrent.piece_length
        end = min(at + self._torrent.piece_length, self._starts[-1])
        while at < end:
            index = bisect_right(self._starts, at) - 1
            until = min(end, self._starts[index + 1])
            yield index, at - self._starts[index], until - at
            at = until

    def _feed(self, digest: "hashlib._Hash", index: int, offset: int, length: int, buffer: memoryview) -> None:
        on_disk = max(0, min(length, self._sizes[index] - offset))
        if on_disk:
            try:
                _hash_file(digest, self._paths[index], offset, on_disk, buffer)
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return  # the piece lacks bytes, so its hash differs
        digest.update(bytes(length - on_disk))


def _hash_file(digest: "hashlib._Hash", path: Path, offset: int, length: int, buffer: memoryview) -> None:
    with path.open("rb", buffering=0) as file:
        file.seek(offset)
        while length and (count := file.readinto(buffer[: min(length, len(buffer))])):
            digest.update(buffer[:count])
            length -= count


def _check_decoding(
    paths: Sequence[Path], torrent: TorrentFile, *, workers: int, beat: Beat
) -> tuple[Check, float | None]:
    wanted = [index for index, file in enumerate(torrent.files) if audio.is_audio(file.parts[-1])]
    if not wanted:
        return Check("decoding", Verdict.FAILED, "There is no audio file in the torrent.", {"audio_files": 0}), None
    try:
        spans = [(index, span) for index in wanted for span in _stretches(paths[index])]
        jobs = [partial(_decode, paths[index], span) for index, span in spans]
        decoded = _in_threads(jobs, "Decoding", workers=workers, beat=beat)
    except OSError as error:
        return _refused("decoding", error), None
    files: dict[str, list[Decoded | str]] = {}
    for (index, _), part in zip(spans, decoded, strict=True):
        files.setdefault(_name(torrent.files[index]), []).append(part)
    return _judge_decoding({name: _joined(parts) for name, parts in files.items()})


def _joined(parts: Sequence[Decoded | str]) -> Decoded | str:
    """Put the stretches of one file together; a reason why one could not be decoded counts for all."""
    whole = Decoded()
    for part in parts:
        if isinstance(part, str):
            return part
        whole = Decoded(whole.seconds + part.seconds, whole.errors + part.errors, part.declared_s)
    return whole


def _problem(found: Decoded | str) -> str:
    """Why a file is not whole, or nothing. More sound than declared is none: the header is just wrong."""
    if isinstance(found, str):
        return found
    if found.errors:
        return f"{found.errors} decoding error{'s' if found.errors > 1 else ''}"
    if found.declared_s and found.seconds < found.declared_s * (1 - _SLACK) - _SLACK_S:
        return f"plays {_clock(found.seconds)} of {_clock(found.declared_s)}"
    return "" if found.seconds else "no sound"


def _judge_decoding(files: dict[str, Decoded | str]) -> tuple[Check, float]:
    readable = [found for found in files.values() if isinstance(found, Decoded)]
    total_s = sum(found.seconds for found in readable)
    bad = [f"{name}: {problem}" for name, found in files.items() if (problem := _problem(found))]
    figures = {
        "audio_files": len(files),
        "bad_files": len(bad),
        "errors": sum(found.errors for found in readable),
        "decoded_s": round(total_s, 3),
        "declared_s": round(sum(found.declared_s or 0 for found in readable), 3),
        "undeclared_files": sum(found.declared_s is None for found in readable),
        "bad": bad[:_NAMED],
    }
    if bad:
        words = f"{len(bad)} of {len(files)} audio files do not play as they should: {_some(bad)}."
        return Check("decoding", Verdict.FAILED, words, figures), total_s
    words = f"All {len(files)} audio files decode without an error."
    return Check("decoding", Verdict.PASSED, words, figures), total_s


def _stretches(path: Path) -> list[tuple[float, float]]:
    """Split a long MP4 file, in which a time is found exactly, so that one book can keep several threads busy."""
    count, duration_s = 1, 0.0
    if path.suffix.lower() in {".m4a", ".m4b"}:
        with suppress(audio.UnreadableAudio, FileNotFoundError):
            duration_s = audio.probe(path).duration_s or 0.0
            count = max(1, round(duration_s / _STRETCH_S))
    return list(pairwise([-inf, *(duration_s * number / count for number in range(1, count)), inf]))


def _decode(path: Path, span: tuple[float, float], stop: threading.Event) -> Decoded | str:
    try:
        return audio.decode(path, since_s=span[0], until_s=span[1], stop=stop)
    except audio.UnreadableAudio:
        return "not readable as audio"
    except FileNotFoundError:
        return "missing"


def _check_runtime(name: str, who: str, actual_s: float | None, expected_s: float | None, tolerance: float) -> Check:
    figures = {"actual_s": actual_s and round(actual_s, 3), "expected_s": expected_s, "tolerance": tolerance}
    if not expected_s:
        return Check(name, Verdict.UNKNOWN, f"What runtime {who} is not known.", figures)
    if actual_s is None:
        return Check(name, Verdict.UNKNOWN, "The runtime of the files could not be found out.", figures)
    difference = actual_s / expected_s - 1
    figures["difference"] = round(difference, 4)
    words = f"The files run {_clock(actual_s)}, {who} {_clock(expected_s)} ({difference:+.1%})."
    verdict = Verdict.PASSED if abs(difference) <= tolerance else Verdict.FAILED
    return Check(name, verdict, words, figures)


def _in_threads(
    jobs: Sequence[Callable[[threading.Event], Result]], what: str, *, workers: int, beat: Beat
) -> list[Result]:
    """Do jobs side by side and give their results in order; an error, or one that `beat` raises, stops them all."""
    stop = threading.Event()
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(job, stop) for job in jobs]
        pending: set[Future[Result]] = set(futures)
        try:
            while pending:
                done, pending = wait(pending, timeout=_BEAT_S, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
                beat(f"{what}: {len(futures) - len(pending)} of {len(futures)}")
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    return [future.result() for future in futures]


def _nothing_there(folder: Path) -> tuple[Check, ...]:
    words = f"There is no {folder}: is the disk mounted, and does the path mapping lead there?"
    names = ("files", "pieces", "decoding", "stated_runtime", "catalogue_runtime")
    return tuple(Check(name, Verdict.UNKNOWN, words if name == "files" else "") for name in names)


def _refused(name: str, error: OSError) -> Check:
    return Check(name, Verdict.UNKNOWN, f"{error.filename or 'A file'} could not be read: {error.strerror}.")


def _name(file: ListedFile) -> str:
    return "/".join(file.parts)


def _some(names: Sequence[str]) -> str:
    """Name the first few of many."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
