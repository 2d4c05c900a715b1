"""What the names and the place of a copy tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library import paths
from library.cleaning import Names
from library.copy_signs import Copy, astray, placeholder_names, series_told
from library.paths import DEFAULT_TEMPLATE


def copy(path="Ann Author/A Title", *, title="A Title", authors=("Ann Author",), narrators=(), **more):
    known = {name: more.pop(name) for name in ("titles", "series") if name in more}
    known["authors"] = more.pop("known_authors", ())
    return Copy(path=path, names=Names(title=title, authors=authors, narrators=narrators, **more), **known)


@pytest.mark.parametrize("title", ["", "  ", "Unknown", "Track 01", "CD 2", "untitled", "Audiobook", "Part 3"])
def test_titles_that_name_nothing(title):
    assert "title" in placeholder_names(copy(title=title))


@pytest.mark.parametrize(
    "title", ["1984", "2666", "It", "The Unknown", "Untitled Love Song", "三体", "Part of Your World"]
)
def test_titles_that_only_look_like_it(title):
    assert placeholder_names(copy(title=title)) == ""


@pytest.mark.parametrize("name", ["Unknown", "unknown author", "Various", "N/A", "-", "?"])
def test_people_that_are_nobody(name):
    assert placeholder_names(copy(authors=(name,))) == f"the author is “{name}”"
    assert placeholder_names(copy(narrators=("Ned Narrator", name))) == f"the narrator is “{name}”"


@pytest.mark.parametrize("name", ["Anonymous", "Ann Unknown", "Varian", "刘慈欣", "Various Authors"])
def test_people_that_are_somebody(name):
    assert placeholder_names(copy(authors=(name,))) == ""


def test_all_that_is_wrong_is_told_in_one_go():
    told = placeholder_names(copy(title="", authors=(), narrators=("unknown",)))

    assert told == "there is no title; there is no author; the narrator is “unknown”"


@pytest.mark.parametrize(
    "path",
    [
        "Ann Author/A Title",
        "Ann Author/A Series/03 - A Title {Ned Narrator}",
        "Author, Ann/2001 - A Title (Unabridged)",
        "Ann Author & Bea Writer/A Title",
        "Fiction/Ann Author - A Title",
        "ann author/a title.m4b",
        "A. Author/A Title",
    ],
)
def test_a_path_that_names_author_and_title_somehow_is_right(path):
    assert astray(copy(path), DEFAULT_TEMPLATE) == ""


@pytest.mark.parametrize(
    ("path", "lacking"),
    [
        ("Bea Writer/A Title", "author"),
        ("Ann Author/Another Book", "title"),
        ("New Folder (2)", "author and title"),
        ("Ann Author/A Series/03", "title"),
    ],
)
def test_a_path_that_names_others_is_told_with_the_place_by_the_template(path, lacking):
    assert astray(copy(path), DEFAULT_TEMPLATE) == f"names another {lacking}; by the template: Ann Author/A Title"


def test_what_a_name_can_not_hold_on_disk_does_not_count():
    assert astray(copy("AC-DC/Who - What", title="Who: What?", authors=("AC/DC",)), DEFAULT_TEMPLATE) == ""


def test_any_book_of_a_collection_may_give_its_name():
    collection = copy("Ann Author/Second", title="Omnibus", titles=("First", "Second"))

    assert astray(collection, DEFAULT_TEMPLATE) == ""


def test_a_template_without_authors_asks_for_none():
    assert astray(copy("Shelf/A Title"), "{title}") == ""
    assert astray(copy("Shelf/A Title"), DEFAULT_TEMPLATE) != ""


@pytest.mark.parametrize("unknown", [{"authors": ()}, {"title": ""}])
def test_nothing_is_said_where_nothing_is_known(unknown):
    assert astray(copy("x/y", **unknown), DEFAULT_TEMPLATE) == ""


@given(title=st.text(min_size=1, max_size=80), author=st.text(min_size=1, max_size=80))
def test_a_book_where_the_template_places_it_is_never_astray(title, author):
    place = paths.render(DEFAULT_TEMPLATE, paths.NamingFields(title=title, author=author))

    assert astray(copy(str(place), title=title, authors=(author,)), DEFAULT_TEMPLATE) == ""


@given(st.text(max_size=300), st.text(max_size=60), st.lists(st.text(max_size=30), max_size=3))
def test_any_names_are_borne(title, path, people):
    one = copy(path or ".", title=title, authors=tuple(people), narrators=tuple(people))

    assert all(
        isinstance(sign, str) for sign in (placeholder_names(one), astray(one, DEFAULT_TEMPLATE), series_told(one))
    )


@pytest.mark.parametrize(
    ("title", "subtitle", "told"),
    [
        ("Golden Son (Red Rising, #2)", "", "Red Rising #2"),
        ("Red Rising 3 - Morning Star", "", "Red Rising #3"),
        ("Royal Assassin", "Book Two of the Farseer Trilogy", "Farseer Trilogy #2"),
        ("Morning Star", "A Novel", ""),
        ("1984", "", ""),
    ],
)
def test_a_series_is_read_from_title_and_subtitle(title, subtitle, told):
    assert series_told(copy(title=title, subtitle=subtitle)).removeprefix("the ") == told


@pytest.mark.parametrize("known", [{"series": (("Red Rising", "2"),)}, {}])
def test_a_series_that_is_known_is_not_told_again(known):
    on_shelf = {} if known else {"narrators": ()}
    one = copy(title="Golden Son (Red Rising, #2)", **known, **on_shelf)

    assert bool(series_told(one)) is not bool(known)
