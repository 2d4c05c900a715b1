import pytest
from werkzeug.test import Client

from mamcrawler.sandbox.audnexus import Audnexus, is_odd
from tests.metadata.providerworld import BooksOnly, catalogue, recorded, shape


@pytest.fixture
def shop():
    return Client(Audnexus(BooksOnly()))


def asin_of(key):
    return catalogue().books[key].performances[0].asin


def chaptered():
    return next(book for book in catalogue().books.values() if book.performances and not is_odd(book, "chapters", 10))


def test_a_book_has_the_recorded_shape(shop):
    expected = recorded("audnexus", "book.B079LRSMNN.json")

    told = shop.get(f"/books/{asin_of('sanderson-the-final-empire')}").json

    common = set(told) & set(expected)
    assert common >= {"asin", "authors", "formatType", "narrators", "runtimeLengthMin", "seriesPrimary", "title"}
    assert set(told) <= set(expected) | {"subtitle", "seriesSecondary"}
    assert shape({name: told[name] for name in common}) == shape({name: expected[name] for name in common})


def test_a_search_is_a_list_of_books(shop):
    answer = shop.get("/books/search", query_string={"q": "project hail mary andy weir"})

    assert answer.json[0] == shop.get(f"/books/{asin_of('weir-project-hail-mary')}").json
    assert answer.json[0]["title"] == recorded("audnexus", "books-search.json")[0]["title"]
    assert len(answer.json) <= 10


def test_chapters_have_the_recorded_shape_and_fill_the_runtime(shop):
    performance = chaptered().performances[0]

    told = shop.get(f"/books/{performance.asin}/chapters").json

    assert shape(told) == shape(recorded("audnexus", "chapters.B079LRSMNN.json"))
    assert sum(chapter["lengthMs"] for chapter in told["chapters"]) == told["runtimeLengthMs"]
    assert told["runtimeLengthMs"] == BooksOnly().duration_s(performance) * 1000


def test_authors_come_with_a_double_as_recorded(shop):
    told = shop.get("/authors", query_string={"name": "Andy Weir"}).json

    assert shape(told) == shape(recorded("audnexus", "authors-search.json"))
    assert told[0] == told[1]


def test_an_author_has_the_recorded_keys(shop):
    asin = shop.get("/authors", query_string={"name": "Andy Weir"}).json[0]["asin"]

    told = shop.get(f"/authors/{asin}").json

    assert set(told) <= set(recorded("audnexus", "author.B012DQ3BCM.json"))
    assert told["name"] == "Andy Weir"


@pytest.mark.parametrize(
    "name", ["bad_asin", "bad_region", "author_name_missing", "search_without_q", "search_bad_region"]
)
def test_a_wrong_request_is_refused_as_recorded(shop, name):
    expected = recorded("audnexus", "errors.json")[name]

    answer = shop.get(expected["request"].removeprefix("GET "))

    assert (answer.status_code, answer.json) == (expected["http_status"], expected["body"])


def test_what_a_region_lacks_is_refused_as_recorded(shop):
    asin = asin_of("weir-project-hail-mary")
    expected = recorded("audnexus", "errors.json")["region_unavailable"]

    answer = shop.get(f"/books/{asin}?region=jp")

    assert answer.status_code == expected["http_status"]
    assert answer.json["error"]["message"].replace(asin, "B08G9PRS1K") == expected["body"]["error"]["message"]
    assert shape(answer.json) == shape(expected["body"])


def test_a_recording_without_chapters_is_refused_as_recorded(shop):
    book = next(book for book in catalogue().books.values() if book.performances and is_odd(book, "chapters", 10))
    asin = book.performances[0].asin
    expected = recorded("audnexus", "errors.json")["no_chapters"]

    answer = shop.get(f"/books/{asin}/chapters?region=uk")

    assert answer.status_code == expected["http_status"]
    assert answer.json["error"] == expected["body"]["error"] | {"message": f"{asin} has no chapters"}


def test_its_data_is_imperfect_in_places(shop):
    books = [book for book in catalogue().books.values() if book.performances][:300]

    told = [shop.get(f"/books/{book.performances[0].asin}?region=uk").json for book in books]

    assert {bool(one["summary"]) for one in told} == {True, False}
    assert {"image" in one for one in told} == {True, False}
    assert any(one.get("seriesPrimary", {}).get("position", "").startswith("Book ") for one in told)


def test_it_is_well(shop):
    assert shop.get("/health").status_code == 200
