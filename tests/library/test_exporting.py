"""What an export tells of each book: what the owned copy says, and where it is silent what is known of the book."""

import csv
import io
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from library.models import Book
from library.services import exporting
from tests.factories import BookFactory, CoverageFactory, NarratorFactory, RecordingFactory

pytestmark = pytest.mark.django_db

SAYS = {
    "published_year": "2010",
    "isbn": "9780765326355",
    "publisher": "Macmillan Audio",
    "narrators": ["Kate Reading"],
    "asin": "B00COPY001",
    "language": "eng",
}


def exported():
    (row,) = json.loads("".join(exporting.json_of(Book.objects.all())))
    return row


def owned(book, **facts):
    return CoverageFactory(book=book, **{f"edition__{name}": value for name, value in facts.items()}).edition


def test_what_the_owned_copy_says_is_told():
    book = BookFactory(title="The Way of Kings", publisher="Tor", isbn="0765326353")
    RecordingFactory(book=book, runtime_s=90_000, asin="B00OTHER01", publisher="Other").narrators.add(NarratorFactory())
    owned(book, metadata=SAYS, duration_s=36_000)

    row = exported()

    assert (row["published_year"], row["isbn"], row["publisher"]) == (2010, "9780765326355", "Macmillan Audio")
    assert (row["narrators"], row["asin"], row["runtime_min"]) == (["Kate Reading"], "B00COPY001", 600)
    assert (row["language"], row["released_on"]) == ("English", None)


def test_the_performance_of_the_owned_copy_is_told_and_no_other():
    book = BookFactory()
    RecordingFactory(book=book, runtime_s=90_000, asin="B00OTHER01").narrators.add(NarratorFactory(name="Other"))
    heard = RecordingFactory(book=book, runtime_s=36_000)
    heard.narrators.add(NarratorFactory(name="Kate Reading"))
    owned(book, recording=heard)

    row = exported()

    assert (row["narrators"], row["asin"], row["runtime_min"]) == (["Kate Reading"], "", 600)


def test_what_no_copy_says_is_what_is_known_of_the_book():
    book = BookFactory(publisher="Tor", isbn="0765326353", released_on="2010-08-31", language="English")
    RecordingFactory(book=book, runtime_s=36_000, asin="B00OTHER01")
    owned(book, metadata={"isbn": "", "narrators": []})

    row = exported()

    assert (row["publisher"], row["isbn"], row["asin"], row["runtime_min"]) == ("Tor", "0765326353", "B00OTHER01", 600)
    assert (row["released_on"], row["published_year"]) == ("2010-08-31", 2010)


def test_a_copy_that_vanished_or_holds_other_books_as_well_says_nothing_of_a_book():
    book = BookFactory(publisher="Tor")
    CoverageFactory(book=book, extent="part", edition__metadata=SAYS, edition__duration_s=90_000)
    CoverageFactory(book=book, edition__metadata=SAYS, edition__status="vanished", edition__vanished_at=book.added_at)

    row = exported()

    assert (row["publisher"], row["isbn"], row["published_year"], row["runtime_min"]) == ("Tor", "", None, None)


def test_a_day_is_told_where_the_copy_says_one():
    owned(BookFactory(), metadata={"published_date": "2010-08-31", "published_year": ""})

    row = next(csv.DictReader(io.StringIO("".join(exporting.csv_of(Book.objects.all())))))

    assert (row["released_on"], row["published_year"]) == ("2010-08-31", "2010")


def test_it_takes_as_many_queries_for_many_books():
    def queries():
        with CaptureQueriesContext(connection) as asked:
            list(exporting.csv_of(Book.objects.all()))
        return len(asked)

    owned(BookFactory(), metadata=SAYS)
    few = queries()
    for _ in range(10):
        owned(BookFactory(), metadata=SAYS)

    assert queries() == few
