"""One spelling of a language, whenever and by whomever a book or a performance was told."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from library.models import Edition, Recording
from library.services import (
    ListedBook,
    ListedRecording,
    ListedWork,
    add_recordings,
    indexing,
    record_author,
    record_series,
    searching,
)
from tests.factories import AuthorFactory, BookFactory, CoverageFactory, EditionFactory, RecordingFactory, SeriesFactory

pytestmark = pytest.mark.django_db

SPELLED = [
    ("english", "English"),
    ("ENG", "English"),
    ("en-GB", "English"),
    ("en_US", "English"),
    (" English (UK)", "English"),
    ("English", "English"),
    ("Deutsch", "German"),
    ("français", "French"),
    ("mandarin", "Mandarin"),
    ("zho", "Chinese"),
    ("Klingon", "Klingon"),
    ("klingon", "klingon"),
    ("English, French", "English, French"),
    ("", ""),
]


def migrate():
    migration = import_module("library.migrations.0022_languages_spelled_one_way")
    migration.spell_one_way(apps, connection.schema_editor())


@pytest.mark.parametrize("factory", [BookFactory, RecordingFactory])
def test_what_was_stored_gets_the_spelling_that_later_ones_have(factory):
    stored = [factory(language=before).pk for before, _ in SPELLED]

    migrate()
    once = factory._meta.model.objects.in_bulk(stored)
    migrate()
    twice = factory._meta.model.objects.in_bulk(stored)

    assert [once[pk].language for pk in stored] == [after for _, after in SPELLED]
    assert [twice[pk].language for pk in stored] == [after for _, after in SPELLED]


def test_what_a_shelf_says_of_its_copy_stays_and_the_book_is_found_as_before():
    book = BookFactory(language="eng")
    CoverageFactory(book=book, edition=EditionFactory(metadata={"language": "eng"}))
    indexing.catch_up()

    migrate()

    assert Edition.objects.get().metadata == {"language": "eng"}
    assert list(searching.find("language:english").books) == [book]
    assert indexing.repair() == 0, "what the search knows of it was right already"


def test_a_performance_that_is_listed_is_spelled_alike():
    told = (ListedRecording(language="english", asin="B000000001"),)
    author, book = AuthorFactory(name="Ann Example"), BookFactory()

    record_series(SeriesFactory(), [ListedBook(title="One", position="1", recordings=told)], source="x")
    record_author(author, [ListedWork(title="Two", authors=("Ann Example",), recordings=told)], source="x")
    add_recordings(book, told)

    assert set(Recording.objects.values_list("book__title", "language")) == {
        ("One", "English"), ("Two", "English"), (book.title, "English"),
    }  # fmt: skip
