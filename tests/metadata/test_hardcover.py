import json
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from mamcrawler.lib import clock
from mamcrawler.lib.pace import FreeLease
from mamcrawler.sandbox import hardcover as stand_in
from mamcrawler.sandbox.accounts import SECRETS
from mamcrawler.sandbox.server import serve
from metadata.providers import PROVIDERS, DescribesBooks, ListsSeries
from metadata.providers.answers import BookQuestion, SeriesQuestion
from metadata.providers.errors import KeyRejected, ProviderError, ProviderUnavailable, QuotaSpent, UnexpectedAnswer
from metadata.providers.hardcover import Hardcover
from tests.metadata.providerworld import BooksOnly, Recordings, catalogue, recorded

NO_EDITIONS: tuple[int, dict[str, Any]] = (200, {"data": {"editions": []}})


@contextmanager
def hardcover(app, *, token=SECRETS.hardcover_token):
    with serve(app) as url, Hardcover(token=token, lease=FreeLease(), base_url=f"{url}/v1") as client:
        yield client


@pytest.fixture
def library():
    with hardcover(stand_in.Hardcover(BooksOnly(), per_minute=10_000)) as client:
        yield client


def test_it_describes_books_and_lists_series():
    client = Hardcover(token="example", lease=FreeLease())

    assert isinstance(client, DescribesBooks)
    assert isinstance(client, ListsSeries)
    assert PROVIDERS[client.name] is Hardcover


def test_the_recorded_search_is_read():
    app = Recordings((200, recorded("hardcover", "search-book.response.json")), NO_EDITIONS)

    with hardcover(app) as client:
        first, second = client.find_book(BookQuestion("Project Hail Mary", ("Andy Weir",)))

    assert (first.title, first.authors, first.external_id) == ("Project Hail Mary", ("Andy Weir",), "427578")
    assert (first.released_on, first.series, first.has_audio) == (date(2021, 5, 4), (), True)
    assert second.series == (("The Mistborn Saga", "1"), ("Mistborn", ""), ("Cosmere", ""))


def test_the_recorded_editions_are_read():
    app = Recordings(
        (200, recorded("hardcover", "editions-by-asin.response.json")), (200, {"data": {"books": [{"id": 427578}]}})
    )

    with hardcover(app) as client:
        (book,) = client.find_book(BookQuestion("Project Hail Mary", asin="b08g9prs1k"))

    assert (book.narrators, book.authors, book.asin) == (("Ray Porter",), ("Andy Weir",), "B08G9PRS1K")
    assert (book.runtime_s, book.publisher, book.language) == (58205, "Audible Studios", "English")
    assert json.loads(app.asked[0].get_data())["variables"] == {"asin": "B08G9PRS1K"}


def test_the_recorded_series_is_read():
    app = Recordings(
        (200, recorded("hardcover", "search-series.response.json")),
        (200, recorded("hardcover", "series-books.response.json")),
        NO_EDITIONS,
    )

    with hardcover(app) as client:
        series = client.series_books(SeriesQuestion("Mistborn", "Brandon Sanderson"))

    assert (series.name, series.author, series.is_completed) == ("The Mistborn Saga", "Brandon Sanderson", False)
    assert [(book.title, book.position, book.kind) for book in series.books] == [
        ("The Final Empire", "1", "main"),
        ("The Well of Ascension", "2", "main"),
        ("Secret History", "3.5", "novella"),
        ("Untitled Mistborn", "", "extra"),
    ]
    assert [book.has_audio for book in series.books] == [False, False, False, None]


def test_the_recorded_author_search_is_no_series():
    app = Recordings((200, recorded("hardcover", "search-author.response.json")))

    with hardcover(app) as client:
        assert client.series_books(SeriesQuestion("The Mistborn Saga")) is None


def test_the_recorded_owner_is_read():
    with hardcover(Recordings((200, recorded("hardcover", "me.response.json")))) as client:
        assert client.username() == "example"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("bad_token", KeyRejected),
        ("throttled", QuotaSpent),
        ("timeout", ProviderUnavailable),
        ("graphql_error", UnexpectedAnswer),
        ("too_many_top_level", UnexpectedAnswer),
        ("insufficient_scope", KeyRejected),
    ],
)
def test_each_recorded_error_has_its_name(name, error, fast_time):
    told = recorded("hardcover", "errors.json")[name]
    app = Recordings((told["http_status"], told["body"], told.get("headers", {})))

    with hardcover(app, token="example-token") as client, pytest.raises(error) as raised:
        client.username()

    assert isinstance(raised.value, ProviderError)
    assert "example-token" not in f"{raised.value!r} {raised.value.__cause__!r} {client!r}"


def test_a_read_is_repeated_until_it_is_answered(fast_time):
    app = Recordings((503, {}), (500, {}), (200, recorded("hardcover", "me.response.json")))

    with hardcover(app) as client:
        assert client.username() == "example"

    assert len(app.asked) == 3


def test_a_read_is_given_up_after_three_tries(fast_time):
    app = Recordings((503, {}))

    with hardcover(app) as client, pytest.raises(ProviderUnavailable):
        client.username()

    assert len(app.asked) == 3


def test_the_pause_asked_for_is_kept(fast_time):
    app = Recordings((429, {}, {"Retry-After": "40"}), (200, recorded("hardcover", "me.response.json")))

    started = clock.monotonic()
    with hardcover(app) as client:
        client.username()

    assert clock.monotonic() - started >= 40


def test_an_hours_pause_is_left_to_the_caller():
    app = Recordings((429, {}, {"Retry-After": "3600"}))

    with hardcover(app) as client, pytest.raises(QuotaSpent) as raised:
        client.username()

    assert raised.value.retry_after == 3600
    assert len(app.asked) == 1


def test_silence_is_unavailable(fast_time):
    with serve(Recordings((200, {}))) as url:
        pass

    with (
        Hardcover(token="example", lease=FreeLease(), base_url=f"{url}/v1") as client,
        pytest.raises(ProviderUnavailable),
    ):
        client.username()


@pytest.mark.parametrize(
    "body", ["<html>Sign in</html>", '{"data": {"me": [{"id"', "[]", '{"data": null}', '{"data": {}}']
)
def test_an_answer_of_another_shape_is_unexpected(body):
    with hardcover(Recordings((200, body))) as client, pytest.raises(UnexpectedAnswer):
        client.username()


@pytest.mark.parametrize("token", ["abc", "Bearer abc", " bearer abc\n"])
def test_a_token_may_be_pasted_with_or_without_its_prefix(token):
    app = Recordings((200, recorded("hardcover", "me.response.json")))

    with hardcover(app, token=token) as client:
        client.username()

    assert app.asked[0].headers["authorization"] == "Bearer abc"
    assert app.asked[0].headers["user-agent"].startswith("MAMcrawler/")


@pytest.mark.parametrize("token", ["", "Bearer ", "two words", "tök€n", "line\nbreak"])
def test_what_cannot_be_a_token_is_rejected_without_repeating_it(token):
    with pytest.raises(KeyRejected) as raised:
        Hardcover(token=token, lease=FreeLease())

    assert not token.strip() or token not in str(raised.value)


def test_results_that_come_as_text_are_read():
    world = BooksOnly()
    world.faults.arm("hardcover", "results_as_text")

    with hardcover(stand_in.Hardcover(world)) as client:
        found = client.find_book(BookQuestion("Project Hail Mary", ("Andy Weir",)))

    assert found[0].title == "Project Hail Mary"


def test_every_field_may_be_null():
    empty = {"id": 7, "title": "Sparse", "book": {"id": 1}} | dict.fromkeys(
        ("asin", "isbn_13", "audio_seconds", "release_date", "language", "publisher", "contributions", "image")
    )
    book = {"id": 1} | dict.fromkeys(("title", "subtitle", "description", "contributions", "book_series", "image"))
    app = Recordings((200, {"data": {"editions": [empty]}}), (200, {"data": {"books": [book]}}))

    with hardcover(app) as client:
        (found,) = client.find_book(BookQuestion("Sparse", asin="B000000001"))

    assert (found.title, found.authors, found.series, found.runtime_s) == ("Sparse", (), (), None)


def test_merged_books_are_followed():
    edition = {"id": 7, "title": "Old", "book": {"id": 1, "canonical_id": 2}}
    app = Recordings((200, {"data": {"editions": [edition]}}), (200, {"data": {"books": [{"id": 2, "title": "New"}]}}))

    with hardcover(app) as client:
        (found,) = client.find_book(BookQuestion("Old", isbn="978-1-60393-547-0"))

    assert (found.external_id, found.title) == ("2", "New")
    assert json.loads(app.asked[0].get_data())["variables"] == {"isbn": "9781603935470"}


def test_a_book_is_found_by_title_with_each_of_its_recordings(library):
    book = next(book for book in catalogue().books.values() if len(book.performances) == 3)

    found = [one for one in library.find_book(BookQuestion(book.title, book.authors)) if one.asin]

    ours = {one.asin for one in found if one.authors == book.authors}
    assert {performance.asin for performance in book.performances} <= ours


def test_a_book_is_found_by_its_asin(library):
    book = catalogue().books["weir-project-hail-mary"]

    (found,) = library.find_book(BookQuestion("Anything", asin=book.performances[0].asin))

    assert (found.title, found.runtime_s) == (book.title, BooksOnly().duration_s(book.performances[0]))


def test_a_whole_series_comes_with_novellas_and_marked_compilations(library):
    series = library.series_books(SeriesQuestion("Mistborn", "Brandon Sanderson"))

    kinds = {book.title: book.kind for book in series.books}
    assert [book.position for book in series.books if book.kind == "main"][:3] == ["1", "2", "3"]
    assert kinds["Mistborn Trilogy"] == "compilation"
    assert "novella" in kinds.values()


def test_translations_that_pose_as_books_are_left_out(library):
    titles = [
        book.title
        for name in ("Mistborn", "Harry Bosch", "Discworld")
        for book in library.series_books(SeriesQuestion(name)).books
    ]

    assert titles
    assert not [title for title in titles if "Spanish Edition" in title]


def test_a_book_in_print_alone_has_no_audio_and_one_to_come_may_have(library):
    wheel = library.series_books(SeriesQuestion("The Wheel of Time", "Robert Jordan"))
    stormlight = library.series_books(SeriesQuestion("The Stormlight Archive", "Brandon Sanderson"))

    by_title = {book.title: book for book in (*wheel.books, *stormlight.books)}
    assert by_title["The World of Robert Jordan's The Wheel of Time"].has_audio is False
    assert [book.has_audio for book in stormlight.books if book.released_on is None and not book.recordings] == [None]
    assert by_title["The Eye of the World"].recordings


def test_a_series_of_another_author_is_not_taken(library):
    assert library.series_books(SeriesQuestion("Mistborn", "Terry Pratchett")) is None


def test_an_unknown_series_is_none(library):
    assert library.series_books(SeriesQuestion("A series that nobody wrote")) is None
    assert library.series_books(SeriesQuestion("", external_id="99999999")) is None
