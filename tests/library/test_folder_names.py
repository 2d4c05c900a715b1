"""What names of folders say by Audiobookshelf's conventions."""

import pytest

from library.facts import Credit, SeriesPlace
from library.folder.names import disc_number, facts_in_path, people


@pytest.mark.parametrize(
    ("path", "title", "authors", "series"),
    [
        ("Jane Austen/Novels/Persuasion", "Persuasion", ["Jane Austen"], [("Novels", None)]),
        ("Jane Austen/Persuasion", "Persuasion", ["Jane Austen"], []),
        ("Persuasion", "Persuasion", [], []),
        ("Shelf/Jane Austen/Novels/6 - Persuasion", "Persuasion", ["Jane Austen"], [("Novels", "6")]),
        ("A/S/Vol. 1 - Title", "Title", ["A"], [("S", "1")]),
        ("A/S/Book 1.5 - Title", "Title", ["A"], [("S", "1.5")]),
        ("A/S/Volume 12. Title", "Title", ["A"], [("S", "12")]),
        ("A/S/007. Title", "Title", ["A"], [("S", "7")]),
        ("A/S/Title - Vol 3", "Title", ["A"], [("S", "3")]),
        ("A/S/1999 - Book 2 - Title", "Title", ["A"], [("S", "2")]),
        ("A/S/101 Dalmatians", "101 Dalmatians", ["A"], [("S", None)]),
        ("A/1 - Title", "1 - Title", ["A"], []),
        ("A/S/3", "3", ["A"], [("S", None)]),
        ("Terry Pratchett & Neil Gaiman/Good Omens", "Good Omens", ["Terry Pratchett", "Neil Gaiman"], []),
        ("Verne, Jules/Title", "Title", ["Jules Verne"], []),
    ],
)
def test_a_path_tells_author_series_position_and_title(path, title, authors, series):
    facts = facts_in_path(path)

    assert facts["title"] == title
    assert [author.name for author in facts["authors"]] == authors
    assert [(place.name, place.sequence) for place in facts["series"]] == series


def test_a_folder_name_tells_asin_narrators_and_year():
    facts = facts_in_path(
        "Jonas Wirth/Harbour Nights/Vol 1 - 2004 - Low Tide (Unabridged) [B00LABTEST] {Ann Reed, Tom Hale}"
    )

    assert facts == {
        "title": "Low Tide",
        "authors": (Credit("Jonas Wirth"),),
        "narrators": ("Ann Reed", "Tom Hale"),
        "series": (SeriesPlace("Harbour Nights", "1"),),
        "published_year": "2004",
        "asin": "B00LABTEST",
        "abridged": False,
    }


@pytest.mark.parametrize("title", ["Standalone Tide (2020)", "(2020) - Standalone Tide", "2020 - Standalone Tide"])
def test_a_year_stands_before_or_behind_the_title(title):
    facts = facts_in_path(f"Mara Ellison/{title}")

    assert (facts["title"], facts["published_year"]) == ("Standalone Tide", "2020")


@pytest.mark.parametrize(
    ("name", "number"), [("CD1", 1), ("Disc 2", 2), ("disk_03", 3), ("Discworld", None), ("Part 1", None)]
)
def test_a_disc_is_told_by_its_name(name, number):
    assert disc_number(name) == number


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("Ann Reed, Tom Hale and Rob Stone", ("Ann Reed", "Tom Hale", "Rob Stone")),
        ("Ann Reed; Tom Hale", ("Ann Reed", "Tom Hale")),
        ("Anderson Sandberg", ("Anderson Sandberg",)),
        ("", ()),
    ],
)
def test_names_in_a_row_are_split(text, split):
    assert people(text) == split
