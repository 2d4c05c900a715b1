import pytest
from werkzeug.test import Client

from mamcrawler.sandbox.accounts import SECRETS
from mamcrawler.sandbox.hardcover import Hardcover
from metadata.providers.hardcover import queries
from tests.metadata.providerworld import BooksOnly, catalogue, recorded, shape


def ask(app, query, variables=None, *, token=SECRETS.hardcover_token):
    headers = {"authorization": f"Bearer {token}"}
    return Client(app).post("/v1/graphql", json={"query": query, "variables": variables or {}}, headers=headers)


@pytest.fixture
def app():
    return Hardcover(BooksOnly())


def test_the_recorded_search_for_a_book_has_the_same_shape(app):
    asked = recorded("hardcover", "search-book.request.json")

    told = ask(app, asked["query"], asked["variables"]).json

    expected = recorded("hardcover", "search-book.response.json")
    ours, theirs = (body["data"]["search"]["results"]["hits"][0]["document"] for body in (told, expected))
    assert ours["title"] == theirs["title"]
    assert set(ours) == set(theirs)
    assert shape(without_hits(told)) == shape(without_hits(expected))
    types = {name: type(value) for name, value in ours.items() if value is not None and theirs[name] is not None}
    assert types == {name: type(theirs[name]) for name in types}


def test_the_recorded_search_for_a_series_has_the_same_shape(app):
    told = ask(app, queries.FIND_SERIES, {"q": "mistborn"}).json

    expected = recorded("hardcover", "search-series.response.json")
    assert shape(told["data"]["search"]["results"]["hits"][0]) == shape(
        expected["data"]["search"]["results"]["hits"][0]
    )


def test_the_recorded_search_for_an_author_has_the_same_shape(app):
    query = queries.FIND.replace('"Book"', '"Author"')

    told = ask(app, query, {"q": "andy weir"}).json

    ours, theirs = (
        body["data"]["search"]["results"]["hits"][0]["document"]
        for body in (told, recorded("hardcover", "search-author.response.json"))
    )
    assert (set(ours), ours["name"]) == (set(theirs), theirs["name"])


def test_the_recorded_question_for_an_asin_has_the_same_shape(app):
    asked = recorded("hardcover", "editions-by-asin.request.json")
    asin = catalogue().books["sanderson-the-final-empire"].performances[0].asin

    told = ask(app, asked["query"], {"asin": asin}).json

    expected = recorded("hardcover", "editions-by-asin.response.json")["data"]["editions"][0]
    (ours,) = told["data"]["editions"]
    assert set(ours) == set(expected)
    assert shape(ours["contributions"]) == shape(expected["contributions"])
    assert shape(ours["book"]) == shape(expected["book"])


def test_the_recorded_question_for_a_series_has_the_same_shape(app):
    asked = recorded("hardcover", "series-books.request.json")
    found = ask(app, queries.FIND_SERIES, {"q": "mistborn"}).json["data"]["search"]["ids"][0]

    told = ask(app, asked["query"], {"id": found}).json["data"]["series_by_pk"]

    expected = recorded("hardcover", "series-books.response.json")["data"]["series_by_pk"]
    assert shape(told) == shape(expected)
    positions = [place["position"] for place in told["book_series"]]
    assert positions == sorted(set(positions))


def test_the_owner_is_told_as_recorded(app):
    assert shape(ask(app, queries.ME).json) == shape(recorded("hardcover", "me.response.json"))


def test_a_wrong_token_is_refused_as_recorded(app):
    expected = recorded("hardcover", "errors.json")["bad_token"]

    answer = ask(app, queries.ME, token="another")

    assert (answer.status_code, answer.json) == (expected["http_status"], expected["body"])


def test_a_switched_off_operator_is_refused_as_recorded(app):
    expected = recorded("hardcover", "errors.json")["graphql_error"]

    answer = ask(app, 'query { books(where: {title: {_ilike: "x"}}) { id } }')

    assert (answer.status_code, answer.json) == (expected["http_status"], expected["body"])


def test_too_many_fields_at_once_are_refused_as_recorded(app):
    expected = recorded("hardcover", "errors.json")["too_many_top_level"]

    answer = ask(app, "query {" + "me { id } " * 6 + "}")

    assert (answer.status_code, answer.json) == (expected["http_status"], expected["body"])


def test_the_minutes_quota_ends_as_recorded():
    expected = recorded("hardcover", "errors.json")["throttled"]
    app = Hardcover(BooksOnly(), per_minute=1)

    answers = [ask(app, queries.ME) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, expected["http_status"]]
    assert answers[1].json == expected["body"]
    assert {name.lower() for name, _ in answers[1].headers} >= set(expected["headers"])


@pytest.mark.parametrize(
    "query",
    [
        "query { books { nonsense } }",
        "query { nonsense { id } }",
        "query { books { contributions { author { id } } book_series { series { book_series { position } } } } }",
        "query ($id: Int!) { series_by_pk(id: $id) { id } }",
        "query { books { id",
    ],
)
def test_a_wrong_query_is_answered_with_errors(app, query):
    answer = ask(app, query)

    assert answer.status_code == 200
    assert answer.json["errors"][0]["message"]


def test_another_path_is_no_api(app):
    assert Client(app).post("/graphql", json={}).status_code == 404


def test_it_remembers_which_queries_it_was_sent(app):
    ask(app, queries.ME)
    ask(app, queries.FIND, {"q": "dune"})

    assert list(app.operations) == ["Me", "Find"]


def without_hits(told):
    search = told["data"]["search"]
    return {key: value for key, value in search["results"].items() if key != "hits"} | {"error": search["error"]}
