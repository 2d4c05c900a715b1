"""Positions in series, read from catalogues' fields and from titles."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.positions import LONGEST_TEXT, Position, from_title, parse

TABLE = Path(__file__).parent / "data" / "series_strings.tsv"


def rows(kind: str) -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8") as table:
        return [row for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE) if row["kind"] == kind]


def written(position: Position) -> str:
    """The spans in the notation of the table."""
    spans = [f"{low:f}" if low == high else f"{low:f}..{high:f}" for low, high in position.spans]
    return ",".join(spans) or "-"


def same_numbers(position: Position, expected: str) -> bool:
    return [Decimal(number) for number in written(position).replace("..", ",").split(",") if number != "-"] == [
        Decimal(number) for number in expected.replace("..", ",").split(",") if number != "-"
    ]


def test_the_table_holds_three_hundred_strings():
    assert len(rows("position")) + len(rows("title")) >= 300


@pytest.mark.parametrize("row", rows("position"), ids=lambda row: row["text"])
def test_a_position_reads_as_the_table_says(row):
    position = parse(row["text"])

    assert same_numbers(position, row["position"]), written(position)
    assert position.part == (int(row["part"]) if row["part"] else None)


@pytest.mark.parametrize("row", rows("title"), ids=lambda row: row["text"])
def test_a_title_names_series_and_position_as_the_table_says(row):
    mention = from_title(row["text"])

    if row["position"] == "-":
        assert mention is None
    else:
        assert mention is not None
        assert (mention.title, mention.series) == (row["title"], row["series"])
        assert same_numbers(mention.position, row["position"]), written(mention.position)


def test_nothing_is_an_unknown_position():
    assert parse(None) == Position("")
    assert not parse("").is_known
    assert parse("").start is None
    assert parse("").end is None
    assert parse("").numbers_inside() == ()


def test_the_text_is_kept_as_written():
    assert parse("  Book Three ").text == "Book Three"


def test_start_and_end_span_the_whole_list():
    position = parse("1-6, 9-15")

    assert (position.start, position.end) == (Decimal(1), Decimal(15))
    assert position.is_range


def test_a_single_number_is_no_range():
    assert not parse("3").is_range
    assert not parse("5p3").is_range


@pytest.mark.parametrize(
    ("omnibus", "book", "covered"),
    [
        ("1-3", "2", True),
        ("1-3", "1-2", True),
        ("1-3", "4", False),
        ("1-6, 9-15", "7", False),
        ("1-6, 9-15", "10", True),
        ("1, 2, 3", "1-3", True),
        ("1-3", "1.5", False),
        ("0.5-3", "1.5", True),
        ("0,5 - 7", "0.5", True),
        ("1.5", "1.5", True),
        ("5", "5p3", True),
        ("5p3", "5", False),
        ("5p3", "5p3", True),
        ("5p3", "5p2", False),
        ("1-3", "", False),
        ("", "1", False),
    ],
)
def test_what_a_position_covers(omnibus, book, covered):
    assert parse(omnibus).covers(parse(book)) is covered


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("1-3", (1, 2, 3)), ("0,5 - 2", (1, 2)), ("3.1-3.2", ()), ("1-2, 2, 4", (1, 2, 4)), ("1.5", ()), ("x", ())],
)
def test_whole_numbers_inside(text, numbers):
    assert parse(text).numbers_inside() == numbers


def test_positions_sort_by_number_with_unknown_ones_last():
    texts = ["", "10", "2", "1.5", "1-3", "1", "5p3", "5"]

    ordered = sorted(map(parse, texts), key=lambda position: position.sort_key)

    assert [position.text for position in ordered] == ["1", "1-3", "1.5", "2", "5", "5p3", "10", ""]


@given(st.text(max_size=LONGEST_TEXT * 2))
def test_no_string_raises(text):
    position, mention = parse(text), from_title(text)

    assert all(low <= high for low, high in position.spans)
    assert len(position.numbers_inside()) <= 100_000
    assert mention is None or mention.position.is_known


_PIECES = [
    "Book",
    "Vol.",
    "#",
    "Part",
    "of",
    "the",
    "Three",
    "IV",
    "1",
    "02",
    "3.5",
    "-",
    "–",
    ",",
    ":",
    "(",
    ")",
    "[",
    "]",
    "½",
    "p",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=60).map(" ".join))
def test_no_arrangement_of_the_usual_pieces_raises(text):
    position, mention = parse(text), from_title(text)

    assert position.covers(position) is position.is_known
    assert mention is None or mention.position.is_known
