"""Real downloads, good and damaged in every way we know, and what inspection says of them."""

import hashlib
import json
import os
import shutil
import tracemalloc
from dataclasses import replace

import pytest

from acquisition.inspecting import Verdict, inspect
from library import audio
from mamcrawler.lib import torrentfile
from tests.audiofiles import make_audio, make_m4b, make_mp3_set, make_torrent

PASSED, FAILED, UNKNOWN = Verdict


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A book of three 4-second mp3 parts with a cover, as the uploader had it."""
    folder = tmp_path_factory.mktemp("uploaded") / "Persuasion"
    make_mp3_set(folder / "CD 1", parts=2, seconds=4)
    make_audio(folder / "CD 2" / "03.mp3", seconds=4)
    (folder / "cover.jpg").write_bytes(b"not really a picture" * 100)
    return folder


@pytest.fixture
def book(original, tmp_path):
    return shutil.copytree(original, tmp_path / "downloads" / "Persuasion")


@pytest.fixture
def torrent(original):
    return torrent_of(original)


def torrent_of(path):
    return torrentfile.read(make_torrent(path), require_private=True)


def look(folder, torrent, *, stated_s=None, catalogue_s=None, **options):
    return inspect(folder, torrent, stated_s=stated_s, catalogue_s=catalogue_s, **options)


def verdicts(result):
    return {check.name: check.verdict for check in result.checks}


def check(result, name):
    return next(check for check in result.checks if check.name == name)


def test_a_good_book_passes_every_check(book, torrent):
    result = look(book.parent, torrent, stated_s=12.05, catalogue_s=11.5)

    assert verdicts(result) == {
        "files": PASSED,
        "pieces": PASSED,
        "decoding": PASSED,
        "stated_runtime": PASSED,
        "catalogue_runtime": PASSED,
    }
    assert result.verdict is PASSED
    assert result.words == ""
    assert result.duration_s == pytest.approx(12, abs=0.1)
    assert json.loads(json.dumps([check.figures for check in result.checks]))[1]["pieces"] == len(torrent.pieces)


def test_the_folder_may_be_where_the_client_saves_or_the_torrents_own(book, torrent):
    assert look(book.parent, torrent).verdict is PASSED
    assert look(book, torrent).verdict is PASSED


def test_a_single_file_is_found_by_its_own_path_or_its_folder(tmp_path):
    book = make_m4b(tmp_path / "Emma.m4b", seconds=4)
    torrent = torrent_of(book)

    assert look(tmp_path, torrent).verdict is PASSED
    assert look(book, torrent).verdict is PASSED


def test_unknown_expectations_are_told_and_do_not_spoil_the_verdict(book, torrent):
    result = look(book, torrent)

    assert check(result, "stated_runtime").verdict is UNKNOWN
    assert check(result, "catalogue_runtime").verdict is UNKNOWN
    assert "not known" in result.words
    assert result.verdict is PASSED


def test_a_missing_file_fails_by_name(book, torrent):
    (book / "CD 2" / "03.mp3").unlink()

    result = look(book, torrent)

    assert result.verdict is FAILED
    assert check(result, "files").figures["missing"] == ["CD 2/03.mp3"]
    assert check(result, "pieces").verdict is FAILED
    assert "CD 2/03.mp3: missing" in check(result, "decoding").words


def test_a_file_one_byte_short_fails(book, torrent):
    cover = book / "cover.jpg"
    cover.write_bytes(cover.read_bytes()[:-1])

    result = look(book, torrent)

    assert "cover.jpg (1,999 of 2,000 bytes)" in check(result, "files").words
    assert check(result, "pieces").verdict is FAILED
    assert check(result, "decoding").verdict is PASSED


def test_one_changed_byte_is_found_by_its_piece(book, torrent):
    part = book / "CD 1" / "02 - Part 2.mp3"
    content = bytearray(part.read_bytes())
    content[200] ^= 1  # in the tags, where it is not heard
    part.write_bytes(content)

    result = look(book, torrent)

    assert verdicts(result)["files"] is PASSED
    assert check(result, "pieces").figures["bad_pieces"] == 1
    assert "02 - Part 2.mp3" in check(result, "pieces").words
    assert result.verdict is FAILED


def test_files_beside_the_torrents_do_not_matter(book, torrent):
    (book / "metadata.json").write_text("{}")

    assert look(book, torrent).verdict is PASSED


@pytest.mark.parametrize("suffix", [".mp3", ".flac"])
def test_a_cut_file_is_found_although_the_torrent_agrees(tmp_path, suffix):
    book = make_audio(tmp_path / f"Emma{suffix}", seconds=10)
    book.write_bytes(book.read_bytes()[: book.stat().st_size * 8 // 10])

    result = look(tmp_path, torrent_of(book))

    assert verdicts(result)["pieces"] is PASSED
    assert check(result, "decoding").verdict is FAILED
    assert check(result, "decoding").figures["decoded_s"] < check(result, "decoding").figures["declared_s"]


def test_a_cut_mp4_that_has_its_index_at_the_end_cannot_be_read_at_all(tmp_path):
    book = make_audio(tmp_path / "Emma.m4b", seconds=10)
    book.write_bytes(book.read_bytes()[: book.stat().st_size // 2])

    result = look(tmp_path, torrent_of(book))

    assert "Emma.m4b: not readable as audio" in check(result, "decoding").words
    assert result.duration_s == 0


def test_a_cut_mp4_that_has_its_index_first_is_found_by_decoding(tmp_path):
    book = make_audio(tmp_path / "Emma.m4b", seconds=10, index_first=True)
    book.write_bytes(book.read_bytes()[: book.stat().st_size // 2])

    result = look(tmp_path, torrent_of(book))

    assert check(result, "decoding").verdict is FAILED
    assert result.duration_s < 6


@pytest.mark.parametrize("suffix", [".mp3", ".m4b"])
def test_a_hole_in_the_sound_is_counted(tmp_path, suffix):
    book = make_audio(tmp_path / f"Emma{suffix}", seconds=10)
    content = bytearray(book.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 3_000] = bytes(3_000)
    book.write_bytes(content)

    result = look(tmp_path, torrent_of(book))

    assert check(result, "decoding").verdict is FAILED
    assert check(result, "decoding").figures["errors"] > 0


def test_tags_behind_the_sound_are_no_damage(tmp_path):
    book = make_audio(tmp_path / "Emma.mp3", seconds=20)
    book.write_bytes(book.read_bytes() + b"LYRICSBEGIN" + b"text" * 500 + b"LYRICS200" + b"TAG" + bytes(125))

    assert check(look(tmp_path, torrent_of(book)), "decoding").verdict is PASSED


def test_parts_joined_under_the_header_of_the_first_are_no_damage(tmp_path):
    first, second = (part.read_bytes() for part in make_mp3_set(tmp_path / "parts", parts=2, seconds=5))
    book = tmp_path / "Emma.mp3"
    book.write_bytes(first + second[second.index(b"\xff\xf3", second.index(b"Info")) :])

    result = look(tmp_path, torrent_of(book))

    assert check(result, "decoding").verdict is PASSED
    assert check(result, "decoding").figures["undeclared_files"] == 1
    assert result.duration_s == pytest.approx(10, abs=0.3)


def test_an_audio_name_with_something_else_inside_fails(tmp_path):
    book = tmp_path / "Emma.mp3"
    book.write_text("this is not a book" * 1_000)

    assert check(look(tmp_path, torrent_of(book)), "decoding").verdict is FAILED


def test_a_torrent_without_audio_fails(tmp_path):
    book = tmp_path / "Emma.epub"
    book.write_bytes(b"text" * 1_000)

    result = look(tmp_path, torrent_of(book))

    assert "no audio file" in check(result, "decoding").words
    assert result.verdict is FAILED


@pytest.mark.parametrize(
    ("stated_s", "catalogue_s", "verdict"),
    [(12.2, None, FAILED), (11.8, None, FAILED), (None, 13.0, PASSED), (None, 14.0, FAILED), (None, 10.5, FAILED)],
)
def test_a_runtime_too_far_off_fails(book, torrent, stated_s, catalogue_s, verdict):
    assert look(book, torrent, stated_s=stated_s, catalogue_s=catalogue_s).verdict is verdict


def test_a_folder_that_is_not_there_is_unknown_since_a_disk_may_not_be_mounted(tmp_path, torrent):
    result = look(tmp_path / "nowhere", torrent)

    assert result.verdict is UNKNOWN
    assert set(verdicts(result).values()) == {UNKNOWN}
    assert "is the disk mounted" in result.words


def test_a_file_that_the_disk_refuses_is_unknown(tmp_path):
    loop = tmp_path / "Emma.mp3"
    make_audio(loop, seconds=2)
    torrent = torrent_of(loop)
    loop.unlink()
    loop.symlink_to(loop)  # reading it fails for everyone, root too

    result = look(tmp_path, torrent)

    assert check(result, "pieces").verdict is UNKNOWN
    assert result.verdict is UNKNOWN


def test_padding_between_files_is_hashed_as_zeros(tmp_path):
    first, second = (make_audio(tmp_path / "Emma" / f"{number}.mp3", seconds=2, seed=number) for number in (1, 2))
    plain = torrent_of(tmp_path / "Emma")
    gap = -first.stat().st_size % plain.piece_length
    laid_out = first.read_bytes() + bytes(gap) + second.read_bytes()
    padded = replace(
        plain,
        padding=(gap, 0),
        pieces=tuple(
            hashlib.sha1(laid_out[at : at + plain.piece_length]).digest()
            for at in range(0, len(laid_out), plain.piece_length)
        ),
    )

    assert check(look(tmp_path, padded), "pieces").verdict is PASSED
    assert check(look(tmp_path, plain), "pieces").verdict is PASSED


def test_a_long_book_is_decoded_in_stretches_that_add_up(tmp_path, monkeypatch):
    monkeypatch.setattr("acquisition.inspecting._STRETCH_S", 3.0)
    book = make_m4b(tmp_path / "Emma.m4b", seconds=20)
    beats = []

    result = look(tmp_path, torrent_of(book), beat=beats.append, workers=3)

    assert check(result, "decoding").verdict is PASSED
    assert result.duration_s == pytest.approx(audio.decode(book).seconds, abs=0.001)
    assert beats[-1] == "Decoding: 7 of 7"


def test_a_beat_that_raises_stops_the_inspection(book, torrent):
    class Cancelled(Exception):
        pass

    def beat(words):
        if words.startswith("Decoding"):
            raise Cancelled

    with pytest.raises(Cancelled):
        look(book, torrent, beat=beat)


def test_only_portions_are_held_in_memory(tmp_path):
    book = tmp_path / "Emma.pdf"
    with book.open("wb") as file:
        os.truncate(file.fileno(), 64 << 20)
    torrent = torrentfile.read(make_torrent(book, piece_size=1 << 24), require_private=True)
    tracemalloc.start()
    result = look(tmp_path, torrent, workers=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert check(result, "pieces").verdict is PASSED
    assert peak < 8 << 20
