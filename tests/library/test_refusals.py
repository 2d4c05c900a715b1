"""Why an item could not be stored is told in words, whichever database refused it."""

import pytest
from django.db import DataError, IntegrityError

from library.models import Edition
from library.services import sync_shelf
from library.services.refusals import in_words
from tests.library.scriptedserver import item, scripted_shelf

RULE = 'new row for relation "library_edition" violates check constraint "library_edition_size_bytes_check"'
ENCODING = UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (IntegrityError("CHECK constraint failed: bitrate_kbps"), "a value is out of range: bitrate_kbps"),
        (IntegrityError(f"{RULE}\nDETAIL:  Failing row contains (1, ...)."), "a value is out of range: size_bytes"),
        (DataError("integer out of range"), "a number is out of range"),
        (OverflowError("Python int too large to convert to SQLite INTEGER"), "a number is out of range"),
        (IntegrityError("UNIQUE constraint failed: library_edition.path"), "another item has the same id or path"),
        (ENCODING, "a text holds a character that can not be stored"),
        (ValueError("a literal cannot contain NUL characters"), "a text holds a character that can not be stored"),
        (DataError("value too long for type character varying(20)"), "the database does not take one of its values"),
        (ValueError("another item stands at the same path"), "another item stands at the same path"),
    ],
)
def test_a_refusal_is_put_into_words(error, words):
    assert in_words(error) == words


@pytest.mark.django_db
def test_an_item_of_negative_length_is_told_in_words(settings):
    odd = item(1, "Emma")
    odd["media"]["duration"] = -600.0
    with scripted_shelf(settings, odd, item(2, "Persuasion")) as (_, shelf):
        report = sync_shelf(shelf, beat=lambda doing: None)

    assert report.broken == ["shelf/1: it can not be stored (a value is out of range: bitrate_kbps)"]
    assert Edition.objects.get().title == "Persuasion"
