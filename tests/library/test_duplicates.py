"""Copies of one performance are duplicates; which one to keep is suggested with reasons, and no more than that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.duplicates import CopyFacts, judge
from library.models import Book
from tests.factories import (
    BookFactory,
    CoverageFactory,
    EditionFactory,
    NotDuplicateFactory,
    RecordingFactory,
    ShelfFactory,
)

HOUR = 3600


def copy(pk, **facts):
    return CopyFacts(pk=pk, **{"narrators": ("Ray Porter",), "duration_s": 10 * HOUR} | facts)


def groups(*copies):
    return [sorted(judged.facts.pk for judged in group.copies) for group in judge(copies)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"narrators": ("R. Porter",)}),
        ({"narrators": (), "recording": 5}, {"narrators": (), "recording": 5, "duration_s": None}),
        ({"narrators": ("A. Voice", "B. Speaker")}, {"narrators": ("B. Speaker",)}),
        ({"asin": "B000000001"}, {"asin": "B000000001", "narrators": ("Somebody Else",)}),
        ({}, {"narrators": (), "duration_s": 10 * HOUR + 60}),
    ],
)
def test_copies_of_one_performance_are_duplicates(one, other):
    assert groups(copy(1, **one), copy(2, **other)) == [[1, 2]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"narrators": ("Kate Reading",)}),
        ({}, {"is_abridged": True}),
        ({}, {"narrators": (), "duration_s": 7 * HOUR}),
        ({}, {"narrators": (), "duration_s": None}),
    ],
)
def test_several_performances_are_no_duplicates(one, other):
    assert groups(copy(1, **one), copy(2, **other)) == [[1], [2]]


def test_copies_that_only_their_length_makes_one_are_not_certain():
    [group] = judge([copy(1), copy(2, narrators=())])

    assert group.is_duplicate
    assert not group.is_certain


@pytest.mark.parametrize(
    ("better", "worse", "reason"),
    [
        ({"asin": "B0"}, {"asin": "B0", "is_abridged": True, "bitrate_kbps": 320}, "unabridged"),
        (
            {"runtime_s": 10 * HOUR},
            {"runtime_s": 10 * HOUR, "duration_s": 4 * HOUR, "bitrate_kbps": 320},
            "as long as the catalogue says",
        ),
        ({"bitrate_kbps": 128}, {"bitrate_kbps": 64, "has_cover": True}, "128 kbit/s against 64 kbit/s"),
        ({"bitrate_kbps": 64}, {}, "64 kbit/s against an unknown bitrate"),
        ({"file_count": 1, "chapter_count": 30}, {"file_count": 30}, "one file with chapters"),
        ({"is_seeded": True}, {"has_cover": True}, "a torrent seeds it"),
        ({"has_cover": True}, {"field_count": 9}, "has a cover"),
        ({"field_count": 9}, {"field_count": 4}, "9 metadata fields filled against 4"),
    ],
)
def test_the_better_copy_is_suggested_with_the_reason(better, worse, reason):
    [group] = judge([copy(1, **worse), copy(2, **better)])

    first, second = group.copies
    assert (first.facts.pk, first.is_best, second.is_best) == (2, True, False)
    assert first.reasons == (reason,)
    assert second.reasons[0] == reason


def test_within_a_band_the_bitrate_does_not_decide():
    [group] = judge([copy(1, bitrate_kbps=126), copy(2, bitrate_kbps=127)])

    assert group.copies[0].facts.pk == 1
    assert group.copies[0].reasons == ("all copies are equally good; this one came first",)


def test_of_a_single_copy_nothing_is_suggested():
    [group] = judge([copy(1)])

    assert (group.copies[0].is_best, group.copies[0].reasons) == (False, ())


FACTS = st.builds(
    CopyFacts,
    pk=st.integers(1, 9),
    narrators=st.lists(st.sampled_from(["Ray Porter", "R. Porter", "Kate Reading", ""]), max_size=2).map(tuple),
    asin=st.sampled_from(["", "B1", "B2"]),
    is_abridged=st.sampled_from([None, True, False]),
    duration_s=st.none() | st.floats(0, 1e6),
    runtime_s=st.none() | st.floats(0, 1e6),
    bitrate_kbps=st.none() | st.integers(0, 500),
)


@given(copies=st.lists(FACTS, max_size=6, unique_by=lambda one: one.pk))
def test_every_copy_is_in_one_group_and_each_group_has_at_most_one_best(copies):
    judged = judge(copies)

    assert sorted(one.facts.pk for group in judged for one in group.copies) == sorted(one.pk for one in copies)
    assert all(sum(one.is_best for one in group.copies) == group.is_duplicate for group in judged)


def copies_of(book, *recordings):
    return [CoverageFactory(book=book, edition=EditionFactory(recording=recording)).edition for recording in recordings]


@pytest.mark.django_db
def test_a_book_with_two_copies_of_a_recording_is_listed_also_across_shelves():
    book = BookFactory()
    recording = RecordingFactory(book=book, narrator_key="ray porter")
    for shelf in ShelfFactory.create_batch(2):
        CoverageFactory(book=book, edition=EditionFactory(recording=recording, shelf=shelf))

    assert list(Book.objects.duplicated()) == [book]


@pytest.mark.django_db
def test_a_second_asin_of_the_same_narrators_is_the_same_performance():
    book = BookFactory()
    copies_of(book, *(RecordingFactory(book=book, narrator_key="ray porter", asin=asin) for asin in ("B1", "B2")))

    assert list(Book.objects.duplicated()) == [book]


@pytest.mark.django_db
def test_a_book_with_several_performances_is_not_listed():
    book, abridged = BookFactory(), BookFactory()
    copies_of(book, *(RecordingFactory(book=book, narrator_key=key) for key in ("ray porter", "kate reading")))
    copies_of(abridged, *(RecordingFactory(book=abridged, narrator_key="x", is_abridged=on) for on in (True, False)))

    assert not Book.objects.duplicated().exists()


@pytest.mark.django_db
def test_a_copy_whose_performance_is_unknown_is_listed_beside_another():
    alone, beside = BookFactory(), BookFactory()
    copies_of(alone, None)
    copies_of(beside, None, RecordingFactory(book=beside, narrator_key="ray porter"))

    assert list(Book.objects.duplicated()) == [beside]


@pytest.mark.django_db
def test_vanished_copies_and_parts_do_not_count():
    book = BookFactory()
    copies_of(book, None)
    CoverageFactory(book=book, edition__status="vanished", edition__vanished_at="2026-01-01T00:00Z")
    CoverageFactory(book=book, extent="part")

    assert not Book.objects.duplicated().exists()


@pytest.mark.django_db
def test_what_a_person_found_to_be_no_duplicate_is_not_listed_until_another_copy_arrives():
    book = BookFactory()
    newest = copies_of(book, None, None)[-1]
    NotDuplicateFactory(book=book, copies=2, newest_edition=newest.pk)
    assert not Book.objects.duplicated().exists()

    copies_of(book, None)

    assert list(Book.objects.duplicated()) == [book]
