"""Reading what a book's folder tells: its names, its audio files, their tags, and the files beside them.

Sources that know more come later and win, in the order that Audiobookshelf uses: names of folders, tags, NFO, text
files, OPF, metadata.json.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from library.audio import AudioFacts, UnreadableAudio, probe
from library.facts import AudioFileFacts, Chapter, Credit, ItemFacts, SeriesPlace
from library.folder import sidecars
from library.folder.covers import cover_rank, is_image
from library.folder.names import facts_in_path, natural_key, people, without_abridged
from library.folder.walking import BookFolder, FileOnDisk, Unreadable, book_folders


class FoundBook(ItemFacts, frozen=True, kw_only=True):
    """A book as its folder tells it; its audio files stand in order of play."""

    inodes: tuple[int, ...]
    fingerprint: str  # of all its files; changes when any of them does
    has_embedded_cover: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """One audio file with what is inside; no facts when it cannot be read."""

    file: FileOnDisk
    facts: AudioFacts | None
    tags: Mapping[str, str]
    why: str | None = None


def walk(root: Path, beat: Callable[[], object] = lambda: None) -> Iterator[FoundBook | Unreadable]:
    """Find and read all books below a folder.

    :param beat: called for every folder and audio file, so that a long walk can show that it lives.
    """
    for found in book_folders(root, beat):
        if isinstance(found, Unreadable):
            yield found
        else:
            yield from read(found, beat)


def read(folder: BookFolder, beat: Callable[[], object] = lambda: None) -> Iterator[FoundBook | Unreadable]:
    """Read one book, and report each of its files that cannot be read.

    A book of which no audio file can be read is only reported.
    """
    parts = _in_order([_open(file, beat) for file in folder.audio])
    yield from (Unreadable(_place(folder, part.file), part.why) for part in parts if part.why)
    if not any(part.facts for part in parts):
        return
    known = {"title": None} | facts_in_path(folder.rel_path, is_file=folder.is_file)
    _add(known, _facts_in_tags(parts))
    for file, facts in _sidecar_facts(folder):
        if isinstance(facts, str):
            yield Unreadable(_place(folder, file), facts)
        else:
            _add(known, facts)
    if not known.get("chapters"):
        known["chapters"] = _chapters(parts, folder)
    cover = _cover(folder)
    yield FoundBook(
        path=str(folder.path),
        rel_path=folder.rel_path,
        ino=str(folder.ino),
        is_file=folder.is_file,
        cover_path=str(cover.path) if cover else None,
        duration_s=sum(part.facts.duration_s or 0.0 for part in parts if part.facts),
        size_bytes=sum(file.size_bytes for file in (*folder.audio, *folder.beside)),
        audio_files=tuple(_file_facts(number, part) for number, part in enumerate(parts, start=1)),
        inodes=tuple(part.file.ino for part in parts),
        fingerprint=folder.fingerprint,
        has_embedded_cover=any(part.facts.has_cover for part in parts if part.facts),
        **known,
    )


def facts_in_tags(tags: Mapping[str, str], *, is_only_file: bool) -> dict[str, Any]:
    """Read the fields of `ItemFacts` that an audio file's tags tell, under the names that `probe` gives them.

    :param is_only_file: the title of one file among several is that of its part, not of the book.
    """
    title = _tag(tags, "album") or (_tag(tags, "title") if is_only_file else None)
    title, abridged = without_abridged(title) if title else (None, None)
    series = _tag(tags, "series")
    year = re.search(r"\d{4}", _tag(tags, "date") or "")
    return {
        "title": title,
        "subtitle": _tag(tags, "subtitle"),
        "authors": tuple(Credit(name) for name in people(_tag(tags, "album_artist", "artist") or "")),
        "narrators": people(_tag(tags, "narrator") or ""),
        "series": (SeriesPlace(series, _tag(tags, "series_part")),) if series else (),
        "genres": tuple(one.strip() for one in re.split(r"[;/,]", _tag(tags, "genre") or "") if one.strip()),
        "published_year": year[0] if year else None,
        "publisher": _tag(tags, "publisher"),
        "description": _tag(tags, "description", "comment"),
        "isbn": _tag(tags, "isbn"),
        "asin": _tag(tags, "asin"),
        "language": _tag(tags, "language"),
        "abridged": abridged,
    }


def _open(file: FileOnDisk, beat: Callable[[], object]) -> _Part:
    beat()
    try:
        facts = probe(file.path)
    except UnreadableAudio as error:
        return _Part(file, None, {}, why=str(error))
    except OSError as error:
        return _Part(file, None, {}, why=error.strerror or type(error).__name__)
    return _Part(file, facts, facts.tags)


def _in_order(parts: list[_Part]) -> list[_Part]:
    """Put files in order of play: by the disc and track in their tags where these tell all apart, else by name."""
    numbers = [(_number(part.tags, "disc"), _number(part.tags, "track")) for part in parts]
    if all(track is not None for _, track in numbers) and len(set(numbers)) == len(parts):
        ranked = sorted(zip(numbers, parts, strict=True), key=lambda pair: (pair[0][0] or 0, pair[0][1] or 0))
        return [part for _, part in ranked]
    return sorted(parts, key=lambda part: natural_key(part.file.rel_path))


def _facts_in_tags(parts: list[_Part]) -> dict[str, Any]:
    for part in parts:
        if part.tags:
            return facts_in_tags(part.tags, is_only_file=len(parts) == 1)
    return {}


def _sidecar_facts(folder: BookFolder) -> Iterator[tuple[FileOnDisk, dict[str, Any] | str]]:
    """Read the files beside the audio, those that win last; a text instead of facts says why one cannot be read."""
    readers: list[tuple[Callable[[str], bool], Callable[[Path], dict[str, Any]]]] = [
        (lambda name: name.endswith(".nfo"), sidecars.read_nfo),
        (lambda name: name == "desc.txt", lambda path: {"description": sidecars.read_text(path).strip()}),
        (lambda name: name == "reader.txt", lambda path: {"narrators": people(sidecars.read_text(path).strip())}),
        (lambda name: name.endswith(".opf"), sidecars.read_opf),
        (lambda name: name == "metadata.json", sidecars.read_metadata_json),
    ]
    for fits, reader in readers:
        for file in folder.beside:
            if fits(file.path.name.casefold()):
                try:
                    yield file, reader(file.path)
                except sidecars.NoSidecar as error:
                    yield file, str(error)
                except OSError as error:
                    yield file, error.strerror or type(error).__name__


def _add(known: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Let a better source overwrite what it knows; what it leaves empty or blank stays."""
    known.update({name: value for name, value in more.items() if value not in (None, ()) and not _is_blank(value)})


def _is_blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


def _chapters(parts: list[_Part], folder: BookFolder) -> tuple[Chapter, ...]:
    """List chapters over the whole book; a file without any is one chapter, unless it is the only file."""
    if len(parts) == 1 and parts[0].facts and not parts[0].facts.chapters:
        return _cue_chapters(folder, parts[0].facts.duration_s or 0.0)
    durations = [part.facts.duration_s or 0.0 if part.facts else 0.0 for part in parts]
    chapters: list[Chapter] = []
    for part, start, length in zip(parts, itertools.accumulate(durations, initial=0.0), durations, strict=False):
        inside = part.facts.chapters if part.facts else ()
        chapters += [Chapter(one.title, start + one.start_s, start + one.end_s) for one in inside]
        if not inside:
            title = part.tags.get("title") or part.file.path.stem
            chapters.append(Chapter(title, start, start + length))
    return tuple(chapters)


def _cue_chapters(folder: BookFolder, duration_s: float) -> tuple[Chapter, ...]:
    for file in folder.beside:
        if file.path.suffix.casefold() == ".cue":
            try:
                return sidecars.read_cue(file.path, duration_s=duration_s)
            except (sidecars.NoSidecar, OSError):
                return ()
    return ()


def _cover(folder: BookFolder) -> FileOnDisk | None:
    images = [file for file in folder.beside if is_image(file.path)]
    return min(images, key=lambda file: cover_rank(file.rel_path), default=None)


def _file_facts(number: int, part: _Part) -> AudioFileFacts:
    facts = part.facts
    return AudioFileFacts(
        index=number,
        path=str(part.file.path),
        rel_path=part.file.rel_path,
        ino=str(part.file.ino),
        size_bytes=part.file.size_bytes,
        duration_s=facts.duration_s if facts else None,
        bitrate_bps=facts.bitrate_bps if facts else None,
        codec=facts.codec if facts else None,
        format=facts.container if facts else None,
        chapter_count=len(facts.chapters) if facts else 0,
        error=part.why,
    )


def _place(folder: BookFolder, file: FileOnDisk) -> str:
    return folder.rel_path if folder.is_file else f"{folder.rel_path}/{file.rel_path}"


def _tag(tags: Mapping[str, str], *names: str) -> str | None:
    return next((value for name in names if (value := tags.get(name, "").strip())), None)


def _number(tags: Mapping[str, str], name: str) -> int | None:
    match = re.match(r"\d+", tags.get(name, "").strip())
    return int(match[0]) if match else None
