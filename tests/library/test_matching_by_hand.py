"""Fix match where no suggestion helps: a book is looked for, or a new one is made with its author."""

import pytest
from django.urls import reverse

from library.models import Book
from library.services import indexing
from tests.factories import BookFactory, EditionFactory
from tests.visitors import visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator():
    return visitor("curator")


@pytest.fixture
def copy():
    return EditionFactory(title="Track 01", metadata={"title": "Track 01"})


def list_of(client, **asked):
    return client.get(reverse("library:match-list"), asked).content.decode()


def match(client, copy, book, **told):
    client.post(reverse("library:match-choose"), {"edition": [copy.pk], f"book-{copy.pk}": book, **told})
    return [coverage.book for coverage in copy.coverages.all()]


@pytest.mark.parametrize("text", ["dune messiah", "herbert"])
def test_a_book_that_is_not_suggested_is_found_and_chosen(curator, copy, text):
    book = BookFactory(title="Dune Messiah", by="Frank Herbert", is_unclaimed=True, is_monitored=False)
    indexing.catch_up()

    page = list_of(curator, copy=copy.pk, q=text)

    assert f'name="book-{copy.pk}" value="{book.pk}"' in page
    assert match(curator, copy, book.pk) == [book]


def test_a_search_is_about_one_copy_and_says_when_nothing_is_found(curator, copy):
    EditionFactory(title="Another stray")

    page = list_of(curator, copy=copy.pk, q="xylophone")

    assert "No book is found by" in page
    assert "Another stray" not in page
    assert "Another stray" in list_of(curator)


@pytest.mark.parametrize("asked", [{"q": "dune"}, {"copy": "x"}, {"copy": "9" * 30}, {"copy": "²", "q": "*"}])
def test_an_address_that_makes_no_sense_shows_every_copy(curator, copy, asked):
    assert "Track 01" in list_of(curator, **asked)


def test_a_copy_that_has_its_book_waits_no_more(curator):
    assert "does not wait any more" in list_of(curator, copy=4711)


def test_a_new_book_is_by_the_author_that_a_person_names(curator, copy):
    (book,) = match(curator, copy, "new", **{f"author-{copy.pk}": "Terry Pratchett; Neil Gaiman"})

    assert {author.name for author in book.authors.all()} == {"Terry Pratchett", "Neil Gaiman"}


def test_the_author_that_the_copy_tells_is_offered_and_can_be_taken_away(curator, copy):
    copy.metadata["authors"] = ["Various"]
    copy.save()

    assert 'value="Various"' in list_of(curator)

    match(curator, copy, "new", **{f"author-{copy.pk}": " "})

    assert Book.objects.get().author_names == ""


def test_a_viewer_is_offered_neither(copy):
    page = list_of(visitor("viewer"))

    assert "Or look for another book" not in page
    assert "Author of the new book" not in page
