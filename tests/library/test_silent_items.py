"""Items without audio, such as e-books, are no copies of audiobooks."""

import pytest

from library.models import Book, Edition
from library.services import TooManyVanished, sync_shelf, walking
from mamcrawler.benchmarks.library_sync import counting_rows
from tests.library.scriptedserver import e_book, item, scripted_shelf

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[True, False], ids=["counted in the list", "not counted in the list"])
def scripted(request, settings, monkeypatch):
    monkeypatch.setattr(walking, "PAGE", 5)
    with scripted_shelf(settings) as (server, shelf):
        server.counts_files = request.param
        yield server, shelf


@pytest.fixture
def server(scripted):
    return scripted[0]


@pytest.fixture
def shelf(scripted):
    return scripted[1]


def sync(shelf, **options):
    return sync_shelf(shelf, beat=lambda doing: None, **options)


def silenced(server, *numbers):
    for number in numbers:
        title = server.items[f"item-{number}"]["media"]["metadata"]["title"]
        server.put(e_book(number, title, updated=7))


def test_an_e_book_and_an_empty_item_are_counted_and_are_no_copies(server, shelf):
    server.put(item(1, "Emma"), e_book(2, "Persuasion"), e_book(3, "Sanditon") | {"isInvalid": True})

    report = sync(shelf)

    assert report.sentence() == "3 items, 1 new, 2 hold no audio"
    assert report.broken == []
    assert [edition.title for edition in Edition.objects.all()] == ["Emma"]
    assert [book.title for book in Book.objects.owned()] == ["Emma"]


def test_they_are_told_again_and_nothing_is_written(server, shelf):
    server.put(item(1, "Emma"), *(e_book(number, f"Novel {number}") for number in range(2, 9)))
    sync(shelf)
    server.asked.clear()

    with counting_rows() as written:
        report = sync(shelf)

    assert report.sentence() == "8 items, 7 hold no audio"
    assert sum(written) == 0
    if server.counts_files:
        assert {path.rpartition("/")[2] for path in server.asked} == {"items"}


def test_a_copy_that_lost_its_audio_has_vanished_and_returns_with_it(server, shelf):
    server.put(*(item(number, f"Novel the {number}th") for number in range(1, 9)))
    sync(shelf)
    silenced(server, 3)

    lost = sync(shelf)
    vanished = Edition.objects.get(external_id="item-3")
    kept = (vanished.status, vanished.audio_files.count(), vanished.duration_s)
    again = sync(shelf)
    server.put(item(3, "Novel the 3th", updated=9))
    back = sync(shelf)

    assert (lost.vanished, lost.silent, kept) == (1, 1, ("vanished", 1, 600.0))
    assert (again.vanished, again.wrote) == (0, False)
    assert back.returned == 1
    assert Edition.objects.present().count() == Edition.objects.count() == 8


def test_a_shelf_that_would_lose_a_tenth_of_its_audio_asks_first(server, shelf):
    server.put(*(item(number, f"Novel the {number}th") for number in range(1, 21)))
    sync(shelf)
    silenced(server, 1, 2, 3, 4)

    with pytest.raises(TooManyVanished):
        sync(shelf)
    kept = Edition.objects.present().count()
    report = sync(shelf, may_vanish=4)

    assert (kept, report.vanished) == (20, 4)
    assert Edition.objects.present().count() == 16


def test_an_e_book_whose_files_are_missing_is_no_missing_audiobook(server, shelf):
    server.put(item(1, "Emma"), e_book(2, "Persuasion") | {"isMissing": True})

    sync(shelf)

    assert [book.title for book in Book.objects.all()] == ["Emma"]


def test_a_missing_item_that_tells_no_files_any_more_has_vanished_once(server, shelf):
    server.put(item(1, "Emma"), item(2, "Persuasion"))
    sync(shelf)
    server.put(e_book(2, "Persuasion", updated=5) | {"isMissing": True})

    first, second = sync(shelf), sync(shelf)

    assert (first.vanished, second.vanished) == (1, 0)
    assert Edition.objects.get(external_id="item-2").status == "vanished"


def test_an_e_book_that_gets_its_audio_becomes_a_copy(server, shelf):
    server.put(e_book(1, "Emma"))
    sync(shelf)

    server.put(item(1, "Emma", updated=5))
    report = sync(shelf)

    assert report.sentence() == "1 items, 1 new"
