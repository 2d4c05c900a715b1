"""What a curator can do on the library's pages, and take back."""

import json

import pytest
from django.urls import reverse

from acquisition.models import Want
from library.models import Book, Change, Edition, Series
from mamcrawler.operations.models import AuditEntry
from tests.factories import (
    BookFactory,
    ChangeFactory,
    CoverageFactory,
    EditionFactory,
    SeriesEntryFactory,
    SeriesFactory,
    WantFactory,
)
from tests.visitors import HTMX

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_book_is_declared_unwanted_and_wanted_after_all(curator, headers):
    book = WantFactory().book

    answer = curator.post(reverse("acquisition:book-decline", args=[book.pk]), headers=headers)

    assert answer.status_code == (200 if headers else 302)
    assert book not in Book.objects.missing()
    assert not Want.objects.open().exists()
    curator.post(reverse("library:book-include", args=[book.pk]), headers=headers)
    assert book in Book.objects.missing()
    assert AuditEntry.objects.filter(action__in=["book.excluded", "book.included"]).count() == 2


def test_a_book_is_monitored_no_longer_and_again(curator):
    book = BookFactory()
    url = reverse("library:book-monitor", args=[book.pk])

    curator.post(url, {"on": "0"})
    assert book not in Book.objects.missing()

    curator.post(url, {"on": "1"})
    assert book in Book.objects.missing()


def test_a_series_mode_says_which_books_count_as_missing(curator):
    series = SeriesFactory()
    out = SeriesEntryFactory(series=series).book
    coming = SeriesEntryFactory(series=series, book__is_announced=True).book
    shared = SeriesEntryFactory(series=series).book
    SeriesEntryFactory(book=shared)
    url = reverse("library:series-monitor", args=[series.pk])

    def monitored(mode):
        curator.post(url, {"mode": mode})
        return set(Book.objects.filter(is_monitored=True))

    assert monitored("none") == {shared}
    assert monitored("future") == {coming, shared}
    assert monitored("all") == {out, coming, shared}


def test_a_series_mode_that_does_not_exist_changes_nothing(curator):
    series = SeriesFactory()

    answer = curator.post(reverse("library:series-monitor", args=[series.pk]), {"mode": "some"}, follow=True)

    assert "Choose all books" in answer.content.decode()
    assert Series.objects.get().monitor == Series.Monitor.ALL


def test_a_field_is_locked_and_unlocked(curator):
    edition = EditionFactory()

    curator.post(reverse("library:field-lock", args=[edition.pk, "title"]))
    assert edition.locks.get().field == "title"

    curator.post(reverse("library:field-unlock", args=[edition.pk, "title"]))
    assert not edition.locks.exists()


def test_what_is_no_field_can_not_be_locked(curator):
    edition = EditionFactory()

    curator.post(reverse("library:field-lock", args=[edition.pk, "path"]))

    assert not edition.locks.exists()


@pytest.fixture
def changed(tmp_path):
    """A copy in a folder whose title and publisher were changed in one go."""
    edition = EditionFactory(
        shelf__path=str(tmp_path), path="Book", title="New", metadata={"title": "New", "publisher": "New House"}
    )
    (tmp_path / "Book").mkdir()
    CoverageFactory(edition=edition)
    change = ChangeFactory(edition=edition, field="title", old="Old", new="New")
    ChangeFactory(edition=edition, field="publisher", old="Old House", new="New House", batch=change.batch)
    return edition


def test_one_change_is_undone(curator, changed, tmp_path):
    change = changed.changes.get(field="title")

    curator.post(reverse("library:change-undo", args=[change.pk]))

    change.refresh_from_db()
    assert change.status == Change.Status.UNDONE
    assert json.loads((tmp_path / "Book" / "metadata.json").read_text())["title"] == "Old"
    assert changed.changes.get(field="publisher").status == Change.Status.WRITTEN


def test_all_changes_of_one_go_are_undone(curator, changed):
    batch = changed.changes.first().batch

    curator.post(reverse("library:batch-undo", args=[batch]))

    metadata = Edition.objects.get(pk=changed.pk).metadata
    assert (metadata["title"], metadata["publisher"]) == ("Old", "Old House")


def test_what_was_undone_before_says_so(curator, changed):
    url = reverse("library:change-undo", args=[changed.changes.get(field="title").pk])
    curator.post(url)

    answer = curator.post(url, follow=True)

    assert "nothing here that could be undone" in answer.content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_copy_is_matched_to_a_book_and_unmatched(curator, headers):
    edition, book = EditionFactory(), BookFactory(title="The Right One")

    curator.post(reverse("library:edition-place", args=[edition.pk]), {"book": book.pk}, headers=headers)
    assert edition.coverages.get().book == book

    curator.post(reverse("library:edition-unplace", args=[edition.pk]), headers=headers)
    assert edition in Edition.objects.unplaced()


def test_a_copy_becomes_a_new_book(curator):
    edition = EditionFactory(title="Never Heard Of", metadata={"title": "Never Heard Of", "authors": ["Ann Author"]})

    curator.post(reverse("library:edition-place", args=[edition.pk]), {"book": "new"})

    book = edition.coverages.get().book
    assert (book.title, book.author_names) == ("Never Heard Of", "Ann Author")


def test_a_copy_stays_unmatched_when_no_book_was_chosen(curator):
    edition = EditionFactory()

    curator.post(reverse("library:edition-place", args=[edition.pk]), {"book": "999999"})

    assert not edition.coverages.exists()
    assert not Want.objects.exists()
