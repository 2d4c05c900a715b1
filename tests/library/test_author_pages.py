"""The pages of authors, the gaps on the missing page, and what the library shows of what nobody took up."""

import pytest
from django.urls import reverse

from library.models import Author, Book, Series
from library.services import indexing, searching
from library.views.authors import SORTS
from tests.factories import (
    AuthorFactory,
    BookFactory,
    CoverageFactory,
    EditionFactory,
    LeftOutFactory,
    SeriesEntryFactory,
    SeriesFactory,
)
from tests.visitors import HTMX, queries_of, visitor

pytestmark = pytest.mark.django_db

ANN = "Ann Example"


@pytest.fixture
def viewer():
    return visitor("viewer")


@pytest.fixture
def curator():
    return visitor("curator")


def owned(by, count=1, *, hours=1):
    for _ in range(count):
        CoverageFactory(book=BookFactory(by=by), edition=EditionFactory(duration_s=hours * 3600))


def text_of(client, name, *args, **asked):
    answer = client.get(reverse(name, args=args), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def in_order(page, *names):
    return sorted(names, key=page.index)


def test_the_list_shows_authors_of_whom_something_is_owned_and_all_on_request(viewer):
    owned(ANN)
    BookFactory(by="Bob Sample")

    assert "Bob Sample" not in text_of(viewer, "library:author-list")
    assert "Bob Sample" in text_of(viewer, "library:author-list", all="1")
    assert ANN not in text_of(viewer, "library:author-list", q="bob sam", all="1")


def test_authors_are_sorted_by_books_hours_and_completion(viewer):
    owned("Many Books", 3)
    owned("Long Hours", 1, hours=90)
    BookFactory(by="Long Hours")
    names = ("Long Hours", "Many Books")

    assert in_order(text_of(viewer, "library:author-list"), *names) == ["Long Hours", "Many Books"]
    assert in_order(text_of(viewer, "library:author-list", sort="books"), *names) == ["Many Books", "Long Hours"]
    assert in_order(text_of(viewer, "library:author-list", sort="hours"), *names) == ["Long Hours", "Many Books"]
    assert in_order(text_of(viewer, "library:author-list", sort="closest"), *names) == ["Many Books", "Long Hours"]
    assert in_order(text_of(viewer, "library:author-list", sort="gap"), *names) == ["Long Hours", "Many Books"]


@pytest.mark.parametrize("sort", [*SORTS, "nonsense"])
def test_the_list_takes_as_many_queries_for_many_authors_as_for_few(viewer, sort):
    owned("First One")
    url = reverse("library:author-list") + f"?sort={sort}"
    few = queries_of(viewer, url)

    for number in range(5):
        owned(f"Writer Number{number}")

    assert queries_of(viewer, url) == few


def test_a_copy_of_two_books_is_counted_once_in_the_hours(viewer):
    edition = EditionFactory(duration_s=7200)
    for _ in range(2):
        CoverageFactory(book=BookFactory(by=ANN), edition=edition)

    assert Author.objects.with_hours().get().owned_s == 7200


def test_the_counts_of_an_author_are_those_of_a_naive_recomputation():
    owned(ANN)
    for fields in (
        {}, {"is_monitored": False}, {"has_audio": "no"}, {"is_announced": True}, {"kind": "collection"},
    ):  # fmt: skip
        BookFactory(by=ANN, **fields)
    SeriesEntryFactory(book=BookFactory(by=ANN), kind="novella", position="1.5")
    CoverageFactory(book=BookFactory(by=ANN, has_audio="no"))

    author = Author.objects.with_counts().get()

    assert (author.total, author.owned, author.announced, author.gap, author.in_print) == (5, 2, 1, 2, 1)
    assert author.missing == Book.objects.missing().count() == 2
    AuthorFactory(name="Nobody Yet")
    shares = dict(Author.objects.with_share().values_list("name", "share_owned"))
    assert shares == {ANN: pytest.approx(2 / 5), "Nobody Yet": 0}


def test_an_authors_page_shows_owned_missing_printed_announced_and_offered(curator):
    owned(ANN)
    author = Author.objects.get()
    BookFactory(title="Printed Alone", by=ANN, has_audio="no")
    BookFactory(title="Still To Come", by=ANN, is_announced=True)
    BookFactory(title="Lacking", by=ANN)
    offered = SeriesFactory(name="Fresh Tales", monitor="none", is_unclaimed=True)
    fresh = BookFactory(title="Fresh", by=ANN, is_monitored=False, is_unclaimed=True)
    SeriesEntryFactory(series=offered, book=fresh)
    LeftOutFactory(author=author, title="Summary of Lacking")

    page = text_of(curator, "library:author-detail", author.pk)

    for words in ("1 of 4 owned", "Single works", "In print only", "Announced", "Lacking", "Summary of Lacking"):
        assert words in page
    assert page.index("Series you own nothing of") < page.index("Fresh Tales") < page.index("Left out of the list")
    assert reverse("library:series-monitor", args=[offered.pk]) in page


def test_what_each_mode_would_change_is_asked_for_after_the_page_is_shown(curator):
    owned(ANN)
    author = Author.objects.get()
    BookFactory(title="Lacking", by=ANN, is_monitored=False)
    modes = reverse("library:author-modes", args=[author.pk])

    page = text_of(curator, "library:author-detail", author.pk)
    assert f'hx-get="{modes}"' in page
    assert 'value="missing"' in page, "a mode can be chosen without the preview"

    part = curator.get(modes, headers=HTMX).content.decode()
    assert "1 missing, 1 more than now" in " ".join(part.split())
    assert "As it is now: none missing" in part
    assert "<html" not in part
    assert "hx-get" not in part, "it is not asked for again"
    assert "1 missing, 1 more than now" in text_of(curator, "library:author-modes", author.pk)


def test_a_page_of_four_hundred_books_takes_as_many_queries_as_one_of_four(curator):
    author = AuthorFactory(name=ANN)
    series = SeriesFactory()

    def fill(first, last):
        for number in range(first, last):
            SeriesEntryFactory(series=series, book=BookFactory(by=ANN), position=str(number))

    fill(1, 5)
    few = queries_of(curator, author.get_absolute_url())
    fill(5, 60)

    assert queries_of(curator, author.get_absolute_url()) == few


def test_a_mode_is_set_by_curators_alone_and_nonsense_is_refused(viewer, curator):
    BookFactory(title="Lacking", by=ANN, is_monitored=False, is_unclaimed=True)
    author = Author.objects.get()
    url = reverse("library:author-monitor", args=[author.pk])

    assert viewer.post(url, {"mode": "all"}).status_code == 403
    curator.post(url, {"mode": "everything"})
    assert not Book.objects.missing().exists()
    curator.post(url, {"mode": "all"})
    assert Book.objects.missing().exists()
    assert "Counted as missing: all books" in text_of(viewer, "library:author-detail", author.pk)


def test_missing_books_are_narrowed_to_gaps_of_series_or_of_authors(viewer):
    SeriesEntryFactory(book=BookFactory(title="In A Series"))
    SeriesEntryFactory(book=BookFactory(title="Of No Followed Series"), series=SeriesFactory(monitor="none"))
    BookFactory(title="Single Work")

    of_series = text_of(viewer, "library:missing-list", gap="series")
    of_authors = text_of(viewer, "library:missing-list", gap="author")

    assert ("In A Series" in of_series, "Single Work" in of_series) == (True, False)
    assert ("In A Series" in of_authors, "Single Work" in of_authors, "Of No Followed" in of_authors) == (
        False, True, True,
    )  # fmt: skip
    assert "Single Work" in text_of(viewer, "library:missing-list", gap="nonsense")


def test_without_gaps_of_authors_the_page_says_where_to_ask_for_some(viewer):
    assert "Look at the authors" in text_of(viewer, "library:missing-list", gap="author")


def test_what_nobody_took_up_is_found_by_words_and_left_out_of_the_whole_library(viewer):
    BookFactory(title="Ordinary", by=ANN)
    BookFactory(title="Extraordinary", by=ANN, is_monitored=False, is_unclaimed=True)
    indexing.catch_up()

    everything = text_of(viewer, "library:book-list")
    facets = text_of(viewer, "library:book-facets")

    assert ("Ordinary" in everything, "Extraordinary" in everything) == (True, False)
    assert "Extraordinary" in text_of(viewer, "library:book-list", q="extraordinary")
    assert "Not monitored" not in facets


@pytest.mark.parametrize("text", ["NOT dune", "-dune", "year:1990", "NOT (dune OR year:<1980)", "year:1990 NOT dune"])
def test_a_search_that_only_leaves_out_finds_no_more_than_the_whole_library(viewer, text):
    BookFactory(title="Ours", by=ANN, released_on="1990-01-01")
    BookFactory(title="Theirs", by=ANN, released_on="1990-01-01", is_monitored=False, is_unclaimed=True)
    indexing.catch_up()

    found = searching.find(text)

    assert ([book.title for book in found.books], found.total) == (["Ours"], 1)
    assert searching.find(text, of_all=True).total == 2


@pytest.mark.parametrize("few", [0, 250])
def test_books_that_words_ask_for_are_found_whoever_told_of_them(viewer, monkeypatch, few):
    monkeypatch.setattr(searching, "FEW", few)
    BookFactory(title="Ours", by=ANN, released_on="1990-01-01")
    BookFactory(title="Theirs", by=ANN, released_on="1990-01-01", is_monitored=False, is_unclaimed=True)
    indexing.catch_up()

    assert {book.title for book in searching.find("example NOT dune").books} == {"Ours", "Theirs"}
    assert {book.title for book in searching.find("NOT dune").books} == {"Ours"}
    assert {book.title for book in searching.find("year:1990").books} == {"Ours"}
    assert {book.title for book in searching.find("is:missing").books} == {"Ours"}


def test_a_series_only_an_authors_list_told_of_is_no_row_of_the_series_page(viewer):
    SeriesFactory(name="Known Tales")
    SeriesFactory(name="Fresh Tales", monitor="none", is_unclaimed=True)

    page = text_of(viewer, "library:series-list")

    assert ("Known Tales" in page, "Fresh Tales" in page) == (True, False)
    assert Series.objects.incomplete().count() == 0


def test_htmx_gets_the_rows_alone(viewer):
    owned(ANN)

    fragment = viewer.get(reverse("library:author-list"), headers=HTMX).content.decode()

    assert "<html" not in fragment
    assert 'id="authors"' in fragment
