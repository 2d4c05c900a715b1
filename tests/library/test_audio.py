"""What is read from real files of every kind, and how damage is told."""

from pathlib import Path

import pytest
from mutagen.id3 import ID3, MVIN, MVNM, TXXX
from mutagen.mp4 import MP4
from PIL import Image

from library import audio
from library.audio import AUDIO_SUFFIXES, Chapter, UnreadableAudio
from tests.audiofiles import add_cover, make_audio, make_m4b, make_mp3_set


def test_a_book_in_one_file_is_read_with_chapters_and_tags(tmp_path):
    book = make_m4b(tmp_path / "book.m4b", seconds=8)
    add_cover(book)

    facts = audio.probe(book)

    assert (facts.codec, facts.channels, facts.sample_rate) == ("aac", 1, 22_050)
    assert facts.duration_s == pytest.approx(8, abs=0.1)
    assert facts.bitrate_bps == pytest.approx(48_000, rel=0.1)
    assert facts.chapters == (
        Chapter(0.0, 4.0, "Mr. Sherlock Holmes"),
        Chapter(4.0, 8.0, "The Curse of the Baskervilles"),
    )
    assert facts.tags == {
        "title": "The Hound of the Baskervilles",
        "album": "The Hound of the Baskervilles",
        "artist": "Arthur Conan Doyle",
        "album_artist": "Arthur Conan Doyle",
        "narrator": "Example Reader",
        "composer": "Example Reader",
        "date": "1902",
        "comment": "A moor, a curse, a dog.",
    }
    assert facts.has_cover is True


def test_a_part_of_a_set_is_read_with_its_number(tmp_path):
    first, _ = make_mp3_set(tmp_path, parts=2, seconds=2)

    facts = audio.probe(first)

    assert (facts.container, facts.codec) == ("mp3", "mp3")
    assert facts.tags["track"] == "1"
    assert facts.chapters == ()
    assert facts.has_cover is False


def test_series_and_narrator_are_found_where_audiobook_taggers_put_them_in_mp4(tmp_path):
    path = make_m4b(tmp_path / "book.m4b", seconds=2)
    book = MP4(path)
    book["\N{COPYRIGHT SIGN}nrt"] = "Another Reader"
    book["----:com.apple.iTunes:SERIES"] = b"Sherlock Holmes"
    book["----:com.apple.iTunes:SERIES-PART"] = b"5"
    book["----:com.apple.iTunes:ASIN"] = b"B000000000"
    book.save()

    tags = audio.probe(path).tags

    assert tags["narrator"] == "Another Reader"
    assert tags["composer"] == "Example Reader"
    assert (tags["series"], tags["series_part"], tags["asin"]) == ("Sherlock Holmes", "5", "B000000000")


def test_series_and_narrator_are_found_where_audiobook_taggers_put_them_in_mp3(tmp_path):
    path = make_audio(tmp_path / "book.mp3", seconds=2, tags={"title": "Emma"})
    tags = ID3(path)
    tags.add(TXXX(desc="NARRATOR", text="Example Reader"))
    tags.add(MVNM(text="Novels"))
    tags.add(MVIN(text="4"))
    tags.save()

    read = audio.probe(path).tags

    assert (read["narrator"], read["series"], read["series_part"]) == ("Example Reader", "Novels", "4")


@pytest.mark.parametrize("suffix", sorted(AUDIO_SUFFIXES - {".oga"}))
def test_every_kind_of_file_is_read(tmp_path, suffix):
    facts = audio.probe(make_audio(tmp_path / f"book{suffix}", seconds=3))

    assert facts.duration_s == pytest.approx(3, rel=0.1)
    assert facts.sample_rate > 0
    assert facts.is_duration_exact is (suffix != ".aac")


def test_an_mp3_without_a_length_header_says_that_its_length_is_a_guess(tmp_path):
    path = make_audio(tmp_path / "book.mp3", seconds=3)
    path.write_bytes(path.read_bytes().replace(b"Xing", b"\0\0\0\0").replace(b"Info", b"\0\0\0\0"))

    assert audio.probe(path).is_duration_exact is False


@pytest.mark.parametrize("content", [b"", b"<html>login</html>", b"\0" * 50_000])
def test_what_is_no_audio_is_unreadable(tmp_path, content):
    path = tmp_path / "book.mp3"
    path.write_bytes(content)

    with pytest.raises(UnreadableAudio, match=r"book\.mp3"):
        audio.probe(path)


def test_a_picture_is_no_audio(tmp_path):
    path = tmp_path / "cover.png"
    Image.new("RGB", (8, 8)).save(path)

    with pytest.raises(UnreadableAudio, match="no audio"):
        audio.probe(path)


def test_decoding_counts_every_second_and_no_errors(tmp_path):
    decoded = audio.decode(make_audio(tmp_path / "book.mp3", seconds=3))

    assert decoded.seconds == pytest.approx(3, abs=0.1)
    assert decoded.declared_s == pytest.approx(3, abs=0.1)
    assert decoded.errors == 0


def test_stretches_of_an_mp4_add_up_to_the_whole(tmp_path):
    book = make_m4b(tmp_path / "book.m4b", seconds=9)

    first = audio.decode(book, until_s=4)
    second = audio.decode(book, since_s=4)

    assert first.seconds == pytest.approx(4, abs=0.1)
    assert first.seconds + second.seconds == pytest.approx(audio.decode(book).seconds, abs=0.001)


def test_a_missing_file_is_no_damage(tmp_path):
    with pytest.raises(FileNotFoundError):
        audio.probe(tmp_path / "book.mp3")


def test_the_suffix_tells_audio_in_any_case():
    assert audio.is_audio("Book.M4B")
    assert audio.is_audio(Path("a/b.opus"))
    assert not audio.is_audio("cover.jpg")
