"""Who sees and may do what on the pages of acquisition, and what is wanted there."""

import pytest
from django.urls import reverse

from acquisition.models import Candidate, Want
from tests.acquisition.browsing import EACH_WAY, REVIEW, SEARCH, act, page_of, stopped, unclear
from tests.factories import (
    BookFactory,
    CandidateFactory,
    CoverageFactory,
    EditionFactory,
    FindingFactory,
    ProposalFactory,
    ReleaseFactory,
    SeriesEntryFactory,
    SeriesFactory,
    WantFactory,
)
from tests.visitors import visitor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", [SEARCH, REVIEW])
def test_strangers_sign_in_first(name):
    assert visitor().get(reverse(name)).status_code == 302


@pytest.mark.parametrize("role", ["viewer", "curator", "owner"])
@pytest.mark.parametrize("name", [SEARCH, REVIEW])
def test_everybody_else_sees_the_pages(role, name):
    assert visitor(role).get(reverse(name)).status_code == 200


def test_a_viewer_is_offered_nothing_to_do(viewer):
    unclear()
    stopped()
    FindingFactory()
    ProposalFactory()
    EditionFactory()

    page = page_of(viewer, REVIEW)

    assert page.count("data-waiting") >= 5
    assert 'name="decision"' not in page
    assert "This is it" not in page


@pytest.mark.parametrize("name", ["candidate-snatch", "candidate-approve", "candidate-dismiss", "candidate-restore"])
def test_a_viewer_can_not_decide(viewer, name):
    candidate = unclear()

    assert act(viewer, name, candidate.pk).status_code == 403
    candidate.refresh_from_db()
    assert candidate.verdict == Candidate.Verdict.AMBIGUOUS


def test_a_viewer_can_not_search_the_tracker(viewer):
    assert viewer.post(reverse(SEARCH), {"q": "iron gold"}).status_code == 403


@EACH_WAY
def test_a_book_is_wanted_and_looked_for_no_longer(curator, headers):
    book = BookFactory()

    act(curator, "want-book", book.pk, headers=headers)
    want = Want.objects.get(book=book)
    assert want.reason == Want.Reason.PERSON

    act(curator, "want-drop", want.pk, headers=headers)
    want.refresh_from_db()
    assert want.status == Want.Status.DROPPED


def test_a_book_that_is_on_its_way_is_not_dropped(curator):
    want = WantFactory(status="snatched")

    page = act(curator, "want-drop", want.pk).content.decode()

    assert "is being fetched already" in page
    want.refresh_from_db()
    assert want.status == Want.Status.SNATCHED


def test_all_missing_books_of_a_series_are_wanted(curator):
    series = SeriesFactory()
    missing = SeriesEntryFactory(series=series).book
    owned = CoverageFactory(book=SeriesEntryFactory(series=series).book).book
    already = WantFactory(book=SeriesEntryFactory(series=series).book)

    act(curator, "series-want", series.pk)

    assert set(Want.objects.all()) == {already, Want.objects.get(book=missing)}
    assert not owned.wants.exists()


def test_a_snatched_release_shows_what_became_of_it(viewer):
    download = stopped(budget_answer={"checks": [{"name": "ratio", "ok": True, "words": "costs no ratio"}]})

    page = viewer.get(download.candidate.want.book.get_absolute_url()).content.decode()

    assert "it is 20 minutes short" in page
    assert "costs no ratio" in page


def test_a_release_without_a_page_is_no_link(viewer):
    release = ReleaseFactory(tracker_id=None, guid="other-1", indexer="Elsewhere", title="Only There")
    candidate = CandidateFactory(release=release)

    page = viewer.get(candidate.want.book.get_absolute_url()).content.decode()

    assert "Only There" in page
    assert 'href=""' not in page
