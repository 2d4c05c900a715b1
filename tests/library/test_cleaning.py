"""Names that stand in the wrong place are put right, the same names again are left alone, and nothing is invented."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.cleaning import Names, clean, usual_spellings

TITLES = [
    # told by hand: title as found, other names → title as it should be, what moved where
    ("Mistborn 1 - The Final Empire", {}, "The Final Empire", {"series": (("Mistborn", "1"),)}),
    ("The Final Empire (Mistborn #1)", {}, "The Final Empire", {"series": (("Mistborn", "1"),)}),
    ("The Final Empire (Mistborn, Book 1)", {}, "The Final Empire", {"series": (("Mistborn", "1"),)}),
    ("Edgedancer (Stormlight Archive #2.5)", {}, "Edgedancer", {"series": (("Stormlight Archive", "2.5"),)}),
    ("Assassin's Quest: Book Three of the Farseer Trilogy", {}, "Assassin's Quest",
     {"series": (("Farseer Trilogy", "3"),)}),
    ("Brandon Sanderson - Elantris", {"authors": ("Brandon Sanderson",)}, "Elantris", {}),
    ("Elantris - B. Sanderson", {"authors": ("Brandon Sanderson",)}, "Elantris", {}),
    ("Project Hail Mary [Ray Porter]", {}, "Project Hail Mary", {"narrators": ("Ray Porter",)}),
    ("Project Hail Mary [R. Porter]", {"narrators": ("Ray Porter",)}, "Project Hail Mary", {}),
    ("Project Hail Mary, read by Ray Porter", {}, "Project Hail Mary", {"narrators": ("Ray Porter",)}),
    ("Project Hail Mary (Narrated by Ray Porter)", {}, "Project Hail Mary", {"narrators": ("Ray Porter",)}),
    ("Dune (1965)", {}, "Dune", {"published_year": "1965"}),
    ("Dune (1965)", {"published_year": "1984"}, "Dune", {}),
    ("Dune (Unabridged)", {}, "Dune", {}),
    ("Dune [M4B 64kbps]", {}, "Dune", {}),
    ("Mistborn 1 - The Final Empire (2006) [Michael Kramer]", {}, "The Final Empire",
     {"series": (("Mistborn", "1"),), "published_year": "2006", "narrators": ("Michael Kramer",)}),
]  # fmt: skip


@pytest.mark.parametrize(("title", "others", "cleaned", "moved"), TITLES)
def test_what_does_not_belong_in_a_title_goes_where_it_belongs(title, others, cleaned, moved):
    found = clean(Names(title=title, **others), readers={"ray porter", "michael kramer"})

    assert found.names == Names(**{"title": cleaned} | others | moved)
    assert found.reasons


@pytest.mark.parametrize(
    "names",
    [
        Names(title="Fahrenheit 451", authors=("Ray Bradbury",)),
        Names(title="1984"),
        Names(title="Catch-22", authors=("Joseph Heller",)),
        Names(title="2001: A Space Odyssey"),
        Names(title="Harry Potter and the Goblet of Fire", series=(("Harry Potter", "4"),)),
        Names(title="Discworld #9"),
        Names(title="It [Revised]", narrators=("Steven Weber",)),
        Names(title="The Stand - Part One"),
        Names(title="Overlord [Light Novel]"),
        Names(title="World Series", series=(("The Series", "1"),)),
        Names(title="Good Omens", authors=("Neil Gaiman", "Terry Pratchett")),
        Names(title="Dune", authors=("Frank Herbert, Jr.",)),
        Names(title="Legion", authors=("Jim Butcher, James Marsters",)),
        Names(title="The Final Empire (Mistborn #1)", series=(("Mistborn", "2"),)),
    ],
)
def test_names_that_are_right_or_unclear_are_left_alone(names):
    assert clean(names).names == names


@pytest.mark.parametrize(
    ("authors", "narrators", "expected_authors", "expected_narrators"),
    [
        (("Tolkien, J.R.R.",), (), ("J.R.R. Tolkien",), ()),
        (("Le Guin, Ursula K.",), (), ("Ursula K. Le Guin",), ()),
        (("Butcher,  Jim",), ("Marsters, James",), ("Jim Butcher",), ("James Marsters",)),
        (("Jim Butcher", "Narrated by James Marsters"), (), ("Jim Butcher",), ("James Marsters",)),
        (("by Jim Butcher",), ("Read by: James Marsters",), ("Jim Butcher",), ("James Marsters",)),
        (("Jim Butcher", "Butcher, Jim"), (), ("Jim Butcher",), ()),
    ],
)
def test_people_are_written_first_name_first_in_the_field_of_their_role(
    authors, narrators, expected_authors, expected_narrators
):
    found = clean(Names(title="Storm Front", authors=authors, narrators=narrators)).names

    assert (found.authors, found.narrators) == (expected_authors, expected_narrators)


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ((("The Expanse Series", "1"),), (("The Expanse", "1"),)),
        ((("Dresden Files, Vol. 3", ""),), (("Dresden Files", "3"),)),
        ((("Dresden Files Vol. 3", "4"),), (("Dresden Files", "4"),)),
        ((("Dresden Files", ""), ("The Dresden Files", "3")), (("Dresden Files", "3"),)),
        ((("Cosmere", "9"), ("Mistborn", "1")), (("Cosmere", "9"), ("Mistborn", "1"))),
    ],
)
def test_a_series_goes_by_its_name_alone(series, expected):
    assert clean(Names(title="A Book", series=series)).names.series == expected


def test_a_series_takes_its_usual_spelling():
    spellings = usual_spellings(["The Dresden Files", "The Dresden Files", "Dresden Files Series"])

    found = clean(Names(title="Storm Front", series=(("Dresden Files", "1"),)), spellings=spellings)

    assert found.names.series == (("The Dresden Files", "1"),)


def test_a_number_in_the_title_completes_the_series_that_lacks_it():
    found = clean(Names(title="Mistborn 1 - The Final Empire", series=(("Mistborn", ""),)))

    assert (found.names.title, found.names.series) == ("The Final Empire", (("Mistborn", "1"),))


def test_a_subtitle_that_only_names_the_series_becomes_its_place():
    found = clean(Names(title="Assassin's Quest", subtitle="Book Three of the Farseer Trilogy"))

    assert (found.names.subtitle, found.names.series) == ("", (("Farseer Trilogy", "3"),))


def test_the_series_of_the_book_is_taken_over_where_the_item_names_none():
    known = (("Mistborn", "1"),)

    assert clean(Names(title="The Final Empire"), known=known).names.series == known
    assert clean(Names(title="The Final Empire", series=(("Cosmere", ""),)), known=known).names.series == (
        ("Cosmere", ""),
    )


TEXT = st.text(max_size=40) | st.sampled_from([title for title, *_ in TITLES])
NAMES = st.builds(
    Names,
    title=TEXT,
    subtitle=TEXT,
    authors=st.lists(TEXT, max_size=3).map(tuple),
    narrators=st.lists(TEXT, max_size=3).map(tuple),
    series=st.lists(st.tuples(TEXT, st.sampled_from(["", "1", "2.5", "x"])), max_size=3).map(tuple),
)


@settings(deadline=None)
@given(names=NAMES)
def test_cleaning_never_fails_and_has_nothing_to_do_a_second_time(names):
    once = clean(names).names

    assert clean(once).names == once
    assert bool(once.title) == bool(names.title)


def test_names_survive_the_way_to_the_shelf_and_back():
    names = Names("Title", "Sub", ("A",), ("B",), (("S", "1"), ("T", "")), "2001")

    assert Names.of(names.told()) == names
