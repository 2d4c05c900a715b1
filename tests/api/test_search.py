"""Searching over the API: the same search as on the pages, facets, and saved searches."""

import pytest

from library.models import SavedSearch
from library.services import indexing
from tests.factories import BookFactory, SavedSearchFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def library():
    BookFactory(title="Mort", by="Terry Pratchett", released_on="1987-11-12")
    BookFactory(title="Emma", by="Jane Austen", released_on="1815-12-23", is_monitored=False)
    indexing.catch_up()


@pytest.mark.parametrize(
    ("text", "found"),
    [("pratchett NOT emma", ["Mort"]), ("year:<1900", ["Emma"]), ("prattchett", ["Mort"]), ("(", ["Emma", "Mort"])],
)
def test_books_are_searched_with_the_whole_syntax(get, library, text, found):
    assert [book["title"] for book in get("/books", q=text).json()["items"]] == found


@pytest.mark.parametrize(
    ("text", "found", "position", "words"),
    [
        ("year:abc", ["Emma", "Mort"], 5, "'abc' is no year; write it like year:2010-2015"),
        ("mort year:1969-1960", ["Mort"], 10, "'1969-1960' ends before it begins; write it like year:2010-2015"),
        ("*", ["Emma", "Mort"], 0, "nothing in this can be searched for"),
    ],
)
def test_what_of_a_search_was_not_understood_is_told_with_the_books(get, library, text, found, position, words):
    told = get("/books", q=text).json()

    assert [book["title"] for book in told["items"]] == found
    assert told["troubles"] == [{"position": position, "message": words}]


def test_a_search_that_was_understood_has_no_troubles(get, library):
    assert [get("/books", **asked).json()["troubles"] for asked in ({}, {"q": "mort"})] == [[], []]


def test_facets_tell_how_the_search_was_understood(get, library):
    told = get("/books/facets", q="(prattchett", missing=True).json()

    assert {
        facet["kind"]: [(value["label"], value["count"]) for value in facet["values"]] for facet in told["facets"]
    } == {
        "author": [("Terry Pratchett", 1)],
        "decade": [("1980s", 1)],
        "standing": [("Missing", 1)],
    }
    assert told["corrected"] == {"prattchett": "pratchett"}
    assert told["troubles"] == [{"position": 0, "message": "this bracket is never closed"}]


def test_a_search_is_saved_listed_renamed_and_deleted(post, writer, library):
    body = {"name": "Old", "query": "year:<1900", "filters": {"standing": "missing", "colour": "blue"}, "look": "list"}

    made = post("/saved-searches", body)
    taken = post("/saved-searches", body)
    listed = writer.get("/api/v1/saved-searches").json()["items"]
    renamed = post(f"/saved-searches/{made.json()['id']}", {"name": "Older"}, method="patch")

    assert (made.status_code, taken.status_code, taken.json()["code"]) == (201, 409, "name_taken")
    assert listed[0]["filters"] == {"standing": "missing"}
    assert renamed.json()["name"] == "Older"

    assert post(f"/saved-searches/{made.json()['id']}", method="delete").status_code == 204
    assert not SavedSearch.objects.exists()


def test_nobody_reaches_the_searches_of_another(post):
    theirs = SavedSearchFactory()

    assert post(f"/saved-searches/{theirs.pk}", method="delete").status_code == 404
