"""A small library is counted anew each time; a large one as of some seconds ago."""

import pytest
from django.core.cache import cache

from library.services import totals
from tests.factories import BookFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def real_cache(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "totals"}}
    cache.clear()


def test_a_small_library_is_counted_each_time():
    BookFactory()
    BookFactory(is_unclaimed=True, is_monitored=False)
    assert (totals.all_books(), totals.claimed_books()) == (2, 1)

    BookFactory()

    assert (totals.all_books(), totals.claimed_books()) == (3, 2)


def test_a_large_library_is_counted_once_in_a_while(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(totals, "MANY", 2)
    BookFactory.create_batch(2)
    assert totals.all_books() == 2

    BookFactory()

    with django_assert_num_queries(0):
        assert totals.all_books() == 2
    cache.clear()
    assert totals.all_books() == 3
