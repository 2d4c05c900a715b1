"""What is kept of an author's list: every work once, told apart from what is no book that could be missing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from library.models import Alias, Author, Book, Exclusion, LeftOut, Recording, Series, SeriesEntry
from library.services import ListedBook, ListedRecording, ListedWork, record_author, record_series, regrouping
from library.services.cataloguing import catalogue_edition
from library.services.curating import monitor_book
from library.services.monitoring import monitor_author, monitor_series
from mamcrawler.operations import preferences
from tests.factories import (
    AuthorFactory,
    BookFactory,
    CoverageFactory,
    EditionFactory,
    SeriesEntryFactory,
    SeriesFactory,
)

pytestmark = pytest.mark.django_db

ANN = "Ann Example"


def day(offset):
    return timezone.now().date() + timedelta(days=offset)


def work(title, *, number=None, **fields):
    told = {"authors": (ANN,), "has_audio": True, "released_on": day(-900), "external_id": f"id of {title}"}
    return ListedWork(title=title, **{**told, **fields})


@pytest.fixture
def author():
    """Two books are owned, in English."""
    for title in ("The First", "The Second"):
        CoverageFactory(book=BookFactory(title=title, by=ANN, language="English"))
    return Author.objects.get()


def new_titles():
    return set(Book.objects.filter(is_unclaimed=True).values_list("title", flat=True))


def test_a_new_work_is_listed_and_neither_missing_nor_announced_to_anybody(author):
    recorded = record_author(author, [work("The First"), work("The Third")], source="hardcover")

    third = Book.objects.get(title="The Third")
    assert (recorded.new, recorded.known, recorded.claimed) == (1, 1, 0)
    assert [one.name for one in third.authors.all()] == [ANN]
    assert third.is_unclaimed
    assert not third.is_monitored
    assert not Book.objects.missing().exists()
    assert not Book.objects.followed().filter(pk=third.pk).exists()
    author.refresh_from_db()
    assert (author.listed_by, author.monitor) == ("hardcover", "none")
    assert author.listed_at == author.asked_at


def test_the_same_list_twice_changes_nothing(author):
    works = [work("The Third", places=(("Tales", "3"),)), work("Alone"), work("Summary of The First")]
    record_author(author, works, source="hardcover")
    rows = [list(model.objects.order_by("pk").values()) for model in (Book, Series, SeriesEntry, Alias, Recording)]

    recorded = record_author(author, works, source="hardcover")

    assert recorded.new == 0
    assert rows == [
        list(model.objects.order_by("pk").values()) for model in (Book, Series, SeriesEntry, Alias, Recording)
    ]
    assert LeftOut.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"title": "Summary of The First"}, "about"),
        ({"title": "The First: A Study Guide"}, "about"),
        ({"title": "The First (Dramatized Adaptation)"}, "dramatised"),
        ({"title": "The Complete Series Box Set"}, "box_set"),
        ({"title": "Tales", "places": (("Tales", "1-3"),)}, "box_set"),
        ({"title": "Everything", "is_collection": True}, "box_set"),
        ({"title": "The Fifth (German Edition)"}, "other_language"),
        ({"title": "Das Fünfte", "recordings": (ListedRecording(language="German"),)}, "other_language"),
        ({"title": "La Primera", "places": (("Tales", "1"),)}, "place_taken"),
    ],
)
def test_what_is_no_missing_book_is_left_out_and_said_why(author, fields, why):
    SeriesEntryFactory(series__name="Tales", book=Book.objects.get(title="The First"), position="1")

    recorded = record_author(author, [work(**fields)], source="hardcover")

    assert recorded.new == 0
    assert not new_titles()
    left_out = LeftOut.objects.get()
    assert (left_out.title, left_out.why, left_out.author) == (fields["title"], why, author)


def test_what_is_left_out_follows_the_latest_list(author):
    record_author(author, [work("Summary of The First")], source="hardcover")
    record_author(author, [work("The First (Dramatized Adaptation)")], source="hardcover")

    assert [entry.why for entry in LeftOut.objects.all()] == ["dramatised"]


def test_an_owned_dramatisation_is_the_book_that_is_owned():
    CoverageFactory(book=BookFactory(title="The First (Dramatized Adaptation)", by=ANN))

    recorded = record_author(Author.objects.get(), [work("The First (Dramatized Adaptation)")], source="hardcover")

    assert recorded.known == 1
    assert not LeftOut.objects.exists()


def test_a_work_in_print_alone_is_marked_and_one_to_come_is_announced(author):
    record_author(
        author,
        [work("Printed", has_audio=False), work("To come", has_audio=None, released_on=None, is_announced=True)],
        source="hardcover",
    )
    monitor_author(author, Author.Monitor.ALL, by=None)

    standing = dict(
        Book.objects.filter(title__in=["Printed", "To come"]).with_standing().values_list("title", "standing")
    )
    assert standing == {"Printed": "print", "To come": "announced"}
    assert not Book.objects.missing().exists()


def test_a_printed_work_of_which_a_recording_is_known_stays_an_audiobook(author):
    book = Book.objects.get(title="The First")
    Recording.objects.create(book=book, asin="B000000001")
    Book.objects.update(has_audio="yes")

    record_author(author, [work("The First", has_audio=False)], source="hardcover")

    assert Book.objects.get(pk=book.pk).has_audio == "yes"


@pytest.mark.parametrize("series_first", [True, False])
def test_a_book_found_by_its_series_and_by_its_author_is_one_book(author, series_first):
    entry = SeriesEntryFactory(series__name="Tales", book=Book.objects.get(title="The First"), position="1")
    third = {"title": "The Third", "external_id": "77", "authors": (ANN,)}
    steps = [
        lambda: record_series(entry.series, [ListedBook(position="3", **third)], source="hardcover"),
        lambda: record_author(author, [ListedWork(places=(("Tales", "3"),), **third)], source="hardcover"),
    ]

    for step in steps if series_first else reversed(steps):
        step()

    book = Book.objects.get(title="The Third")
    assert set(Book.objects.missing()) == {book}, "the series wants it, whoever told of it first"
    assert not book.is_unclaimed
    assert entry.series.entries.count() == 2
    assert Alias.objects.filter(target="book", value="77").count() == 1


def test_a_provider_that_calls_one_work_differently_in_two_lists_means_one_book(author):
    entry = SeriesEntryFactory(series__name="Tales", book=Book.objects.get(title="The First"), position="1")
    record_series(entry.series, [ListedBook(title="The Third", position="3", external_id="77")], source="hardcover")

    record_author(author, [work("Quite Another Title", external_id="77")], source="hardcover")

    assert Book.objects.count() == 3


def test_two_entries_of_one_work_in_one_list_are_one_book(author):
    record_author(author, [work("The Third"), work("The Third: A Novel"), work("Third, The")], source="hardcover")

    assert new_titles() == {"The Third"}


def test_a_subtitle_that_tells_no_other_book_makes_none(author):
    record_author(author, [work("The First: A Novel"), work("The Second: Somebody's Life")], source="hardcover")

    assert not new_titles()
    assert [(entry.title, entry.why) for entry in LeftOut.objects.all()] == [("The Second: Somebody's Life", "unclear")]


def test_one_title_with_a_subtitle_in_another_series_is_another_book(author):
    SeriesEntryFactory(series__name="The First", book=Book.objects.get(title="The First"), position="1")

    record_author(author, [work("The First: House of Ann", places=(("Prelude", "1"),))], source="hardcover")

    assert new_titles() == {"The First: House of Ann"}


def test_a_number_that_was_only_a_gap_gets_its_name(author):
    entry = SeriesEntryFactory(series__name="Tales", book=Book.objects.get(title="The First"), position="1")
    gap = BookFactory(title="Tales #3", is_placeholder=True, by=ANN)
    SeriesEntryFactory(series=entry.series, book=gap, position="3")

    record_author(author, [work("The Third", places=(("Tales", "3"),))], source="hardcover")

    gap.refresh_from_db()
    assert (gap.title, gap.is_placeholder, gap.is_monitored) == ("The Third", False, True)
    assert Book.objects.count() == 3


def test_a_series_nobody_owns_is_known_from_then_on_and_followed_by_nobody(author):
    record_author(
        author,
        [
            work("New One", places=(("Fresh Tales", "1"), ("Universe", ""))),
            work("New Half", places=(("Fresh Tales", "1.5"),)),
            work("New Companion", places=(("Fresh Tales", ""),)),
        ],
        source="hardcover",
    )

    series = Series.objects.get()
    assert (series.name, series.monitor, series.is_unclaimed) == ("Fresh Tales", "none", True)
    assert not Series.objects.ours().exists()
    assert sorted(series.entries.values_list("book__title", "kind")) == [
        ("New Companion", "extra"), ("New Half", "novella"), ("New One", "main"),
    ]  # fmt: skip


def test_an_owned_book_gets_no_further_series_by_an_authors_list(author):
    record_author(author, [work("The First", places=(("The Universe", "4"),))], source="hardcover")

    assert not Series.objects.exists()


def test_a_series_that_is_followed_later_wants_what_the_authors_list_told_of(author):
    record_author(author, [work("New One", places=(("Fresh Tales", "1"),), external_id="1")], source="hardcover")
    series = Series.objects.get()

    monitor_series(series, Series.Monitor.ALL, by=None)
    record_series(series, [ListedBook(title=f"New {n}", position=str(n + 1)) for n in range(1, 3)], source="hardcover")

    series.refresh_from_db()
    assert not series.is_unclaimed
    assert {book.title for book in Book.objects.missing()} == {"New One", "New 1", "New 2"}


def test_a_copy_of_a_listed_book_makes_it_and_its_series_ours(author):
    record_author(author, [work("New One", places=(("Fresh Tales", "1"),))], source="hardcover")
    told = {"title": "New One", "authors": [ANN], "series": [{"name": "Fresh Tales", "sequence": "1"}]}

    [book] = catalogue_edition(EditionFactory(title="New One", metadata=told))

    assert book.title == "New One"
    assert (book.is_unclaimed, book.is_monitored) == (False, True)
    series = Series.objects.get()
    assert (series.is_unclaimed, series.monitor) == (False, "all")


def test_a_copy_of_an_unlisted_book_makes_its_series_ours(author):
    record_author(author, [work("New One", places=(("Fresh Tales", "1"),))], source="hardcover")
    told = {"title": "New Two", "authors": [ANN], "series": [{"name": "Fresh Tales", "sequence": "2"}]}

    catalogue_edition(EditionFactory(title="New Two", metadata=told))

    assert not Series.objects.get().is_unclaimed


def test_an_excluded_book_and_one_a_person_decided_about_stay_as_they_are(author):
    record_author(author, [work("Refused"), work("Left alone")], source="hardcover")
    Exclusion.objects.create(book=Book.objects.get(title="Refused"))
    monitor_book(Book.objects.get(title="Left alone"), on=False, by=None)
    preferences.change(preferences.LibraryRules, by=None, monitor_new_authors="all")
    Author.objects.update(listed_at=None)
    author.refresh_from_db()

    record_author(author, [work("Refused"), work("Left alone"), work("Another")], source="hardcover")

    assert {book.title for book in Book.objects.missing()} == {"Another"}


def test_four_hundred_works_are_recorded_in_few_queries_for_each_fifty(author, django_assert_max_num_queries):
    recordings = (ListedRecording(asin="", narrators=("Rea Der",), runtime_s=3600, language="English"),)
    works = [
        work(f"Novel {n} of Hundreds", places=((f"Run {n // 8}", str(n % 8 + 1)),), recordings=recordings)
        for n in range(400)
    ]

    with django_assert_max_num_queries(8 * 40 + 40):
        recorded = record_author(author, works, source="hardcover")

    assert recorded.new == Book.objects.filter(is_unclaimed=True).count() == 400
    assert Series.objects.filter(is_unclaimed=True).count() == 50
    assert Recording.objects.count() == 400
    assert not Book.objects.missing().exists()


def test_the_name_under_which_a_list_comes_is_a_name_of_the_merged_author():
    kept, pen_name = AuthorFactory(name="Jo Real"), AuthorFactory(name="Rob Pen")
    CoverageFactory(book=BookFactory(title="By Rob", by="Rob Pen"))
    regrouping.merge_authors(kept, [pen_name], by=None)

    record_author(Author.objects.get(), [work("By Rob", authors=("Rob Pen",)), work("New", authors=("Rob Pen",))],
                  source="hardcover")  # fmt: skip

    assert [author.name for author in Book.objects.get(title="New").authors.all()] == ["Jo Real"]
    assert Author.objects.count() == 1


def test_merging_authors_keeps_the_mode_that_was_chosen_and_asks_for_the_other_list():
    kept, other = AuthorFactory(listed_at=timezone.now(), listed_by="hardcover"), AuthorFactory()
    monitor_author(other, Author.Monitor.ALL, by=None)

    merged = regrouping.merge_authors(kept, [other], by=None)

    kept.refresh_from_db()
    assert (kept.monitor, kept.listed_at) == ("all", None)
    assert kept.monitor_chosen_at
    regrouping.undo_regrouping(merged, by=None)
    kept.refresh_from_db()
    assert kept.monitor == "none"


def test_merging_a_listed_book_with_an_owned_one_makes_it_ours(author):
    record_author(author, [work("Another Name of the First")], source="hardcover")
    listed = Book.objects.get(is_unclaimed=True)

    merged = regrouping.merge_books(listed, [Book.objects.get(title="The First")], by=None)

    listed.refresh_from_db()
    assert (listed.is_unclaimed, listed.is_monitored) == (False, True)
    regrouping.undo_regrouping(merged, by=None)
    listed.refresh_from_db()
    assert listed.is_unclaimed


def test_a_list_of_nothing_is_a_list(author):
    recorded = record_author(author, [], source="hardcover")

    assert (recorded.new, recorded.known) == (0, 0)
    author.refresh_from_db()
    assert author.listed_by == "hardcover"


def test_titles_of_any_length_are_kept(author):
    record_author(author, [work("T" * 900, external_id="x" * 400), work("Summary of " + "S" * 900)], source="hardcover")

    assert Book.objects.get(is_unclaimed=True).title == "T" * 500
    assert len(LeftOut.objects.get().title) == 500


def test_a_book_of_two_authors_is_one_book_on_both_lists(author):
    other = AuthorFactory(name="Bob Sample")
    together = work("Together", authors=(ANN, "Bob Sample"))

    record_author(author, [together], source="hardcover")
    record_author(other, [together], source="hardcover")

    assert Book.objects.filter(title="Together").count() == 1
    assert set(Book.objects.get(title="Together").authors.all()) == {author, other}


def test_a_series_of_the_same_name_by_somebody_else_is_another_series(author):
    theirs = SeriesFactory(name="Tales", author_key="somebody else")

    record_author(author, [work("New One", places=(("Tales", "1"),))], source="hardcover")

    assert not theirs.entries.exists()
    assert Series.objects.filter(key=theirs.key).count() == 2
