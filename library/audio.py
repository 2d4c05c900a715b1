"""What an audio file says about itself: codec, length, chapters, tags; and what decoding it shows."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from types import MappingProxyType

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from mutagen import MutagenError
from mutagen.id3 import ID3
from mutagen.mp4 import MP4

AUDIO_SUFFIXES = frozenset(
    {".mp3", ".m4a", ".m4b", ".ogg", ".oga", ".opus", ".flac", ".aac", ".wma", ".wav"},
)

# The names that formats and taggers use for what we call by one name; the first that is there wins.
_TAG_NAMES = {
    "title": ("title",),
    "subtitle": ("subtitle", "tit3"),
    "album": ("album",),
    "artist": ("artist", "author"),
    "album_artist": ("album_artist", "albumartist", "album artist"),
    "narrator": ("narrator", "narrated_by", "composer"),
    "composer": ("composer",),
    "date": ("date", "year", "tyer", "originaldate"),
    "comment": ("comment",),
    "description": ("description", "synopsis", "desc", "ldes"),
    "genre": ("genre",),
    "publisher": ("publisher", "label"),
    "language": ("language", "lang"),
    "series": ("series", "mvnm", "movementname", "show"),
    "grouping": ("grouping",),
    "series_part": ("series-part", "series_part", "mvin", "movement", "episode_id"),
    "asin": ("asin", "audible_asin", "cdek"),
    "isbn": ("isbn",),
    "track": ("track",),
    "disc": ("disc",),
}


# Fields of audiobooks that FFmpeg passes over.
_MP4_ATOMS = {"©nrt": "narrator", "©pub": "publisher", "©mvn": "mvnm", "©mvi": "mvin"}
_ID3_FRAMES = ("MVNM", "MVIN")

# The marks of headers that tell the length of an mp3, and how far behind them its size in bytes stands.
_MP3_HEADERS = {b"Xing": 12, b"Info": 12, b"VBRI": 10}


class UnreadableAudio(Exception):
    """The file is no audio, or too damaged to say what it is."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter mark, in seconds from the start of its file."""

    start_s: float
    end_s: float
    title: str


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """What one audio file says about itself.

    `duration_s` is as declared by the file; `is_duration_exact` tells a stored length from one that is estimated from
    size and bitrate (mp3 without a Xing or VBRI header, bare AAC). `tags` has one lower-case name for each thing,
    whatever the format calls it; `narrator` falls back on the composer, where taggers put it. `raw_tags` has them all.
    """

    container: str
    codec: str
    duration_s: float | None
    is_duration_exact: bool
    bitrate_bps: int | None
    channels: int
    sample_rate: int
    chapters: tuple[Chapter, ...]
    tags: Mapping[str, str]
    raw_tags: Mapping[str, str] = field(repr=False)
    has_cover: bool


def is_audio(name: str | Path) -> bool:
    """Tell by the suffix whether a file is one of those that books are made of."""
    return Path(name).suffix.lower() in AUDIO_SUFFIXES


def probe(path: Path) -> AudioFacts:
    """Read the headers of an audio file.

    :raises UnreadableAudio: if there is no audio in it that could be read.
    :raises OSError: if the file itself cannot be opened.
    """
    with open_audio(path) as container:
        stream = container.streams.audio[0]
        context = stream.codec_context
        raw = _raw_tags(path, container, stream)
        return AudioFacts(
            container=container.format.name,
            codec=context.codec.canonical_name,
            duration_s=declared_seconds(container, stream),
            is_duration_exact=is_length_stored(path, container),
            bitrate_bps=context.bit_rate or container.bit_rate or None,
            channels=context.channels,
            sample_rate=context.sample_rate,
            chapters=_chapters(container),
            tags=MappingProxyType(_named(raw)),
            raw_tags=MappingProxyType(raw),
            has_cover=bool(container.streams.video),
        )


@dataclass(frozen=True, slots=True)
class Decoded:
    """What came out of an audio file; `declared_s` is the length it stores, if it does."""

    seconds: float = 0.0
    errors: int = 0
    declared_s: float | None = None


def decode(path: Path, *, since_s: float = -inf, until_s: float = inf, stop: threading.Event | None = None) -> Decoded:
    """Decode an audio file, or what begins between two moments of it, to count its seconds and errors.

    Errors behind the declared end are left out: that is where taggers append what is not sound. Moments are found
    exactly in MP4 files only.

    :param stop: ends the work early when another thread sets it.
    :raises UnreadableAudio: if there is no audio in it that could be read.
    :raises OSError: if the file itself cannot be opened.
    """
    with open_audio(path) as container:
        stream = container.streams.audio[0]
        stream.codec_context.thread_count = 1
        declared_s = declared_seconds(container, stream) if is_length_stored(path, container) else None
        unit = float(stream.time_base or 1)
        if since_s > 0:
            container.seek(int(since_s / unit), stream=stream)
        ending = (declared_s or inf) / unit
        seconds, errors = _run(container, stream, (since_s / unit, until_s / unit, ending), stop or threading.Event())
    return Decoded(seconds, errors, declared_s)


def open_audio(path: Path) -> InputContainer:
    """Open a file whose first audio stream can be decoded; use it in a `with` block.

    :raises UnreadableAudio: if there is none.
    :raises OSError: if the file itself cannot be opened.
    """
    with path.open("rb"):
        pass  # a missing file or right is told apart from damage
    try:
        container = av.open(path, "r", metadata_errors="replace")
    except (av.FFmpegError, ValueError) as error:
        raise UnreadableAudio(f"{path.name} cannot be read as audio") from error
    if not container.streams.audio or not container.streams.audio[0].codec_context.sample_rate:
        container.close()
        raise UnreadableAudio(f"{path.name} holds no audio that could be decoded")
    return container


def _run(
    container: InputContainer, stream: AudioStream, times: tuple[float, float, float], stop: threading.Event
) -> tuple[float, int]:
    since, until, ending = times
    decoded = stream.codec_context.decode
    samples: Counter[int] = Counter()  # by rate: HE-AAC decodes to twice the rate its header tells
    errors = 0
    try:
        for packet in container.demux(stream):
            at = packet.pts
            if (at is not None and at >= until) or stop.is_set():
                break
            counts = at is None or since <= at < ending
            try:
                for frame in decoded(packet):
                    if frame.pts is None or frame.pts >= since:
                        samples[frame.sample_rate] += frame.samples
                errors += packet.is_corrupt and counts
            except av.FFmpegError:
                errors += counts
    except av.FFmpegError:  # the file breaks off between packets
        errors += 1
    return sum(count / rate for rate, count in samples.items()), errors


def declared_seconds(container: InputContainer, stream: AudioStream) -> float | None:
    """Give the length that the stream declares, else that of its container."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None:
        return container.duration / av.time_base
    return None


def is_length_stored(path: Path, container: InputContainer) -> bool:
    """Tell whether the file stores its length, or whether it was estimated from size and bitrate."""
    match container.format.name:
        case "aac":
            return False
        case "mp3":
            return _has_length_header(path)
        case _:
            return True


def _has_length_header(path: Path) -> bool:
    """Look for the header (Xing, Info or VBRI) that encoders put into the first frame of an mp3.

    A file far bigger than its header says was joined from several; FFmpeg then goes by the bitrate, and so do we.
    """
    with path.open("rb") as file:
        start = file.read(10)
        tag_bytes = 0
        if start[:3] == b"ID3":
            tag_bytes = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(start[6:], (21, 14, 7, 0), strict=True))
        file.seek(tag_bytes)
        frame = file.read(4_096)
    at, size_at = next(
        ((found, found + offset) for mark, offset in _MP3_HEADERS.items() if (found := frame.find(mark)) >= 0), (-1, 0)
    )
    if at < 0:
        return False
    has_frames, has_size = (True, True) if frame[at : at + 4] == b"VBRI" else (frame[at + 7] & 1, frame[at + 7] & 2)
    told = int.from_bytes(frame[size_at : size_at + 4]) if has_size else 0
    excess = path.stat().st_size - tag_bytes - told
    return bool(has_frames) and (not told or excess <= told // 16)


def _chapters(container: InputContainer) -> tuple[Chapter, ...]:
    return tuple(
        Chapter(
            float(mark["start"] * (mark["time_base"] or 1)),
            float(mark["end"] * (mark["time_base"] or 1)),
            mark["metadata"].get("title", ""),
        )
        for mark in container.chapters()
    )


def _raw_tags(path: Path, container: InputContainer, stream: AudioStream) -> dict[str, str]:
    found = stream.metadata | container.metadata | _overlooked_tags(path, container)
    return {name.lower(): text for name, text in found.items() if text and (name, text) != ("language", "und")}


def _overlooked_tags(path: Path, container: InputContainer) -> dict[str, str]:
    try:
        if "mp4" in container.format.name:
            book = dict(MP4(path))  # type: ignore[no-untyped-call]  # mutagen has types in part only
            return {name: str(book[atom][0]) for atom, name in _MP4_ATOMS.items() if book.get(atom)}
        if container.format.name == "mp3":
            frames = dict(ID3(path))  # type: ignore[no-untyped-call]  # as above
            return {frame.lower(): str(frames[frame]) for frame in _ID3_FRAMES if frame in frames}
    except MutagenError:  # damaged or no tags: the rest of the file may be well
        pass
    return {}


def _named(raw: Mapping[str, str]) -> dict[str, str]:
    """Bring the tags of all formats to one set of names."""
    tags = {}
    for name, spellings in _TAG_NAMES.items():
        text = next((raw[spelling] for spelling in spellings if spelling in raw), "").strip()
        if text:
            tags[name] = text
    return tags
