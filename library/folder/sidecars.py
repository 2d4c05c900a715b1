"""What the small files beside the audio tell: OPF, metadata.json, NFO, text files and cue sheets.

Each reader gives the fields of `ItemFacts` that its file knows, and raises `NoSidecar` for a file that is none.
"""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from library.escapes import without_halves
from library.facts import Chapter, Credit, SeriesPlace
from library.folder.names import people

LARGEST_BYTES = 4 * 1024 * 1024
"""A sidecar beyond this is none."""
LONGEST_S = 1e9
"""No book plays for so long."""

_DC = "{http://purl.org/dc/elements/1.1/}"
_OPF = "{http://www.idpf.org/2007/opf}"
_SERIES = re.compile(r"^(?P<name>.*?)(?: #(?P<sequence>[^#]*))?$")
_CUE_INDEX = re.compile(r"^\s*INDEX 01 (\d+):(\d\d):(\d\d)", re.IGNORECASE)
_CUE_TITLE = re.compile(r'^\s*TITLE "?(.*?)"?\s*$', re.IGNORECASE)
_NFO_LINE = re.compile(r"^\s*(?P<label>[A-Za-z() ]+?)[ .]*:\s*(?P<value>\S.*?)\s*$")
_NFO_LABELS = {
    "title": "title",
    "author": "authors",
    "authors": "authors",
    "author(s)": "authors",
    "read by": "narrators",
    "narrator": "narrators",
    "narrators": "narrators",
    "narrator(s)": "narrators",
    "narrated by": "narrators",
    "series": "series",
    "series name": "series",
    "position in series": "position",
    "series position": "position",
    "publisher": "publisher",
    "genre": "genres",
    "asin": "asin",
    "isbn": "isbn",
    "language": "language",
    "release date": "published_year",
    "copyright": "published_year",
    "abridged": "abridged",
    "unabridged": "unabridged",
}


class NoSidecar(ValueError):
    """A file that is not what its name says."""


def read_bytes(path: Path) -> bytes:
    """Read a small file.

    :raises NoSidecar: if it is too big for a sidecar.
    """
    if path.stat().st_size > LARGEST_BYTES:
        raise NoSidecar("too big for a sidecar file")
    return path.read_bytes()


def read_text(path: Path) -> str:
    """Read a small text file of unknown encoding.

    :raises NoSidecar: if it is too big for a sidecar.
    """
    content = read_bytes(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_metadata_json(path: Path) -> dict[str, Any]:
    """Read the file in which Audiobookshelf keeps an item's metadata."""
    text = read_text(path)
    try:
        stored = json.loads(without_halves(text.encode()))
    except (ValueError, RecursionError) as error:  # the former for numbers of thousands of digits, too
        raise NoSidecar("no readable JSON") from error
    if not isinstance(stored, dict):
        raise NoSidecar("metadata.json holds no object")
    if isinstance(stored.get("metadata"), dict):  # as written before Audiobookshelf 2.4
        stored = {**stored, **stored["metadata"]}
    return {
        "title": _text(stored, "title"),
        "subtitle": _text(stored, "subtitle"),
        "authors": tuple(Credit(name) for name in _texts(stored, "authors")),
        "narrators": _texts(stored, "narrators"),
        "series": tuple(place for text in _texts(stored, "series") if (place := _place(text))),
        "genres": _texts(stored, "genres"),
        "tags": _texts(stored, "tags"),
        "published_year": _text(stored, "publishedYear"),
        "published_date": _text(stored, "publishedDate"),
        "publisher": _text(stored, "publisher"),
        "description": _text(stored, "description"),
        "isbn": _text(stored, "isbn"),
        "asin": _text(stored, "asin"),
        "language": _text(stored, "language"),
        "explicit": stored.get("explicit") if isinstance(stored.get("explicit"), bool) else None,
        "abridged": stored.get("abridged") if isinstance(stored.get("abridged"), bool) else None,
        "chapters": tuple(_chapters(stored.get("chapters"))),
    }


def read_opf(path: Path) -> dict[str, Any]:
    """Read an OPF package file, as Calibre and others write it."""
    try:
        root = fromstring(read_bytes(path))
    except (ParseError, DefusedXmlException) as error:
        raise NoSidecar(f"no readable XML ({type(error).__name__})") from error
    meta = {one.get("name", ""): one.get("content", "") for one in root.iter() if one.tag.endswith("meta")}
    creators = [(_role(one), name) for one in root.iter(f"{_DC}creator") for name in people(_said(one))]
    identifiers = {one.get(f"{_OPF}scheme", "").casefold(): _said(one) for one in root.iter(f"{_DC}identifier")}
    dates = [match[0] for one in root.iter(f"{_DC}date") if (match := re.search(r"\d{4}", _said(one)))]
    series = meta.get("calibre:series", "").strip()
    position = meta.get("calibre:series_index", "").strip() or None
    return {
        "title": _first(root, "title"),
        "authors": tuple(Credit(name) for role, name in creators if role in {"aut", ""}),
        "narrators": tuple(name for role, name in creators if role == "nrt"),
        "series": (SeriesPlace(series, position and position.removesuffix(".0")),) if series else (),
        "genres": tuple(_said(one) for one in root.iter(f"{_DC}subject") if _said(one)),
        "published_year": dates[0] if dates else None,
        "publisher": _first(root, "publisher"),
        "description": _first(root, "description"),
        "isbn": identifiers.get("isbn") or None,
        "asin": identifiers.get("asin") or identifiers.get("amazon") or None,
        "language": _first(root, "language"),
    }


def read_nfo(path: Path) -> dict[str, Any]:
    """Read the "Label: value" lines of a release's NFO file and its description."""
    text = read_text(path)
    said: dict[str, str] = {}
    for line in text.splitlines():
        match = _NFO_LINE.match(line)
        field = _NFO_LABELS.get(match["label"].strip().casefold()) if match else None
        if match and field and field not in said:
            said[field] = match["value"]
    facts: dict[str, Any] = {name: said.get(name) for name in ("title", "publisher", "asin", "isbn", "language")}
    year = re.search(r"\d{4}", said.get("published_year", ""))
    facts |= {
        "authors": tuple(Credit(name) for name in people(said.get("authors", ""))),
        "narrators": people(said.get("narrators", "")),
        "series": (SeriesPlace(said["series"], said.get("position")),) if "series" in said else (),
        "genres": tuple(one.strip() for one in re.split(r"[,;/]", said.get("genres", "")) if one.strip()),
        "published_year": year[0] if year else None,
    }
    for label, is_abridged in (("unabridged", False), ("abridged", True)):
        if label in said:
            facts["abridged"] = is_abridged == said[label].casefold().startswith("y")
    if described := re.search(r"book description\s*\n[=\-\s]*\n(?P<text>.+)\Z", text, re.IGNORECASE | re.DOTALL):
        facts["description"] = described["text"].strip()
    return facts


def read_cue(path: Path, *, duration_s: float) -> tuple[Chapter, ...]:
    """Read the tracks of a cue sheet as the chapters of one audio file; its times are minutes, seconds, 75ths."""
    starts: list[tuple[str, float]] = []
    title = ""
    for line in read_text(path).splitlines():
        if match := _CUE_TITLE.match(line):
            title = match[1]
        elif match := _CUE_INDEX.match(line):
            minutes, seconds, frames = (int(number) for number in match.groups())
            starts.append((title, minutes * 60 + seconds + frames / 75))
    ends = [start for _, start in starts[1:]] + [duration_s]
    return tuple(Chapter(name, start, end) for (name, start), end in zip(starts, ends, strict=False))


def _role(creator: Element) -> str:
    return creator.get(f"{_OPF}role", "")


def _said(element: Element) -> str:
    return (element.text or "").strip()


def _first(root: Element, name: str) -> str | None:
    return next((said for one in root.iter(f"{_DC}{name}") if (said := _said(one))), None)


def _text(stored: dict[str, Any], name: str) -> str | None:
    value = stored.get(name)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value) if str(value).strip() else None


def _texts(stored: dict[str, Any], name: str) -> tuple[str, ...]:
    values = stored.get(name)
    return tuple(one for one in values if isinstance(one, str) and one.strip()) if isinstance(values, list) else ()


def _place(text: str) -> SeriesPlace | None:
    """Read "Name #1"; nothing where the name is left out."""
    match = _SERIES.match(text.rstrip())
    name = match["name"].strip() if match else ""
    return SeriesPlace(name, (match["sequence"] or "").strip() or None) if match and name not in {"", "#"} else None


def _chapters(rows: Any) -> list[Chapter]:
    if not isinstance(rows, list):
        return []
    return [
        Chapter(str(row.get("title", "")), float(row["start"]), float(row["end"]))
        for row in rows
        if isinstance(row, dict) and all(_is_moment(row.get(end)) for end in ("start", "end"))
    ]


def _is_moment(value: Any) -> bool:
    """Whether it can be a place in a book, in seconds; JSON's numbers have no end."""
    return isinstance(value, (int, float)) and abs(value) < LONGEST_S
