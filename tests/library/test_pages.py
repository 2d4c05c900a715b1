"""The pages of the library: what is seen by whom, and what a curator can do and take back."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from acquisition.models import Want
from library.models import Book, Change, Edition, Exclusion, Series
from library.services import indexing
from mamcrawler.operations.models import AuditEntry
from tests.factories import (
    AuthorFactory,
    BookFactory,
    CandidateFactory,
    ChangeFactory,
    ClaimFactory,
    CoverageFactory,
    EditionFactory,
    ExclusionFactory,
    FieldLockFactory,
    RecordingFactory,
    SeriesEntryFactory,
    SeriesFactory,
    ShelfFactory,
    WantFactory,
)
from tests.visitors import HTMX, queries_of, visitor

pytestmark = pytest.mark.django_db

MARKUP = '<img src=x onerror="alert(1)">'


@pytest.fixture
def viewer():
    return visitor("viewer")


@pytest.fixture
def curator():
    return visitor("curator")


def page_of(client, name, *args, headers=None, **asked):
    answer = client.get(reverse(name, args=args), asked, headers=headers or {})
    assert answer.status_code == 200
    return answer.content.decode()


def shelved(book, **edition):
    return CoverageFactory(book=book, edition=EditionFactory(**edition)).edition


def every_page():
    book = SeriesEntryFactory(book__by="Ann Author").book
    series, author = book.first_place().series, book.authors.get()
    return [
        reverse("library:book-list"),
        reverse("library:missing-list"),
        reverse("library:series-list"),
        book.get_absolute_url(),
        series.get_absolute_url(),
        author.get_absolute_url(),
    ]


def test_strangers_sign_in_first():
    stranger = visitor()

    assert {stranger.get(url).status_code for url in every_page()} == {302}


@pytest.mark.parametrize("role", ["viewer", "curator", "owner"])
def test_everybody_else_sees_every_page(role):
    client = visitor(role)

    assert {client.get(url).status_code for url in every_page()} == {200}


def test_only_curators_are_offered_something_to_do(viewer, curator):
    book = BookFactory()

    assert "Not wanted</button>" not in page_of(viewer, "library:book-detail", book.pk)
    assert "Not wanted</button>" in page_of(curator, "library:book-detail", book.pk)


def test_a_viewer_can_not_act(viewer):
    book = BookFactory()

    answer = viewer.post(reverse("acquisition:book-decline", args=[book.pk]))

    assert answer.status_code == 403
    assert not Exclusion.objects.exists()


@pytest.mark.parametrize("look", ["grid", "list"])
def test_a_list_of_fifty_takes_as_many_queries_as_one_of_five(viewer, look):
    url = f"{reverse('library:book-list')}?look={look}"
    many = [SeriesEntryFactory(book__by=f"Author {n}").book for n in range(5)]
    few = queries_of(viewer, url)

    for book in many:
        shelved(book)
        WantFactory(book=book)
    for n in range(40):
        SeriesEntryFactory(book__by=f"Other {n}")

    assert queries_of(viewer, url) == few


@pytest.mark.parametrize("name", ["library:missing-list", "library:series-list"])
def test_other_lists_take_as_many_queries_however_long(viewer, name):
    for n in range(3):
        WantFactory(book=SeriesEntryFactory(book__by=f"Author {n}").book)
    few = queries_of(viewer, reverse(name))

    for n in range(30):
        WantFactory(book=SeriesEntryFactory(book__by=f"Other {n}").book)

    assert queries_of(viewer, reverse(name)) <= few  # a page that the queue fills does not ask for the rest


def test_a_series_and_an_author_take_as_many_queries_however_many_books(viewer):
    series, author = SeriesFactory(), AuthorFactory()
    SeriesEntryFactory.create_batch(2, series=series, book__by=author.name)
    few = [queries_of(viewer, series.get_absolute_url()), queries_of(viewer, author.get_absolute_url())]

    for entry in SeriesEntryFactory.create_batch(20, series=series, book__by=author.name):
        shelved(entry.book)
        WantFactory(book=entry.book)

    assert [queries_of(viewer, series.get_absolute_url()), queries_of(viewer, author.get_absolute_url())] == few


def test_a_book_takes_as_many_queries_however_much_is_known_of_it(viewer):
    book = BookFactory(by="Ann Author")
    for _ in range(2):
        _know_more(book)
    few = queries_of(viewer, book.get_absolute_url())

    for _ in range(8):
        _know_more(book)

    assert queries_of(viewer, book.get_absolute_url()) == few


def _know_more(book):
    edition = shelved(book, metadata={"title": book.title}, recording=RecordingFactory(book=book))
    FieldLockFactory(edition=edition)
    ChangeFactory(edition=edition)
    ClaimFactory(book=book, edition=edition)
    want = WantFactory(book=book, status="abandoned", closed_at=timezone.now())
    CandidateFactory(want=want)
    CandidateFactory(want=want)


def test_books_are_found_by_title_author_and_series(viewer):
    SeriesEntryFactory(series__name="Distant Shores", book__title="The Lighthouse", book__by="Ann Author")
    BookFactory(title="Another Thing", by="Bob Writer")
    indexing.catch_up()

    for text in ("lightHOUSE", "ann author", "shores ann"):
        page = page_of(viewer, "library:book-list", q=text)
        assert "The Lighthouse" in page
        assert "Another Thing" not in page


def test_books_are_told_apart_by_how_they_stand(viewer):
    owned = BookFactory(title="Owned One")
    shelved(owned)
    BookFactory(title="Missing One")
    BookFactory(title="Coming One", is_announced=True)
    ExclusionFactory(book__title="Unwanted One")
    shown = {
        standing: {
            title for title in ("Owned", "Missing", "Coming", "Unwanted")
            if f"{title} One" in page_of(viewer, "library:book-list", standing=standing)
        }
        for standing in ("owned", "missing", "announced", "excluded")
    }  # fmt: skip

    assert shown == {
        "owned": {"Owned"},
        "missing": {"Missing"},
        "announced": {"Coming"},
        "excluded": {"Unwanted"},
    }


def test_books_are_shown_by_shelf(viewer):
    here, there = ShelfFactory(), ShelfFactory()
    shelved(BookFactory(title="Here It Is"), shelf=here)
    shelved(BookFactory(title="Elsewhere"), shelf=there)

    page = page_of(viewer, "library:book-list", shelf=here.pk)

    assert "Here It Is" in page
    assert "Elsewhere" not in page


@pytest.mark.parametrize("asked", [{"shelf": "x"}, {"sort": "nonsense"}, {"page": "9999"}, {"standing": "?"}])
def test_an_address_that_makes_no_sense_shows_the_list(viewer, asked):
    BookFactory(title="Still There")

    assert "Still There" in page_of(viewer, "library:book-list", **asked)


def test_an_empty_library_says_what_to_do(viewer):
    assert "The library is empty" in page_of(viewer, "library:book-list")
    assert "No book is like that" in page_of(viewer, "library:book-list", q="nothing")


@pytest.mark.parametrize("name", ["library:book-list", "library:missing-list", "library:series-list"])
def test_with_htmx_only_the_rows_are_sent(viewer, name):
    answer = viewer.get(reverse(name), headers=HTMX)

    assert b"<html" not in answer.content
    assert "HX-Request" in answer["Vary"]


def test_names_with_markup_are_shown_as_text(viewer):
    entry = SeriesEntryFactory(series__name=f"S {MARKUP}", book__title=f"T {MARKUP}", book__by=f"A {MARKUP}")
    shelved(entry.book, title=MARKUP, path=MARKUP, metadata={"title": MARKUP, "narrators": [MARKUP]})
    urls = [entry.book.get_absolute_url(), entry.series.get_absolute_url(), reverse("library:book-list")]

    assert not any("<img src=x" in viewer.get(url).content.decode() for url in urls)


def test_a_description_keeps_its_emphasis_and_loses_what_acts(viewer):
    html = f'<p onclick="x()">A <b>fine</b> story.</p><script>alert(1)</script>{MARKUP}<a href="javascript:x()">y</a>'
    book = BookFactory(description=html)
    shelved(book, metadata={"description": html})
    ClaimFactory(book=book, field="description", value=html)

    page = page_of(viewer, "library:book-detail", book.pk)

    assert "A <b>fine</b> story." in page
    assert "alert(1)" not in page
    assert "onclick" not in page
    assert "javascript:" not in page


def test_a_book_shows_what_sources_say_about_a_field(viewer):
    book = BookFactory()
    edition = shelved(book, metadata={"published_year": "2011"}, audio_format="m4b", bitrate_kbps=64)
    ClaimFactory(book=book, edition=edition, field="released_on", value="2011-06-15", source="hardcover")

    page = page_of(viewer, "library:book-detail", book.pk)

    assert "m4b, 64 kbit/s" in page
    assert "2011-06-15" in page
    assert "hardcover" in page


def test_a_book_explains_why_another_release_comes_second(viewer):
    want = WantFactory(status="chosen")
    words = [{"criterion": "bitrate", "words": "128 kbit/s"}]
    CandidateFactory(want=want, rank=0, quality_key=[128], quality_reasons=words)
    words = [{"criterion": "bitrate", "words": "64 kbit/s"}]
    CandidateFactory(want=want, rank=1, quality_key=[64], quality_reasons=words)

    page = page_of(viewer, "library:book-detail", want.book_id)

    assert "The best of those that may be taken" in page
    assert "Bitrate decides: 64 kbit/s, while the best has 128 kbit/s" in page


def test_missing_books_come_in_the_order_in_which_they_are_looked_for(viewer):
    parts = {"phase": 2, "series_rank": 4, "missing_in_series": 3, "owned_in_series": 5, "missing_of_author": 7}
    WantFactory(book__title="Later", priority=1)
    WantFactory(book__title="Sooner", priority=9, priority_parts=parts)
    BookFactory(title="Not Yet")

    page = page_of(viewer, "library:missing-list")

    assert page.index(">Sooner<") < page.index(">Later<") < page.index(">Not Yet<")
    assert "Phase 2, series 4 in the queue" in page
    assert "3 missing and 5 owned" in page


def test_a_series_is_shown_in_order_with_what_is_there_and_what_is_not(viewer):
    series = SeriesFactory()
    second = SeriesEntryFactory(series=series, position="2", book__title="The Second")
    first = SeriesEntryFactory(series=series, position="1", book__title="The First")
    SeriesEntryFactory(series=series, position="1.5", book__title="In Between", kind="novella")
    SeriesEntryFactory(series=series, position="3", book__title="On Paper", book__has_audio=Book.HasAudio.NO)
    shelved(first.book)

    page = page_of(viewer, "library:series-detail", series.pk)

    order = [page.index(title) for title in ("The First", "In Between", "The Second", "On Paper")]
    assert order == sorted(order)
    assert "1 of 2 owned" in page
    assert "Novella" in page
    assert "In print only" in page
    assert second.book.get_absolute_url() in page


def test_series_are_sorted_by_their_gaps(viewer):
    whole, half = SeriesFactory(name="Whole"), SeriesFactory(name="With a Gap")
    shelved(SeriesEntryFactory(series=whole).book)
    SeriesEntryFactory(series=half)

    assert "Whole" not in page_of(viewer, "library:series-list", gaps="1")
    page = page_of(viewer, "library:series-list", sort="gap")
    assert page.index("With a Gap") < page.index("Whole")


def test_an_author_shows_books_by_series(viewer):
    author = AuthorFactory(name="Ann Author")
    SeriesEntryFactory(series__name="The Run", book__title="In It", book__by=author.name)
    BookFactory(title="By Itself", by=author.name)

    page = page_of(viewer, "library:author-detail", author.pk)

    assert page.index("The Run") < page.index("In It") < page.index("Outside any series") < page.index("By Itself")


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
