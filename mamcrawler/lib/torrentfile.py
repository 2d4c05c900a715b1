"""Reads torrent files, and says in words what came instead of one.

The info hash is taken over the info dictionary exactly as it was sent. A library that decodes and encodes again
(torf does) gives another hash for a file whose keys are out of order, so the few rules of bencode are read here.
The announce address holds the passkey: it is skipped, never kept, never shown.
"""

import hashlib
import re
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple, Union

_HASH_BYTES = 20
_DEEPEST = 64
_EXCERPT = 160
_NUMBER = re.compile(rb"i(0|-?[1-9][0-9]{0,18})e")
_LENGTH = re.compile(rb"(0|[1-9][0-9]{0,9}):")
_TRACKER_ID = re.compile(rb"\bMID=([0-9]{1,12})\b")
_WINDOWS_ROOT = re.compile(r"^([A-Za-z]:)?\\|^[A-Za-z]:$")
_SECRETS = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]+"  # e-mail addresses
    r"|https?://\S+"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b"  # addresses of machines
    r"|(?=[A-Za-z%+/_-]*\d)[A-Za-z0-9%+/_-]{12,}={0,2}|[A-Za-z0-9%+/_-]{24,}={0,2}"  # keys and cookies
)

Bencoded = Union[int, bytes, list["Bencoded"], dict[bytes, "Bencoded"]]  # noqa: UP007 - a forward reference has no |


class TorrentRefused(Exception):
    """The answer to a download is not a torrent that we may use; the message is for a person."""


class NotATorrent(TorrentRefused):
    """Something else came, or a torrent that is damaged; the message says what."""


class TorrentNotPrivate(TorrentRefused):
    """The private flag is missing, so the client would announce to strangers."""


class UnsafeTorrentPath(TorrentRefused):
    """A file name in it would leave the download folder, or names nothing."""


class TorrentVersionNotSupported(TorrentRefused):
    """A version 2 or hybrid torrent: its hashes are not the ones we can check."""


class ListedFile(NamedTuple):
    """One file as a torrent lists it; the parts are below the torrent's own folder, if it has one."""

    parts: tuple[str, ...]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class TorrentFile:
    """What a torrent file promises, without the tracker's address.

    `is_folder` tells a torrent with a folder called `name` from one that is the single file `name`. `padding` has for
    each file the zero bytes that follow it in the pieces but are never on disk.
    """

    info_hash: str
    name: str
    is_folder: bool
    files: tuple[ListedFile, ...]
    padding: tuple[int, ...] = field(repr=False)
    piece_length: int
    pieces: tuple[bytes, ...] = field(repr=False)
    is_private: bool
    tracker_id: int | None
    info_dictionary: bytes = field(repr=False)

    @property
    def total_bytes(self) -> int:
        """The size of all files together."""
        return sum(file.size_bytes for file in self.files)


def read(content: bytes, *, require_private: bool) -> TorrentFile:
    """Read a torrent file as a tracker hands it out.

    :raises NotATorrent: for anything else, saying what it is.
    :raises TorrentNotPrivate: if the flag is required and not there.
    :raises UnsafeTorrentPath: if a file would land outside of the download folder.
    :raises TorrentVersionNotSupported: for version 2 and hybrid torrents.
    """
    if not content.startswith(b"d"):
        raise NotATorrent(f"This is not a torrent but {_in_words(content)}")
    parser = _Parser(content)
    outer = parser.whole()
    info = outer.get(b"info")
    if not isinstance(info, dict) or parser.info is None:
        raise _damaged("it has no info dictionary")
    comment = outer.get(b"comment")
    found = _TRACKER_ID.search(comment) if isinstance(comment, bytes) else None
    torrent = _from_info(info, parser.info, tracker_id=int(found[1]) if found else None)
    if require_private and not torrent.is_private:
        raise TorrentNotPrivate("This torrent is not marked private; a private tracker's torrents must be")
    return torrent


def restore(info_dictionary: bytes) -> TorrentFile:
    """Read a stored info dictionary again; the tracker's id is not part of it.

    :raises TorrentRefused: as for `read`.
    """
    return _from_info(_Parser(info_dictionary).whole(), info_dictionary, tracker_id=None)


class _Parser:
    """Reads bencode once from front to back and remembers where the info dictionary lay."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.info: bytes | None = None

    def whole(self) -> dict[bytes, Bencoded]:
        value, end = self._value(0, depth=0)
        if not isinstance(value, dict) or self._content[end:].strip():
            raise _damaged("there is something after its end")
        return value

    def _value(self, at: int, *, depth: int) -> tuple[Bencoded, int]:
        if depth > _DEEPEST:
            raise _damaged("it is nested too deeply")
        match self._content[at : at + 1]:
            case b"d":
                return self._dictionary(at, depth=depth)
            case b"l":
                return self._list(at, depth=depth)
            case b"i":
                number = _NUMBER.match(self._content, at)
                if number is None:
                    raise _damaged(f"the number at byte {at} is malformed")
                return int(number[1]), number.end()
            case _:
                return self._text(at)

    def _dictionary(self, at: int, *, depth: int) -> tuple[dict[bytes, Bencoded], int]:
        found: dict[bytes, Bencoded] = {}
        at += 1
        while self._content[at : at + 1] != b"e":
            key, start = self._text(at)
            if key in found:
                raise _damaged(f"a key is given twice at byte {at}")
            found[key], at = self._value(start, depth=depth + 1)
            if key == b"info" and depth == 0:
                self.info = self._content[start:at]
        return found, at + 1

    def _list(self, at: int, *, depth: int) -> tuple[list[Bencoded], int]:
        found: list[Bencoded] = []
        at += 1
        while self._content[at : at + 1] != b"e":
            item, at = self._value(at, depth=depth + 1)
            found.append(item)
        return found, at + 1

    def _text(self, at: int) -> tuple[bytes, int]:
        length = _LENGTH.match(self._content, at)
        if length is None:
            cut = at >= len(self._content)
            raise _damaged("it is cut off" if cut else f"the value at byte {at} is malformed")
        end = length.end() + int(length[1])
        if end > len(self._content):
            raise _damaged("it is cut off")
        return self._content[length.end() : end], end


def _from_info(info: dict[bytes, Bencoded], raw: bytes, *, tracker_id: int | None) -> TorrentFile:
    if b"meta version" in info or b"file tree" in info:
        raise TorrentVersionNotSupported("This is a version 2 or hybrid torrent; only version 1 can be checked")
    name = _safe(_text_of(info, b"name"))
    listed = info.get(b"files")
    files, padding = _files(listed) if listed is not None else ([ListedFile((name,), _number(info, b"length"))], [0])
    piece_length = _number(info, b"piece length")
    hashes = info.get(b"pieces")
    total = sum(file.size_bytes for file in files) + sum(padding)
    if not isinstance(hashes, bytes) or piece_length == 0 or total == 0:
        raise _damaged("it lists no content")
    if len(hashes) != -(-total // piece_length) * _HASH_BYTES:
        raise _damaged("the number of its pieces does not fit its size")
    return TorrentFile(
        info_hash=hashlib.sha1(raw, usedforsecurity=False).hexdigest(),
        name=name,
        is_folder=listed is not None,
        files=tuple(files),
        padding=tuple(padding),
        piece_length=piece_length,
        pieces=tuple(hashes[at : at + _HASH_BYTES] for at in range(0, len(hashes), _HASH_BYTES)),
        is_private=info.get(b"private") == 1,
        tracker_id=tracker_id,
        info_dictionary=raw,
    )


def _files(listed: Bencoded) -> tuple[list[ListedFile], list[int]]:
    if not isinstance(listed, list) or not listed:
        raise _damaged("its list of files is malformed")
    files: list[ListedFile] = []
    padding: list[int] = []
    for entry in listed:
        if not isinstance(entry, dict):
            raise _damaged("its list of files is malformed")
        kind = entry.get(b"attr", b"")
        if isinstance(kind, bytes) and b"p" in kind and files:  # padding (BEP 47), which clients do not write
            padding[-1] += _number(entry, b"length")
            continue
        if isinstance(kind, bytes) and b"l" in kind:
            raise UnsafeTorrentPath("The torrent contains a symbolic link")
        files.append(ListedFile(_path(entry), _number(entry, b"length")))
        padding.append(0)
    if len({file.parts for file in files}) != len(files):
        raise UnsafeTorrentPath("The torrent lists the same file twice")
    return files, padding


def _path(entry: dict[bytes, Bencoded]) -> tuple[str, ...]:
    parts = entry.get(b"path.utf-8", entry.get(b"path"))
    if not isinstance(parts, list):
        raise _damaged("a file has no name")
    if not parts:
        raise UnsafeTorrentPath("The torrent lists a file with an empty name")
    return tuple(_safe(_decoded(part)) for part in parts)


def _safe(part: str) -> str:
    if not part:
        raise UnsafeTorrentPath("The torrent lists a file with an empty name")
    steps = re.split(r"[/\\]", part)
    if "/" in part or "\0" in part or ".." in steps or "." in steps or _WINDOWS_ROOT.search(part):
        raise UnsafeTorrentPath(f"The torrent lists a file outside of its folder: {part[:_EXCERPT]!r}")
    return part


def _text_of(info: dict[bytes, Bencoded], key: bytes) -> str:
    return _decoded(info.get(key + b".utf-8", info.get(key)))


def _decoded(value: Bencoded | None) -> str:
    if not isinstance(value, bytes):
        raise _damaged("a file has no name")
    return value.decode(errors="replace").replace("\N{REPLACEMENT CHARACTER}", "_")  # as libtorrent writes it to disk


def _number(entry: dict[bytes, Bencoded], key: bytes) -> int:
    value = entry.get(key)
    if not isinstance(value, int) or value < 0:
        raise _damaged(f"its {key.decode()} is missing or negative")
    return value


def _damaged(reason: str) -> NotATorrent:
    return NotATorrent(f"This is a damaged torrent: {reason}")


def _in_words(content: bytes) -> str:
    """Say what an answer is that should have been a torrent, with nothing secret in the words."""
    start = content[:20_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        return "an empty answer"
    text = start.decode(errors="replace")
    if re.match(r"<(!doctype|html|head|body|\?xml|table|div|!--)", text, re.IGNORECASE):
        if "takelogin.php" in text or re.search(r"<title>\s*log ?in", text, re.IGNORECASE):
            return "the login page"
        spoken = re.sub(r"(?is)<(script|style|title)\b.*?</\1\s*>|<[^>]*>?", " ", text)
        return f"a web page: {_excerpt(unescape(spoken))}".rstrip(": ")
    if sum(not character.isprintable() and not character.isspace() for character in text) > len(text) / 20:
        return "binary data"
    return f"text: {_excerpt(text)}"


def _excerpt(text: str) -> str:
    words = " ".join(_SECRETS.sub("***", text).split())
    return words if len(words) <= _EXCERPT else f"{words[:_EXCERPT]}…"
