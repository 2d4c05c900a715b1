"""Searching by hand: what is found, what it costs, and taking it."""

import pytest
from django.urls import reverse

from acquisition import services
from acquisition.models import Candidate, Download, Want
from acquisition.showing import why_there
from mamcrawler.lib import clock
from mamcrawler.sandbox.world import World
from tests.acquisition.browsing import EACH_WAY, SEARCH, act, page_of, unclear
from tests.factories import (
    AccountReadingFactory,
    CandidateFactory,
    WantFactory,
)
from tests.visitors import queries_of
from tests.worlds import connected, want_iron_gold
from tracker.models import Release

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(tmp_path, settings, fast_time):
    """The product on a sandbox, with time enough to ask the tracker politely."""
    with connected(World(tmp_path / "world"), settings) as connected_world:
        yield connected_world


def test_looking_at_the_page_of_a_want_asks_nobody(curator):
    want = CandidateFactory(release__title="Found Before").want

    page = page_of(curator, SEARCH, want=want.pk)

    assert "Found Before" in page
    assert "from earlier searches" in page


def test_a_want_without_candidates_says_so(curator):
    assert "Not searched yet" in page_of(curator, SEARCH, want=WantFactory().pk)
    assert curator.get(reverse(SEARCH), {"want": 999_999}).status_code == 404


@pytest.mark.sandbox
@EACH_WAY
def test_a_search_for_a_want_judges_what_it_finds(world, curator, headers):
    want = services.want_book(want_iron_gold())

    page = curator.post(reverse(SEARCH), {"want": want.pk, "q": "Iron Gold"}, headers=headers).content.decode()

    assert "title agrees: Iron Gold" in page
    assert "kbit/s" in page
    want.refresh_from_db()
    assert want.status == Want.Status.CHOSEN
    assert ("<html" in page) == (not headers)


@pytest.mark.sandbox
def test_a_search_for_words_names_the_book_that_it_might_be(world, curator):
    AccountReadingFactory()
    book = want_iron_gold()

    page = curator.post(reverse(SEARCH), {"q": "Iron Gold"}).content.decode()

    assert f'Perhaps <a href="{book.get_absolute_url()}">Iron Gold</a>' in page
    assert "May be taken" in page
    assert not Want.objects.exists()


@pytest.mark.sandbox
def test_a_search_that_finds_nothing_says_so(world, curator):
    page = curator.post(reverse(SEARCH), {"q": "zzzzqqqq"}).content.decode()

    assert "Nothing was found" in page


def test_a_search_without_words_asks_for_some(curator):
    assert "Write some words first" in curator.post(reverse(SEARCH), {"q": " "}).content.decode()


def test_without_a_session_the_page_says_what_to_do(curator, settings):
    settings.PROWLARR_API_KEY = settings.TRACKER_COOKIE = ""

    page = curator.post(reverse(SEARCH), {"q": "iron gold"}).content.decode()

    assert "The tracker is not configured" in page
    assert "MAM_ID" in page


@pytest.mark.sandbox
def test_a_refused_session_says_what_to_do(world, curator):
    world.faults.arm("mam", "expired_session", times=5)

    page = curator.post(reverse(SEARCH), {"q": "iron gold"}).content.decode()

    assert "The tracker&#x27;s session needs you" in page or "The tracker's session needs you" in page
    assert "Make a new API session" in page


def test_the_cost_of_many_releases_takes_as_many_queries_as_of_one(curator):
    AccountReadingFactory()
    want = WantFactory(status="chosen")
    CandidateFactory.create_batch(2, want=want)
    url = f"{reverse(SEARCH)}?want={want.pk}"
    few = queries_of(curator, url)

    CandidateFactory.create_batch(15, want=want)

    assert queries_of(curator, url) == few


@pytest.mark.sandbox
def test_a_release_is_snatched_for_its_want(world, curator):
    want = services.want_book(want_iron_gold())
    curator.post(reverse(SEARCH), {"want": want.pk, "q": "Iron Gold"})
    candidate = want.candidates.order_by("rank").first()

    act(curator, "candidate-snatch", candidate.pk)

    assert candidate.downloads.get().status == Download.Status.ADDED


@pytest.mark.sandbox
def test_a_release_that_was_searched_for_is_snatched_for_a_book(world, curator):
    book = want_iron_gold()
    curator.post(reverse(SEARCH), {"q": "Iron Gold Pierce Brown"})
    release = Release.objects.filter(title__startswith="Iron Gold").first()

    act(curator, "release-take", release.pk, book=book.pk)

    assert Want.objects.get(book=book).status == Want.Status.SNATCHED
    assert Download.objects.get().candidate.release == release


@EACH_WAY
def test_a_snatch_that_the_rules_forbid_says_why_and_keeps_the_choice(curator, headers, settings):
    AccountReadingFactory(ratio=0.9)
    candidate = unclear()

    page = act(curator, "candidate-snatch", candidate.pk, headers=headers).content.decode()

    assert "ratio emergency" in page
    assert "The choice is kept" in page
    candidate.refresh_from_db()
    assert candidate.verdict == Candidate.Verdict.APPROVED
    assert (candidate.want.status, candidate.want.hold) == ("held", "ratio")


def test_nothing_is_snatched_for_a_closed_want(curator):
    candidate = CandidateFactory(want__status="dropped", want__closed_at=clock.now(), verdict="rejected")

    page = act(curator, "candidate-snatch", candidate.pk).content.decode()

    assert "no longer looked for" in page
    assert not Download.objects.exists()


def test_the_criterion_that_decides_is_named():
    reasons = [{"criterion": "bitrate", "words": "64 kbit/s"}, {"criterion": "seeders", "words": "9 seeders"}]
    best = CandidateFactory(quality_key=[64, 9], quality_reasons=reasons)
    other = CandidateFactory(quality_key=[64, 2], quality_reasons=[reasons[0], {**reasons[1], "words": "2 seeders"}])
    rejected = CandidateFactory(verdict="rejected", match_reasons=["author agrees", "another title"])

    assert why_there(other, best) == "seeders decides: 2 seeders, while the best has 9 seeders"
    assert why_there(best, best) == "the best of those that may be taken"
    assert why_there(rejected, best) == "another title"
