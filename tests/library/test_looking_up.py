"""How a search is looked up is a matter of speed alone: every way finds the same books."""

import pytest
from django.urls import reverse

from library import search
from library.models import Book, Coverage, Edition, SearchDocument
from library.search import tree
from library.search.estimating import Costs, Way
from library.services import indexing, planning_statistics, searching
from tests.factories import BookFactory, CoverageFactory, EditionFactory, RecordingFactory, WantFactory
from tests.visitors import queries_of, visitor

pytestmark = pytest.mark.django_db

TEXTS = (
    "common", "comm", '"common"', "common NOT ground", "(common OR rare) year:>1990", "ground length:>2h", "author:ann",
    '"common ground"', "9780765326355", "is:missing", "language:en common", "NOT common", "year:1980-1995", "rare",
    "NOT year:>1900", "common NOT length:<3h", "language:en", "NOT language:en", "language:en OR language:de",
    "NOT (language:en OR language:fr)",
)  # fmt: skip


@pytest.fixture
def library():
    """Books of which most share a word."""
    for number in range(12):
        title = f"{'Common' if number % 4 else 'Rare'} {'Ground' if number % 3 else 'Commonwealth'}"
        dated = f"{1980 + 2 * number}-01-01" if number % 5 else None
        book = BookFactory(title=title, by="Ann Author", language="English" if number % 2 else "", released_on=dated)
        RecordingFactory(book=book, runtime_s=3600 * number or None)
    BookFactory(title="Identified", isbn="9780765326355")
    indexing.catch_up()


def keys_of(found):
    return set(found.books.values_list("pk", flat=True))


@pytest.mark.parametrize("text", TEXTS)
def test_every_way_of_looking_up_finds_the_same(library, monkeypatch, text):
    few = keys_of(searching.find(text))

    monkeypatch.setattr(searching, "FEW", 0)
    found = {}
    for way in Way:
        monkeypatch.setattr(searching, "_way", lambda *_, way=way, **__: way)
        found[way] = keys_of(searching.find(text))

    assert found == dict.fromkeys(Way, few)
    assert few


@pytest.mark.parametrize(
    ("share", "until", "cheapest"),
    [(0.9, 100, Way.READ), (0.5, 10_000, Way.IN_ORDER), (0.001, 100, Way.SORTED), (0.0, 100, Way.SORTED)],
)
def test_the_first_of_what_many_have_are_read_and_the_last_looked_for_among_all(share, until, cheapest):
    costs = Costs(read_us=2, gather_us=0.2, probe_us=0.2, sort_us=0.3)

    assert costs.cheapest(share, 100_000, until) == cheapest


def test_many_found_books_are_told_as_more_than_few(library, monkeypatch):
    monkeypatch.setattr(searching, "FEW", 3)

    common, rare = searching.find("common"), searching.find('"rare" commonwealth')

    assert common.total is None
    assert rare.total == len(keys_of(rare)) == 1


@pytest.mark.parametrize("few", [8, 9, 10])
def test_the_edge_of_few_is_exact(library, monkeypatch, few):
    there = sum(1 for title in Book.objects.values_list("title", flat=True) if "Common " in title)
    assert there == 9
    monkeypatch.setattr(searching, "FEW", few)

    found = searching.find('"common"')

    assert found.total == (9 if few >= 9 else None)
    assert len(keys_of(found)) == 9


def test_a_document_does_not_tell_of_fields_phrases_and_identifiers():
    for text in ("title:common", '"common ground"', "9780765326355", "common title:ground"):
        assert search.told_by_document(search.parse(text).node) is None
    assert search.told_by_document(tree.Text(("common",))) is not None


def test_the_text_of_a_book_that_is_gone_is_gone(library):
    node = search.parse("identified").node
    assert len(search.first_keys(node, 5)) == 1

    Book.objects.get(title="Identified").delete()

    assert search.first_keys(node, 5) == []
    assert not SearchDocument.objects.filter(words__contains="identified").exists()


def test_what_is_present_is_what_has_not_vanished():
    present = CoverageFactory(edition=EditionFactory())
    CoverageFactory(edition=EditionFactory(status="vanished", vanished_at="2026-01-01T00:00Z"))

    assert list(Coverage.objects.present()) == [present]
    assert list(Coverage.objects.filter(edition__in=Edition.objects.present())) == [present]


def test_missing_books_are_shown_as_they_are_looked_for_and_then_by_title():
    for title in ("Beta", "Alpha"):
        BookFactory(title=title)
    for title, priority in (("Last", 1), ("First", 9), ("Second", 5), ("Also second", 5)):
        WantFactory(book=BookFactory(title=title), priority=priority)
    given_up = WantFactory(
        book=BookFactory(title="Gamma"), status="dropped", closed_at="2026-01-01T00:00Z", priority=99
    )
    indexing.catch_up()

    page = visitor("viewer").get(reverse("library:missing-list")).context["page"]

    shown = [row.book.title for row in page.object_list]
    assert shown == ["First", "Also second", "Second", "Last", "Alpha", "Beta", given_up.book.title]
    assert page.paginator.count == 7


@pytest.mark.parametrize(
    "query", ["q=common", "standing=missing", "language=en", "q=common+year:>1981", "sort=released"]
)
def test_a_list_takes_no_more_queries_with_more_books(query):
    viewer, url = visitor("viewer"), f"{reverse('library:book-list')}?{query}"
    for number in range(3):
        BookFactory(title=f"Common {number}", by="Ann Author", language="English", released_on="1990-01-01")
    indexing.catch_up()
    viewer.get(url)
    few = queries_of(viewer, url)

    for number in range(60):
        BookFactory(title=f"Common {number}", by="Ann Author", language="English", released_on="1990-01-01")
    indexing.catch_up()

    assert queries_of(viewer, url) <= few


def test_the_database_looks_at_its_rows_again_after_much_has_changed():
    BookFactory()

    assert not planning_statistics.refresh_after(planning_statistics.CHANGED_MUCH - 1)
    assert planning_statistics.refresh_after(planning_statistics.CHANGED_MUCH)
    assert Book.objects.count() == 1
