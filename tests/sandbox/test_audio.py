"""The sandbox's audio files are real: they decode, last as long as they should, and carry chapters and tags."""

from hashlib import sha256

import av
import pytest

from mamcrawler.sandbox.audio import chapters_of, estimated_bytes, write_m4b, write_mp3

TAGS = {"title": "Dune", "album": "Dune", "artist": "Frank Herbert", "composer": "Simon Vance"}


def decoded_seconds(path):
    with av.open(str(path)) as file:
        return sum(frame.samples for frame in file.decode(audio=0)) / 44_100


def test_an_m4b_decodes_for_as_long_as_it_should(tmp_path):
    path = tmp_path / "book.m4b"

    write_m4b(path, seconds=60, kbps=64, tags=TAGS, chapters=chapters_of(60, 4))

    assert decoded_seconds(path) == pytest.approx(60, abs=0.1)


def test_an_m4b_has_its_chapters_and_tags(tmp_path):
    path = tmp_path / "book.m4b"

    write_m4b(path, seconds=60, kbps=64, tags=TAGS, chapters=chapters_of(60, 4))

    with av.open(str(path)) as file:
        assert [(chapter["start"], chapter["metadata"]["title"]) for chapter in file.chapters()] == [
            (0, "Chapter 1"),
            (15_000, "Chapter 2"),
            (30_000, "Chapter 3"),
            (45_000, "Chapter 4"),
        ]
        assert TAGS.items() <= file.metadata.items()
        assert file.streams.audio[0].codec_context.name == "aac"


def test_an_mp3_decodes_for_as_long_as_it_should_and_has_tags(tmp_path):
    path = tmp_path / "01.mp3"

    write_mp3(path, seconds=20, kbps=128, tags={**TAGS, "track": "1/3"})

    assert decoded_seconds(path) == pytest.approx(20, abs=0.1)
    with av.open(str(path)) as file:
        assert file.metadata["track"] == "1/3"
        assert file.metadata["composer"] == "Simon Vance"


@pytest.mark.parametrize("kbps", [32, 64, 128, 192])
def test_the_bitrate_is_about_what_was_asked_for(tmp_path, kbps):
    path = tmp_path / "book.m4b"

    write_m4b(path, seconds=60, kbps=kbps, tags=TAGS, chapters=[])

    assert path.stat().st_size * 8 / 60 / 1000 == pytest.approx(kbps, rel=0.12)


@pytest.mark.parametrize("filetype", ["m4b", "mp3"])
def test_the_size_is_known_closely_before_the_file_exists(tmp_path, filetype):
    path = tmp_path / f"book.{filetype}"
    expected = estimated_bytes(filetype, seconds=120, kbps=64, files=1)

    if filetype == "m4b":
        write_m4b(path, seconds=120, kbps=64, tags=TAGS, chapters=chapters_of(120, 8))
    else:
        write_mp3(path, seconds=120, kbps=64, tags=TAGS)

    assert path.stat().st_size == pytest.approx(expected, rel=0.005)


def test_the_same_order_gives_the_same_bytes_and_another_start_gives_others(tmp_path):
    for name, start in (("one", 0), ("same", 0), ("other", 9)):
        write_m4b(tmp_path / name, seconds=30, kbps=64, tags=TAGS, chapters=[], start=start)

    one, same, other = (sha256((tmp_path / name).read_bytes()).digest() for name in ("one", "same", "other"))
    assert one == same
    assert one != other
