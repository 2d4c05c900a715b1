import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from werkzeug.wrappers import Response

from mamcrawler import __version__
from mamcrawler.lib import clock
from mamcrawler.lib.pace import FreeLease
from mamcrawler.sandbox.server import serve
from tests.tracker.recordedmam import JSON, client_of, recorded
from tests.tracker.scripted import Scripted
from tracker.mam import (
    PathRefused,
    SearchQuery,
    SessionRejected,
    TrackerClient,
    TrackerError,
    TrackerUnavailable,
    UnexpectedAnswer,
    cookie_value,
)


class WatchedLease:
    """A lease that remembers how the host answered."""

    def __init__(self):
        self.answers: list[tuple[int, float | None]] = []

    @contextmanager
    def turn(self) -> Iterator["WatchedLease"]:
        yield self

    def answered(self, status, *, seconds, retry_after=None):
        assert seconds >= 0
        self.answers.append((status, retry_after))


def test_a_search_is_one_json_request_with_our_name_and_cookie():
    tracker = Scripted(recorded("search_response.json"))

    with client_of(tracker) as client:
        page = client.search(SearchQuery(text="project hail mary", languages=(1,), per_page=25))

    request = tracker.asked[0]
    body = json.loads(request.get_data())
    assert len(page.offers) == 6
    assert (request.method, request.path) == ("POST", "/tor/js/loadSearchJSONbasic.php")
    assert request.headers["User-Agent"] == f"MAMcrawler/{__version__}"
    assert tracker.cookies == ["mam_id=first"]
    assert body["perpage"] == 25
    assert body["tor"]["main_cat"] == ["13"]
    assert body["tor"]["browse_lang"] == ["1"]
    assert "dlLink" not in body


def test_a_search_leaves_empty_lists_out():
    criteria = SearchQuery().payload()["tor"]

    assert not {"browse_lang", "hash", "id", "startDate"} & criteria.keys()


def test_the_account_is_asked_for_with_its_summary():
    tracker = Scripted(recorded("jsonload_snatch_summary.json"))

    with client_of(tracker) as client:
        account = client.account()

    assert tracker.asked[0].full_path == "/jsonLoad.php?snatch_summary"
    assert account.summary.unsatisfied == 42


@pytest.mark.parametrize(
    ("pasted", "sent"),
    [
        ("abc%2Bd%3D", "abc%2Bd%3D"),
        ("abc+d/e=", "abc+d/e="),
        ("mam_id=abc%2Bd;", "abc%2Bd"),
        ("uid=5; mam_id=abc; lid=7", "abc"),
        ('  "abc" ', "abc"),
        ("a b,c", "a%20b%2Cc"),
    ],
)
def test_a_pasted_cookie_is_brought_into_form_once(pasted, sent):
    assert cookie_value(pasted) == sent
    assert cookie_value(cookie_value(pasted)) == sent


@pytest.mark.parametrize("pasted", ["", "  ", "mam_id=;"])
def test_an_empty_cookie_is_refused(pasted):
    with pytest.raises(ValueError, match="empty"):
        cookie_value(pasted)


def test_a_rotated_cookie_is_stored_and_used_from_then_on():
    stored = []
    rotating = recorded("search_empty.json", **{"Set-Cookie": "mam_id=second; path=/; secure; HttpOnly"})
    tracker = Scripted(rotating, recorded("search_empty.json"))

    with client_of(tracker, on_rotated=stored.append) as client:
        client.search(SearchQuery())
        client.search(SearchQuery())

    assert stored == ["second"]
    assert tracker.cookies == ["mam_id=first", "mam_id=second"]


@pytest.mark.parametrize("status", [403, 406, 500])
def test_a_cookie_that_comes_with_a_refusal_is_stored_too(status, fast_time):
    stored = []
    tracker = Scripted(Response("no", status, {"Set-Cookie": "mam_id=second; path=/"}))

    with client_of(tracker, on_rotated=stored.append) as client, pytest.raises(TrackerError):
        client.account()

    assert stored == ["second"]


@pytest.mark.parametrize("value", ["", "deleted", "first"])
def test_an_empty_or_equal_cookie_is_no_rotation(value):
    stored = []
    tracker = Scripted(recorded("search_empty.json", **{"Set-Cookie": f"mam_id={value}; path=/"}))

    with client_of(tracker, on_rotated=stored.append) as client:
        client.search(SearchQuery())
        client.search(SearchQuery())

    assert stored == []
    assert tracker.cookies == ["mam_id=first"] * 2


def test_an_answer_is_not_used_when_its_cookie_could_not_be_stored():
    def fail(cookie):
        raise OSError("disk full")

    tracker = Scripted(recorded("search_response.json", **{"Set-Cookie": "mam_id=second"}))

    with client_of(tracker, on_rotated=fail) as client, pytest.raises(OSError, match="disk full"):
        client.search(SearchQuery())


def test_a_cookie_may_be_asked_for_before_each_request():
    tracker = Scripted(recorded("search_empty.json"))
    stored = iter(["one", "two"])

    with client_of(tracker, cookie=lambda: next(stored)) as client:
        client.search(SearchQuery())
        client.search(SearchQuery())

    assert tracker.cookies == ["mam_id=one", "mam_id=two"]


@pytest.mark.parametrize(
    "answer",
    [
        recorded("not_signed_in.txt", 403),
        recorded("login_page.html"),
        recorded("pages/logged_out.html"),
        Response("", 302, {"Location": "/login.php?returnto=x"}),
    ],
)
def test_a_refused_session_is_said_so_and_not_tried_again(answer):
    tracker = Scripted(answer)

    with client_of(tracker) as client, pytest.raises(SessionRejected):
        client.account()

    assert len(tracker.asked) == 1


def test_a_captcha_is_no_refusal_of_the_session():
    tracker = Scripted(Response("<html>Please solve this CAPTCHA</html>", 403, {"Content-Type": "text/html"}))

    with client_of(tracker) as client, pytest.raises(TrackerUnavailable):
        client.account()

    assert len(tracker.asked) == 1


def test_a_page_about_the_limit_or_the_login_is_neither():
    text = "<p>Attempted to Download Past Unsatisfied limit? The form posts to /takelogin.php.</p>"
    body = f'<html><div id="mainBody"><h1>Questions</h1>{text}</div></html>'
    tracker = Scripted(Response(body, 200, {"Content-Type": "text/html"}))

    with client_of(tracker, allow_pages=True) as client:
        page = client.page("/faq.php")

    assert "Past Unsatisfied limit" in page.markdown


@pytest.mark.parametrize(
    "answer",
    [
        Response("<html>Maintenance</html>", 200, {"Content-Type": "text/html"}),
        Response('{"data": [{"id"', 200, JSON),
        Response('{"other": 1}', 200, JSON),
        Response("", 302, {"Location": "https://elsewhere.example/"}),
        Response("gone", 404),
    ],
)
def test_an_answer_in_an_unknown_shape_is_said_so(answer):
    tracker = Scripted(answer)

    with client_of(tracker) as client, pytest.raises(UnexpectedAnswer):
        client.search(SearchQuery())

    assert len(tracker.asked) == 1


def test_a_read_is_tried_three_times(fast_time):
    tracker, lease = Scripted(Response("", 503)), WatchedLease()

    with client_of(tracker, lease=lease) as client, pytest.raises(TrackerUnavailable):
        client.account()

    assert lease.answers == [(503, None)] * 3


def test_a_read_gets_past_a_short_failure(fast_time):
    tracker = Scripted(Response("", 502), recorded("json_ip.json"))

    with client_of(tracker) as client:
        assert client.whoami_ip().ip == "203.0.113.7"


def test_silence_is_unavailable(fast_time):
    lease = WatchedLease()
    with serve(Scripted(Response(""))) as base_url:
        pass
    client = TrackerClient(base_url=base_url, cookie="first", lease=lease, on_rotated=lambda cookie: None)

    with client, pytest.raises(TrackerUnavailable):
        client.account()

    assert lease.answers == [(0, None)] * 3


def test_too_many_requests_is_not_answered_with_more_of_them():
    tracker = Scripted(Response("", 429))

    with client_of(tracker) as client, pytest.raises(TrackerUnavailable):
        client.account()

    assert len(tracker.asked) == 1


def test_a_short_pause_that_the_tracker_names_is_kept(fast_time):
    tracker = Scripted(Response("", 429, {"Retry-After": "30"}), recorded("json_ip.json"))
    began = clock.monotonic()

    with client_of(tracker) as client:
        client.whoami_ip()

    assert clock.monotonic() - began >= 30


def test_a_long_pause_is_left_to_the_schedule():
    tracker, lease = Scripted(Response("", 429, {"Retry-After": "1800"})), WatchedLease()

    with client_of(tracker, lease=lease) as client, pytest.raises(TrackerUnavailable):
        client.account()

    assert lease.answers == [(429, 1800.0)]


def test_pages_are_refused_unless_they_are_switched_on():
    tracker = Scripted(Response(""))

    with client_of(tracker) as client, pytest.raises(PathRefused):
        client.page("/guides/")

    assert tracker.asked == []


def test_a_page_off_the_list_is_refused_before_anything_is_sent():
    tracker = Scripted(Response(""))

    with client_of(tracker, allow_pages=True) as client, pytest.raises(PathRefused):
        client.page("/tor/download.php?tid=1")

    assert tracker.asked == []


def test_a_page_is_read_when_pages_are_on():
    body = '<html><div id="mainBody"><h1>Rules</h1><a href="/faq.php">more</a></div></html>'
    tracker = Scripted(Response(body, 200, {"Content-Type": "text/html"}))

    with client_of(tracker, allow_pages=True) as client:
        page = client.page("/rules.php")

    assert (page.title, page.links) == ("Rules", ("/faq.php",))


def test_no_message_and_no_repr_holds_the_cookie(fast_time):
    tracker = Scripted(Response("", 503))

    with client_of(tracker, cookie="very-secret-cookie") as client:
        with pytest.raises(TrackerUnavailable) as failed:
            client.account()
        shown = f"{client!r} {failed.value!r} {failed.value.__cause__!r}"

    assert "very-secret-cookie" not in shown


def test_a_fast_clock_is_refused_for_the_real_tracker(fast_time):
    with pytest.raises(clock.TimeFactorRefused):
        TrackerClient(
            base_url="https://tracker.example.org", cookie="first", lease=FreeLease(), on_rotated=lambda cookie: None
        )
