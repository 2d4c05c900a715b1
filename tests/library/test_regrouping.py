"""Merging, splitting and moving keep every link, survive a sync, and are undone to the last row."""

import pytest

from acquisition.models import FailedAttempt, Want
from library.models import (
    Alias,
    Author,
    Book,
    Narrator,
    Recording,
    Regrouping,
    Series,
    SeriesEntry,
)
from library.services import authors_named, catalogue_edition, narrators_named, regrouping, series_named
from mamcrawler.operations.models import AuditEntry
from metadata.models import Claim
from tests.factories import (
    AliasFactory,
    AuthorFactory,
    BookFactory,
    ClaimFactory,
    CoverageFactory,
    EditionFactory,
    FailedAttemptFactory,
    RecordingFactory,
    SeriesEntryFactory,
    SeriesFactory,
    UserFactory,
    WantFactory,
)

pytestmark = pytest.mark.django_db


def copy_of(book, **edition):
    return CoverageFactory(book=book, edition=EditionFactory(**edition)).edition


def read_by(book, *names, **recording):
    narrators = narrators_named(names)
    key = "|".join(sorted(narrator.key for narrator in narrators))
    made = RecordingFactory(book=book, narrator_key=key, **recording)
    made.narrators.set(narrators)
    return made


def test_merged_authors_write_each_book_once():
    kept, other = AuthorFactory(name="Ann Author"), AuthorFactory(name="A. N. Author")
    both, one = BookFactory(by="Ann Author"), BookFactory(by="A. N. Author")
    both.authors.add(other)

    regrouping.merge_authors(kept, [other], by=None)

    assert set(kept.books.all()) == {both, one}
    assert not Author.objects.filter(pk=other.pk).exists()


def test_the_spelling_of_a_merged_author_means_the_one_that_was_kept():
    kept, other = AuthorFactory(name="Ann Author"), AuthorFactory(name="Annie Writer")

    regrouping.merge_authors(kept, [other], by=None)

    assert authors_named(["Annie Writer"]) == [kept]


def test_series_that_only_their_author_told_apart_become_one():
    kept, other = AuthorFactory(name="Ann Author"), AuthorFactory(name="Annie Writer")
    mine = SeriesFactory(name="Tales", author_key=kept.key)
    theirs = SeriesFactory(name="Tales", author_key=other.key)
    entry = SeriesEntryFactory(series=theirs)

    regrouping.merge_authors(kept, [other], by=None)

    entry.refresh_from_db()
    assert (entry.series, Series.objects.count()) == (mine, 1)


def test_recordings_that_merged_narrators_make_one_performance_become_one():
    book = BookFactory()
    mine, theirs = read_by(book, "Ray Porter", asin="B000000001"), read_by(book, "Raymond Porter")
    copy = copy_of(book, recording=theirs)
    kept, other = Narrator.objects.get(name="Ray Porter"), Narrator.objects.get(name="Raymond Porter")

    regrouping.merge_narrators(kept, [other], by=None)

    copy.refresh_from_db()
    assert copy.recording == mine
    assert Recording.objects.get().narrator_key == kept.key
    assert narrators_named(["Raymond Porter"]) == [kept]


def test_a_book_in_both_series_keeps_its_number_and_takes_one_where_it_has_none():
    kept, other = SeriesFactory(name="The Expanse"), SeriesFactory(name="Expanse Books in Order")
    book, unnumbered = BookFactory(), BookFactory()
    SeriesEntryFactory(series=kept, book=book, position="2")
    SeriesEntryFactory(series=other, book=book, position="3")
    SeriesEntryFactory(series=kept, book=unnumbered, position="", start=None, end=None)
    SeriesEntryFactory(series=other, book=unnumbered, position="4")

    regrouping.merge_series(kept, [other], by=None)

    assert list(kept.entries.order_by("start").values_list("book", "position", "start")) == [
        (book.pk, "2", 2),
        (unnumbered.pk, "4", 4),
    ]


def test_the_name_of_a_merged_series_means_the_one_that_was_kept():
    kept, other = SeriesFactory(name="The Expanse"), SeriesFactory(name="Leviathan Cycle")

    regrouping.merge_series(kept, [other], by=None)

    assert series_named("Leviathan Cycle", ["James S. A. Corey"]) == kept


def test_a_name_that_another_series_bears_too_is_left_to_that_one():
    kept = SeriesFactory(name="The Expanse", author_key="james corey")
    other, third = SeriesFactory(name="Tales", author_key="james corey"), SeriesFactory(name="Tales", author_key="ann")

    regrouping.merge_series(kept, [other], by=None)

    assert series_named("Tales", ["Ann"]) == third


def test_copies_places_names_and_outside_ids_follow_a_merged_book():
    kept, other = BookFactory(title="The Northern Lights", by="P. Pullman"), BookFactory(title="The Golden Compass")
    copy, entry = copy_of(other), SeriesEntryFactory(book=other)
    AliasFactory(source="hardcover", value="77", target_id=other.pk)
    claim, failed = ClaimFactory(book=other), FailedAttemptFactory(book=other)

    regrouping.merge_books(kept, [other], by=None)

    assert copy.coverages.get().book == kept
    assert Alias.objects.get(value="77").target_id == kept.pk
    assert {SeriesEntry.objects.get(pk=entry.pk).book, Claim.objects.get(pk=claim.pk).book} == {kept}
    assert FailedAttempt.objects.get(pk=failed.pk).book == kept


def test_what_a_book_lacks_is_taken_from_the_one_merged_into_it():
    kept = BookFactory(description="Its own", isbn="")
    other = BookFactory(description="Another", isbn="9780000000001", has_audio=Book.HasAudio.YES)

    regrouping.merge_books(kept, [other], by=None)

    kept.refresh_from_db()
    assert (kept.description, kept.isbn, kept.has_audio) == ("Its own", "9780000000001", "yes")


def test_a_placeholder_takes_the_name_of_the_book_merged_into_it():
    kept, other = BookFactory(title="Tales #3", is_placeholder=True), BookFactory(title="The Third Tale")

    regrouping.merge_books(kept, [other], by=None)

    kept.refresh_from_db()
    assert (kept.title, kept.key, kept.is_placeholder) == ("The Third Tale", "third tale", False)


def test_one_item_of_an_omnibus_holding_both_books_holds_the_merged_one_once():
    kept, other = BookFactory(), BookFactory()
    copy = copy_of(kept)
    CoverageFactory(edition=copy, book=other)

    regrouping.merge_books(kept, [other], by=None)

    assert [coverage.book for coverage in copy.coverages.all()] == [kept]


def test_recordings_under_one_asin_become_one_and_other_performances_stay_apart():
    kept, other = BookFactory(), BookFactory()
    mine = read_by(kept, "Ray Porter", asin="B000000001")
    same, another = read_by(other, "R. Porter", asin="B000000001"), read_by(other, "Kate Reading")
    copy = copy_of(other, recording=same)

    regrouping.merge_books(kept, [other], by=None)

    copy.refresh_from_db()
    assert copy.recording == mine
    assert set(kept.recordings.all()) == {mine, another}


def test_of_two_open_wants_one_is_dropped_and_says_why():
    kept, other = WantFactory(), WantFactory(book__title="The Golden Compass")

    regrouping.merge_books(kept.book, [other.book], by=None)

    other.refresh_from_db()
    assert (other.status, other.book) == (Want.Status.DROPPED, kept.book)
    assert other.explanation.startswith("dropped: The Golden Compass is the same book as")
    assert Want.objects.open().get() == kept


def test_a_want_that_a_release_is_on_its_way_for_stays_open():
    kept, other = WantFactory(), WantFactory(status=Want.Status.SNATCHED)

    regrouping.merge_books(kept.book, [other.book], by=None)

    assert Want.objects.open().get() == other


def test_books_with_a_release_on_its_way_for_both_are_not_merged():
    kept, other = WantFactory(status=Want.Status.SNATCHED), WantFactory(status=Want.Status.SNATCHED)

    with pytest.raises(regrouping.CanNotMerge, match="under way"):
        regrouping.merge_books(kept.book, [other.book], by=None)

    assert Book.objects.count() == 2
    assert not Regrouping.objects.exists()


def test_a_sync_after_a_merge_keeps_it():
    told = {"title": "The Golden Compass", "authors": ["Philip Pullman"], "series": []}
    kept = BookFactory(title="Northern Lights", by="Philip Pullman")
    other = BookFactory(title="The Golden Compass", by="Philip Pullman")
    copy = copy_of(other, metadata=told)
    regrouping.merge_books(kept, [other], by=None)

    catalogue_edition(copy)
    catalogue_edition(EditionFactory(title="another copy", metadata=told))

    assert Book.objects.get() == kept
    assert kept.coverages.count() == 2


def test_copies_that_are_another_book_become_one_by_the_same_author():
    book = BookFactory(by="Ann Author")
    stays, goes = copy_of(book), copy_of(book, title="The Other Book", recording=read_by(book, "Ray Porter"))

    regrouping.split_book(book, editions=[goes], by=None)

    made = goes.coverages.get().book
    assert (made.title, made.author_names, made.is_monitored) == ("The Other Book", "Ann Author", True)
    assert stays.coverages.get().book == book
    assert made.recordings.get().narrators.get().name == "Ray Porter"


def test_a_recording_that_a_staying_copy_is_of_is_copied():
    book, to = BookFactory(), BookFactory()
    recording = read_by(book, "Ray Porter")
    stays, goes = copy_of(book, recording=recording), copy_of(book, recording=recording)

    regrouping.reassign_edition(goes, to, by=None)

    goes.refresh_from_db()
    stays.refresh_from_db()
    assert (stays.recording, goes.recording.book) == (recording, to)
    assert goes.recording.narrators.get().name == "Ray Porter"


def test_a_moved_recording_takes_its_copies_along():
    recording, to = read_by(BookFactory(), "Ray Porter"), BookFactory()
    copy = copy_of(recording.book, recording=recording)

    regrouping.move_recording(recording, to, by=None)

    assert (to.recordings.get(), copy.coverages.get().book) == (recording, to)


def test_a_copy_that_was_given_its_book_keeps_it_whatever_its_shelf_says():
    told = {"title": "Wrong Name", "authors": ["Ann Author"]}
    copy, to = copy_of(BookFactory(title="Wrong Name", by="Ann Author"), metadata=told), BookFactory()
    regrouping.reassign_edition(copy, to, by=None)

    catalogue_edition(copy)

    assert copy.coverages.get().book == to


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda book: regrouping.merge_books(book, [book], by=None), "choose at least one"),
        (lambda book: regrouping.split_book(book, by=None), "nothing was chosen"),
        (lambda book: regrouping.split_book(book, editions=[copy_of(book)], into=book, by=None), "same book"),
        (lambda book: regrouping.reassign_edition(copy_of(book), book, by=None), "already"),
        (lambda book: regrouping.move_recording(RecordingFactory(book=book), book, by=None), "already"),
        (lambda book: regrouping.merge_books(book, [Book(pk=book.pk + 1)], by=None), "gone"),
    ],
)
def test_what_makes_no_sense_is_refused(act, words):
    with pytest.raises(regrouping.CanNotMerge, match=words):
        act(BookFactory())

    assert not Regrouping.objects.exists()


def test_who_merged_what_is_on_record():
    person, kept = UserFactory(), BookFactory(title="Kept")

    made = regrouping.merge_books(kept, [BookFactory(title="Other")], by=person)

    assert (made.by, made.words, made.kept_id) == (person, "Other merged into Kept", kept.pk)
    assert AuditEntry.objects.get().action == "book.merged"


def test_what_would_follow_is_told_before():
    book = SeriesEntryFactory(book__by="Ann Author").book
    copy_of(book)
    AliasFactory(target_id=book.pk)

    assert regrouping.what_follows(book) == {
        "coverages": 1,
        "series entries": 1,
        "authors": 1,
        "other names and outside ids": 1,
    }
