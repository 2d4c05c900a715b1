"""What the names and the place of a copy tell: nobody named, a folder of other names, a series in a title.

Each sign is a text for people, empty where nothing is wrong.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from library import cleaning, identity, paths
from library.audio import is_audio
from library.folder.names import facts_in_path, people
from library.identity.names import fold

ONE_PERSON = 0.8
"""Two names more alike than this are one person's."""
ONE_TITLE = 0.85
"""Two titles as alike as this, or more, are one book's."""
_NOBODY = {
    "", "unknown", "unknown author", "unknown artist", "unknown narrator", "author", "artist", "narrator", "various",
    "various artists", "n a", "none", "null", "undefined", "tba", "tbd", "to be announced", "not available",
    "no author", "no narrator",
}  # fmt: skip
_NO_TITLE = {
    "", "unknown", "unknown title", "unknown album", "untitled", "no title", "title", "audiobook", "audio book",
    "audio", "new folder", "n a", "none", "null", "undefined",
}  # fmt: skip
_A_PIECE = re.compile(r"(?:track|cd|dis[ck]|part|chapter|side) ?[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy as its shelf has it, and what the library knows of its books."""

    path: str  # relative to its shelf
    names: cleaning.Names
    titles: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    series: tuple[tuple[str, str], ...] = ()  # name and position


def placeholder_names(copy: Copy) -> str:
    """Names that name nothing: none at all, "Unknown Author", "Track 01"."""
    told = []
    title = fold(copy.names.title)
    if title in _NO_TITLE or _A_PIECE.fullmatch(title):
        told.append(f"the title is “{copy.names.title}”" if copy.names.title.strip() else "there is no title")
    if not copy.names.authors:
        told.append("there is no author")
    for role, names in (("author", copy.names.authors), ("narrator", copy.names.narrators)):
        told += [f"the {role} is “{name}”" for name in names if fold(name) in _NOBODY]
    return "; ".join(told)


def astray(copy: Copy, template: str) -> str:
    """A path in which the author or the title of its books does not occur, and where the template would place it.

    The template decides what is asked for; how the rest of a path looks is left to its owner. Without known author or
    title nothing can be said.

    :raises library.paths.TemplateError: if the template is malformed.
    """
    authors = [name for name in (*copy.names.authors, *copy.authors) if name.strip()]
    titles = [title for title in (copy.names.title, *copy.titles) if title.strip()]
    if not authors or not titles:
        return ""
    place = PurePosixPath(copy.path)
    place = place.with_suffix("") if is_audio(Path(copy.path)) else place
    lacking = []
    if "{author}" in template and not _names_author(place, authors):
        lacking.append("author")
    if not _names_title(place, titles):
        lacking.append("title")
    if not lacking:
        return ""
    expected = paths.render(template, _naming(copy, authors[0], titles[0]))
    return "" if expected == place else f"names another {' and '.join(lacking)}; by the template: {expected}"


def series_told(copy: Copy) -> str:
    """A series that only the title or subtitle tells: neither the shelf nor the library knows of one."""
    if copy.names.series or copy.series:
        return ""
    found = cleaning.clean(copy.names).names.series
    return ", ".join(f"{name} #{position}" if position else name for name, position in found)


def _naming(copy: Copy, author: str, title: str) -> paths.NamingFields:
    name, position = (*copy.series, *copy.names.series, ("", ""))[0]
    return paths.NamingFields(
        title=title,
        author=author,
        series=name,
        position=position,
        narrator=", ".join(copy.names.narrators[:2]),
        year=copy.names.published_year,
    )


def _names_author(place: PurePosixPath, authors: Iterable[str]) -> bool:
    authors = list(authors)
    if any(_holds(place, author) for author in authors):
        return True
    told = [name for part in place.parts for name in people(part)]
    return any(identity.same_person(name, author) > ONE_PERSON for name in told for author in authors)


def _names_title(place: PurePosixPath, titles: Iterable[str]) -> bool:
    own = str(facts_in_path(str(place))["title"]) if place.parts else ""  # of a shelf that is one book
    return any(
        _holds(place, identity.split_title(title)[0] or title) or identity.same_title(own, title) >= ONE_TITLE
        for title in titles
    )


def _holds(place: PurePosixPath, text: str) -> bool:
    """Whether a path holds the words of a text side by side, as a shelf can write them."""
    if any(part == text or part.startswith(f"{text} ") or part.endswith(f" {text}") for part in place.parts):
        return True  # as nearly all do: comparing words takes ten times as long
    words = {fold(text), fold(paths.folder_name(text))} - {""}
    return any(f" {one} " in f" {fold(part)} " for part in place.parts for one in words)
