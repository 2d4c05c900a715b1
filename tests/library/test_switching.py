"""A shelf that is switched off is left alone, and what it holds counts as owned."""

import pytest
from django.urls import reverse

from library.models import Book, Edition, Shelf
from library.services import add_folder, covers, switch_shelf
from mamcrawler.operations import jobs
from mamcrawler.operations.models import AuditEntry, Finding
from tests.audiofiles import make_audio
from tests.factories import (
    BookFactory,
    CoverageFactory,
    EditionFactory,
    FindingFactory,
    SeriesEntryFactory,
    ShelfFactory,
    UserFactory,
)
from tests.visitors import visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_library(settings):
    settings.LIBRARY_FOLDERS, settings.AUDIOBOOKSHELF_TOKEN = [], ""


@pytest.fixture
def shelf(tmp_path):
    """A folder of one book that was read."""
    make_audio(tmp_path / "books" / "Jane Austen" / "Emma" / "emma.mp3", seconds=1)
    shelf = add_folder(str(tmp_path / "books"), name="Home")
    jobs.run_now("sync_library")
    return Shelf.objects.get(pk=shelf.pk)


def test_it_is_not_read_and_what_it_holds_stays_owned_until_it_is_read_again(shelf, tmp_path):
    other = ShelfFactory(path=str(tmp_path / "other"))
    (tmp_path / "other").mkdir()
    switch_shelf(shelf, on=False, by=None)
    for file in (tmp_path / "books").rglob("*.mp3"):
        file.unlink()

    summary = jobs.run_now("sync_library").summary

    assert ("Home" in summary, other.name in summary) == (False, True)
    assert Book.objects.owned().count() == 1

    switch_shelf(shelf, on=True, by=None)
    jobs.run_now("sync_library")

    assert not Book.objects.owned().exists()


def test_its_books_are_not_missing(shelf):
    SeriesEntryFactory(book=Book.objects.get())
    Book.objects.update(is_monitored=True)

    switch_shelf(shelf, on=False, by=None)

    assert not Book.objects.missing().exists()


def test_where_every_shelf_is_switched_off_a_reading_says_so(shelf):
    switch_shelf(shelf, on=False, by=None)

    run = jobs.run_now("sync_library")

    assert run.status == "failed"
    assert "every shelf is switched off" in run.failure


def test_no_cover_metadata_or_link_of_its_copies_is_looked_for(settings):
    settings.AUDIOBOOKSHELF_TOKEN = "example-token"
    shelf = ShelfFactory(kind=Shelf.Kind.AUDIOBOOKSHELF, external_id="lib-1")
    CoverageFactory(book=BookFactory(), edition=EditionFactory(shelf=shelf, external_id="item-1", has_cover=True))
    EditionFactory(shelf=shelf, external_id="", path="placed")

    def looked_for():
        return [rows.count() for rows in (covers.due(), Edition.objects.lacking_metadata(), Edition.objects.unlinked())]

    assert looked_for() == [1, 1, 1]
    switch_shelf(shelf, on=False, by=None)
    assert looked_for() == [0, 0, 0]


def test_what_a_reading_of_it_asked_is_asked_no_longer_and_who_switched_is_kept(shelf):
    kinds = ("library.vanished", "library.shelf_unreachable", "library.broken_items")
    for kind in kinds:
        FindingFactory(kind=kind, subject=f"shelf {shelf.pk}")
    FindingFactory(kind="library.vanished", subject="shelf 0")
    owner = UserFactory()

    assert switch_shelf(shelf, on=False, by=owner)
    assert not switch_shelf(shelf, on=False, by=owner), "it is so already"
    assert switch_shelf(shelf, on=True, by=owner)

    assert [finding.subject for finding in Finding.objects.open()] == ["shelf 0"]
    told = AuditEntry.objects.order_by("pk").values_list("action", "subject", "user")
    assert list(told) == [("shelf.switched_off", "Home", owner.pk), ("shelf.switched_on", "Home", owner.pk)]


def test_the_set_up_switches_a_shelf_and_says_what_that_means(shelf):
    owner, address = visitor("owner"), reverse("shelf-switch", args=[shelf.pk])

    page = owner.get(reverse("setup")).content.decode()
    assert f'action="{address}"' in page
    assert "What it holds still counts as owned" in page
    assert "Switched off" not in page

    off = owner.post(address, {"to": "off"}, follow=True).content.decode()
    assert "Home is switched off" in off
    assert "Its books count as owned, as it was last read" in off
    assert not Shelf.objects.get().is_active

    assert "Nothing was switched" in owner.post(address, {"to": "sideways"}, follow=True).content.decode()
    assert not Shelf.objects.get().is_active

    assert "Home is switched on" in owner.post(address, {"to": "on"}, follow=True).content.decode()
    assert Shelf.objects.get().is_active


def test_only_an_owner_switches_shelves(shelf):
    assert visitor("curator").post(reverse("shelf-switch", args=[shelf.pk]), {"to": "off"}).status_code == 403
    assert Shelf.objects.get().is_active


def test_the_library_can_still_be_narrowed_to_it(shelf):
    ShelfFactory(name="Second")
    switch_shelf(shelf, on=False, by=None)

    page = visitor("viewer").get(reverse("library:book-list")).content.decode()

    assert "Home (switched off)</option>" in page
