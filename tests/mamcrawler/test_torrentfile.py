"""What is accepted as a torrent file, and what is said about everything else."""

import hashlib
from contextlib import suppress
from pathlib import Path

import pytest
import torf
from hypothesis import given
from hypothesis import strategies as st

from mamcrawler.lib import torrentfile
from mamcrawler.lib.torrentfile import (
    ListedFile,
    NotATorrent,
    TorrentNotPrivate,
    TorrentRefused,
    TorrentVersionNotSupported,
    UnsafeTorrentPath,
)
from tests.audiofiles import make_torrent

EXAMPLES = Path(__file__).parent.parent / "contracts" / "myanonamouse"


def bencode(value):
    match value:
        case bool() | int():
            return b"i%de" % value
        case str():
            return bencode(value.encode())
        case bytes():
            return b"%d:%s" % (len(value), value)
        case list() | tuple():
            return b"l%se" % b"".join(map(bencode, value))
        case dict():
            return b"d%se" % b"".join(bencode(key) + bencode(item) for key, item in value.items())
        case _:
            raise TypeError(value)


def torrent_of(**changes):
    """Build the smallest valid torrent of one 10-byte file, changed as told (None drops a key)."""
    info = {"length": 10, "name": "a.mp3", "piece length": 16_384, "pieces": b"x" * 20, "private": 1} | changes
    info = {key.replace("_", " "): value for key, value in info.items() if value is not None}
    return bencode({"announce": "https://tracker.example/announce/example-passkey", "info": info})


def folder_of(*paths):
    return torrent_of(length=None, files=[{"length": 10, "path": list(path)} for path in paths], pieces=b"x" * 20)


def test_a_folder_is_read_as_torf_wrote_it(tmp_path):
    book = tmp_path / "Persuasion"
    (book / "CD 1").mkdir(parents=True)
    (book / "CD 1" / "01.mp3").write_bytes(b"a" * 20_000)
    (book / "cover.jpg").write_bytes(b"b" * 5_000)
    content = make_torrent(book)

    torrent = torrentfile.read(content, require_private=True)

    assert torrent.info_hash == torf.Torrent.read_stream(content).infohash
    assert (torrent.name, torrent.is_folder, torrent.is_private) == ("Persuasion", True, True)
    assert torrent.files == (ListedFile(("CD 1", "01.mp3"), 20_000), ListedFile(("cover.jpg",), 5_000))
    assert torrent.total_bytes == 25_000
    assert torrent.piece_length == 16_384
    assert len(torrent.pieces) == 2
    assert torrent.pieces[0] == hashlib.sha1(b"a" * 16_384).digest()
    assert torrent.tracker_id == 4242


def test_a_single_file_is_listed_under_its_own_name(tmp_path):
    (tmp_path / "Emma.m4b").write_bytes(b"a" * 100)

    torrent = torrentfile.read(make_torrent(tmp_path / "Emma.m4b"), require_private=True)

    assert torrent.is_folder is False
    assert torrent.files == (ListedFile(("Emma.m4b",), 100),)


def test_the_stored_info_dictionary_gives_the_torrent_back_without_its_tracker(tmp_path):
    (tmp_path / "Emma.m4b").write_bytes(b"a" * 100)
    torrent = torrentfile.read(make_torrent(tmp_path / "Emma.m4b", comment="a book"), require_private=True)

    restored = torrentfile.restore(torrent.info_dictionary)

    assert restored == torrent
    assert b"passkey" not in restored.info_dictionary
    assert "passkey" not in repr(restored)


def test_the_hash_is_that_of_the_bytes_sent_even_when_keys_are_out_of_order():
    info = bencode({"private": 1, "pieces": b"x" * 20, "piece length": 16_384, "name": "a.mp3", "length": 10})

    torrent = torrentfile.read(b"d4:info" + info + b"e", require_private=True)

    assert torrent.info_hash == hashlib.sha1(info).hexdigest()


def test_padding_counts_for_pieces_but_is_no_file():
    content = torrent_of(
        length=None,
        files=[
            {"length": 10, "path": ["a.mp3"]},
            {"attr": "p", "length": 16_374, "path": [".pad", "16374"]},
            {"length": 10, "path": ["b.mp3"]},
        ],
        pieces=b"x" * 40,
    )

    torrent = torrentfile.read(content, require_private=True)

    assert [file.parts for file in torrent.files] == [("a.mp3",), ("b.mp3",)]
    assert torrent.padding == (16_374, 0)
    assert torrent.total_bytes == 20


def test_the_private_flag_is_asked_for_only_when_required():
    content = torrent_of(private=None)

    assert torrentfile.read(content, require_private=False).is_private is False
    with pytest.raises(TorrentNotPrivate):
        torrentfile.read(content, require_private=True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty answer"),
        (b" \r\n", "an empty answer"),
        (b"\x1f\x8b\x00\x01\x02\x03\x04", "binary data"),
        (b"Invalid session, try again", "text: Invalid session, try again"),
        (b"<!DOCTYPE html><title>Ratio</title><p>Too low</p>", "a web page: Too low"),
    ],
)
def test_what_came_instead_of_a_torrent_is_said(content, words):
    with pytest.raises(NotATorrent) as refused:
        torrentfile.read(content, require_private=True)

    assert str(refused.value) == f"This is not a torrent but {words}"


def test_recorded_refusals_are_told_apart():
    with pytest.raises(NotATorrent, match=r"the login page$"):
        torrentfile.read((EXAMPLES / "login_page.html").read_bytes(), require_private=True)
    with pytest.raises(NotATorrent, match="Attempted to Download Past Unsatisfied limit"):
        torrentfile.read((EXAMPLES / "download_refused_unsatisfied.html").read_bytes(), require_private=True)


def test_nothing_secret_is_repeated_in_the_words():
    answer = (
        b"bad key 0123456789abcdef0123456789abcdef for reader@mail.example from 192.0.2.7 see https://x.example/?k=1"
    )

    with pytest.raises(NotATorrent) as refused:
        torrentfile.read(answer, require_private=True)

    assert str(refused.value).endswith("text: bad key *** for *** from *** see ***")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(torrent_of()[:-30], id="cut"),
        pytest.param(torrent_of() + b"<b>Warning</b>", id="something after the end"),
        pytest.param(b"de", id="empty"),
        pytest.param(b"d4:infoi1ee", id="info is a number"),
        pytest.param(b"d1:a" + b"l" * 5_000, id="deep"),
        pytest.param(b"d1:ai01ee", id="number with a leading zero"),
        pytest.param(b"d1:ai1e1:ai2ee", id="key given twice"),
        pytest.param(b"di1ei2ee", id="key that is no text"),
        pytest.param(torrent_of(pieces=b"x" * 40), id="too many pieces"),
        pytest.param(torrent_of(pieces=7), id="pieces are a number"),
        pytest.param(torrent_of(length=-1), id="negative length"),
        pytest.param(torrent_of(length=0, pieces=b""), id="no content"),
        pytest.param(torrent_of(name=None), id="no name"),
        pytest.param(torrent_of(length=None, files=[]), id="no files"),
        pytest.param(torrent_of(length=None, files=["a"]), id="file that is text"),
        pytest.param(torrent_of(length=None, files=[{"length": 10}]), id="file without a path"),
    ],
)
def test_a_damaged_torrent_is_refused(content):
    with pytest.raises(NotATorrent, match="damaged torrent"):
        torrentfile.read(content, require_private=True)


@pytest.mark.parametrize(
    "path",
    [["..", "a"], ["a", "..", "b"], ["/etc/passwd"], ["a/b"], [""], [], ["."], ["C:\\a"], ["\\\\host\\a"], ["..\\a"]],
)
def test_a_file_outside_of_the_folder_is_refused(path):
    with pytest.raises(UnsafeTorrentPath):
        torrentfile.read(folder_of(path), require_private=True)


def test_a_torrent_whose_own_name_leads_outside_is_refused():
    with pytest.raises(UnsafeTorrentPath):
        torrentfile.read(torrent_of(name="../a.mp3"), require_private=True)


def test_a_file_listed_twice_and_a_link_are_refused():
    link = {"attr": "l", "length": 10, "path": ["a"], "symlink path": ["etc", "passwd"]}

    with pytest.raises(UnsafeTorrentPath, match="twice"):
        torrentfile.read(folder_of(["a"], ["a"]), require_private=True)
    with pytest.raises(UnsafeTorrentPath, match="link"):
        torrentfile.read(torrent_of(length=None, files=[link]), require_private=True)


def test_names_with_marks_that_only_windows_forbids_are_kept():
    torrent = torrentfile.read(folder_of(["Who? What: “Why*” 🎧.mp3"]), require_private=True)

    assert torrent.files[0].parts == ("Who? What: “Why*” 🎧.mp3",)


@pytest.mark.parametrize("changes", [{"meta version": 2}, {"file tree": {}}])
def test_version_2_and_hybrid_torrents_are_refused_by_name(changes):
    with pytest.raises(TorrentVersionNotSupported, match="version 2 or hybrid"):
        torrentfile.read(torrent_of(**changes), require_private=True)


@given(st.binary(max_size=200), st.integers(0, 150))
def test_no_answer_whatever_raises_anything_but_a_refusal(noise, at):
    content = torrent_of()

    for answer in (noise, b"d" + noise, content[:at] + noise + content[at + len(noise) :]):
        with suppress(TorrentRefused):
            torrent = torrentfile.read(answer, require_private=False)
            assert torrentfile.restore(torrent.info_dictionary).files == torrent.files
