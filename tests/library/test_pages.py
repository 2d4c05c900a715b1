"""The pages of the library: who sees them, what they cost, and what their lists find."""

import pytest
from django.urls import reverse
from django.utils import timezone

from library.models import Exclusion
from library.services import indexing
from tests.factories import (
    AuthorFactory,
    BookFactory,
    CandidateFactory,
    ChangeFactory,
    ClaimFactory,
    ExclusionFactory,
    FieldLockFactory,
    RecordingFactory,
    SeriesEntryFactory,
    SeriesFactory,
    ShelfFactory,
    WantFactory,
)
from tests.library.browsing import page_of, shelved
from tests.visitors import HTMX, queries_of, visitor

pytestmark = pytest.mark.django_db


def every_page():
    book = SeriesEntryFactory(book__by="Ann Author").book
    series, author = book.first_place().series, book.authors.get()
    return [
        reverse("library:book-list"),
        reverse("library:missing-list"),
        reverse("library:series-list"),
        book.get_absolute_url(),
        series.get_absolute_url(),
        author.get_absolute_url(),
    ]


def test_strangers_sign_in_first():
    stranger = visitor()

    assert {stranger.get(url).status_code for url in every_page()} == {302}


@pytest.mark.parametrize("role", ["viewer", "curator", "owner"])
def test_everybody_else_sees_every_page(role):
    client = visitor(role)

    assert {client.get(url).status_code for url in every_page()} == {200}


def test_only_curators_are_offered_something_to_do(viewer, curator):
    book = BookFactory()

    assert "Not wanted</button>" not in page_of(viewer, "library:book-detail", book.pk)
    assert "Not wanted</button>" in page_of(curator, "library:book-detail", book.pk)


def test_a_viewer_can_not_act(viewer):
    book = BookFactory()

    answer = viewer.post(reverse("acquisition:book-decline", args=[book.pk]))

    assert answer.status_code == 403
    assert not Exclusion.objects.exists()


@pytest.mark.parametrize("look", ["grid", "list"])
def test_a_list_of_fifty_takes_as_many_queries_as_one_of_five(viewer, look):
    url = f"{reverse('library:book-list')}?look={look}"
    many = [SeriesEntryFactory(book__by=f"Author {n}").book for n in range(5)]
    few = queries_of(viewer, url)

    for book in many:
        shelved(book)
        WantFactory(book=book)
    for n in range(40):
        SeriesEntryFactory(book__by=f"Other {n}")

    assert queries_of(viewer, url) == few


@pytest.mark.parametrize("name", ["library:missing-list", "library:series-list"])
def test_other_lists_take_as_many_queries_however_long(viewer, name):
    for n in range(3):
        WantFactory(book=SeriesEntryFactory(book__by=f"Author {n}").book)
    few = queries_of(viewer, reverse(name))

    for n in range(30):
        WantFactory(book=SeriesEntryFactory(book__by=f"Other {n}").book)

    assert queries_of(viewer, reverse(name)) <= few  # a page that the queue fills does not ask for the rest


def test_a_series_and_an_author_take_as_many_queries_however_many_books(viewer):
    series, author = SeriesFactory(), AuthorFactory()
    SeriesEntryFactory.create_batch(2, series=series, book__by=author.name)
    few = [queries_of(viewer, series.get_absolute_url()), queries_of(viewer, author.get_absolute_url())]

    for entry in SeriesEntryFactory.create_batch(20, series=series, book__by=author.name):
        shelved(entry.book)
        WantFactory(book=entry.book)

    assert [queries_of(viewer, series.get_absolute_url()), queries_of(viewer, author.get_absolute_url())] == few


def test_a_book_takes_as_many_queries_however_much_is_known_of_it(viewer):
    book = BookFactory(by="Ann Author")
    for _ in range(2):
        _know_more(book)
    few = queries_of(viewer, book.get_absolute_url())

    for _ in range(8):
        _know_more(book)

    assert queries_of(viewer, book.get_absolute_url()) == few


def _know_more(book):
    edition = shelved(book, metadata={"title": book.title}, recording=RecordingFactory(book=book))
    FieldLockFactory(edition=edition)
    ChangeFactory(edition=edition)
    ClaimFactory(book=book, edition=edition)
    want = WantFactory(book=book, status="abandoned", closed_at=timezone.now())
    CandidateFactory(want=want)
    CandidateFactory(want=want)


def test_books_are_found_by_title_author_and_series(viewer):
    SeriesEntryFactory(series__name="Distant Shores", book__title="The Lighthouse", book__by="Ann Author")
    BookFactory(title="Another Thing", by="Bob Writer")
    indexing.catch_up()

    for text in ("lightHOUSE", "ann author", "shores ann"):
        page = page_of(viewer, "library:book-list", q=text)
        assert "The Lighthouse" in page
        assert "Another Thing" not in page


def test_books_are_told_apart_by_how_they_stand(viewer):
    owned = BookFactory(title="Owned One")
    shelved(owned)
    BookFactory(title="Missing One")
    BookFactory(title="Coming One", is_announced=True)
    ExclusionFactory(book__title="Unwanted One")
    shown = {
        standing: {
            title for title in ("Owned", "Missing", "Coming", "Unwanted")
            if f"{title} One" in page_of(viewer, "library:book-list", standing=standing)
        }
        for standing in ("owned", "missing", "announced", "excluded")
    }  # fmt: skip

    assert shown == {
        "owned": {"Owned"},
        "missing": {"Missing"},
        "announced": {"Coming"},
        "excluded": {"Unwanted"},
    }


def test_books_are_shown_by_shelf(viewer):
    here, there = ShelfFactory(), ShelfFactory()
    shelved(BookFactory(title="Here It Is"), shelf=here)
    shelved(BookFactory(title="Elsewhere"), shelf=there)

    page = page_of(viewer, "library:book-list", shelf=here.pk)

    assert "Here It Is" in page
    assert "Elsewhere" not in page


@pytest.mark.parametrize("asked", [{"shelf": "x"}, {"sort": "nonsense"}, {"page": "9999"}, {"standing": "?"}])
def test_an_address_that_makes_no_sense_shows_the_list(viewer, asked):
    BookFactory(title="Still There")

    assert "Still There" in page_of(viewer, "library:book-list", **asked)


def test_an_empty_library_says_what_to_do(viewer):
    assert "The library is empty" in page_of(viewer, "library:book-list")
    assert "No book is like that" in page_of(viewer, "library:book-list", q="nothing")


@pytest.mark.parametrize("name", ["library:book-list", "library:missing-list", "library:series-list"])
def test_with_htmx_only_the_rows_are_sent(viewer, name):
    answer = viewer.get(reverse(name), headers=HTMX)

    assert b"<html" not in answer.content
    assert "HX-Request" in answer["Vary"]
