"""Pages that a person saved in the browser: found in folders and archives, and told where they stand on the site.

Nothing is ever unpacked onto the disk, and everything is read within limits: an archive may come from anywhere.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from django.utils.text import slugify
from selectolax.lexbor import LexborHTMLParser

from tracker.mam import Page, PathRefused, SessionRejected, UnexpectedAnswer, pages

HTML_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
ARCHIVED_SUFFIXES = frozenset({".mhtml", ".mht"})
"""One file that holds a page with everything it shows."""
PAGE_SUFFIXES = HTML_SUFFIXES | ARCHIVED_SUFFIXES

LARGEST_FILE_BYTES = 20 * 1024**2
LARGEST_IMPORT_BYTES = 400 * 1024**2
MOST_FILES = 2_000
LONGEST_PATH = 300
DENSEST = 200
"""An entry of more than a megabyte that unpacks to more than so many times its size is a trap, not a page."""

_SITE = re.compile(r"^https?://(?:www\.)?myanonamouse\.net(?=[/?#]|$)", re.IGNORECASE)
_SINGLE_FILE = re.compile(r"<!--\s*Page saved with SingleFile\s+url:\s*(\S+)")
_GUIDE_IN_NAME = re.compile(r"gid[=_-]?(\d+)", re.IGNORECASE)
_NOT_OF_THE_TITLE = re.compile(r"\s*(?:[|_-]\s*My Anonamouse|\(\d+\))\s*", re.IGNORECASE)


class NotImported(Exception):
    """A file that is not taken in; the message tells a person why."""


@dataclass(frozen=True)
class SavedFile:
    """A file that may hold a page.

    :param read: gives its content, or raises `NotImported`.
    """

    name: str
    read: Callable[[], bytes]


def find(paths: Iterable[Path]) -> Iterator[SavedFile]:
    """List the pages in files, folders with all below them, and zip archives, always in the same order.

    Images and styles beside a saved page are passed over; a file that was named itself is always listed, so that it
    can be told why it is not taken in.
    """
    found = (file for path in paths for file in _at(path))
    yield from islice(found, MOST_FILES)
    if next(found, None) is not None:
        yield _refused("…", f"more than {MOST_FILES:,} files: import the rest on its own")


def path_of_guide(number: int) -> str:
    """Where a guide stands on the site, in the one way that we write it."""
    return f"/guides/?gid={number}"


def read_page(name: str, body: bytes, *, base_url: str = pages.SITE) -> Page:
    """Read a saved page with the crawler's parser.

    Its path is the address that the browser noted, else the canonical one, else the guide that its own contents or
    the file's name tell, else one below `/imported/` made from the file's name.

    :param base_url: the tracker as configured; the real site's addresses are understood anyway.
    :raises NotImported: if it is not a page of the tracker that may be kept.
    """
    text, address = _opened(name, body)
    try:
        path = _path(name, text, address, base_url)
        return pages.parse_page(text, path=path)
    except SessionRejected as error:
        raise NotImported("it is the page that asks to log in: log in and save the page again") from error
    except UnexpectedAnswer as error:
        raise NotImported("it is not a page of the tracker") from error
    except RecursionError as error:
        raise NotImported("it is nested too deeply to be read") from error


def _at(path: Path) -> Iterator[SavedFile]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_file() and not file.is_symlink() and not _is_beside_a_page(file.relative_to(path).parts):
                name = file.relative_to(path).as_posix()
                if file.suffix.lower() in PAGE_SUFFIXES:
                    yield SavedFile(name, partial(_content, file))
                elif file.suffix.lower() == ".zip":
                    yield from _in_archive(file, name)
    elif path.suffix.lower() == ".zip" and path.is_file():
        yield from _in_archive(path, path.name)
    else:
        yield SavedFile(path.name, partial(_content, path))


def _in_archive(path: Path, name: str) -> Iterator[SavedFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError):
        yield _refused(name, "it is not a zip archive that can be read")
        return
    with archive:
        for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
            inner = PurePosixPath(entry.filename)
            if inner.suffix.lower() in PAGE_SUFFIXES and not _is_beside_a_page(inner.parts):
                yield SavedFile(f"{name}/{entry.filename}", partial(_unpacked, archive, entry))


def _is_beside_a_page(parts: tuple[str, ...]) -> bool:
    """Whether a file lies in the folder of images and frames that a browser makes, or in one of the Mac's own."""
    return any(folder.endswith("_files") or folder == "__MACOSX" for folder in parts[:-1])


def _refused(name: str, reason: str) -> SavedFile:
    def refuse() -> bytes:
        raise NotImported(reason)

    return SavedFile(name, refuse)


def _content(path: Path) -> bytes:
    if path.suffix.lower() not in PAGE_SUFFIXES:
        raise NotImported(f"it is not a saved page ({', '.join(sorted(PAGE_SUFFIXES))}) and no zip archive")
    try:
        with path.open("rb") as file:
            return _within_limit(file.read(LARGEST_FILE_BYTES + 1))
    except OSError as error:
        raise NotImported(f"it cannot be read: {error.strerror}") from error


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Read an entry; what the archive says of its size is only believed when it speaks against it."""
    if entry.file_size > 1024**2 and entry.file_size > DENSEST * max(entry.compress_size, 1):
        raise NotImported("it unpacks to far more than a page holds")
    try:
        with archive.open(entry) as file:
            return _within_limit(file.read(LARGEST_FILE_BYTES + 1))
    except RuntimeError as error:  # what zipfile raises when it wants a password or knows no such compression
        raise NotImported("it is encrypted, or packed in a way that is not understood") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise NotImported("it is damaged in the archive") from error


def _within_limit(content: bytes) -> bytes:
    if len(content) > LARGEST_FILE_BYTES:
        raise NotImported(f"it is larger than {LARGEST_FILE_BYTES // 1024**2} MB")
    return content


def _opened(name: str, body: bytes) -> tuple[str, str]:
    """Give a page's text, and its address when the file around it tells one."""
    if PurePosixPath(name).suffix.lower() not in ARCHIVED_SUFFIXES:
        return pages.decoded(body), ""
    message = message_from_bytes(body)
    for part in message.walk():
        content = part.get_payload(decode=True)
        if part.get_content_type() == "text/html" and isinstance(content, bytes):
            return pages.decoded(content), str(message["Snapshot-Content-Location"] or part["Content-Location"] or "")
    raise NotImported("it holds no page")


def _path(name: str, text: str, address: str, base_url: str) -> str:
    tree = LexborHTMLParser(text)
    for told in (address, _noted(text), _canonical(tree)):
        if told.startswith(("http://", "https://", "/")):
            return _on_site(told, base_url)
    stem = PurePosixPath(name).stem
    named = _GUIDE_IN_NAME.search(name)
    number = _own_guide(tree) or (int(named[1]) if named else None)
    if number is not None:
        return path_of_guide(number)
    slug = slugify(_NOT_OF_THE_TITLE.sub(" ", stem), allow_unicode=True)[:200]
    return f"/imported/{slug or 'page'}"


def _on_site(address: str, base_url: str) -> str:
    told = _SITE.sub(pages.SITE, address)
    base = pages.SITE if told.startswith(pages.SITE) else base_url
    if told == base:
        return "/"
    try:
        path = pages.require_allowed(told, base_url=base)
    except (PathRefused, ValueError) as error:
        raise NotImported(f"it was saved from {_shown(address)}, which is not among the pages that are kept") from error
    if len(path) > LONGEST_PATH:
        raise NotImported("its address is too long to be kept: it belongs to a search rather than to a page")
    number = pages.guide_id(path) if path.startswith("/guides/") else None
    return path if number is None else path_of_guide(number)


def _shown(address: str) -> str:
    """An address for messages: its query may hold a token."""
    return pages.masked(address.partition("?")[0])[:200] if "://" in address else urlsplit(address).path[:200]


def _noted(text: str) -> str:
    if found := _SINGLE_FILE.search(text[:4_000]):
        return found[1]
    return pages.saved_from(text[:4_000].encode("utf-8", "replace"))


def _canonical(tree: LexborHTMLParser) -> str:
    link = tree.css_first('link[rel="canonical"]')
    return (link.attributes.get("href") or "") if link else ""


def _own_guide(tree: LexborHTMLParser) -> int | None:
    """The guide that a page is: the one whose parts it links to and holds, as its table of contents does."""
    for link in tree.css('#mainBody a[href*="gid="]'):
        address, _, place = (link.attributes.get("href") or "").partition("#")
        if place and re.fullmatch(r"[\w-]+", place) and tree.css_first(f'[id="{place}"], [name="{place}"]'):
            return pages.guide_id(address)
    return None
