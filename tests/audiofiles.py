"""Real small audio files and torrents over them, made on the spot for tests.

The sound is a hum of changing pitch with some noise in it, so that encoders produce frames of honest size.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import av
import numpy as np
import torf
from av.audio.stream import AudioStream
from mutagen.id3 import APIC, ID3
from mutagen.mp4 import MP4, MP4Cover
from PIL import Image

SAMPLE_RATE = 22_050
_FRAME = 1_024
_CODECS = {
    ".m4a": ("aac", "ipod"),
    ".m4b": ("aac", "ipod"),
    ".aac": ("aac", "adts"),
    ".mp3": ("libmp3lame", "mp3"),
    ".flac": ("flac", "flac"),
    ".ogg": ("libopus", "ogg"),
    ".opus": ("libopus", "opus"),
    ".wav": ("pcm_s16le", "wav"),
    ".wma": ("wmav2", "asf"),
}


def make_audio(
    path: Path,
    *,
    seconds: float = 8,
    tags: Mapping[str, str] | None = None,
    chapters: Sequence[tuple[str, float, float]] = (),
    bitrate: int = 48_000,
    seed: int = 1,
    index_first: bool = False,
) -> Path:
    """Encode a file in the codec that its suffix asks for.

    :param chapters: (title, start in seconds, end in seconds).
    :param index_first: put the index of an MP4 file before its sound, so that a cut file still opens.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        _encoded(path.suffix, seconds, tuple((tags or {}).items()), tuple(chapters), bitrate, seed, index_first)
    )
    return path


@cache
def _encoded(
    suffix: str,
    seconds: float,
    tags: tuple[tuple[str, str], ...],
    chapters: tuple[tuple[str, float, float], ...],
    bitrate: int,
    seed: int,
    index_first: bool,
) -> bytes:
    """Encode a file once; most tests ask for one that another had."""
    codec, container = _CODECS[suffix]
    rate = 48_000 if codec == "libopus" else SAMPLE_RATE
    options = {"movflags": "faststart"} if index_first else None  # which needs a real file
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sound"
        with av.open(path, "w", format=container, options=options) as output:
            output.metadata.update(dict(tags))
            stream = cast("AudioStream", output.add_stream(codec, rate=rate, layout="mono"))
            if not codec.startswith(("pcm", "flac")):
                stream.codec_context.bit_rate = bitrate
            output.set_chapters(
                [
                    {
                        "id": number,
                        "start": round(start * 1000),
                        "end": round(end * 1000),
                        "time_base": Fraction(1, 1000),
                        "metadata": {"title": title},
                    }
                    for number, (title, start, end) in enumerate(chapters)
                ]
            )
            for frame in _hum(seconds, rate=rate, seed=seed, sample_format=stream.codec_context.format.name):
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
        return path.read_bytes()


def make_m4b(path: Path, *, seconds: float = 8, seed: int = 1) -> Path:
    """Make a well-tagged book in one file with two chapters."""
    middle = seconds / 2
    return make_audio(
        path,
        seconds=seconds,
        seed=seed,
        tags={
            "title": "The Hound of the Baskervilles",
            "album": "The Hound of the Baskervilles",
            "artist": "Arthur Conan Doyle",
            "album_artist": "Arthur Conan Doyle",
            "composer": "Example Reader",
            "date": "1902",
            "comment": "A moor, a curse, a dog.",
        },
        chapters=[("Mr. Sherlock Holmes", 0, middle), ("The Curse of the Baskervilles", middle, seconds)],
    )


def make_mp3_set(folder: Path, *, parts: int = 3, seconds: float = 4) -> list[Path]:
    """Make a book of several tagged mp3 files."""
    return [
        make_audio(
            folder / f"{number:02d} - Part {number}.mp3",
            seconds=seconds,
            seed=number,
            tags={"title": f"Part {number}", "album": "Persuasion", "artist": "Jane Austen", "track": str(number)},
        )
        for number in range(1, parts + 1)
    ]


def add_cover(path: Path) -> None:
    """Put a picture into an m4b or mp3 file."""
    picture = BytesIO()
    Image.new("RGB", (64, 64), "navy").save(picture, "PNG")
    if path.suffix == ".mp3":
        tags = ID3(path)
        tags.add(APIC(mime="image/png", type=3, data=picture.getvalue()))
        tags.save(path)
    else:
        book = MP4(path)
        book["covr"] = [MP4Cover(picture.getvalue(), MP4Cover.FORMAT_PNG)]
        book.save()


def make_torrent(payload: Path, *, private: bool = True, piece_size: int = 16_384, comment: str = "MID=4242") -> bytes:
    """Make the torrent file of a file or folder, as the tracker would hand it out."""
    torrent = torf.Torrent(
        path=payload,
        trackers=["https://tracker.example/announce/example-passkey"],
        private=private,
        piece_size=piece_size,
        comment=comment,
    )
    torrent.generate()
    return torrent.dump()


def _hum(seconds: float, *, rate: int, seed: int, sample_format: str) -> Iterator[av.AudioFrame]:
    randomness = np.random.default_rng(seed)
    resampler = av.AudioResampler(format=sample_format, layout="mono", rate=rate, frame_size=_FRAME)
    total = round(seconds * rate)
    for start in range(0, total, _FRAME):
        at = np.arange(start, min(start + _FRAME, total)) / rate
        wave = 0.3 * np.sin(2 * np.pi * (140 + 40 * np.sin(2 * np.pi * 0.7 * at + seed)) * at)
        wave += 0.05 * randomness.standard_normal(at.size)
        frame = av.AudioFrame.from_ndarray((wave * 32_767).astype(np.int16)[np.newaxis, :], "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        yield from resampler.resample(frame)
    yield from resampler.resample(None)
