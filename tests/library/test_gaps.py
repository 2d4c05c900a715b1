"""Gaps told from owned books alone, with what went wrong when this was tried before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.gaps import WIDEST_GAP, Owned, missing_numbers, number_in
from library.positions import parse


def gaps_of(*written, from_one=False):
    return list(missing_numbers(map(parse, written), from_one=from_one))


@pytest.mark.parametrize(
    ("owned", "missing"),
    [
        (["1", "2", "4"], [3]),
        (["2", "5", "7"], [3, 4, 6]),
        (["1", "2", "3"], []),
        (["1", "4"], []),  # two books tell nothing
        (["1", "1.5", "4"], [2, 3]),  # the extra is owned, and fills nothing
        (["0.5", "1.5", "2.5"], []),
        (["1-3", "6"], [4, 5]),  # an omnibus covers every number inside
        (["1-3", "2", "5"], [4]),
        (["1", "2", "5p1"], []),  # part of a book is not the book
        (["1", "2", "", "Prequel"], []),
        (["1", "2", "3", "1984"], []),  # a year is no number of a series
        ([], []),
    ],
)
def test_the_whole_numbers_between_the_owned_ones_are_missing(owned, missing):
    assert gaps_of(*owned) == missing


def test_a_series_may_be_counted_from_one():
    assert gaps_of("3", "4", "6", from_one=True) == [1, 2, 5]
    assert gaps_of("0", "1", "3", from_one=True) == [2]


@given(st.sets(st.integers(0, WIDEST_GAP), min_size=3))
def test_owned_and_missing_numbers_together_are_the_whole_run(owned):
    missing = gaps_of(*map(str, owned))

    assert sorted({*owned, *missing}) == list(range(min(owned), max(owned) + 1))
    assert not owned & set(missing)


@pytest.mark.parametrize(
    ("places", "titles", "number"),
    [
        ([("The Land", "3")], ["Alliances"], "3"),
        ([("The Land #3", "")], ["Alliances"], "3"),
        ([("The Land", "")], ["Alliances: The Land, Book 3"], "3"),
        ([], ["The Land: Alliances: A LitRPG Saga (Chaos Seeds, Book 3)"], None),
        ([], ["Alliances (The Land, #3)"], "3"),
        ([], ["The Land 03 - Alliances"], "3"),
        ([], ["The Land, Book 3"], "3"),
        ([("The Land", "")], ["Book 3"], "3"),
        ([("The Land", "")], ["3: Alliances"], "3"),
        ([("The Land", "")], ["Alliances, Part 3"], "3"),
        ([("The Land", "")], ["Alliances, Vol. 3"], "3"),
        ([("The Land", "")], ["Alliances", "Alliances (The Land 3)"], "3"),
        ([("The Land", "")], ["Alliances"], ""),
        ([("The Land", "")], ["1984"], ""),
        ([("Mistborn", "3")], ["The Hero of Ages"], None),
        ([], ["Alliances"], None),
    ],
)
def test_a_number_is_read_from_the_series_field_or_else_from_the_titles(places, titles, number):
    position = number_in("The Land", Owned(tuple(titles), places=tuple(places)))

    assert (position.spans if position else None) == (None if number is None else parse(number).spans)


def test_no_single_pattern_decides_so_that_owned_books_are_not_reported_missing():
    """One strict pattern once reported 19 of 21 as missing of which 12 were owned."""
    told = [
        "#1",
        "Book 2",
        "3",
        "Vol. 4",
        "05",
        "six",
        "Book Seven",
        "Book VIII",
        "9.0",
        "Volume 10",
        "Book 11 of 21",
        "12",
    ]
    owned = [Owned((f"Tale {number}",), places=(("Long Series", written),)) for number, written in enumerate(told)]

    found = [number_in("Long Series", book) for book in owned]

    assert missing_numbers([position for position in found if position]) == ()


def test_a_series_with_empty_metadata_is_counted_by_its_titles():
    owned = [Owned((f"Empty Field, Book {number}: Tale {number}",)) for number in (1, 2, 4)]

    found = [number_in("Empty Field", book) for book in owned]

    assert missing_numbers([position for position in found if position]) == (3,)


def test_numbers_from_both_places_leave_a_whole_series_without_a_gap():
    """14 of 14 owned books once showed 4 gaps: four had their number in the title alone."""
    by_field = [Owned((f"Tale {n}",), places=(("Whole", str(n)),)) for n in range(1, 11)]
    by_title = [Owned((f"Whole {n:02} - Tale",), places=(("Whole", ""),)) for n in range(11, 15)]

    found = [number_in("Whole", book) for book in (*by_field, *by_title)]

    assert missing_numbers([position for position in found if position], from_one=True) == ()


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_name_of_a_series_matches_nothing(empty):
    assert number_in(empty, Owned(("Anything, Book 3",), places=(("Some Series", "3"),))) is None
    assert number_in("Some Series", Owned(("Some Tale",), places=((empty, "3"),))) is None


def test_a_series_of_the_same_name_by_somebody_else_is_another():
    book = Owned(("Tale",), authors=("Ann Example",), places=(("Chronicles", "3"),))

    assert number_in("Chronicles", book, by=["Bob Example"]) is None
    assert number_in("Chronicles", book, by=["Ann Example"]) == parse("3")
    assert number_in("Chronicles", book) == parse("3")


def test_a_related_series_that_merely_begins_alike_has_numbers_of_its_own():
    assert number_in("Discworld", Owned(("Wyrd Sisters",), places=(("Discworld: Witches", "2"),))) is None
