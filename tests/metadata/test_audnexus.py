from contextlib import contextmanager
from datetime import date

import pytest

from mamcrawler.lib.pace import FreeLease
from mamcrawler.sandbox import audnexus as stand_in
from mamcrawler.sandbox.server import serve
from metadata.providers import DescribesBooks, ListsSeries
from metadata.providers.answers import BookQuestion
from metadata.providers.audnexus import Audnexus
from metadata.providers.errors import ProviderUnavailable, QuotaSpent, UnexpectedAnswer
from tests.metadata.providerworld import BooksOnly, Recordings, catalogue, recorded

HAIL_MARY = BookQuestion("Project Hail Mary", ("Andy Weir",), asin="B08G9PRS1K")


@contextmanager
def audnexus(app, *, region="us"):
    with serve(app) as url, Audnexus(lease=FreeLease(), region=region, base_url=url) as client:
        yield client


@pytest.fixture
def shop():
    with audnexus(stand_in.Audnexus(BooksOnly())) as client:
        yield client


def error(name):
    told = recorded("audnexus", "errors.json")[name]
    return told["http_status"], told["body"]


def test_it_describes_books_but_lists_no_series():
    client = Audnexus(lease=FreeLease())

    assert isinstance(client, DescribesBooks)
    assert not isinstance(client, ListsSeries)


def test_the_recorded_omnibus_is_read():
    with audnexus(Recordings((200, recorded("audnexus", "book.B079LRSMNN.json")))) as client:
        (book,) = client.find_book(BookQuestion("Galaxy's Edge", asin="b079lrsmnn"))

    assert (book.title, book.authors) == ("Galaxy's Edge", ("Jason Anspach", "Nick Cole"))
    assert (book.narrators, book.series) == (("R.C. Bray",), (("Galaxy's Edge Series", "1-2"),))
    assert (book.released_on, book.runtime_s, book.abridged) == (date(2018, 2, 20), 1042 * 60, False)
    assert book.description.startswith("<p><i>Galaxy's Edge")
    assert book.genres == ("Science Fiction & Fantasy", "Science Fiction", "Military")


def test_the_recorded_book_without_series_is_read():
    with audnexus(Recordings((200, recorded("audnexus", "book.B08G9PRS1K.json")))) as client:
        (book,) = client.find_book(HAIL_MARY)

    assert (book.asin, book.isbn, book.series, book.subtitle) == ("B08G9PRS1K", "9781603935470", (), "")
    assert book.language == "English"  # as the library writes it; Audible says "english"


def test_the_recorded_search_is_read():
    app = Recordings((200, recorded("audnexus", "books-search.json")))

    with audnexus(app) as client:
        (book,) = client.find_book(BookQuestion("Project Hail Mary", ("Andy Weir",)))

    assert book.narrators == ("Ray Porter",)
    assert dict(app.asked[0].args) == {"q": "Project Hail Mary Andy Weir", "region": "us"}


def test_the_recorded_chapters_are_read():
    with audnexus(Recordings((200, recorded("audnexus", "chapters.B079LRSMNN.json")))) as client:
        chapters = client.chapters("B079LRSMNN")

    assert (chapters.intro_ms, chapters.outro_ms) == (2043, 5062)
    assert chapters.chapters[2].title == "Chapter 1"
    plain = chapters.without_branding()
    assert plain[1].start_ms == chapters.chapters[1].start_ms - 2043
    assert plain[0].length_ms == plain[1].start_ms
    assert sum(chapter.length_ms for chapter in plain) == sum(one.length_ms for one in chapters.chapters) - 2043 - 5062


def test_the_recorded_authors_are_read_once_each():
    with audnexus(Recordings((200, recorded("audnexus", "authors-search.json")))) as client:
        authors = client.authors("Jason Anspach")

    assert [author.name for author in authors] == ["Jason Anspach"]


@pytest.mark.parametrize("name", ["region_unavailable", "wrong_content_type"])
def test_a_book_that_is_not_sold_is_looked_for_in_other_regions_and_then_by_words(name):
    app = Recordings(error(name), error(name), error(name), (200, []))

    with audnexus(app, region="de") as client:
        assert client.find_book(HAIL_MARY) == []

    assert [request.args["region"] for request in app.asked] == ["de", "us", "uk", "de", "us", "uk"]


def test_a_recording_without_chapters_has_none():
    with audnexus(Recordings(error("no_chapters"))) as client:
        assert client.chapters("B08G9PRS1K") is None


@pytest.mark.parametrize("name", ["bad_asin", "bad_region", "search_without_q", "search_bad_region"])
def test_a_question_called_wrong_is_unexpected(name):
    with audnexus(Recordings(error(name))) as client, pytest.raises(UnexpectedAnswer):
        client.search("anything")


def test_a_missing_author_is_not_asked_for():
    app = Recordings(error("author_name_missing"))

    with audnexus(app) as client:
        assert client.authors(" ") == []

    assert app.asked == []


@pytest.mark.parametrize("name", ["rate_limited_from_source", "rate_limited_from_readme"])
def test_a_spent_quota_has_its_name(name, fast_time):
    app = Recordings(error(name))

    with audnexus(app) as client, pytest.raises(QuotaSpent):
        client.find_book(HAIL_MARY)

    assert len(app.asked) == 3


def test_an_outage_behind_the_proxy_is_unavailable(fast_time):
    with (
        audnexus(Recordings((522, "<html>origin is unreachable</html>"))) as client,
        pytest.raises(ProviderUnavailable),
    ):
        client.find_book(HAIL_MARY)


def test_what_cannot_be_an_asin_is_not_asked_for():
    app = Recordings((200, recorded("audnexus", "books-search.json")))

    with audnexus(app) as client:
        client.find_book(BookQuestion("Project Hail Mary", asin="not/an?asin"))

    assert [request.path for request in app.asked] == ["/books/search"]


@pytest.mark.parametrize(
    ("told", "position"),
    [("1", "1"), ("1-2", "1-2"), ("2, Dramatized Adaptation", "2"), ("Book 1.5", "1.5"), ("", ""), ("prequel", "")],
)
def test_positions_are_numbers_or_ranges(told, position):
    book = {"asin": "B000000001", "title": "X", "seriesPrimary": {"name": "Y", "position": told}}

    with audnexus(Recordings((200, book))) as client:
        (found,) = client.find_book(BookQuestion("X", asin="B000000001"))

    assert found.series == (("Y", position),)
    assert found.dramatised is (True if "Dramatized" in told else None)


def test_almost_everything_may_be_absent_or_null():
    book = {"asin": "B000000001", "title": "X", "isbn": "", "narrators": None, "releaseDate": "2200-01-01"}

    with audnexus(Recordings((200, book))) as client:
        (found,) = client.find_book(BookQuestion("X", asin="B000000001"))

    assert (found.authors, found.narrators, found.released_on, found.abridged) == ((), (), None, None)


def test_translators_are_no_authors():
    book = {"asin": "B000000001", "title": "X", "authors": [{"name": "A. Writer"}, {"name": "B. Other - translator"}]}

    with audnexus(Recordings((200, book))) as client:
        assert client.find_book(BookQuestion("X", asin="B000000001"))[0].authors == ("A. Writer",)


def test_a_region_that_audible_lacks_is_refused():
    with pytest.raises(ValueError, match="no region"):
        Audnexus(lease=FreeLease(), region="zz")


def test_every_recording_of_the_sandbox_is_found_with_its_runtime(shop):
    world = BooksOnly()
    performances = [one for book in list(catalogue().books.values())[:40] for one in book.performances]

    for performance in performances:
        (found,) = shop.find_book(BookQuestion("", asin=performance.asin))
        assert found.narrators == performance.narrators
        assert found.runtime_s == pytest.approx(world.duration_s(performance), rel=0.1)


def test_the_sandbox_is_well_and_searches(shop):
    found = shop.search("project hail mary andy weir")

    assert shop.is_well()
    assert found[0].title == "Project Hail Mary"
