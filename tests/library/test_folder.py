"""Reading a folder of audiobooks: real files in real folders, good and bad."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from PIL import Image

from library.facts import Credit, SeriesPlace
from library.folder import BookFolder, FoundBook, Unreadable, book_folders, walk
from tests.audiofiles import make_audio, make_m4b, make_mp3_set


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One untagged second of sound, to be copied wherever a book is needed."""
    return make_audio(tmp_path_factory.mktemp("sound") / "second.mp3", seconds=1)


class Shelf:
    """A folder to put books in."""

    def __init__(self, root: Path, sound: Path) -> None:
        self.root = root
        self._sound = sound.read_bytes()

    def put(self, *places: str) -> None:
        for place in places:
            path = self.root / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self._sound)

    def books(self) -> dict[str, FoundBook]:
        return {found.rel_path: found for found in walk(self.root) if isinstance(found, FoundBook)}

    def problems(self) -> dict[str, str]:
        return {found.rel_path: found.why for found in walk(self.root) if isinstance(found, Unreadable)}


@pytest.fixture
def shelf(tmp_path: Path, sound: Path) -> Shelf:
    return Shelf(tmp_path, sound)


def names(people: Iterable[Credit]) -> list[str]:
    return [person.name for person in people]


def test_each_layout_is_a_book_of_its_own(shelf):
    shelf.put("A/S/1 - One/one.mp3", "A/Two/two.mp3", "Three/three.mp3", "Four.mp3")

    books = shelf.books()

    assert {path: book.title for path, book in books.items()} == {
        "A/S/1 - One": "One",
        "A/Two": "Two",
        "Three": "Three",
        "Four.mp3": "Four",
    }
    assert books["Four.mp3"].is_file


def test_discs_join_in_order(shelf):
    shelf.put("A/T/Disc 10/01.mp3", "A/T/Disc 2/02.mp3", "A/T/Disc 2/01.mp3", "A/T/Disc 1/01.mp3")

    (book,) = shelf.books().values()

    assert [file.rel_path for file in book.audio_files] == [
        "Disc 1/01.mp3",
        "Disc 2/01.mp3",
        "Disc 2/02.mp3",
        "Disc 10/01.mp3",
    ]
    assert book.duration_s == pytest.approx(4, abs=0.5)
    assert [round(chapter.start_s) for chapter in book.chapters] == [0, 1, 2, 3]


def test_loose_books_beside_book_folders_are_books_of_their_own(shelf):
    shelf.put("A/First.mp3", "A/Second.mp3", "A/Third/third.mp3")

    assert list(shelf.books()) == ["A/First.mp3", "A/Second.mp3", "A/Third"]


def test_the_parts_of_a_book_stay_together_beside_another_folder(shelf):
    shelf.put("A/T/Part 1.mp3", "A/T/Part 2.mp3", "A/T/Extras/interview.mp3")

    assert list(shelf.books()) == ["A/T", "A/T/Extras"]


def test_numbered_single_file_books_beside_another_folder_are_told_apart(shelf, sound):
    m4b = make_audio(shelf.root / "A/S/1 - One.m4b", seconds=1)
    m4b.with_name("2 - Two.m4b").write_bytes(m4b.read_bytes())
    shelf.put("A/S/3 - Three/three.mp3")

    assert list(shelf.books()) == ["A/S/1 - One.m4b", "A/S/2 - Two.m4b", "A/S/3 - Three"]


def test_tags_win_over_names_of_folders(tmp_path):
    make_m4b(tmp_path / "Someone" / "Hound" / "hound.m4b", seconds=2)

    (book,) = walk(tmp_path)

    assert isinstance(book, FoundBook)
    assert (book.title, names(book.authors)) == ("The Hound of the Baskervilles", ["Arthur Conan Doyle"])
    assert (book.narrators, book.published_year, book.description) == (
        ("Example Reader",),
        "1902",
        "A moor, a curse, a dog.",
    )
    assert [(chapter.title, round(chapter.start_s)) for chapter in book.chapters] == [
        ("Mr. Sherlock Holmes", 0),
        ("The Curse of the Baskervilles", 1),
    ]
    file = book.audio_files[0]
    assert (file.codec, file.chapter_count, file.rel_path) == ("aac", 2, "hound.m4b")
    assert book.inodes == ((tmp_path / "Someone" / "Hound" / "hound.m4b").stat().st_ino,)


def test_tracks_put_files_in_order_and_their_titles_are_chapters(tmp_path):
    files = make_mp3_set(tmp_path / "T", parts=3, seconds=1)
    files[0].rename(files[0].with_name("z.mp3"))

    (book,) = walk(tmp_path)

    assert isinstance(book, FoundBook)
    assert book.title == "Persuasion"
    assert [chapter.title for chapter in book.chapters] == ["Part 1", "Part 2", "Part 3"]


OPF = """<?xml version="1.0"?>
<package xmlns="http://www.idpf.org/2007/opf">
 <metadata xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">
  <dc:title>Around the World in Eighty Days</dc:title>
  <dc:creator opf:role="aut">Jules Verne</dc:creator>
  <dc:creator opf:role="nrt">Nadia Brook</dc:creator>
  <dc:date>1873-01-30</dc:date><dc:language>eng</dc:language><dc:subject>Adventure</dc:subject>
  <dc:identifier opf:scheme="ISBN">9780000000002</dc:identifier>
  <meta name="calibre:series" content="Extraordinary Voyages"/><meta name="calibre:series_index" content="11.0"/>
 </metadata>
</package>"""


def test_an_opf_file_is_read(shelf):
    shelf.put("Someone/80 days/book.mp3")
    (shelf.root / "Someone/80 days/metadata.opf").write_text(OPF)

    book = shelf.books()["Someone/80 days"]

    assert (book.title, names(book.authors), book.narrators) == (
        "Around the World in Eighty Days",
        ["Jules Verne"],
        ("Nadia Brook",),
    )
    assert (book.series, book.isbn, book.published_year) == (
        (SeriesPlace("Extraordinary Voyages", "11"),),
        "9780000000002",
        "1873",
    )


def test_metadata_json_wins_over_everything(shelf):
    shelf.put("A/T/book.mp3")
    (shelf.root / "A/T/metadata.opf").write_text(OPF)
    stored = {
        "title": "Chosen",
        "authors": ["Mara Ellison"],
        "series": ["The Lantern Cycle #1.5", "Standalones"],
        "narrators": [],
        "publishedYear": "2011",
        "abridged": True,
        "tags": ["mine"],
        "chapters": [{"id": 0, "start": 0, "end": 1, "title": "All"}],
    }
    (shelf.root / "A/T/metadata.json").write_text(json.dumps(stored))

    book = shelf.books()["A/T"]

    assert (book.title, names(book.authors), book.narrators) == ("Chosen", ["Mara Ellison"], ("Nadia Brook",))
    assert book.series == (SeriesPlace("The Lantern Cycle", "1.5"), SeriesPlace("Standalones"))
    assert (book.abridged, book.tags, book.chapters[0].title) == (True, ("mine",), "All")


@pytest.mark.parametrize("blank", ["", "   ", "\t\n"])
def test_what_metadata_json_leaves_blank_does_not_win(shelf, blank):
    shelf.put("Jane Austen/Emma/1.mp3")
    stored = {"title": blank, "subtitle": blank, "authors": [blank], "series": [blank]}
    (shelf.root / "Jane Austen/Emma/metadata.json").write_text(json.dumps(stored))

    (book,) = shelf.books().values()

    assert (book.title, book.subtitle, names(book.authors), book.series) == ("Emma", None, ["Jane Austen"], ())


@pytest.mark.parametrize(
    ("told", "read"),
    [
        (" #", None),
        ("#", None),
        (" #1", None),
        ("Highbury #", SeriesPlace("Highbury")),
        ("  Highbury #1.5 ", SeriesPlace("Highbury", "1.5")),
        ("#Bath #2", SeriesPlace("#Bath", "2")),
        ("Bath #1 #2", SeriesPlace("Bath #1", "2")),
    ],
)
def test_a_series_in_metadata_json_has_a_name(shelf, told, read):
    shelf.put("Jane Austen/Emma/1.mp3")
    (shelf.root / "Jane Austen/Emma/metadata.json").write_text(json.dumps({"series": [told]}))

    (book,) = shelf.books().values()

    assert book.series == ((read,) if read else ())


def test_an_nfo_file_is_read(shelf):
    shelf.put("A/T/book.mp3")
    (shelf.root / "A/T/release.nfo").write_text(
        "General Information\n===\n Title:            Low Tide\n Author:  Jonas Wirth\n Read By:  Ann Reed\n"
        " Series Name: Harbour Nights\n Position in Series: 1\n Unabridged: Yes\n Duration: 8 hours\n\n"
        "Book Description\n================\nA body in the harbour.\n"
    )

    book = shelf.books()["A/T"]

    assert (book.title, book.narrators, book.abridged) == ("Low Tide", ("Ann Reed",), False)
    assert book.series == (SeriesPlace("Harbour Nights", "1"),)
    assert book.description == "A body in the harbour."


def test_text_files_and_a_cue_sheet_are_read(shelf):
    shelf.put("A/T/book.mp3")
    (shelf.root / "A/T/desc.txt").write_bytes("Caf\u00e9 stories.".encode("cp1252"))
    (shelf.root / "A/T/reader.txt").write_text("Ann Reed")
    (shelf.root / "A/T/book.cue").write_text(
        'TITLE "T"\nFILE "book.mp3" MP3\n  TRACK 01 AUDIO\n    TITLE "One"\n    INDEX 01 00:00:00\n'
        '  TRACK 02 AUDIO\n    TITLE "Two"\n    INDEX 01 00:00:45\n'
    )

    book = shelf.books()["A/T"]

    assert (book.description, book.narrators) == ("Caf\u00e9 stories.", ("Ann Reed",))
    assert [(chapter.title, chapter.start_s) for chapter in book.chapters] == [("One", 0.0), ("Two", 0.6)]


def test_the_cover_is_the_image_that_is_named_so(shelf):
    shelf.put("A/T/book.mp3")
    for name in ("artist.png", "cover.jpg"):
        Image.new("RGB", (2, 2)).save(shelf.root / "A/T" / name)

    assert shelf.books()["A/T"].cover_path == str(shelf.root / "A/T/cover.jpg")


def test_broken_sidecars_are_reported_and_the_book_is_read(shelf):
    shelf.put("A/T/book.mp3")
    (shelf.root / "A/T/metadata.json").write_text("{half")
    (shelf.root / "A/T/metadata.opf").write_text("<package")

    assert shelf.books()["A/T"].title == "T"
    assert set(shelf.problems()) == {"A/T/metadata.json", "A/T/metadata.opf"}


def test_a_file_that_is_no_audio_is_reported_and_the_others_are_read(shelf):
    shelf.put("A/T/01.mp3", "A/U/book.mp3")
    (shelf.root / "A/T/02.mp3").write_bytes(b"no audio at all")
    (shelf.root / "A/V").mkdir()
    (shelf.root / "A/V/only.m4b").write_bytes(b"")

    books, problems = shelf.books(), shelf.problems()

    assert list(books) == ["A/T", "A/U"]
    assert [file.error is None for file in books["A/T"].audio_files] == [True, False]
    assert set(problems) == {"A/T/02.mp3", "A/V/only.m4b"}


def test_broken_links_and_loops_are_reported_and_end(shelf):
    shelf.put("A/T/book.mp3")
    (shelf.root / "A/T/gone.mp3").symlink_to("nowhere.mp3")
    (shelf.root / "A/T/itself.mp3").symlink_to("itself.mp3")
    (shelf.root / "A/T/up").symlink_to(shelf.root, target_is_directory=True)
    (shelf.root / "A/again").symlink_to(shelf.root / "A/T", target_is_directory=True)

    books, problems = shelf.books(), shelf.problems()

    assert list(books) == ["A/T"]
    assert problems == {
        "A/T/gone.mp3": "a link that leads nowhere",
        "A/T/itself.mp3": "a link that leads nowhere",
        "A/T/up": "leads to the root, which is read already",
        "A/again": "leads to A/T, which is read already",
    }


def test_a_link_to_books_outside_is_followed(shelf, tmp_path_factory, sound):
    outside = Shelf(tmp_path_factory.mktemp("outside"), sound)
    outside.put("T/book.mp3")
    (shelf.root / "A").symlink_to(outside.root, target_is_directory=True)

    assert list(shelf.books()) == ["A/T"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to the superuser")
def test_a_folder_that_may_not_be_read_is_reported(shelf):
    shelf.put("A/T/book.mp3", "B/U/book.mp3")
    (shelf.root / "A").chmod(0)

    try:
        assert list(shelf.books()) == ["B/U"]
        assert list(shelf.problems()) == ["A"]
    finally:
        (shelf.root / "A").chmod(0o700)


def test_a_missing_root_is_reported(tmp_path):
    (found,) = walk(tmp_path / "nowhere")

    assert isinstance(found, Unreadable)


def test_a_name_that_is_no_text_is_reported(shelf):
    shelf.put("A/T/book.mp3")
    (Path(os.fsdecode(os.fsencode(shelf.root / "A/T") + b"/\xff.mp3"))).write_bytes(b"x")

    assert list(shelf.books()) == ["A/T"]
    assert list(shelf.problems().values()) == ["its name is not valid UTF-8"]


def test_hidden_ignored_and_system_folders_are_passed_over(shelf):
    shelf.put("A/T/book.mp3", ".hidden/T/book.mp3", "@eaDir/T/book.mp3", "B/book.mp3")
    (shelf.root / "B/.ignore").touch()

    assert list(shelf.books()) == ["A/T"]


def test_a_folder_of_e_books_is_no_audiobook(shelf):
    (shelf.root / "A").mkdir()
    (shelf.root / "A/book.epub").touch()

    assert list(walk(shelf.root)) == []


def test_the_fingerprint_changes_with_any_file_and_only_then(shelf):
    shelf.put("A/T/book.mp3")

    def fingerprint() -> str:
        (found,) = book_folders(shelf.root)
        assert isinstance(found, BookFolder)
        return found.fingerprint

    first, again = fingerprint(), fingerprint()
    (shelf.root / "A/T/metadata.json").write_text("{}")

    assert first == again
    assert fingerprint() != first


def test_a_walk_shows_that_it_lives(shelf):
    shelf.put("A/T/book.mp3", "A/U/book.mp3")
    beats = []

    list(walk(shelf.root, beat=lambda: beats.append("alive")))

    assert len(beats) == 6  # four folders, two files
