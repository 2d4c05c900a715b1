"""The catalogue of real audiobooks is as large, as varied and as consistent as the sandbox needs."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from mamcrawler.sandbox.catalogue import (
    Catalogue,
    CatalogueError,
    load_catalogue,
    load_twelve_series,
    read_books,
    synthetic,
)


@pytest.fixture(scope="module")
def real() -> Catalogue:
    return load_catalogue()


def test_the_catalogue_holds_600_titles_in_80_series(real: Catalogue) -> None:
    titles = {book.title for book in real.books.values()}

    assert len(titles) >= 600
    assert len([series for series in real.series.values() if len(series.books) > 1]) >= 80


def test_the_catalogue_has_enough_of_every_hard_kind(real: Catalogue) -> None:
    books = real.books.values()
    recordings = [recording for book in books for recording in book.performances]

    assert len([book for book in books if any(place.kind == "novella" for place in book.series)]) >= 25
    assert len([book for book in books if book.contains]) >= 12
    assert len([book for book in books if len(book.performances) > 1]) >= 20
    assert len([book for book in books if not book.has_audio]) >= 15
    assert len([book for book in books if book.released_on is None or book.released_on >= date(2027, 1, 1)]) >= 12
    assert len([book for book in books if len(book.series) > 1]) >= 20
    assert len([book for book in books if not book.series]) >= 20
    assert len([recording for recording in recordings if recording.dramatised]) >= 20
    assert len([recording for recording in recordings if recording.abridged]) >= 10
    assert {recording.language for recording in recordings} >= {"en", "de", "fr", "es"}


@pytest.mark.parametrize("mark", [":", "?", "*", "/", '"', "...", "é"])
def test_some_title_has_a_mark_that_file_names_cannot_or_should_not_hold(real: Catalogue, mark: str) -> None:
    assert any(mark in book.title for book in real.books.values())


def test_one_title_is_a_number_one_is_very_long_and_one_has_two_authors(real: Catalogue) -> None:
    titles = Counter(book.title for book in real.books.values())
    authors = {book.authors for book in real.books.values() if book.title == "The Guest List"}

    assert titles["1984"] == 1
    assert max(map(len, titles)) > 200
    assert len(authors) == 2


def test_books_are_filed_under_their_own_keys_and_recordings_have_asins_of_their_own(real: Catalogue) -> None:
    asins = [recording.asin for book in real.books.values() for recording in book.performances]

    assert all(key == book.key for key, book in real.books.items())
    assert len(set(asins)) == len(asins)
    assert all(len(asin) == 10 and asin.startswith("B0S") and asin.isalnum() for asin in asins)


def test_every_book_is_described_and_every_recording_has_people_hours_and_a_publisher(real: Catalogue) -> None:
    recordings = [recording for book in real.books.values() for recording in book.performances]

    assert all(book.title and book.authors and book.genres and book.description for book in real.books.values())
    assert all(recording.narrators and recording.publisher and recording.hours > 0 for recording in recordings)


def test_a_recording_is_missing_only_where_there_is_no_audio_or_not_yet(real: Catalogue) -> None:
    silent = [book for book in real.books.values() if book.has_audio and not book.performances]

    assert all(book.released_on is None or book.released_on >= date(2027, 1, 1) for book in silent)
    assert not [book for book in real.books.values() if book.performances and not book.has_audio]


def test_every_place_in_a_series_has_a_position_and_the_series_lists_the_book(real: Catalogue) -> None:
    for book in real.books.values():
        for place in book.series:
            assert place.position
            assert book in real.series[place.name].books


def test_no_two_main_books_share_a_position(real: Catalogue) -> None:
    places = Counter(
        (place.name, place.position)
        for book in real.books.values()
        for place in book.series
        if place.kind == "main" and not book.contains
    )

    assert [place for place, count in places.items() if count > 1] == []


def test_a_series_lists_its_books_in_order(real: Catalogue) -> None:
    positions = [
        next(place.position for place in book.series if place.name == "Mistborn")
        for book in real.series["Mistborn"].books
    ]

    assert positions == ["1", "1-3", "2", "3", "3.5", "4", "5", "6", "7", "8"]


def test_an_omnibus_contains_known_books(real: Catalogue) -> None:
    contained = {key for book in real.books.values() for key in book.contains}

    assert contained <= real.books.keys()
    assert real.books["sullivan-theft-of-swords"].contains == ("sullivan-the-crown-conspiracy", "sullivan-avempartha")


def test_a_line_becomes_a_book_with_its_recordings(real: Catalogue) -> None:
    book = real.books["adams-the-hitchhikers-guide-to-the-galaxy"]

    assert book.released_on == date(1979, 10, 12)
    assert [recording.narrators for recording in book.performances[:2]] == [("Stephen Fry",), ("Douglas Adams",)]
    assert [recording.dramatised for recording in book.performances] == [False, False, True, False]
    assert [recording.abridged for recording in book.performances] == [False, False, False, True]


def test_synthetic_books_stand_beside_the_real_ones(real: Catalogue) -> None:
    scaled = load_catalogue(scale=95)

    assert len(scaled.books) == len(real.books) + 95
    assert len(scaled.series) == len(real.series) + 10


def test_synthetic_books_are_the_same_for_the_same_seed_only() -> None:
    books = synthetic(500, seed=3)

    assert books == synthetic(500, seed=3)
    assert books != synthetic(500, seed=4)
    assert len({book.authors for book in books}) > 10


def test_synthetic_names_do_not_run_out() -> None:
    books = synthetic(5_000)

    assert len({book.series[0].name for book in books}) == 500
    assert len({(book.title, book.authors) for book in books}) == 5_000
    assert len({recording.asin for book in books for recording in book.performances}) == 5_000


def test_the_twelve_series_have_55_of_136_books_and_miss_81() -> None:
    twelve = load_twelve_series()

    assert len(twelve) == 12
    assert sum(len(series.numbers) for series in twelve) == 136
    assert sum(len(series.owned) for series in twelve) == 55
    assert sum(len(series.missing) for series in twelve) == 81
    assert sum(len(series.missing) for series in twelve[:3]) == 42


def test_the_twelve_series_know_each_number_and_name_those_without_a_real_book() -> None:
    discworld, *_ = load_twelve_series()
    land = load_twelve_series()[2]

    assert [number.position for number in discworld.owned] == ["1", "2", "7", "12", "16", "19", "23", "26", "30"]
    assert discworld.missing[1].title == "Mort"
    assert [number.title for number in land.missing[-2:]] == ["The Land #9", "The Land #10"]


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("1|A Book|2000|5.0", "before the first heading"),
        ("= Set | One Author | crime | A Reader | A House |\n|A Book|2000|5.0", "has a position"),
        ("= Set | One Author | crime | A Reader | A House |\n1|A Book|soon|5.0", "no date"),
        ("= Set | One Author | crime | A Reader | A House |\n1|A Book|2000|5.0|rare", "unknown note"),
        ("= Set | One Author | crime | A Reader | A House |\n1|A Book|2000|5.0|contains 7", "nothing stands at 7"),
        ("= Set | One Author | crime | A Reader | A House |\n1|A Book|2000|5.0||A line|too long", "7 columns"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, lines: str, complaint: str) -> None:
    (tmp_path / "wrong.txt").write_text(lines, encoding="utf-8")

    with pytest.raises(CatalogueError, match=complaint):
        read_books(tmp_path)
