"""Searching by hand and reviewing: what is seen by whom, and what a curator can do and take back."""

import pytest
from django.urls import reverse

from acquisition import services
from acquisition.models import Candidate, Download, FailedAttempt, Want
from acquisition.showing import why_there
from library.models import Edition
from mamcrawler.lib import clock
from mamcrawler.operations.models import Finding
from mamcrawler.sandbox.world import World
from metadata.models import Proposal
from tests.factories import (
    AccountReadingFactory,
    BookFactory,
    CandidateFactory,
    CoverageFactory,
    DownloadFactory,
    EditionFactory,
    FindingFactory,
    InspectionFactory,
    ProposalFactory,
    ReleaseFactory,
    SeriesEntryFactory,
    SeriesFactory,
    WantFactory,
)
from tests.visitors import HTMX, queries_of, visitor
from tests.worlds import connected, want_iron_gold
from tracker.models import Release

pytestmark = pytest.mark.django_db

SEARCH = "acquisition:search"
REVIEW = "acquisition:review"
EACH_WAY = pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])


@pytest.fixture
def viewer():
    return visitor("viewer")


@pytest.fixture
def curator():
    return visitor("curator")


@pytest.fixture
def world(tmp_path, settings, fast_time):
    """The product on a sandbox, with time enough to ask the tracker politely."""
    with connected(World(tmp_path / "world"), settings) as connected_world:
        yield connected_world


def page_of(client, name, **asked):
    answer = client.get(reverse(name), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def act(client, name, *args, headers=None, **posted):
    return client.post(reverse(f"acquisition:{name}", args=args), posted, headers=headers or {}, follow=not headers)


def unclear(**candidate):
    """A release that only a person can tell; in place of a book's name it takes the want's fields."""
    return CandidateFactory(verdict="ambiguous", want__status="held", want__hold="choice", **candidate)


def stopped(**download):
    return DownloadFactory(
        status="quarantined",
        failure="it is 20 minutes short",
        info_hash="a" * 40,
        candidate__want__status="snatched",
        settled_at=clock.now(),
        **download,
    )


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


# Searching


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


# Wanting


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


# Reviewing


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
