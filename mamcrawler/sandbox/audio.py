"""Real audio files in milliseconds: some speech-like seconds are encoded once, then repeated packet by packet."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from itertools import cycle, islice
from pathlib import Path
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 44_100
SEGMENT_S = 6
M4B_BYTES, M4B_PACKET_BYTES = 2_000, 4  # what an m4b takes beside the sound, about: in all, and for each packet
MP3_FILE_BYTES = 450  # what an mp3 takes beside the sound, about

Codec = Literal["aac", "libmp3lame"]
Container = Literal["mp4", "mp3"]


@dataclass(frozen=True)
class Segment:
    """A few encoded seconds: packets that can be repeated for as long as a file has to play."""

    packets: tuple[bytes, ...]
    frame_size: int  # samples in a packet

    @cached_property
    def mean_bytes(self) -> float:
        """How large a packet is on average."""
        return sum(map(len, self.packets)) / len(self.packets)

    def packets_for(self, seconds: float, *, start: int) -> Iterable[bytes]:
        """Give the packets of so many seconds, beginning somewhere in the segment."""
        shifted = self.packets[start % len(self.packets) :] + self.packets[: start % len(self.packets)]
        return islice(cycle(shifted), round(seconds * SAMPLE_RATE / self.frame_size))


@dataclass(frozen=True)
class Chapter:
    """A named stretch of a file, in seconds from its start."""

    title: str
    starts_s: float
    ends_s: float


def chapters_of(seconds: float, count: int) -> list[Chapter]:
    """Divide a file evenly into chapters."""
    step = seconds / count
    return [Chapter(f"Chapter {number + 1}", number * step, (number + 1) * step) for number in range(count)]


def write_m4b(
    path: Path, *, seconds: float, kbps: int, tags: Mapping[str, str], chapters: Sequence[Chapter], start: int = 0
) -> None:
    """Write a single-file audiobook with chapters.

    :param tags: FFmpeg's names: title, artist, album, composer (the narrator), genre, date, track, publisher, comment.
    :param start: where in the repeated sound to begin, so that two books do not hold the same bytes.
    """
    _write(path, "mp4", _segment("aac", kbps), seconds=seconds, tags=tags, chapters=chapters, start=start)


def write_mp3(path: Path, *, seconds: float, kbps: int, tags: Mapping[str, str], start: int = 0) -> None:
    """Write one file of an mp3 audiobook; tags and start as for `write_m4b`."""
    _write(path, "mp3", _segment("libmp3lame", kbps), seconds=seconds, tags=tags, chapters=(), start=start)


def estimated_bytes(filetype: str, *, seconds: float, kbps: int, files: int) -> int:
    """How large the files of an audiobook will be, within a per cent or so, before they exist."""
    segment = _segment("aac" if filetype == "m4b" else "libmp3lame", kbps)
    packets = seconds * SAMPLE_RATE / segment.frame_size
    sound = packets * segment.mean_bytes
    around = files * M4B_BYTES + packets * M4B_PACKET_BYTES if filetype == "m4b" else files * MP3_FILE_BYTES
    return round(sound + around)


def _write(
    path: Path,
    container: Container,
    segment: Segment,
    *,
    seconds: float,
    tags: Mapping[str, str],
    chapters: Sequence[Chapter],
    start: int,
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        av.open(io.BytesIO(_example(container))) as example,
        av.open(str(path), "w", format=container, options={"fflags": "+bitexact"}) as target,
    ):
        stream = target.add_stream_from_template(example.streams.audio[0])
        target.metadata.update(tags)
        target.set_chapters(
            [
                {
                    "id": number,
                    "start": round(chapter.starts_s * 1000),
                    "end": round(chapter.ends_s * 1000),
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": chapter.title},
                }
                for number, chapter in enumerate(chapters)
            ]
        )
        time_base = Fraction(1, SAMPLE_RATE)
        for number, content in enumerate(segment.packets_for(seconds, start=start)):
            packet = av.Packet(content)
            packet.stream = stream
            packet.time_base = time_base
            packet.pts = packet.dts = number * segment.frame_size
            packet.duration = segment.frame_size
            packet.is_keyframe = True
            target.mux(packet)


@cache
def _segment(codec: Codec, kbps: int) -> Segment:
    encoder = av.AudioCodecContext.create(codec, "w")
    encoder.sample_rate = SAMPLE_RATE
    encoder.layout = "mono"
    encoder.format = "fltp"
    encoder.bit_rate = kbps * 1000
    encoder.time_base = Fraction(1, SAMPLE_RATE)
    if codec == "libmp3lame":
        encoder.options = {"reservoir": "0"}  # so that no frame borrows bits from the one before it
    encoder.open()
    sound, size, packets = _speech_like(), encoder.frame_size, []
    for number in range(len(sound) // size):
        samples = sound[number * size : (number + 1) * size].reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = number * size
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    packets += [bytes(packet) for packet in encoder.encode(None)]
    return Segment(tuple(packets[2:-2]), size)  # without the encoder's run-in and run-out


@cache
def _example(container: Container) -> bytes:
    """A tiny file whose only use is to tell the writer what kind of sound it gets."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as target:
        codec: Codec = "aac" if container == "mp4" else "libmp3lame"
        stream = target.add_stream(codec, rate=SAMPLE_RATE, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
        silence.sample_rate = SAMPLE_RATE
        target.mux(stream.encode(silence))
        target.mux(stream.encode(None))
    return file.getvalue()


@cache
def _speech_like() -> NDArray[np.float32]:
    """A voice without words: harmonics and breath, in syllables and phrases."""
    at = np.arange(SAMPLE_RATE * SEGMENT_S) / SAMPLE_RATE
    loudness = (0.5 + 0.5 * np.sin(2 * np.pi * 3 * at)) * (0.6 + 0.4 * np.sin(2 * np.pi * 0.5 * at))
    phase = 2 * np.pi * np.cumsum(110 + 20 * np.sin(2 * np.pi * 0.5 * at)) / SAMPLE_RATE
    voice = sum((np.sin(harmonic * phase) / harmonic for harmonic in range(1, 30)), np.zeros_like(at))
    breath = np.random.default_rng(1).standard_normal(at.size)
    return np.clip(0.2 * loudness * (0.6 * voice + 0.5 * breath), -0.95, 0.95).astype(np.float32)
