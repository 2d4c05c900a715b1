"""Rows asked for by their keys, with SQL that is worked out once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from library.models import Book
from mamcrawler.lib import clock
from mamcrawler.lib.keyed import (
    Listing,
    all_models,
    among,
    ask_together,
    by_keys,
    give,
    models_by_keys,
    models_by_texts,
)
from tests.factories import AudioFileFactory, BookFactory, EditionFactory, ExclusionFactory

pytestmark = pytest.mark.django_db


def told(keys):
    """Columns of every kind that a database holds in another form."""
    return Book.objects.filter(pk__in=keys).order_by("-pk").values_list("pk", "released_on", "added_at", "is_monitored")


def coming(keys):
    return Book.objects.announced().filter(pk__in=keys).values_list("pk")


def test_the_rows_are_those_of_the_queryset():
    books = [BookFactory(released_on="2001-02-03"), BookFactory(released_on=None), BookFactory()]
    keys = [book.pk for book in books[:2]]

    assert by_keys(told)(keys) == list(told(among(keys)))
    assert type(by_keys(told)(keys)[0][2]) is datetime


def test_any_keys_can_be_asked_for_without_another_look_at_the_queryset():
    looked = []

    @by_keys
    def asked(keys):
        looked.append(keys)
        return told(keys)

    book = BookFactory()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = [[row[0] for row in asked(keys)] for keys in ([], [book.pk], range(book.pk, book.pk + 5_000))]

    assert found == [[], [book.pk], [book.pk]]
    assert (len(queries), len(looked)) == (3, 1)


def test_what_depends_on_the_day_is_true_on_the_next(monkeypatch):
    today = datetime(2026, 5, 1, 12, tzinfo=UTC)
    book = BookFactory(released_on="2026-05-02")
    asked = by_keys(coming)

    monkeypatch.setattr(clock, "now", lambda: today)
    assert asked([book.pk]) == [(book.pk,)]
    monkeypatch.setattr(clock, "now", lambda: today + timedelta(days=1))
    assert asked([book.pk]) == []


def test_a_listing_tells_the_keys_from_one_place_to_another():
    books = [BookFactory(sort_title=f"{number:03}") for number in range(7)]
    listing = Listing(lambda: Book.objects.filter(is_placeholder=False).order_by("-sort_title"))

    assert [listing.keys(start, start + 3) for start in (0, 3, 6, 9)] == [
        [book.pk for book in reversed(books[4:7])],
        [book.pk for book in reversed(books[1:4])],
        [books[0].pk],
        [],
    ]
    assert listing.count() == len(books)


def test_models_have_their_annotations_and_know_how_to_be_saved():
    book = BookFactory(title="Before", released_on="2001-02-03")
    asked = models_by_keys(lambda keys: Book.objects.filter(pk__in=keys).with_standing())

    (found,) = asked([book.pk])
    found.title = "After"
    found.save()

    assert (found.standing, found.released_on.year) == ("unmonitored" if not book.is_monitored else "missing", 2001)
    assert Book.objects.get().title == "After"


def test_models_have_what_was_selected_with_them_and_nothing_where_there_is_nothing():
    kept, bare = ExclusionFactory(reason="Heard it", by=None).book, BookFactory()
    asked = models_by_keys(lambda keys: Book.objects.filter(pk__in=keys).select_related("exclusion__by").order_by("pk"))

    found = asked([kept.pk, bare.pk])

    with CaptureQueriesContext(connection) as queries:
        assert (found[0].exclusion.reason, found[0].exclusion.by) == ("Heard it", None)
        assert not hasattr(found[1], "exclusion")
    assert not queries


def test_what_is_given_of_a_relation_is_not_asked_for_again():
    one, other = EditionFactory.create_batch(2)
    files = [AudioFileFactory(edition=one, position=number) for number in (2, 1)]

    give([one, other], "audio_files", files, "edition_id")

    with CaptureQueriesContext(connection) as queries:
        assert [list(edition.audio_files.all()) for edition in (one, other)] == [files, []]
    assert not queries
    assert list(one.audio_files.filter(position=1)) == files[1:]


def test_rows_are_found_by_texts_whatever_stands_in_them():
    odd = BookFactory(title='O\'Brien, "the" {} % \\ é')
    BookFactory(title="Another")
    asked = models_by_texts(lambda titles: Book.objects.filter(title__in=titles))

    assert asked([odd.title, "nobody's"]) == [odd]
    assert asked([]) == []


def test_all_rows_of_a_small_table_are_asked_for_each_time():
    asked = all_models(lambda: Book.objects.order_by("-pk"))
    first = BookFactory()
    assert asked() == [first]

    second = BookFactory()
    assert asked() == [second, first]


def test_what_is_asked_together_comes_each_in_its_place():
    book, other = BookFactory(released_on="2001-02-03"), BookFactory()
    columns, models = by_keys(told), models_by_keys(lambda keys: Book.objects.filter(pk__in=keys))
    keys = [book.pk, other.pk]

    some, none, every = ask_together(columns.of([book.pk]), models.of([]), models.of(keys))

    assert (some, none, {row.pk for row in every}) == (columns([book.pk]), [], set(keys))
    assert ask_together() == []


def test_an_error_among_what_is_asked_together_is_one_of_the_database():
    broken = by_keys(lambda keys: Book.objects.filter(pk__in=keys).extra(where=["no_such_column"]).values_list("pk"))
    fine = by_keys(told)

    with pytest.raises(DatabaseError), transaction.atomic():
        ask_together(fine.of([1]), broken.of([1]), fine.of([1]))

    assert fine([1]) == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server that could end a connection")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ask", [lambda asked: asked([1]), lambda asked: ask_together(asked.of([1]))[0]])
def test_a_connection_that_the_server_ended_is_opened_anew_by_the_next_page(ask):
    asked = by_keys(told)
    assert ask(asked) == []
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
    other.close()

    connection.close_if_unusable_or_obsolete()  # as when a request begins

    assert ask(asked) == []
