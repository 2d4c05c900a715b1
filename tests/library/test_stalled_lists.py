"""A list that brings nothing new before its end is not asked for without end, and nothing is concluded from it."""

import pytest

from library.models import Edition
from library.services import sync_shelf, walking
from mamcrawler.operations.models import Finding
from tests.library.scriptedserver import item, scripted_shelf

pytestmark = pytest.mark.django_db


@pytest.fixture
def scripted(settings, monkeypatch):
    """A server whose pages hold five items, and its shelf."""
    monkeypatch.setattr(walking, "PAGE", 5)
    novels = (item(number, f"Novel the {number}th of Bath") for number in range(1, 13))
    with scripted_shelf(settings, *novels) as both:
        yield both


def sync(shelf):
    return sync_shelf(shelf, beat=lambda doing: None)


def test_a_server_that_repeats_its_pages_is_asked_a_few_times(scripted):
    server, shelf = scripted
    server.page_sent, server.total = (lambda page: 0), 10**9

    report = sync(shelf)

    assert sum(path.endswith("/items") for path in server.asked) == 2 * walking.MOST_ROUNDS
    assert Edition.objects.present().count() == report.seen == report.new == 5
    told = "the list of items: page 2 brought nothing new, though there are said to be 1,000,000,000 items"
    assert report.broken == [f"{told}; nothing was marked as gone"]
    assert Finding.objects.open().get(kind="library.broken_items").detail["items"] == report.broken


@pytest.mark.parametrize("page_sent", [lambda page: 0, lambda page: page * 9], ids=["repeats", "ends early"])
def test_nothing_vanishes_on_such_a_list_and_all_is_well_once_it_is_whole(scripted, page_sent):
    server, shelf = scripted
    sync(shelf)
    del server.items["item-12"]
    server.items["item-1"] |= {"isMissing": True}

    server.page_sent = page_sent
    stalled = sync(shelf)
    there = Edition.objects.present().count()
    server.page_sent = lambda page: page
    whole = sync(shelf)

    assert (stalled.vanished, there) == (0, 12)
    assert (whole.vanished, whole.broken) == (2, [])
    assert not Finding.objects.open().exists()


def test_a_list_that_stalls_once_is_read_again(scripted):
    server, shelf = scripted
    asked = []
    server.on_page = asked.append
    server.page_sent = lambda page: 0 if len(asked) <= 2 else page

    report = sync(shelf)

    assert (report.seen, report.new, report.broken) == (12, 12, [])


def test_a_list_of_rows_that_can_not_be_read_ends(scripted):
    server, shelf = scripted
    for one in server.items.values():
        one["id"] = None
    server.total = 10**9

    report = sync(shelf)

    assert report.new == 0
    assert len(server.asked) < 20
    assert "brought nothing new" in report.broken[-1]
