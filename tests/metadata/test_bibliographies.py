"""Authors' lists from the provider to the rows: whose it is, what silence means, what a second time changes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from library.models import Alias, Author, Book, LeftOut, Series
from library.services import regrouping
from library.services.monitoring import monitor_series
from mamcrawler.lib.pace import FreeLease
from mamcrawler.operations import jobs, preferences
from mamcrawler.sandbox import hardcover as stand_in
from metadata.models import Lookup
from metadata.providers import Audnexus, Hardcover, ListsAuthors
from metadata.providers.answers import AuthorQuestion, Bibliography, ProviderRecording, ProviderWork
from metadata.providers.errors import ProviderUnavailable, UnexpectedAnswer
from metadata.services import authors_due, list_author, series_due
from tests.factories import AuthorFactory, BookFactory, CoverageFactory, SeriesFactory
from tests.metadata.providerworld import BooksOnly, Recordings, catalogue, recorded
from tests.metadata.test_hardcover import NO_EDITIONS, hardcover

ANN = "Ann Example"


def owned(*titles, by=ANN):
    for title in titles:
        CoverageFactory(book=BookFactory(title=title, by=by, language="English"))
    return Author.objects.get(name=by)


class Lister:
    """A provider that gives prepared lists by name, or fails, and remembers what it was asked."""

    name = origin = "lister"
    weight = 0.9

    def __init__(self, lists=None, *, failing=()):
        self.lists, self.failing, self.asked = lists or {}, set(failing), []

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        return None

    def bibliographies(self, author):
        self.asked.append(author)
        if author.name in self.failing:
            raise ProviderUnavailable("no answer")
        return self.lists.get(author.name, [])


def listed(number, *titles, name=ANN, **fields):
    told = {"authors": (name,), "has_audio": True, **fields}
    works = tuple(ProviderWork(external_id=f"{number}-{title}", title=title, **told) for title in titles)
    return Bibliography(provider="lister", external_id=str(number), name=name, works=works)


# The provider


@pytest.fixture
def client():
    with hardcover(stand_in.Hardcover(BooksOnly(), per_minute=100_000)) as client:
        yield client


def test_hardcover_lists_authors_and_audnexus_does_not():
    assert isinstance(Hardcover(token="example", lease=FreeLease()), ListsAuthors)
    assert not isinstance(Audnexus(lease=FreeLease()), ListsAuthors)


def test_the_recorded_author_search_is_read():
    app = Recordings(
        (200, recorded("hardcover", "search-author.response.json")),
        (200, {"data": {"books": [_row(1, "Artemis", 88734), _row(2, "Narrated", 88734, "Narrator")]}}),
        NO_EDITIONS,
    )

    with hardcover(app) as client:
        (told,) = client.bibliographies(AuthorQuestion("Andy Weir", titles=("Artemis",)))

    assert (told.external_id, told.name) == ("88734", "Andy Weir")
    assert [work.title for work in told.works] == ["Artemis"], "who only reads a book has not written it"


def _row(number, title, author, part=None, **fields):
    by = [{"contribution": part, "author": {"id": author, "name": "Andy Weir"}}]
    return {"id": number, "title": title, "contributions": by, "book_series": [], **fields}


def test_the_stand_in_lists_every_book_of_an_author_and_much_besides(client):
    (told,) = client.bibliographies(AuthorQuestion("Adrian Tchaikovsky", titles=("Children of Time",)))

    books = {book.title for book in catalogue().books.values() if "Adrian Tchaikovsky" in book.authors}
    titles = [work.title.partition(":")[0] for work in told.works]
    assert books <= {*titles, *(work.title for work in told.works)}
    assert any(title.startswith("Summary of") for title in titles)
    assert any("Boxed Set" in title for title in titles)
    assert len({work.external_id for work in told.works}) == len(told.works)


def test_a_book_without_audio_is_told_as_such_by_its_year_alone_and_one_to_come_as_unknown():
    books = [
        _row(1, "Printed", 7, release_year=1990),
        _row(2, "Dated", 7, release_date="1991-02-03"),
        _row(3, "To come", 7, release_date="2999-01-01"),
        _row(4, "Unknown", 7),
    ]
    app = Recordings((200, {"data": {"books": books}}), NO_EDITIONS)

    with hardcover(app) as client:
        (told,) = client.bibliographies(AuthorQuestion("Andy Weir", external_ids=("7",)))

    assert [work.has_audio for work in told.works] == [False, False, None, None]


def test_of_two_authors_of_one_name_the_one_with_a_known_title_is_meant():
    found = recorded("hardcover", "search-author.response.json")
    hits = found["data"]["search"]["results"]["hits"]
    hits[0]["document"]["books"] = []
    hits.append({"document": {"id": "99", "name": "Andy Weir", "books": [], "books_count": 3}})
    app = Recordings(
        (200, found),
        (200, {"data": {"books": [_row(1, "Gardening", 88734)]}}),
        (200, {"data": {"books": [_row(2, "The Martian: A Novel", 99)]}}),
        NO_EDITIONS,
    )

    with hardcover(app) as client:
        (told,) = client.bibliographies(AuthorQuestion("Andy Weir", titles=("The Martian",)))

    assert told.external_id == "99"


def test_nobody_is_found_where_no_list_holds_a_known_title(client):
    assert client.bibliographies(AuthorQuestion("Adrian Tchaikovsky", titles=("Gardening for Beginners",))) == []
    assert client.bibliographies(AuthorQuestion("Nobody Whatsoever", titles=("Dune",))) == []
    assert client.bibliographies(AuthorQuestion("", titles=("Dune",))) == []


def test_a_list_of_four_hundred_is_read_page_by_page():
    books = [_row(number, f"Novel {number}", 7) for number in range(1, 401)]
    app = Recordings(
        (200, {"data": {"books": books[:200]}}), (200, {"data": {"books": books[200:]}}),
        (200, {"data": {"books": []}}), NO_EDITIONS,
    )  # fmt: skip

    with hardcover(app) as client:
        (told,) = client.bibliographies(AuthorQuestion("Andy Weir", external_ids=("7",)))

    assert len(told.works) == 400
    assert len(app.asked) == 5, "three pages of books, and editions for two times two hundred"


def test_half_a_list_is_no_list():
    books = [_row(number, f"Novel {number}", 7) for number in range(1, 201)]
    app = Recordings((200, {"data": {"books": books}}), (200, {"errors": [{"message": "time-out"}]}))

    with hardcover(app) as client, pytest.raises(UnexpectedAnswer):
        client.bibliographies(AuthorQuestion("Andy Weir", external_ids=("7",)))


def test_an_author_whose_id_leads_nowhere_is_looked_for_by_name():
    app = Recordings(
        (200, {"data": {"books": []}}),
        (200, recorded("hardcover", "search-author.response.json")),
        (200, {"data": {"books": [_row(1, "Artemis", 88734)]}}),
        NO_EDITIONS,
    )

    with hardcover(app) as client:
        (told,) = client.bibliographies(AuthorQuestion("Andy Weir", titles=("Artemis",), external_ids=("5",)))

    assert told.external_id == "88734"


# The service

pytestmark = pytest.mark.django_db


def test_authors_of_whom_two_books_are_owned_are_due_and_those_a_person_monitors():
    both, one = owned("A", "B"), owned("C", by="Bob Sample")
    chosen = AuthorFactory(monitor="future", monitor_chosen_at=timezone.now())
    AuthorFactory(monitor="none", monitor_chosen_at=timezone.now())
    BookFactory(title="D", by="Bob Sample")

    assert set(authors_due()) == {both, chosen}

    preferences.change(preferences.LibraryRules, by=None, author_from_books=1)
    assert set(authors_due()) == {both, one, chosen}


def test_a_collection_or_two_copies_are_not_two_books():
    CoverageFactory(book=BookFactory(kind="collection", by=ANN))
    book = BookFactory(by=ANN)
    CoverageFactory(book=book)
    CoverageFactory(book=book)

    assert not authors_due().exists()


def test_a_list_is_good_for_as_many_days_as_are_set():
    author = owned("A", "B")
    Author.objects.update(listed_at=timezone.now() - timedelta(days=20))

    assert not authors_due().exists()
    preferences.change(preferences.LibraryRules, by=None, list_authors_days=19)
    assert authors_due().get() == author


def test_a_list_is_kept_with_the_providers_ids_and_asked_for_by_them_later():
    author, lister = owned("A", "B"), Lister({ANN: [listed(7, "A", "C")]})

    recorded = list_author(author, [lister])
    list_author(author, [lister])

    assert recorded.new == 1
    assert Alias.objects.get(target="author").value == "7"
    assert [question.external_ids for question in lister.asked] == [(), ("7",)]
    assert set(lister.asked[0].titles) == {"A", "B"}
    assert Book.objects.filter(title="C").count() == 1
    assert not authors_due().exists()


def test_an_author_nobody_knows_is_not_asked_for_again_soon_and_keeps_what_is_known():
    author = owned("A", "B")

    assert list_author(author, [Lister()]) is None

    author.refresh_from_db()
    assert (author.listed_by, author.asked_at is not None) == ("", True)
    assert not authors_due().exists()
    assert Book.objects.count() == 2


def test_a_silent_provider_is_asked_again_in_another_run_and_not_in_this_one():
    author, before = owned("A", "B"), timezone.now()

    list_author(author, [Lister(failing=[ANN])])

    assert authors_due().get() == author
    assert not authors_due(asked_before=before).exists()
    assert Lookup.objects.get().outcome == Lookup.Outcome.UNAVAILABLE


def test_a_second_provider_is_asked_where_the_first_knows_nobody():
    author, second = owned("A", "B"), Lister({ANN: [listed(7, "A", "C")]})

    list_author(author, [Lister(), second])

    assert Book.objects.filter(title="C").exists()


def test_a_merged_pen_name_is_asked_for_as_well_and_its_works_are_the_authors():
    author = owned("A", "B", by="Jo Real")
    pen_name = owned("C", by="Rob Pen")
    regrouping.merge_authors(author, [pen_name], by=None)
    lister = Lister(
        {"Jo Real": [listed(1, "A", "New by Jo", name="Jo Real")], "rob pen": [listed(2, "C", "New", name="Rob Pen")]}
    )

    list_author(Author.objects.get(), [lister])

    assert [question.name for question in lister.asked] == ["Jo Real", "rob pen"]
    assert {book.title for book in Author.objects.get().books.filter(is_unclaimed=True)} == {"New by Jo", "New"}
    assert set(Alias.objects.filter(source="lister", target="author").values_list("value", flat=True)) == {"1", "2"}


def test_silence_for_one_of_two_names_is_no_list_and_nothing_is_kept_of_the_other():
    author = owned("A", "B", by="Jo Real")
    regrouping.merge_authors(author, [owned("C", by="Rob Pen")], by=None)
    lister = Lister({"Jo Real": [listed(1, "A", "New", name="Jo Real")]}, failing=["rob pen"])

    list_author(Author.objects.get(), [lister])

    assert not Book.objects.filter(title="New").exists()
    assert authors_due().exists()


def test_an_announced_work_is_one_without_date_year_or_recording():
    works = (
        ProviderWork("1", "To come", authors=(ANN,)),
        ProviderWork("2", "Old", authors=(ANN,), release_year=1999),
        ProviderWork("3", "Heard", authors=(ANN,), has_audio=True, recordings=(ProviderRecording("3"),)),
        ProviderWork("4", "Dateless", authors=(ANN,), released_on=timezone.now().date().replace(year=2200)),
        ProviderWork("5", "A", authors=(ANN,), has_audio=True),
    )
    author = owned("A", "B")

    list_author(author, [Lister({ANN: [Bibliography("lister", "7", ANN, works)]})])

    assert set(Book.objects.filter(is_announced=True).values_list("title", flat=True)) == {"To come", "Dateless"}


def test_the_job_lists_each_author_once_a_run_and_goes_on_after_one_that_fails(monkeypatch):
    owned("A", "B")
    owned("C", "D", by="Bob Sample")
    lister = Lister({"Bob Sample": [listed(7, "C", "E", "Summary of E", name="Bob Sample")]}, failing=[ANN])
    monkeypatch.setattr("metadata.tasks.services.connect_all", lambda: Connected(lister))

    first = jobs.run_now("list_authors")
    second = jobs.run_now("list_authors")

    assert first.summary == "1 of 2 authors listed, 1 books new to us, 1 entries left out"
    assert first.report["counts"] == {"authors": 2, "authors_listed": 1, "works": 1, "left_out": 1}
    assert second.summary == "0 of 1 authors listed, 0 books new to us, 0 entries left out"
    assert LeftOut.objects.get().title == "Summary of E"

    lister.failing = set()
    lister.lists[ANN] = [listed(8, "A")]
    jobs.run_now("list_authors")

    assert jobs.run_now("list_authors").summary == "every author's list is fresh"


class Connected:
    def __init__(self, lister):
        self.lister = lister

    def __enter__(self):
        return [self.lister]

    def __exit__(self, *failure):
        return None


def test_a_series_a_person_follows_is_listed_though_nothing_of_it_is_owned():
    followed, offered = SeriesFactory(), SeriesFactory(monitor="none", is_unclaimed=True)
    monitor_series(followed, Series.Monitor.ALL, by=None)

    assert set(series_due()) == {followed}
    monitor_series(offered, Series.Monitor.ALL, by=None)
    assert set(series_due()) == {followed, offered}
