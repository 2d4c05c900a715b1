"""Writing calendars that other programs subscribe to (RFC 5545), as far as whole-day events need it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LONGEST_LINE = 75
"""Octets, without the break; longer lines are folded (RFC 5545, 3.1)."""
PRODUCT = "-//MAMcrawler//Calendar//EN"


@dataclass(frozen=True)
class DayEvent:
    """Something that is on a day; `uid` names it for ever, so that a change of its date moves it."""

    uid: str
    on: date
    summary: str
    description: str = ""
    url: str = ""


def calendar(name: str, events: Iterable[DayEvent], *, now: datetime) -> str:
    """A calendar as text, its lines ended and folded as the standard asks."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines += [f"X-WR-CALNAME:{escaped(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT6H", "X-PUBLISHED-TTL:PT6H"]
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    for event in events:
        lines += _event(event, stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines)


def escaped(text: str) -> str:
    """Text as a value: commas, semicolons, backslashes and line breaks stand for themselves no longer."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    for character, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        plain = plain.replace(character, written)
    return "".join(character for character in plain if character.isprintable() or character == "\t")


def folded(line: str) -> str:
    """A line in pieces of at most 75 octets, never cut within a character."""
    pieces, piece, width = [], "", 0
    for character in line:
        size = len(character.encode())
        if width + size > LONGEST_LINE:
            pieces.append(piece)
            piece, width = " ", 1  # the blank that marks a continued line counts as well
        piece, width = piece + character, width + size
    return "\r\n".join([*pieces, piece])


def _event(event: DayEvent, stamp: str) -> list[str]:
    lines = ["BEGIN:VEVENT", f"UID:{escaped(event.uid)}", f"DTSTAMP:{stamp}", f"DTSTART;VALUE=DATE:{event.on:%Y%m%d}"]
    lines += [f"DTEND;VALUE=DATE:{event.on + timedelta(days=1):%Y%m%d}", f"SUMMARY:{escaped(event.summary)}"]
    if event.description:
        lines.append(f"DESCRIPTION:{escaped(event.description)}")
    if event.url:
        lines.append(f"URL:{event.url}")
    return [*lines, "TRANSP:TRANSPARENT", "END:VEVENT"]
