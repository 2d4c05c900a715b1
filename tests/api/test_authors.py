"""Authors, their modes and recommendations over the API."""

import pytest

from library.models import Author, Book, NotInterested
from tests.factories import (
    AuthorFactory,
    BookFactory,
    CoverageFactory,
    EditionFactory,
    LeftOutFactory,
    SeriesEntryFactory,
    SeriesFactory,
)

pytestmark = pytest.mark.django_db

ANN = "Ann Example"


@pytest.fixture
def author():
    """Two books are owned, one is out, and one stands in a series nobody follows."""
    for _ in range(2):
        CoverageFactory(book=BookFactory(by=ANN), edition=EditionFactory(duration_s=3600))
    BookFactory(title="Out", by=ANN, is_monitored=False, is_unclaimed=True)
    series = SeriesFactory(name="Fresh Tales", monitor="none", is_unclaimed=True)
    fresh = BookFactory(title="Fresh", by=ANN, is_monitored=False, is_unclaimed=True)
    SeriesEntryFactory(series=series, book=fresh)
    return Author.objects.get()


def test_an_author_is_listed_with_counts(get, author):
    AuthorFactory(name="Bob Sample")

    [told] = get("/authors", owned=True).json()["items"]

    figures = {name: told[name] for name in ("name", "total", "owned", "gap", "missing", "owned_s", "monitor")}
    assert figures == {
        "name": ANN, "total": 4, "owned": 2, "gap": 2, "missing": 0, "owned_s": 7200.0, "monitor": "none",
    }  # fmt: skip
    assert get("/authors", q="bob").json()["count"] == 1


@pytest.mark.parametrize("ordering", ["name", "-owned", "-owned_s", "-share_owned", "-gap"])
def test_authors_are_ordered(get, author, ordering):
    CoverageFactory(book=BookFactory(by="Zed Last"))

    names = [row["name"] for row in get("/authors", ordering=ordering, owned=True).json()["items"]]

    assert names == (["Zed Last", ANN] if ordering == "-share_owned" else [ANN, "Zed Last"])


def test_an_author_is_shown_with_books_and_what_was_left_out(get, author):
    LeftOutFactory(author=author, title="Summary of Out")

    told = get(f"/authors/{author.pk}").json()

    standing = {book["title"]: book["standing"] for book in told["books"]}
    assert (standing["Out"], standing["Fresh"]) == ("unmonitored", "unmonitored")
    assert told["left_out"] == [{"title": "Summary of Out", "why": "about", "source": "hardcover"}]


def test_a_mode_is_previewed_and_set(get, post, author):
    [everything, *_] = get(f"/authors/{author.pk}/preview").json()["modes"]
    assert everything == {"mode": "all", "missing": 2, "more": 2, "fewer": 0, "announced": 0}

    answer = post(f"/authors/{author.pk}", {"monitor": "all"}, method="patch")

    assert answer.json()["missing"] == 2
    assert {row["title"] for row in get("/missing", gap="author").json()["items"]} == {"Out", "Fresh"}
    assert get("/missing", gap="series").json()["count"] == 0
    assert post(f"/authors/{author.pk}", {"monitor": "everything"}, method="patch").status_code == 422


def test_readers_set_nothing(reader, author):
    answer = reader.patch(f"/api/v1/authors/{author.pk}", {"monitor": "all"}, content_type="application/json")

    assert answer.status_code == 403
    assert not Book.objects.missing().exists()


def test_recommendations_are_listed_dismissed_and_taken_back(get, post, writer, author):
    [told] = get("/recommendations").json()["items"]
    assert told["reasons"] == [{"words": f"You own 2 books by {ANN} and none of this series", "points": 20}]
    path = f"/recommendations/{told['kind']}/{told['id']}/dismissal"

    assert post(path).status_code == 201
    assert get("/recommendations").json()["count"] == 0
    [word] = get("/recommendations/dismissed").json()["items"]
    assert (word["kind"], word["name"], word["by"]) == (
        "series",
        "Fresh Tales",
        NotInterested.objects.get().by.username,
    )
    assert writer.delete(f"/api/v1{path}").status_code == 204
    assert get("/recommendations", kind="series").json()["count"] == 1
    assert get("/recommendations", kind="author").json()["count"] == 0
    assert post("/recommendations/book/1/dismissal").status_code == 422
    assert post("/recommendations/author/999/dismissal").status_code == 404


def test_series_that_only_an_authors_list_told_of_can_be_told_apart(get, author):
    SeriesFactory(name="Ours")

    assert [row["name"] for row in get("/series", is_unclaimed=True).json()["items"]] == ["Fresh Tales"]
    assert [row["name"] for row in get("/series", is_unclaimed=False).json()["items"]] == ["Ours"]
