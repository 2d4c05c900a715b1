"""Every error has one shape, names its request and says what to do."""

import pytest

from acquisition.models import Want
from acquisition.services import SnatchRefused
from library.audiobookshelf import LibraryServerUnavailable, TokenRejected
from mamcrawler.api import problems
from mamcrawler.lib.pace import NotNow
from mamcrawler.operations import jobs
from mamcrawler.operations.preferences import SettingRefused
from metadata.services.proposing import NotWritten
from tests.factories import ReleaseFactory
from tracker.mam import SessionRejected, TrackerUnavailable
from tracker.services import SessionUnusable, TrackerNotConfigured

pytestmark = pytest.mark.django_db


@pytest.fixture
def failing(monkeypatch):
    """Let the list of jobs fail in some way: a place to fail at that needs no rows."""

    def fail_with(error):
        class Failing(dict):
            def values(self):
                raise error

        monkeypatch.setattr(jobs, "JOBS", Failing())

    return fail_with


def test_a_problem_says_what_is_wrong_in_a_form_for_programs_and_for_people(get):
    response = get("/books/4711")

    told = response.json()
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert told.pop("request_id") == response["X-Request-ID"] != ""
    assert told == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "No Book matches the given query.",
        "code": "not_found",
    }


def test_every_answer_names_its_request(get, client):
    answers = [get("/shelves"), get("/shelves"), client.get("/api/v1/shelves"), client.get("/api/v1/docs")]

    assert len({answer["X-Request-ID"] for answer in answers} - {""}) == 4


def test_what_is_wrong_with_a_request_is_told_field_by_field(get):
    response = get("/books", owned="perhaps", ordering="weight")

    told = response.json()
    assert (response.status_code, told["code"]) == (422, "invalid")
    assert [error["location"] for error in told["errors"]] == [["query", "owned"], ["query", "ordering"]]
    assert all(error["message"] for error in told["errors"])


def test_a_body_that_is_no_json_is_malformed(writer):
    response = writer.patch("/api/v1/series/1", "{not json", content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("path", ["/nothing", "", "/books/first"])
def test_an_address_that_is_none_is_a_problem_too(get, path):
    response = get(path or "/")

    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert response["X-Request-ID"]


def test_a_method_that_an_address_does_not_take_is_a_problem_too(writer):
    response = writer.delete("/api/v1/books")

    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response["Allow"] == "GET"


@pytest.mark.parametrize("query", [{"offset": 10**30}, {"series_id": 10**30}])
def test_a_number_beyond_the_database_is_refused_and_no_failure(get, query):
    response = get("/books", **query)

    assert response.status_code in (200, 422)


@pytest.mark.parametrize(
    ("error", "status", "code", "advice"),
    [
        (SnatchRefused(Want.Hold.RATIO, "the ratio would fall to 0.9"), 409, "snatch_refused", "ratio"),
        (SettingRefused("ratio.warning: too low"), 422, "setting_refused", "ratio.warning"),
        (TrackerNotConfigured(), 503, "tracker_not_configured", "set MAM_ID"),
        (SessionUnusable("The cookie was refused"), 503, "tracker_session_unusable", "Nothing is sent"),
        (SessionRejected("403"), 503, "tracker_session_rejected", "new API session"),
        (TrackerUnavailable("no answer"), 502, "tracker_error", "Try again"),
        (LibraryServerUnavailable("no answer"), 502, "library_server_error", "Audiobookshelf"),
        (TokenRejected("401"), 502, "library_server_error", "our key"),
        (NotNow("the queue is too long"), 503, "not_now", "Try again later"),
        (NotWritten("it was changed meanwhile"), 502, "not_written", "synchronise"),
    ],
)
def test_an_expected_error_has_its_status_its_code_and_advice(get, failing, error, status, code, advice):
    failing(error)

    response = get("/jobs")

    told = response.json()
    assert (response.status_code, told["status"], told["code"]) == (status, status, code)
    assert advice in told["detail"]
    assert told["request_id"] == response["X-Request-ID"]


def test_an_error_that_nobody_expected_tells_nothing_but_its_request(get, failing, caplog):
    failing(KeyError("the secret inside"))

    response = get("/jobs")

    told = response.json()
    assert (response.status_code, told["code"]) == (500, "unexpected")
    assert "secret" not in response.content.decode()
    assert "the secret inside" in caplog.text
    assert told["request_id"] in caplog.text


def test_every_domain_error_has_a_code_of_its_own_or_shares_it_with_a_reason():
    codes = [code for _, code, _ in problems.DOMAIN_ERRORS.values()]

    assert sorted(code for code in set(codes) if codes.count(code) > 1) == ["number_too_large"]


def test_a_search_without_words_is_refused_before_anything_is_asked(get):
    ReleaseFactory()

    response = get("/search", q="x")

    assert (response.status_code, response.json()["errors"][0]["location"]) == (422, ["query", "q"])
