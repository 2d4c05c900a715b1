"""Numbers hidden in what uploaders type and in what media inspection reports: size, duration, bitrate."""

import re
from collections.abc import Mapping
from typing import Any

_UNITS = {"": 1, "B": 1, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40}
_UNITS |= {"KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}  # the site counts in binary whatever it prints

_SIZE = re.compile(r"([\d.,]+)\s*([KMGT]?I?B)?", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})(?:\.\d+)?")
_HOURS = re.compile(
    r"(?<!\d)(\d{1,4}(?:\.\d+)?)\s*(?:hours?|hrs?|h)\b"
    r"(?:[\s,]*(?:and|&)?\s*(\d{1,4})\s*(?:minutes?|mins?|m)\b)?",
    re.IGNORECASE,
)
_GLUED_HOURS = re.compile(r"\b(\d{1,4})h(\d{1,2})m?\b", re.IGNORECASE)
_MINUTES = re.compile(r"\b(\d{1,5})\s*(?:minutes|mins?)\b", re.IGNORECASE)
_BITRATE = re.compile(r"\b(\d{2,3})\s*(?:kbps|kbs|kps|kbit/s|kb/s|k)\b", re.IGNORECASE)
_USUAL_KBPS = range(16, 513)


def size_bytes(text: str) -> int | None:
    """Bytes from plain bytes or from "1,018.3 KiB"."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return round(float(match[1].replace(",", "")) * _UNITS[(match[2] or "").upper()])
    except (ValueError, OverflowError):
        return None


def duration_s(media: Mapping[str, Any], tags: str) -> float | None:
    """Seconds of play, from media inspection if it says so, else from the tags."""
    general = media.get("General")
    stated = str(general.get("Duration", "")) if isinstance(general, Mapping) else ""
    return _clock_s(stated) or _worded_s(stated) or _worded_s(tags)


def bitrate_kbps(media: Mapping[str, Any], tags: str) -> int | None:
    """Kilobits a second, from media inspection if it says so, else from the tags."""
    audio = media.get("Audio1")
    stated = str(audio.get("BitRate", "")) if isinstance(audio, Mapping) else ""
    for text in (stated, tags):
        usual = [int(found) for found in _BITRATE.findall(text) if int(found) in _USUAL_KBPS]
        if usual:
            return usual[0]
    return None


def _clock_s(text: str) -> float | None:
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + minutes * 60 + seconds) or None


def _worded_s(text: str) -> float | None:
    """Seconds from "16 hrs and 10 mins", "16h10m" or "95 minutes"."""
    if match := _GLUED_HOURS.search(text):
        return float(int(match[1]) * 3600 + int(match[2]) * 60)
    if match := _HOURS.search(text):
        return float(match[1]) * 3600 + int(match[2] or 0) * 60
    if match := _MINUTES.search(text):
        return float(match[1]) * 60
    return None
