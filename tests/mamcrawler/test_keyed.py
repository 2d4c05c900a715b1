"""Rows asked for by their keys, with SQL that is worked out once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from library.models import Book
from mamcrawler.lib import clock
from mamcrawler.lib.keyed import among, by_keys
from tests.factories import BookFactory

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
