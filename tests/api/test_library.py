"""Books, series, editions and shelves over the API."""

import pytest

from library.models import AudioFile, Book, Change, Exclusion, FieldLock, Narrator, Recording, Series, Shelf
from library.services import indexing
from mamcrawler.operations.models import AuditEntry, JobRun
from tests.api.conftest import with_key
from tests.factories import (
    BookFactory,
    CoverageFactory,
    EditionFactory,
    FindingFactory,
    SeriesEntryFactory,
    SeriesFactory,
    ShelfFactory,
)

pytestmark = pytest.mark.django_db


def titles(response):
    return [book["title"] for book in response.json()["items"]]


def test_a_book_is_listed_with_its_authors_its_place_and_whether_it_is_owned(get):
    owned = BookFactory(title="Guards! Guards!", by="Terry Pratchett")
    SeriesEntryFactory(book=owned, series__name="Discworld", position="8")
    CoverageFactory(book=owned)

    [told] = get("/books").json()["items"]

    assert told["authors"] == [{"id": owned.authors.get().pk, "name": "Terry Pratchett"}]
    assert [(place["series"], place["position"]) for place in told["series"]] == [("Discworld", "8")]
    assert told["is_owned"] is True


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"owned": True}, ["Mort"]),
        ({"owned": False}, ["Emma", "Sourcery"]),
        ({"missing": True}, ["Sourcery"]),
        ({"missing": False}, ["Emma", "Mort"]),
        ({"q": "pratch"}, ["Mort", "Sourcery"]),
        ({"q": "emm"}, ["Emma"]),
        ({"q": "pratch", "owned": False}, ["Sourcery"]),
    ],
)
def test_books_are_filtered(get, query, found):
    CoverageFactory(book=BookFactory(title="Mort", by="Terry Pratchett"))
    BookFactory(title="Sourcery", by="Terry Pratchett")
    BookFactory(title="Emma", by="Jane Austen", is_monitored=False)
    indexing.catch_up()

    assert titles(get("/books", **query)) == found


def test_books_are_found_by_series_and_by_author(get):
    entry = SeriesEntryFactory(book=BookFactory(title="Mort", by="Terry Pratchett"))
    BookFactory(title="Emma", by="Jane Austen")

    assert titles(get("/books", series_id=entry.series_id)) == ["Mort"]
    assert titles(get("/books", author_id=entry.book.authors.get().pk)) == ["Mort"]


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("title", ["A", "B", "C"]),
        ("-title", ["C", "B", "A"]),
        ("released_on", ["C", "A", "B"]),
        ("-released_on", ["A", "C", "B"]),
    ],
)
def test_books_are_ordered_and_those_without_a_date_come_last(get, ordering, expected):
    BookFactory(title="A", released_on="2021-05-01")
    BookFactory(title="B")
    BookFactory(title="C", released_on="2020-05-01")

    assert titles(get("/books", ordering=ordering)) == expected


def test_a_book_shows_its_performances_and_copies(get):
    coverage = CoverageFactory(book=BookFactory(title="Mort", description="Death takes an apprentice."))
    recording = Recording.objects.create(book=coverage.book, asin="B000EXAMPL", runtime_s=26_000)
    recording.narrators.add(Narrator.objects.create(name="Nigel Planer", key="nigel planer"))

    told = get(f"/books/{coverage.book.pk}").json()

    assert told["description"] == "Death takes an apprentice."
    assert told["recordings"][0]["narrators"] == ["Nigel Planer"]
    assert told["copies"] == [
        {"edition_id": coverage.edition_id, "title": coverage.edition.title, "status": "present", "extent": "whole"}
    ]
    assert told["exclusion"] is None


def test_missing_books_are_listed(get):
    BookFactory(title="Sourcery")
    CoverageFactory(book=BookFactory(title="Mort"))

    assert titles(get("/missing")) == ["Sourcery"]


def test_a_book_is_excluded_and_taken_back(post, get):
    book = BookFactory()

    response = post(f"/books/{book.pk}/exclusion", {"reason": "read it in print"})

    assert (response.status_code, response.json()["reason"]) == (200, "read it in print")
    assert get(f"/books/{book.pk}").json()["exclusion"]["reason"] == "read it in print"
    assert not Book.objects.missing().exists()

    response = post(f"/books/{book.pk}/exclusion", method="delete")

    assert (response.status_code, response.content) == (204, b"")
    assert not Exclusion.objects.exists()


def test_series_are_listed_with_their_counts(get):
    series = SeriesFactory(name="Discworld")
    CoverageFactory(book=SeriesEntryFactory(series=series, position="1").book)
    SeriesEntryFactory(series=series, position="2")
    SeriesEntryFactory(series=series, position="3", book__is_announced=True)

    [told] = get("/series", q="disc", monitor="all").json()["items"]

    assert (told["total"], told["owned"], told["announced"]) == (3, 1, 1)


def test_a_series_shows_owned_and_missing_books_side_by_side(get):
    series = SeriesFactory()
    SeriesEntryFactory(series=series, position="2", book__title="Missing")
    CoverageFactory(book=SeriesEntryFactory(series=series, position="1", book__title="Owned").book)

    told = get(f"/series/{series.pk}").json()

    assert [(book["title"], book["is_owned"], book["is_missing"]) for book in told["books"]] == [
        ("Owned", True, False),
        ("Missing", False, True),
    ]


def test_what_each_mode_of_a_series_would_change_is_told_beforehand(get, post):
    series = SeriesFactory()
    SeriesEntryFactory(series=series, position="1", book__title="Out")
    SeriesEntryFactory(series=series, position="2", book__is_announced=True)

    told = {row.pop("mode"): row for row in get(f"/series/{series.pk}/preview").json()["modes"]}

    as_now = {"missing": 1, "more": 0, "fewer": 0, "announced": 1}
    assert told == {
        "all": as_now,
        "missing": as_now,
        "future": {"missing": 0, "more": 0, "fewer": 1, "announced": 1},
        "none": {"missing": 0, "more": 0, "fewer": 1, "announced": 0},
    }
    assert get("/missing").json()["count"] == 1
    post(f"/series/{series.pk}", {"monitor": "future"}, method="patch")
    assert get("/missing").json()["count"] == 0
    assert get("/series/999/preview").status_code == 404


def test_a_series_is_watched_no_more(post):
    entry = SeriesEntryFactory()

    response = post(f"/series/{entry.series_id}", {"monitor": "none"}, method="patch")

    assert (response.status_code, response.json()["monitor"]) == (200, "none")
    assert Series.objects.get().monitor == Series.Monitor.NONE
    assert not Book.objects.missing().exists()
    assert AuditEntry.objects.get().user.role == "curator"


def test_an_unknown_way_of_watching_is_refused(post):
    series = SeriesFactory()

    response = post(f"/series/{series.pk}", {"monitor": "sometimes"}, method="patch")

    assert (response.status_code, response.json()["errors"][0]["location"]) == (422, ["body", "change", "monitor"])


def test_an_edition_shows_its_files_books_and_locks(get):
    edition = EditionFactory(metadata={"title": "Mort"})
    CoverageFactory(edition=edition, book__title="Mort")
    AudioFile.objects.create(edition=edition, position=1, path="mort.m4b", inode="42", is_seeded=True)
    FieldLock.objects.create(edition=edition, field="title")

    told = get(f"/editions/{edition.pk}").json()

    assert told["metadata"] == {"title": "Mort"}
    assert told["locked_fields"] == ["title"]
    assert told["books"][0]["title"] == "Mort"
    assert [(file["path"], file["is_seeded"]) for file in told["audio_files"]] == [("mort.m4b", True)]
    assert told["shelf"] == edition.shelf.name


@pytest.fixture
def changed(tmp_path):
    """A written change of an edition in a folder."""
    (tmp_path / "Mort").mkdir()
    shelf = ShelfFactory(path=str(tmp_path))
    edition = EditionFactory(shelf=shelf, path="Mort", title="Mort", metadata={"title": "Mort", "publisher": "Corgi"})
    (tmp_path / "Mort" / "metadata.json").write_text('{"title": "Mort", "publisher": "Corgi"}', encoding="utf-8")
    return Change.objects.create(
        edition=edition, field="publisher", old="", new="Corgi", source="audnexus", status=Change.Status.WRITTEN
    )


def test_changes_are_listed_newest_first(get, changed):
    Change.objects.create(edition=changed.edition, field="title", old="", new="Mort", source="audnexus")

    told = get(f"/editions/{changed.edition_id}/changes").json()

    assert [(row["field"], row["status"], row["by"]) for row in told["items"]] == [
        ("title", "intended", None),
        ("publisher", "written", None),
    ]


def test_a_change_is_undone_once(post, changed):
    first, second = post(f"/changes/{changed.pk}/undo"), post(f"/changes/{changed.pk}/undo")

    assert (first.status_code, first.json()["status"]) == (200, "undone")
    assert (second.status_code, second.json()["code"]) == (409, "not_undoable")


def test_a_change_that_was_changed_again_is_left_alone(post, changed):
    changed.edition.metadata["publisher"] = "Gollancz"
    changed.edition.save()

    response = post(f"/changes/{changed.pk}/undo")

    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert "changed again" in response.json()["detail"]


def test_a_folder_becomes_a_shelf_once(post, get, tmp_path):
    first, second = post("/shelves", {"path": str(tmp_path), "name": "Home"}), post("/shelves", {"path": str(tmp_path)})

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert [shelf["name"] for shelf in get("/shelves").json()["items"]] == ["Home"]


@pytest.mark.parametrize("path", ["audiobooks", "/there/is/no/such/folder"])
def test_what_is_no_folder_becomes_no_shelf(post, path):
    response = post("/shelves", {"path": path})

    assert response.status_code == 422
    assert "absolute path" in response.json()["detail"]
    assert not Shelf.objects.exists()


def test_items_that_a_shelf_asks_about_are_confirmed_as_gone(post):
    shelf = ShelfFactory()
    FindingFactory(kind="library.vanished", subject=f"shelf {shelf.pk}", detail={"shelf": shelf.pk, "gone": 40})
    address = f"/shelves/{shelf.pk}/confirm-vanished"

    fewer, taken = post(address, {"gone": 39}), post(address, {"gone": 40})
    again = post(address, {"gone": 40})

    assert (fewer.status_code, taken.status_code, again.status_code) == (409, 202, 409)
    assert (fewer.json()["code"], again.json()["code"]) == ("nothing_to_confirm", "already_active")
    assert JobRun.objects.get(pk=taken.json()["id"]).arguments == {"shelves": [shelf.pk], "may_vanish": 40}


def test_a_shelf_that_asks_nothing_has_nothing_to_confirm(post):
    response = post(f"/shelves/{ShelfFactory().pk}/confirm-vanished", {"gone": 40})

    assert response.status_code == 409
    assert "no items wait for your word" in response.json()["detail"]


def test_a_folder_inside_a_shelf_becomes_no_shelf(post, tmp_path):
    (tmp_path / "inner").mkdir()
    post("/shelves", {"path": str(tmp_path), "name": "Home"})

    response = post("/shelves", {"path": str(tmp_path / "inner")})

    assert (response.status_code, response.json()["code"]) == (409, "folder_taken")
    assert "lies inside the folder of the shelf Home" in response.json()["detail"]
    assert Shelf.objects.count() == 1


def test_a_shelf_tells_what_it_holds_and_only_the_owner_removes_it(post, get, settings):
    settings.LIBRARY_FOLDERS = []
    shelf = CoverageFactory().edition.shelf
    owner = with_key("owner", "write")

    told, refused = get(f"/shelves/{shelf.pk}").json(), post(f"/shelves/{shelf.pk}", method="delete")
    removed = owner.delete(f"/api/v1/shelves/{shelf.pk}")

    assert (told["copies"], told["books"], told["why_kept"]) == (1, 1, "")
    assert refused.status_code == 403
    assert (removed.status_code, removed.json()["copies"], removed.json()["books"]) == (200, 1, 1)
    assert not Shelf.objects.exists()


def test_a_shelf_that_would_come_back_is_not_removed_over_the_api(settings):
    shelf = ShelfFactory()
    settings.LIBRARY_FOLDERS = [shelf.path]

    response = with_key("owner", "write").delete(f"/api/v1/shelves/{shelf.pk}")

    assert (response.status_code, response.json()["code"]) == (409, "can_not_remove")


def test_only_the_owner_switches_a_shelf_off_and_its_books_stay_owned(post, get):
    book = CoverageFactory().book
    path = f"/shelves/{Shelf.objects.get().pk}"
    owner = with_key("owner", "write")

    refused = post(path, {"is_active": False}, method="patch")
    told = owner.patch(f"/api/v1{path}", {"is_active": False}, content_type="application/json").json()

    assert refused.status_code == 403
    assert (told["is_active"], told["copies"]) == (False, 1)
    assert get(f"/books/{book.pk}").json()["is_owned"]
    assert owner.patch(f"/api/v1{path}", {}, content_type="application/json").status_code == 422
