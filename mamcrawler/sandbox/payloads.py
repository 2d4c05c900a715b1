"""The files that a release or an item of the library consists of: planned first, written when somebody needs them."""

import html
import io
import re
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from mamcrawler.sandbox.audio import Chapter, chapters_of, estimated_bytes, write_m4b, write_mp3
from mamcrawler.sandbox.catalogue import Catalogue, Performance
from mamcrawler.sandbox.releases import WorldRelease

CHAPTER_S = 15
MP3_PART_S = 20
EBOOK_BYTES = 700


@dataclass(frozen=True)
class AudioPart:
    """One audio file that is to be: its name and how long it plays."""

    name: str
    seconds: float
    chapters: tuple[Chapter, ...]  # none for an mp3


@dataclass(frozen=True)
class AudioPlan:
    """The audio files of one recording, in order of play."""

    filetype: str  # "m4b" or "mp3"
    bitrate_kbps: int
    parts: tuple[AudioPart, ...]

    @property
    def duration_s(self) -> float:
        """How long all of it plays."""
        return sum(part.seconds for part in self.parts)

    @property
    def size_bytes(self) -> int:
        """How large the files will be, closely."""
        return estimated_bytes(self.filetype, seconds=self.duration_s, kbps=self.bitrate_kbps, files=len(self.parts))


def duration_s(performance: Performance) -> float:
    """How long a performance plays in the sandbox: a minute for each six hours, one to four whole minutes."""
    return 60.0 * min(max(round(performance.hours / 6), 1), 4)


def file_name(text: str) -> str:
    """The text without what some file system refuses in a name."""
    return re.sub(r"\s+", " ", re.sub(r'[<>:"/\\|?*\x00-\x1f]', " ", text)).strip(" .") or "Untitled"


def plan_audio(
    title: str, seconds: float, *, filetype: str, kbps: int, chapter_s: float = CHAPTER_S, part_s: float = MP3_PART_S
) -> AudioPlan:
    """Plan one m4b with chapters, or mp3 files of some seconds each."""
    name = file_name(title)
    if filetype == "m4b":
        chapters = tuple(chapters_of(seconds, ceil(seconds / chapter_s)))
        return AudioPlan(filetype, kbps, (AudioPart(f"{name}.m4b", seconds, chapters),))
    count = ceil(seconds / part_s)
    parts = tuple(AudioPart(f"{number + 1:02} - {name}.mp3", seconds / count, ()) for number in range(count))
    return AudioPlan(filetype, kbps, parts)


def write_audio(folder: Path, plan: AudioPlan, *, tags: Mapping[str, str], start: int) -> None:
    """Write all files of a plan; `start` makes their sound differ from that of another recording."""
    for number, part in enumerate(plan.parts, start=1):
        path = folder / part.name
        if plan.filetype == "m4b":
            whole = {**tags, "title": tags["album"]}
            write_m4b(
                path,
                seconds=part.seconds,
                kbps=plan.bitrate_kbps,
                tags=whole,
                chapters=part.chapters,
                start=start,
            )
        else:
            numbered = {**tags, "title": f"{tags['album']} - {number:02}", "track": f"{number}/{len(plan.parts)}"}
            write_mp3(path, seconds=part.seconds, kbps=plan.bitrate_kbps, tags=numbered, start=start + number)


def plan_release(release: WorldRelease, catalogue: Catalogue) -> dict[str, AudioPlan]:
    """Plan the audio of a release: sub-folder ("" for none) to files; an e-book has none."""
    if release.filetype == "epub":
        return {}
    if release.performance is None and len(release.book_keys) > 1:  # a bundle: a folder for each book
        books = [catalogue.books[key] for key in release.book_keys]
        return {
            file_name(f"{number:02} - {book.title}"): plan_audio(
                book.title, duration_s(book.performances[0]), filetype=release.filetype, kbps=release.bitrate_kbps
            )
            for number, book in enumerate(books, start=1)
        }
    title = html.unescape(str(release.title))
    return {"": plan_audio(title, release.duration_s, filetype=release.filetype, kbps=release.bitrate_kbps)}


def build_payload(release: WorldRelease, catalogue: Catalogue, folder: Path) -> Path:
    """Write a release's files below a folder of its own, unless they are there; gives the folder or the single file.

    What is found there is whole: the files are written elsewhere and moved in at once.
    """
    target = folder / release.name
    if target.exists():
        return target
    draft = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    is_single = Path(release.name).suffix == f".{release.filetype}"
    inside = draft if is_single else draft / release.name
    inside.mkdir(parents=True)
    if release.filetype == "epub":
        (draft / release.name).write_bytes(_ebook(release))
    tags = {
        "album": html.unescape(str(release.title)),
        "artist": ", ".join(release.authors),
        "composer": ", ".join(release.narrators),
    }
    for number, (name, plan) in enumerate(plan_release(release, catalogue).items()):
        own = tags if not name else {**tags, "album": name.partition(" - ")[2]}
        write_audio(inside / name, plan, tags=own, start=release.tracker_id % 251 + number)
    if is_single and (only := next(draft.iterdir())).name != release.name:
        only.rename(draft / release.name)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    return target


def _ebook(release: WorldRelease) -> bytes:
    """An archive that calls itself an e-book, and holds its title."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        for name, content in (
            ("mimetype", "application/epub+zip"),
            ("title.xhtml", f"<html><body><h1>{release.title}</h1></body></html>"),
        ):
            book.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content)
    return file.getvalue()
