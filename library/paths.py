"""Names folders and files on a shelf so that every file system takes them: ext4, NTFS, exFAT and SMB.

A template is a path in the style of format strings, `{author}/{series}/{position} - {title} {{{narrator}}}`. A field
that is empty takes the separator before it and the brackets and words around it along; a folder of empty fields goes
altogether.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path, PurePath, PurePosixPath
from string import Formatter
from typing import NamedTuple

DEFAULT_TEMPLATE = "{author}/{series}/{position} - {title} {{{narrator}}}"

_COMPONENT_BYTES = 255
_PATH_BYTES = 1_000
_DEEPEST = 10
_LONGEST_SUFFIX = 16
_NAMELESS = "Untitled"
_FORBIDDEN = str.maketrans({"/": "-", "\\": "-", "|": "-", '"': "'", "<": "", ">": "", "?": "", "*": ""})
_COLON = re.compile(r"\s*:\s+")
_RESERVED = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])\s*(?:\.|$)", re.IGNORECASE)
_POSITION = re.compile(r"\d+(?:\.\d+)?(?:\s*[-–—]\s*\d+(?:\.\d+)?)?")
_BETWEEN_FIELDS = re.compile(r"(?P<closing>[)\]}]*)(?P<separator>[\s\-–—_.,;&+·]*)(?P<opening>.*)", re.DOTALL)
_JOINER = "\N{ZERO WIDTH JOINER}"
_KEPT_FORMATS = {_JOINER, "\N{ZERO WIDTH NON-JOINER}"}


class TemplateError(Exception):
    """A naming template that cannot be used; the message says what is wrong with it."""


class OutsideShelf(Exception):
    """A path that would lead out of its shelf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamingFields:
    """What a template can say about a book; what is unknown is empty."""

    title: str
    author: str = ""
    series: str = ""
    position: str = ""
    narrator: str = ""
    year: str = ""
    language: str = ""
    publisher: str = ""
    asin: str = ""


FIELD_NAMES = tuple(field.name for field in fields(NamingFields))


class _Slot(NamedTuple):
    """A field in a template with all that comes and goes with it; a slot without a field is fixed text."""

    separator: str
    opening: str
    field: str
    closing: str


def render(template: str, naming: NamingFields) -> PurePosixPath:
    """Name the folder of a book, relative to its shelf; never empty, never leading outside.

    Long values are cut, the longest first, so that a title of 300 characters leaves the narrator readable.

    :raises TemplateError: if the template is malformed or asks for a field that there is not.
    """
    folders = _parsed(template)
    limit = min(_COMPONENT_BYTES, _PATH_BYTES // len(folders) - 1)
    names = [_folder_name(slots, naming, limit=limit) for slots in folders]
    return PurePosixPath(*[name for name in names if name] or [_NAMELESS])


def folder_name(text: str) -> str:
    """Turn any text into a safe name of one folder."""
    return _component(_cleaned(text), limit=_COMPONENT_BYTES) or _NAMELESS


def file_name(text: str) -> str:
    """Turn any text into a safe name of one file; a name that is too long is cut before its suffix."""
    whole = _cleaned(text)
    suffix = PurePosixPath(whole).suffix
    if len(suffix.encode()) > _LONGEST_SUFFIX:
        suffix = ""
    stem = _component(whole.removesuffix(suffix), limit=_COMPONENT_BYTES - len(suffix.encode()))
    return _component((stem or _NAMELESS) + suffix, limit=_COMPONENT_BYTES) or _NAMELESS


def inside(root: Path, relative: PurePath) -> Path:
    """Give the place of a relative path below a root.

    :raises OutsideShelf: if it is absolute, climbs up, is the root itself, or a link on the way leads elsewhere.
    """
    if relative.is_absolute() or ".." in relative.parts or not relative.parts:
        raise OutsideShelf(f"{str(relative)!r} is not a place inside the shelf")
    place = root / relative
    if not place.resolve().is_relative_to(root.resolve()):
        raise OutsideShelf(f"A link leads {str(relative)!r} out of the shelf")
    return place


def _parsed(template: str) -> list[list[_Slot]]:
    folders = [_slots(folder) for folder in template.split("/") if folder.strip()]
    if "title" not in {slot.field for slots in folders for slot in slots}:
        raise TemplateError("The template has to name the {title}, or all books would share a folder")
    if len(folders) > _DEEPEST:
        raise TemplateError(f"The template has more than {_DEEPEST} folders")
    return folders


def _slots(folder: str) -> list[_Slot]:
    """Read one folder of a template: what stands between two fields belongs in part to each."""
    try:
        pieces = list(Formatter().parse(folder))
    except ValueError as error:
        raise TemplateError(f"The template is malformed: {error}") from error
    slots: list[_Slot] = []
    text = ""
    for literal, field, spec, conversion in pieces:
        text += literal  # an escaped brace arrives as a literal of its own
        if field is None:
            continue
        if field not in FIELD_NAMES or spec or conversion:
            raise TemplateError(f"There is no {{{field}}}; a template can use {', '.join(FIELD_NAMES)}")
        slots.append(_slot_after(slots, text, field))
        text = ""
    last = _slot_after(slots, text, "")
    return [*slots, last] if last.opening else slots


def _slot_after(slots: list[_Slot], text: str, field: str) -> _Slot:
    """Share the text before a field out: closing brackets to the field before it, the rest to the field."""
    between = _BETWEEN_FIELDS.fullmatch(text)
    assert between is not None
    if not slots:
        return _Slot("", text, field, "")
    slots[-1] = slots[-1]._replace(closing=between["closing"])
    return _Slot(between["separator"], between["opening"], field, "")


def _folder_name(slots: Sequence[_Slot], naming: NamingFields, *, limit: int) -> str:
    """Fill the slots of one folder; empty when none of its fields has a value."""
    filled = [(slot, _value(slot.field, naming)) for slot in slots]
    shown = [(slot, value) for slot, value in filled if value or not slot.field]
    if not any(slot.field for slot, _ in shown) and any(slot.field for slot in slots):
        return ""
    around = sum(len(f"{slot.separator}{slot.opening}{slot.closing}".encode()) for slot, _ in shown)
    allowed = _fair_share([len(value.encode()) for _, value in shown], limit - around)
    name = ""
    for slot, value in shown:
        name += (slot.separator if name else "") + slot.opening + _cut(value, allowed) + slot.closing
    return _component(_cleaned(name), limit=limit)


def _value(field: str, naming: NamingFields) -> str:
    if not field:
        return ""
    text = str(getattr(naming, field))
    return _trimmed(_cleaned(_padded(text) if field == "position" else text))


def _padded(position: str) -> str:
    """Write a position so that names sort: 1 is 01, 1.5 is 01.5, 1-3 is 01-03."""
    if not _POSITION.fullmatch(position.strip()):
        return position
    return re.sub(
        r"(\d+)(?:\.(\d+))?",
        lambda number: (
            (number[1].lstrip("0") or "0").zfill(2) + (f".{number[2]}" if (number[2] or "").strip("0") else "")
        ),
        position.strip(),
    )


def _fair_share(sizes: Sequence[int], room: int) -> int:
    """Find the size to which the longest have to be cut for all to fit into the room."""
    left = max(room, 0)
    for done, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - done)
        if size > share:
            return share
        left -= size
    return max(sizes, default=0)


def _cleaned(text: str) -> str:
    """Leave out or replace what some file system refuses in a name."""
    text = _COLON.sub(" - ", text).replace(":", "-").translate(_FORBIDDEN)
    text = "".join(map(_visible, text))
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _visible(character: str) -> str:
    """Replace control characters, and drop what cannot be stored or turns the reading direction around."""
    match unicodedata.category(character):
        case "Cc" | "Zl" | "Zp":
            return " "
        case "Cs":
            return ""
        case "Cf" if character not in _KEPT_FORMATS and not 0xE0020 <= ord(character) <= 0xE007F:  # tags: flags
            return ""
        case _:
            return character


def _component(cleaned: str, *, limit: int) -> str:
    """Give clean text the shape of one path component: its ends, its length, no name that Windows reserves."""
    name = _trimmed(_cut(_trimmed(cleaned), limit))
    if _RESERVED.match(name):
        name = _trimmed(_cut(f"_{name}", limit))
    return name


def _trimmed(name: str) -> str:
    """Take off what Windows drops at the end, and the dots that hide a folder from Audiobookshelf."""
    return name.lstrip(". ").rstrip(". ")


def _cut(text: str, limit: int) -> str:
    """Shorten text to so many bytes of UTF-8, not between a letter and its accents or inside an emoji."""
    shorter = text.encode()[:limit].decode(errors="ignore")
    if shorter == text:
        return text
    for end in range(len(shorter), 0, -1):
        if not _holds_together(text[end - 1], text[end]) and not _splits_flag(text, end):
            return text[:end]
    return shorter


def _holds_together(left: str, right: str) -> bool:
    return (
        _JOINER in (left, right)
        or unicodedata.category(right) in {"Mn", "Mc", "Me", "Cf"}
        or "\U0001f3fb" <= right <= "\U0001f3ff"  # skin tones
    )


def _splits_flag(text: str, end: int) -> bool:
    """Tell whether a cut would part the two letters that make a flag."""
    letters = 0
    while end - letters > 0 and "\U0001f1e6" <= text[end - letters - 1] <= "\U0001f1ff":
        letters += 1
    return letters % 2 == 1 and "\U0001f1e6" <= text[end] <= "\U0001f1ff"
