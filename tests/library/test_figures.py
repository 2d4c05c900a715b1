"""How counted rows are told: bands, languages, months, and where the columns of a chart stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library import charting, figures
from library.figures import Counted, Month, Part, Share, Statistics
from library.templatetags import stock
from mamcrawler.lib import charts

ONE = Counted(editions=1)


def test_what_is_unknown_comes_last_however_much_it_is():
    rows = figures.by_size([("m4b", ONE), ("", Counted(editions=9)), ("mp3", Counted(editions=2)), ("m4b", ONE)])

    assert [(row.label, row.editions) for row in rows] == [("m4b", 2), ("mp3", 2), ("Unknown", 9)]


def test_empty_bands_are_told_only_between_others():
    order = ["a", "b", "c", "d", "e"]

    assert [row.label for row in figures.in_bands([("b", ONE), ("d", ONE)], order)] == ["b", "c", "d"]
    assert [row.label for row in figures.in_bands([("Unknown", ONE), ("e", ONE)], order)] == ["e", "Unknown"]
    assert figures.in_bands([], order) == []


def test_months_without_anything_are_filled_in_and_old_ones_summed_up():
    months = [Month(month="2023-12", books=1), Month(month="2024-11", books=2), Month(month="2025-02", books=4)]

    filled = figures.every_month(months, 4)

    assert [(month.month, month.books) for month in filled] == [
        ("", 1), ("2024-11", 2), ("2024-12", 0), ("2025-01", 0), ("2025-02", 4),
    ]  # fmt: skip
    assert figures.every_month([], 4) == []
    assert figures.every_month(months[:1], 4) == months[:1]


@given(
    st.lists(st.tuples(st.integers(2000, 2030), st.integers(1, 12), st.integers(0, 99)), max_size=30),
    st.integers(1, 36),
)
def test_no_month_is_lost(drawn, most):
    known = {f"{year}-{month:02}": count for year, month, count in drawn}

    filled = figures.every_month([Month(month=name, books=count) for name, count in known.items()], most)

    assert sum(month.books for month in filled) == sum(known.values())
    assert len([month for month in filled if month.month]) <= most


@pytest.mark.parametrize(
    ("has", "bucket"),
    [(10, "Complete"), (9, "80–99 %"), (8, "80–99 %"), (5, "50–79 %"), (4, "Under 50 %"), (0, "Under 50 %")],
)
def test_a_copy_falls_into_the_bucket_of_its_share(has, bucket):
    told = figures.completeness([((True,) * has + (False,) * (10 - has), 3)])

    assert [(part.label, part.count) for part in told.buckets if part.count] == [(bucket, 3)]
    assert [part.count for part in told.fields] == [3] * has + [0] * (10 - has)


@given(st.lists(st.integers(0, 10**9), max_size=40))
def test_columns_stay_in_their_box_and_keep_their_order(values):
    drawn = charts.columns(values)

    assert [column.value for column in drawn] == values
    for column in drawn:
        assert 0 <= column.x <= column.x + column.width <= charts.WIDTH + 0.1
        assert 0 <= column.height <= charts.HEIGHT
        assert column.y + column.height == pytest.approx(charts.HEIGHT, abs=0.02)
        assert bool(column.height) is (column.value > 0)
    if any(values):
        assert max(column.height for column in drawn) == charts.HEIGHT


@given(st.lists(st.integers(0, 10**6), max_size=10))
def test_pieces_fill_the_bar_without_a_gap(values):
    drawn = charts.pieces(values)

    if sum(values):
        assert drawn[-1].x + drawn[-1].width == pytest.approx(charts.WIDTH, abs=0.1)
    else:
        assert all(piece.width == 0 for piece in drawn)


def test_an_empty_library_can_be_drawn():
    drawn = charting.drawn(Statistics())

    assert [chart.most for chart in drawn.months] == [0, 0]
    assert [table.rows for table in drawn.tables] == [(), (), (), ()]
    assert drawn.standing.pieces == ()


def test_hours_are_summed_first_and_rounded_last():
    months = [Month(month=f"2025-{number:02}", seconds=1_500, books=1) for number in range(1, 13)]
    before = [Month(month=f"2022-{number:02}", seconds=1_500) for number in (1, 2)]

    books, hours = charting.drawn(Statistics(months=[*before, *months])).months

    assert (books.total, hours.total, hours.earlier) == (12, 5, 1)
    assert {bar.count for bar in hours.bars} == {0}


def test_rows_lead_to_the_books_they_count():
    told = Statistics(
        formats=[Share(label="m4b", key="m4b", editions=3), Share(label="m4b+mp3", key="m4b+mp3", editions=1)],
        series_standing=[Part(label="Complete", count=1)],
    )

    rows = charting.drawn(told).tables[0].rows

    assert [(row.url, row.percent) for row in rows] == [("/library/?format=m4b", 75.0), ("", 25.0)]


@pytest.mark.parametrize(("share", "words"), [(0, "0 %"), (0.2, "< 1 %"), (1.4, "1 %"), (99.7, "99 %"), (100, "100 %")])
def test_a_share_is_never_rounded_to_nothing_or_all(share, words):
    assert stock.percent(share) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 h"), (20, "1 min"), (1_800, "30 min"), (3_600, "1 h"), (5_000_000, "1,389 h")]
)
def test_a_length_is_told_in_hours(seconds, words):
    assert stock.hours(seconds) == words


def test_a_long_listening_is_told_in_days_and_years():
    assert [stock.as_days(3_600 * hours) for hours in (5, 240, 87_660)] == [
        "from end to end", "10 days on end", "10.0 years on end",
    ]  # fmt: skip
