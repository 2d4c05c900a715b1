"""What the pages of books, series and authors show."""

from html import unescape

import pytest
from django.urls import reverse

from library.models import Book
from library.services import catch_up
from library.templatetags.books import in_words
from tests.factories import (
    AuthorFactory,
    BookFactory,
    CandidateFactory,
    ClaimFactory,
    SeriesEntryFactory,
    SeriesFactory,
    WantFactory,
)
from tests.library.browsing import MARKUP, page_of, shelved

pytestmark = pytest.mark.django_db


def test_names_with_markup_are_shown_as_text(viewer):
    entry = SeriesEntryFactory(series__name=f"S {MARKUP}", book__title=f"T {MARKUP}", book__by=f"A {MARKUP}")
    shelved(entry.book, title=MARKUP, path=MARKUP, metadata={"title": MARKUP, "narrators": [MARKUP]})
    missing = SeriesEntryFactory(series=entry.series, book__title=f"M {MARKUP}", book__by=f"A {MARKUP}").book
    WantFactory(book=missing, explanation=f"E {MARKUP}")
    catch_up()
    names = ("book-list", "book-facets", "missing-list", "series-list", "author-list")
    rows = [entry.book, missing, entry.series, entry.book.authors.get()]
    urls = [reverse(f"library:{name}") for name in names] + [row.get_absolute_url() for row in rows]

    pages = {url: viewer.get(url, {"look": "list"}).content.decode() for url in urls}

    assert [url for url, page in pages.items() if "<img src=x" in page] == []
    assert all("&lt;img src=x" in page for page in pages.values())


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
    assert "Hardcover" in page


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
    WantFactory(book__title="Sooner", priority=9, priority_parts=parts, series=SeriesFactory())
    BookFactory(title="Not Yet")

    page = page_of(viewer, "library:missing-list")

    assert page.index(">Sooner<") < page.index(">Later<") < page.index(">Not Yet<")
    assert "Gap 4 in the queue, phase 2" in page
    assert "3 missing and 5 owned of the series when the queue was ordered" in page
    assert "those with the most missing books are filled first, 3 to a phase" in page


def test_a_gap_is_told_as_it_is_now_whatever_it_was_when_the_queue_was_ordered(viewer):
    series = SeriesFactory(name="Galaxy's Edge")
    missing = SeriesEntryFactory(series=series, book__by="Ann Author").book
    for number in ("2", "3"):
        shelved(SeriesEntryFactory(series=series, position=number).book)
    parts = {"phase": 1, "series_rank": 1, "missing_in_series": 3, "owned_in_series": 0, "missing_of_author": 3}
    WantFactory(book=missing, series=series, priority_parts=parts)

    page = page_of(viewer, "library:missing-list")

    assert "1 missing and 2 owned of Galaxy's Edge; 1 missing of the author" in unescape(page)
    assert "3 missing and 0 owned of the series when the queue was ordered" in page


def test_a_gap_that_is_still_the_one_of_the_queue_is_told_once(viewer):
    series = SeriesFactory(name="Dune")
    missing = SeriesEntryFactory(series=series, book__by="Ann Author").book
    shelved(SeriesEntryFactory(series=series, position="2").book)
    parts = {"phase": 1, "series_rank": 1, "missing_in_series": 1, "owned_in_series": 1, "missing_of_author": 1}
    WantFactory(book=missing, series=series, priority_parts=parts)
    WantFactory(book=BookFactory(by="Bob"), priority_parts=parts | {"owned_in_series": 0, "series_rank": 2})

    page = page_of(viewer, "library:missing-list")

    assert "1 missing and 1 owned of Dune" in page
    assert "Gap 1 in the queue, phase 1" in page
    assert "Gap 2 in the queue, phase 1" in page
    assert "when the queue was ordered" not in page


@pytest.mark.parametrize(("query", "shown"), [("q=%28", True), ("q=%28&standing=owned", False), ("q=dune", False)])
def test_a_search_of_which_nothing_is_left_says_that_all_books_are_shown(viewer, query, shown):
    page = viewer.get(f"{reverse('library:book-list')}?{query}").content.decode()

    assert ("All books are shown." in page) is shown


def test_acronyms_are_written_large():
    assert [in_words(name) for name in ("asin", "published_year", "isbn")] == ["ASIN", "Published year", "ISBN"]


def test_an_owned_book_is_there_as_audio_and_came_out_when_its_copy_says(viewer):
    book = BookFactory()
    shelved(book, metadata={"published_year": "2010"})

    page = page_of(viewer, "library:book-detail", book.pk)

    assert '>Released</dt><dd class="col-7">2010</dd>' in page
    assert '>As audio</dt><dd class="col-7">Yes</dd>' in page


def test_a_date_goes_before_the_year_of_a_copy_and_a_copy_that_is_gone_tells_nothing(viewer):
    dated, gone = BookFactory(released_on="2010-08-31"), BookFactory()
    shelved(dated, metadata={"published_year": "2011"})
    shelved(gone, metadata={"published_year": "2012"}, status="vanished", vanished_at=gone.added_at)

    assert '>Released</dt><dd class="col-7">31 August 2010</dd>' in page_of(viewer, "library:book-detail", dated.pk)
    page = page_of(viewer, "library:book-detail", gone.pk)
    assert '>Released</dt><dd class="col-7">unknown</dd>' in page
    assert '>As audio</dt><dd class="col-7">Unknown</dd>' in page


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


def test_a_series_without_more_to_come_is_not_called_complete_while_a_book_is_not_owned(viewer):
    series = SeriesFactory(is_complete=True, listed_at="2026-01-01T00:00Z", listed_by="")
    SeriesEntryFactory(series=series)

    page = page_of(viewer, "library:series-detail", series.pk)

    assert "no more books are expected; no provider has given its full list yet" in page
    assert "complete" not in page


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

    assert page.index("The Run") < page.index("In It") < page.index("Single works") < page.index("By Itself")
