"""Pages of long lists: every row once, in order, and no count that says more than is known."""

import pytest
from django.db import connection
from django.db.models import Q
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from library.models import Book
from mamcrawler.lib import paging
from mamcrawler.lib.keyed import Listing
from mamcrawler.lib.paging import Chain, Count, numbered_keys, window
from tests.factories import BookFactory

pytestmark = pytest.mark.django_db

MOST = 6


@pytest.fixture(autouse=True)
def few_are_counted(monkeypatch):
    monkeypatch.setattr(paging, "MOST_COUNTED", MOST)


def books(count, **fields):
    return [BookFactory(title=f"Book {number:03}", **fields).pk for number in range(count)]


def monitored():
    return Book.objects.filter(is_monitored=True).order_by("pk")


def page_of(rows, number, size=2, **known):
    request = RequestFactory().get("/", {"page": number})
    return numbered_keys(request, rows, Book.objects.in_bulk, size=size, **known)


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (0, Count(0)),
        (MOST - 1, Count(MOST - 1)),
        (MOST, Count(MOST)),
        (MOST + 1, Count(MOST, is_capped=True)),
        (MOST + 9, Count(MOST, is_capped=True)),
    ],
)
def test_a_list_is_counted_to_the_edge_and_says_when_there_is_more(there, told):
    books(there)

    assert window(monitored(), 0, 2).count == told


def test_a_whole_table_is_counted_to_its_end():
    books(MOST + 5)

    assert window(Book.objects.order_by("pk"), 0, 2).count == Count(MOST + 5)


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (4, Count(8, is_capped=True)),
        (6, Count(10, is_capped=True)),
        (7, Count(11)),
        (8, Count(11)),
        (10, Count(11)),
        (11, Count(11)),
        (50, Count(11)),
    ],
)
def test_some_way_into_a_list_the_next_page_tells_whether_it_goes_on(start, told):
    known = books(11)

    seen = window(monitored(), start, 2)

    assert seen.count == told
    assert seen.keys == known[start : start + 2]


def test_what_is_known_to_be_more_is_not_counted():
    books(MOST + 5)

    with CaptureQueriesContext(connection) as queries:
        seen = window(monitored(), 0, 2, more_than=4)

    assert seen.count == Count(4, is_capped=True)
    assert len(queries) == 1


@pytest.mark.parametrize("there", [0, 1, 2, 5, 6, 7, 12, 13])
def test_page_after_page_shows_every_row_once(there):
    known = books(there)

    shown, number = [], 1
    while True:
        page = page_of(monitored(), number)
        shown += [book.pk for book in page.object_list]
        if not page.has_next():
            break
        number = page.next_page_number()

    assert shown == known
    assert not page.paginator.is_capped


@pytest.mark.parametrize("number", [99, 10**9, "0", "-1", "²", "x", ""])
def test_a_page_that_is_not_there_is_the_last_or_the_first(number):
    known = books(9)

    page = page_of(monitored(), number)

    is_beyond = str(number).isdigit() and str(number).isascii() and int(number) > 1
    assert [book.pk for book in page.object_list] == (known[8:] if is_beyond else known[:2])


@pytest.mark.parametrize(("first", "rest"), [(0, 0), (0, 7), (7, 0), (3, 4), (4, 3), (9, 9)])
def test_one_list_follows_another(first, rest):
    known = books(first) + books(rest, is_monitored=False)
    chain = Chain(monitored(), Book.objects.filter(Q(is_monitored=False)).order_by("pk"))

    pages = [window(chain, start, 2).keys for start in range(0, first + rest + 2, 2)]

    assert [key for keys in pages for key in keys] == known
    assert window(chain, 0, 2).count == Count(min(first + rest, MOST), is_capped=first + rest > MOST)
    assert window(chain, first + rest + 5, 2).count == Count(first + rest)


@pytest.mark.parametrize(
    "nothing",
    [
        Book.objects.filter(title="nothing").order_by("pk"),
        Listing(lambda: Book.objects.filter(title="nothing").order_by("pk")),
        Chain(
            Book.objects.filter(title="nothing").order_by("pk"),
            Listing(lambda: Book.objects.filter(title="none").order_by("pk")),
        ),
    ],
)
@pytest.mark.parametrize("number", [1, 2, 900])
def test_any_page_of_nothing_is_an_empty_one(nothing, number):
    page = page_of(nothing, number)

    assert (list(page), page.number) == ([], 1)
