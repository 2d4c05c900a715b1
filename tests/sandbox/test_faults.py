"""Failures on request, as a client of the sandbox meets them."""

import json
import time
from types import SimpleNamespace

import httpx
import pytest
from werkzeug.wrappers import Request, Response

from mamcrawler.sandbox.faults import Faults, Watched
from mamcrawler.sandbox.server import NotLoopback, require_loopback, run, serve


class Echo:
    """A stand-in that counts what reaches it and gives back what it was sent."""

    def __init__(self):
        self.reached = 0

    def __call__(self, environ, start_response):
        self.reached += 1
        request = Request(environ)
        answer = Response(json.dumps({"sent": request.get_data(as_text=True)}), mimetype="application/json")
        return answer(environ, start_response)


@pytest.fixture
def watched():
    """The echo behind the middleware, at a real address."""
    echo, asked = Echo(), []
    world = SimpleNamespace(faults=Faults(), asked=asked, remember=asked.append)
    with serve(Watched(echo, world, "mam")) as base_url:
        yield SimpleNamespace(base_url=base_url, echo=echo, faults=world.faults, asked=asked)


def test_without_a_fault_a_request_passes_and_is_remembered(watched):
    answer = httpx.post(f"{watched.base_url}/search?page=2", content="words")

    assert answer.json() == {"sent": "words"}
    (asked,) = watched.asked
    assert (asked.system, asked.method, asked.path, asked.query) == ("mam", "POST", "/search", "page=2")
    assert (asked.body, asked.status) == ("words", 200)


def test_a_status_refuses_without_reaching_the_stand_in(watched):
    watched.faults.arm("mam", "status", status=429, retry_after=7)

    refused = httpx.get(watched.base_url)
    answered = httpx.get(watched.base_url)

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    assert answered.status_code == 200
    assert watched.echo.reached == 1


def test_a_login_page_comes_instead_of_json(watched):
    watched.faults.arm("mam", "html")

    answer = httpx.get(watched.base_url)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<title>Login" in answer.text


def test_a_cut_connection_has_done_what_was_asked(watched):
    watched.faults.arm("mam", "cut")

    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(watched.base_url, content="words")

    assert watched.echo.reached == 1
    assert watched.asked[0].status == 0


def test_a_connection_can_be_cut_before_anything_is_done(watched):
    watched.faults.arm("mam", "cut", before=True)

    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(watched.base_url, content="words")

    assert watched.echo.reached == 0


def test_half_an_answer_looks_whole_but_is_no_json(watched):
    watched.faults.arm("mam", "half_json")

    answer = httpx.post(watched.base_url, content="words")

    assert answer.text == '{"sent": '[: len(answer.text)]
    with pytest.raises(ValueError, match="char"):
        answer.json()


def test_latency_comes_before_the_answer(watched):
    watched.faults.arm("mam", "latency", seconds=0.2)
    started = time.monotonic()

    answer = httpx.get(watched.base_url)

    assert answer.status_code == 200
    assert time.monotonic() - started >= 0.2


def test_a_fault_waits_for_its_path_and_lasts_as_often_as_told(watched):
    watched.faults.arm("mam", "status", times=2, path="/search")

    statuses = [httpx.get(f"{watched.base_url}{path}").status_code for path in ("/", "/search", "/search/x", "/search")]

    assert statuses == [200, 503, 503, 200]
    assert watched.faults.waiting() == []


def test_a_stand_in_takes_its_own_kinds_once():
    faults = Faults()
    faults.arm("mam", "rotate_cookie", value="new")

    assert faults.take("prowlarr", "rotate_cookie") is None
    assert faults.take("mam", "rotate_cookie", "/anything").options == {"value": "new"}
    assert faults.take("mam", "rotate_cookie") is None


@pytest.mark.parametrize("host", ["0.0.0.0", "", "192.168.1.5", "::", "example.org"])
def test_the_sandbox_refuses_to_listen_where_others_could_reach_it(host):
    with pytest.raises(NotLoopback):
        run(None, host=host, port=0)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_the_sandbox_listens_on_this_machine(host):
    assert require_loopback(host) is None
