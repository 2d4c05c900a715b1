"""Reviewing: everything that waits, deciding it, and taking the word back."""

import pytest
from django.urls import reverse

from acquisition.models import Candidate, Download, FailedAttempt, Want
from library.models import Edition
from mamcrawler.operations.models import Finding
from metadata.models import Proposal
from tests.acquisition.browsing import EACH_WAY, REVIEW, act, page_of, stopped, unclear
from tests.factories import (
    BookFactory,
    CandidateFactory,
    CoverageFactory,
    DownloadFactory,
    EditionFactory,
    FindingFactory,
    InspectionFactory,
    ProposalFactory,
)
from tests.visitors import queries_of

pytestmark = pytest.mark.django_db


def test_when_nothing_waits_the_page_says_so(viewer):
    assert "Nothing waits for you" in page_of(viewer, REVIEW)


def test_everything_that_waits_is_shown_with_its_reasons(curator):
    unclear(release__title="Doubtful Release", match_reasons=["the listing does not say its language"])
    InspectionFactory(
        download=stopped(), verdict="failed", checks=[{"name": "pieces", "verdict": "failed", "words": "3 are wrong"}]
    )
    FindingFactory(message="The shelf is full", advice="Make room")
    ProposalFactory(old=["Ann Reader"], new=["Bob Reader"], field="narrators", sources="audnexus, hardcover")
    EditionFactory(title="Whose Book Is This")

    page = page_of(curator, REVIEW)

    for words in (
        "Doubtful Release", "the listing does not say its language", "it is 20 minutes short", "3 are wrong",
        "The shelf is full", "Make room", "Ann Reader", "Bob Reader", "audnexus, hardcover", "Whose Book Is This",
    ):  # fmt: skip
        assert words in page
    assert "Nothing waits for you" not in page


def test_a_finding_shows_which_items_it_tells_of(viewer):
    FindingFactory(message="One unlike the others", detail={"edition": 7})
    FindingFactory(detail={"items": ["shelf/1: size is out of range", "shelf/2: <b>odd</b>"]})

    page = page_of(viewer, REVIEW)

    assert page.count("Show which") == 1
    assert "shelf/1: size is out of range" in page
    assert "shelf/2: &lt;b&gt;odd" in page
    assert "edition" not in page.partition("One unlike the others")[2].partition("</li>")[0]


def test_of_a_very_long_finding_the_first_hundred_are_shown(viewer):
    FindingFactory(detail={"items": [f"item {number} of many" for number in range(120)]})

    page = page_of(viewer, REVIEW)

    assert "Show the first 100" in page
    assert page.count("of many") == 100


def test_a_long_review_takes_as_many_queries_as_a_short_one(curator):
    def add(count):
        for _ in range(count):
            unclear()
            FindingFactory()
            ProposalFactory()
            CandidateFactory(verdict="approved")
            title = f"Copy {Edition.objects.count()}"
            EditionFactory(title=title, metadata={"title": title, "authors": ["Ann Author"]})

    BookFactory.create_batch(3, by="Ann Author")
    add(2)
    few = queries_of(curator, reverse(REVIEW))

    add(12)

    assert queries_of(curator, reverse(REVIEW)) == few


def test_titles_with_markup_are_shown_as_text(curator):
    unclear(release__title="<script>alert(1)</script>", match_reasons=["<i>odd</i>"])
    ProposalFactory(new="<script>alert(2)</script>")
    FindingFactory(message="<script>alert(3)</script>")

    page = page_of(curator, REVIEW)

    assert "<script>alert" not in page
    assert "<i>odd" not in page


@EACH_WAY
@pytest.mark.parametrize(("name", "verdict"), [("candidate-approve", "approved"), ("candidate-dismiss", "dismissed")])
def test_a_doubtful_release_is_decided_and_the_word_taken_back(curator, headers, name, verdict):
    candidate = unclear()

    act(curator, name, candidate.pk, headers=headers)
    candidate.refresh_from_db()
    assert candidate.verdict == verdict

    act(curator, "candidate-restore", candidate.pk, headers=headers)
    candidate.refresh_from_db()
    assert candidate.verdict not in ("approved", "dismissed")


@pytest.mark.parametrize(("decision", "verdict"), [("accept", "approved"), ("reject", "dismissed")])
def test_several_releases_are_decided_at_once(curator, decision, verdict):
    chosen, left = [unclear(), unclear()], unclear()

    act(curator, "candidates-decide", decision=decision, pk=[one.pk for one in chosen] + ["x"])

    assert {one.verdict for one in Candidate.objects.exclude(pk=left.pk)} == {verdict}
    left.refresh_from_db()
    assert left.verdict == Candidate.Verdict.AMBIGUOUS


@EACH_WAY
def test_a_quarantined_download_is_inspected_again(curator, headers):
    download = stopped()

    act(curator, "download-retry", download.pk, headers=headers)

    download.refresh_from_db()
    assert download.status == Download.Status.DOWNLOADED


@EACH_WAY
def test_a_stopped_download_is_given_up_and_leaves_the_review(curator, headers):
    download = stopped()

    act(curator, "download-give-up", download.pk, headers=headers)

    assert download not in Download.objects.for_review()
    assert Want.objects.get().status == Want.Status.ABANDONED


@EACH_WAY
def test_a_download_that_goes_on_is_not_given_up(curator, headers):
    download = DownloadFactory()

    page = act(curator, "download-give-up", download.pk, headers=headers).content.decode()

    assert "Not done: only a download that failed" in page
    assert not FailedAttempt.objects.exists()


@EACH_WAY
def test_a_finding_is_dealt_with_and_opened_again(curator, headers):
    finding = FindingFactory()

    act(curator, "finding-settle", finding.pk, headers=headers)
    assert not Finding.objects.open().exists()

    act(curator, "finding-reopen", finding.pk, headers=headers)
    assert Finding.objects.open().get() == finding


def test_a_finding_that_was_noticed_anew_is_not_opened_twice(curator):
    finding = FindingFactory()
    act(curator, "finding-settle", finding.pk)
    again = FindingFactory(kind=finding.kind, subject=finding.subject)

    act(curator, "finding-reopen", finding.pk)

    assert Finding.objects.open().get() == again


@pytest.fixture
def proposal(tmp_path):
    """A proposed title for a copy in a folder."""
    (tmp_path / "Book").mkdir()
    edition = EditionFactory(shelf__path=str(tmp_path), path="Book", metadata={"title": "Old"})
    return ProposalFactory(edition=edition, book=CoverageFactory(edition=edition).book)


@EACH_WAY
def test_a_proposal_is_accepted_and_undone(curator, proposal, headers):
    act(curator, "proposal-accept", proposal.pk, headers=headers)
    assert Edition.objects.get().metadata["title"] == "New"

    act(curator, "proposal-undo", proposal.pk, headers=headers)
    assert Edition.objects.get().metadata["title"] == "Old"
    proposal.refresh_from_db()
    assert proposal.status == Proposal.Status.OPEN


def test_a_proposal_is_rejected_and_opened_again(curator, proposal):
    act(curator, "proposal-reject", proposal.pk)
    proposal.refresh_from_db()
    assert proposal.status == Proposal.Status.REJECTED

    act(curator, "proposal-undo", proposal.pk)
    proposal.refresh_from_db()
    assert proposal.status == Proposal.Status.OPEN


@EACH_WAY
def test_a_proposal_is_decided_once(curator, proposal, headers):
    act(curator, "proposal-reject", proposal.pk)

    page = act(curator, "proposal-accept", proposal.pk, headers=headers).content.decode()

    assert "rejected before" in page
    assert Edition.objects.get().metadata["title"] == "Old"


def test_several_proposals_are_accepted_at_once_and_refusals_named(curator, proposal):
    gone = ProposalFactory(edition__shelf__path="/nowhere/at/all", edition__metadata={"title": "Old"})

    page = act(curator, "proposals-decide", decision="accept", pk=[proposal.pk, gone.pk]).content.decode()

    assert "1 of 2 proposals accepted" in page
    proposal.refresh_from_db()
    gone.refresh_from_db()
    assert (proposal.status, gone.status) == (Proposal.Status.ACCEPTED, Proposal.Status.OPEN)
