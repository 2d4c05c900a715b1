"""What is recommended, with which reasons, and what a person says to it."""

from pathlib import Path

import pytest
from django.urls import reverse

from library.models import Author, NotInterested, Series
from library.services import recommending, regrouping
from library.services.monitoring import monitor_author
from library.services.recommending import recommend
from mamcrawler.operations.models import AuditEntry
from tests.factories import (
    AuthorFactory,
    BookFactory,
    CoverageFactory,
    EditionFactory,
    NarratorFactory,
    RecordingFactory,
    SeriesEntryFactory,
    SeriesFactory,
)
from tests.visitors import HTMX, queries_of, visitor

pytestmark = pytest.mark.django_db

ANN, BOB = "Ann Example", "Bob Sample"


def own(count, by=ANN, *, narrator=None, **fields):
    books = []
    for _ in range(count):
        book = BookFactory(by=by, **fields)
        recording = RecordingFactory(book=book)
        if narrator:
            recording.narrators.add(narrator)
        CoverageFactory(book=book, edition=EditionFactory(recording=recording))
        books.append(book)
    return books


def offered(name="Fresh Tales", *, by=ANN, count=2, **fields):
    series = SeriesFactory(name=name, monitor="none", is_unclaimed=True)
    for number in range(1, count + 1):
        book = BookFactory(by=by, is_monitored=False, is_unclaimed=True, **fields)
        SeriesEntryFactory(series=series, book=book, position=str(number))
    return series


def told():
    return [(one.kind, one.name, one.books, [reason.words for reason in one.reasons]) for one in recommend()]


def test_a_series_by_an_author_of_whom_several_books_are_owned_is_recommended_with_numbers():
    own(3)
    offered()

    assert told() == [("series", "Fresh Tales", 2, [f"You own 3 books by {ANN} and none of this series"])]


def test_one_owned_book_of_an_author_is_no_reason():
    own(1)
    offered()

    assert told() == []


def test_what_can_not_be_had_is_not_recommended():
    own(3)
    offered("Printed", has_audio="no")
    offered("To come", is_announced=True)
    offered("Nothing", count=0)

    assert told() == []


def test_a_series_of_which_something_was_owned_listed_or_chosen_is_not_recommended():
    own(3)
    Series.objects.filter(pk=offered().pk).update(is_unclaimed=False)

    assert told() == []


def test_a_series_whose_books_an_authors_mode_wants_already_is_not_recommended():
    own(3)
    offered()
    monitor_author(Author.objects.get(), Author.Monitor.ALL, by=None)

    assert told() == []


def test_a_narrator_of_whom_many_books_are_owned_is_a_reason_and_adds_to_others():
    voice = NarratorFactory(name="Rea Der")
    own(3, by="Someone Else", narrator=voice)
    first, second = offered("By a stranger", by="Stranger Person"), offered("By Ann")
    own(2)
    for series in (first, second):
        RecordingFactory(book=series.entries.first().book).narrators.add(voice)

    assert told() == [
        ("series", "By Ann", 2, [f"You own 2 books by {ANN} and none of this series",
                                 "Read by Rea Der, of whom you own 3 books"]),
        ("series", "By a stranger", 2, ["Read by Rea Der, of whom you own 3 books"]),
    ]  # fmt: skip


def test_a_performance_that_is_not_ours_makes_no_narrator_known():
    voice = NarratorFactory()
    for book in own(3, by="Someone Else"):
        RecordingFactory(book=book).narrators.add(voice)
    RecordingFactory(book=offered(by="Stranger Person").entries.first().book).narrators.add(voice)

    assert told() == []


def test_an_author_who_wrote_with_one_or_in_the_series_of_one_is_recommended():
    series = SeriesFactory(name="Tales")
    for number, book in enumerate(own(2), 1):
        SeriesEntryFactory(series=series, book=book, position=str(number))
    together = BookFactory(by=ANN, is_monitored=False)
    together.authors.add(AuthorFactory(name=BOB))
    third = BookFactory(by="Cas Third", is_monitored=False)
    SeriesEntryFactory(series=series, book=third, position="3")

    assert told() == [
        ("author", BOB, 1, [f"Wrote 1 book with {ANN}, of whom you own 2"]),
        ("author", "Cas Third", 1, ["Wrote 1 book of Tales, of which you own 2"]),
    ]


def test_an_author_of_whom_something_is_owned_or_whose_mode_was_chosen_is_not_recommended():
    own(2)
    together = BookFactory(by=ANN, is_monitored=False)
    together.authors.add(AuthorFactory(name=BOB))
    own(1, by=BOB)

    assert told() == []


def test_a_shared_genre_recommends_nothing():
    own(5, genres=["Fantasy"])
    offered(by="Stranger Person", genres=["Fantasy"])

    assert told() == []
    assert "genres" not in Path(recommending.__file__).read_text(encoding="utf-8")


def test_recommendations_take_as_many_queries_for_many_as_for_one():
    own(3)
    offered("Run 0")
    BookFactory(by=ANN, is_monitored=False).authors.add(AuthorFactory())
    viewer = visitor("viewer")
    url = reverse("library:recommendation-list")
    few = queries_of(viewer, url)

    for number in range(1, 12):
        offered(f"Run {number}")
        BookFactory(by=ANN, is_monitored=False).authors.add(AuthorFactory())

    assert queries_of(viewer, url) == few


def test_a_word_against_one_is_remembered_and_can_be_taken_back():
    own(3)
    series = offered()

    recommending.dismiss(series, by=None)
    recommending.dismiss(series, by=None)

    assert told() == []
    assert NotInterested.objects.count() == 1
    assert recommending.restore(series, by=None)
    assert not recommending.restore(series, by=None)
    assert len(told()) == 1
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "series.dismissed", "series.recommended_again",
    ]  # fmt: skip


def test_merging_two_dismissed_authors_keeps_one_word():
    kept, other = AuthorFactory(), AuthorFactory()
    for author in (kept, other):
        recommending.dismiss(author, by=None)

    regrouping.merge_authors(kept, [other], by=None)

    assert NotInterested.objects.get().author == kept


# The page


def test_the_page_says_what_to_do_where_no_list_is_known_and_where_nothing_is_left():
    viewer = visitor("viewer")
    url = reverse("library:recommendation-list")

    assert "Run “List the authors&#x27; books”" in viewer.get(url).content.decode().replace("'", "&#x27;")
    AuthorFactory(listed_by="hardcover")
    assert "Look at the authors" in viewer.get(url).content.decode()


def test_the_page_shows_reasons_to_everybody_and_buttons_to_curators():
    own(3)
    series = offered()
    url = reverse("library:recommendation-list")

    seen, offered_to = (visitor(role).get(url).content.decode() for role in ("viewer", "curator"))

    follow = reverse("library:recommendation-follow", args=["series", series.pk])
    assert "You own 3 books by" in seen
    assert follow not in seen
    assert follow in offered_to
    assert "You own 3 books by" not in visitor("viewer").get(url, {"kind": "author"}).content.decode()


def test_following_counts_the_known_books_as_missing():
    own(3)
    series = offered()
    curator = visitor("curator")

    curator.post(reverse("library:recommendation-follow", args=["series", series.pk]))

    series.refresh_from_db()
    assert (series.monitor, series.is_unclaimed) == ("all", False)
    assert told() == []


def test_a_dismissed_author_is_undone_where_it_stood_and_on_the_page():
    author = AuthorFactory(name=BOB)
    curator = visitor("curator")
    dismiss, restore = (
        reverse(f"library:recommendation-{act}", args=["author", author.pk]) for act in ("dismiss", "restore")
    )

    fragment = curator.post(dismiss, headers=HTMX).content.decode()

    assert "<html" not in fragment
    assert restore in fragment
    assert restore in curator.get(reverse("library:recommendation-list")).content.decode()
    assert curator.post(restore).status_code == 302
    assert not NotInterested.objects.exists()


def test_only_curators_decide_and_only_about_series_and_authors():
    author = AuthorFactory()
    url = reverse("library:recommendation-dismiss", args=["author", author.pk])

    assert visitor("viewer").post(url).status_code == 403
    assert visitor("curator").post(reverse("library:recommendation-dismiss", args=["book", 1])).status_code == 404
    assert visitor("curator").post(reverse("library:recommendation-dismiss", args=["series", 1])).status_code == 404
