"""Putting identity right over the API."""

from pathlib import Path

import pytest

from library.models import Author, Book, Narrator, Regrouping, Series
from tests.factories import (
    AuthorFactory,
    BookFactory,
    CoverageFactory,
    EditionFactory,
    NarratorFactory,
    RecordingFactory,
    SeriesFactory,
    ShelfFactory,
)

pytestmark = pytest.mark.django_db


def doubled(title="Emma"):
    book = BookFactory(title=title)
    recording = RecordingFactory(book=book, narrator_key="ray porter")
    for rate in (64, 128):
        CoverageFactory(book=book, edition=EditionFactory(recording=recording, bitrate_kbps=rate))
    return book


@pytest.mark.parametrize(
    ("path", "factory", "model"),
    [
        ("authors", AuthorFactory, Author),
        ("narrators", NarratorFactory, Narrator),
        ("series", SeriesFactory, Series),
        ("books", BookFactory, Book),
    ],
)
def test_rows_are_merged_and_the_merge_is_undone(post, get, path, factory, model):
    kept, other = factory(), factory()

    done = post(f"/{path}/{kept.pk}/merge", {"others": [other.pk]}).json()
    assert (done["kept_id"], model.objects.count()) == (kept.pk, 1)
    assert [row["id"] for row in get("/regroupings").json()["items"]] == [done["id"]]

    undone = post(f"/regroupings/{done['id']}/undo").json()

    assert undone["undone_at"]
    assert model.objects.count() == 2


@pytest.mark.parametrize(
    ("others", "status", "code"),
    [([], 422, "invalid"), ([987], 409, "can_not_merge"), (["self"], 409, "can_not_merge")],
)
def test_a_merge_that_makes_no_sense_is_refused(post, others, status, code):
    kept = BookFactory()

    answer = post(f"/books/{kept.pk}/merge", {"others": [kept.pk if other == "self" else other for other in others]})

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_undoing_twice_is_refused(post):
    kept, other = BookFactory.create_batch(2)
    done = post(f"/books/{kept.pk}/merge", {"others": [other.pk]}).json()
    post(f"/regroupings/{done['id']}/undo")

    answer = post(f"/regroupings/{done['id']}/undo")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_undoable")


def test_copies_recordings_and_books_are_moved(post):
    book, to = doubled(), BookFactory()
    first, second = (coverage.edition for coverage in book.coverages.order_by("pk"))

    split = post(f"/books/{book.pk}/split", {"editions": [first.pk], "title": "Emma, dramatised"}).json()
    post(f"/recordings/{book.recordings.get().pk}/move", {"book_id": to.pk})
    post(f"/editions/{first.pk}/reassign", {"book_id": to.pk})

    assert Book.objects.get(pk=split["kept_id"]).title == "Emma, dramatised"
    assert {first.coverages.get().book, second.coverages.get().book} == {to}
    assert Regrouping.objects.count() == 3


def test_a_duplicate_is_listed_with_the_copy_to_keep_until_it_is_dismissed(get, post):
    book = doubled()

    [told] = get("/duplicates").json()["items"]
    post(f"/duplicates/{book.pk}/dismiss")

    copies = told["performances"][0]["copies"]
    assert [(copy["is_best"], copy["bitrate_kbps"]) for copy in copies] == [(True, 128), (False, 64)]
    assert copies[0]["reasons"] == ["128 kbit/s against 64 kbit/s"]
    assert get("/duplicates").json()["count"] == 0
    assert post(f"/duplicates/{book.pk}/dismiss", method="delete").status_code == 204
    assert get("/duplicates").json()["count"] == 1


def test_a_copy_without_a_book_is_listed_with_what_it_may_be(get):
    book = BookFactory(title="Emma", by="Jane Austen")
    EditionFactory(title="Emma", metadata={"title": "Emma", "authors": ["J. Austen"]})

    [told] = get("/unplaced").json()["items"]

    assert [row["book_id"] for row in told["suggestions"]] == [book.pk]
    assert "author agrees: Jane Austen" in told["suggestions"][0]["reasons"]


def test_a_copy_is_left_without_a_book_and_brought_back(get, post):
    edition = EditionFactory()

    assert post(f"/unplaced/{edition.pk}/dismiss").status_code == 204
    assert get("/unplaced").json()["count"] == 0
    assert post(f"/unplaced/{edition.pk}/dismiss", method="delete").status_code == 204
    assert get("/unplaced").json()["count"] == 1


def test_names_are_proposed_and_cleaned_on_order(get, post, tmp_path):
    Path(tmp_path, "Dune").mkdir()
    edition = EditionFactory(shelf=ShelfFactory(path=str(tmp_path)), path="Dune", metadata={"title": "Dune (1965)"})
    told = get("/cleaning").json()
    assert [row["field"] for row in told["items"][0]["fields"]] == ["title", "published_year"]
    assert told["next_after"] is None

    done = post("/cleaning", {"editions": [edition.pk, edition.pk], "fields": ["title"]}).json()

    edition.refresh_from_db()
    assert (done["written"], edition.metadata["title"]) == (1, "Dune")
    assert "published_year" not in edition.metadata or not edition.metadata["published_year"]


@pytest.mark.parametrize("path", ["/books/1/merge", "/regroupings/1/undo", "/duplicates/1/dismiss", "/cleaning"])
def test_a_reader_can_not_repair(reader, path):
    assert reader.post(f"/api/v1{path}", {}, content_type="application/json").status_code == 403


@pytest.mark.parametrize("path", ["/duplicates", "/unplaced"])
def test_a_long_list_costs_as_many_queries_as_a_short_one(get, path, django_assert_max_num_queries):
    def asked():
        with django_assert_max_num_queries(20) as captured:
            assert get(path).status_code == 200
        return len(captured)

    BookFactory(title="Stray", by="Jane Austen")
    get("/jobs")
    for _ in range(3):
        doubled()
        EditionFactory(title="Stray", metadata={"authors": ["Jane Austen"]})
    few = asked()
    for _ in range(12):
        doubled()
        EditionFactory(title="Stray", metadata={"authors": ["Jane Austen"]})

    assert asked() == few


def test_cleaning_is_previewed_with_what_stands_on_the_shelf(post, tmp_path):
    Path(tmp_path, "Dune").mkdir()
    Path(tmp_path, "Dune", "metadata.json").write_text('{"title": "By hand"}')
    edition = EditionFactory(shelf=ShelfFactory(path=str(tmp_path)), path="Dune", metadata={"title": "Dune (1965)"})

    [told] = post("/cleaning/preview", {"editions": [edition.pk]}).json()["items"]
    narrowed = post("/cleaning/preview", {"editions": [edition.pk], "fields": ["published_year"]}).json()["items"]

    assert told["edition_id"] == edition.pk
    assert told["fields"] == [
        {
            "field": "title",
            "old": "Dune (1965)",
            "there": "By hand",
            "new": "Dune",
            "conflict": "it was changed on the shelf meanwhile, to 'By hand'",
            "would_be_written": False,
        },
        {
            "field": "published_year",
            "old": None,
            "there": None,
            "new": "1965",
            "conflict": "",
            "would_be_written": True,
        },
    ]
    assert [field["field"] for field in narrowed[0]["fields"]] == ["published_year"]
    assert not edition.changes.exists()
