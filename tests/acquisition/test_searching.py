"""Searching for a want: ask Prowlarr and the tracker, keep every verdict, choose or say why not."""

from datetime import timedelta

import pytest

from acquisition import services
from acquisition.models import Candidate, FailedAttempt, Want
from mamcrawler.lib import clock
from mamcrawler.lib.pace import NotNow
from mamcrawler.operations.models import AuditEntry
from tests.factories import (
    AccountReadingFactory,
    BookFactory,
    DownloadFactory,
    ReleaseFactory,
    SeriesEntryFactory,
    SeriesFactory,
    UserFactory,
    WantFactory,
)
from tracker import services as tracker
from tracker.mam import TrackerUnavailable
from tracker.prowlarr import ProwlarrError

pytestmark = pytest.mark.django_db


class Listings:
    """What Prowlarr and the tracker list, whatever is asked; an error is raised."""

    def __init__(self):
        self.asked, self.prowlarr, self.mam = [], [], []

    def search_prowlarr(self, text):
        self.asked.append(("prowlarr", text))
        return self._give(self.prowlarr)

    def search(self, text):
        self.asked.append(("mam", text))
        return self._give(self.mam)

    @staticmethod
    def _give(answer):
        if isinstance(answer, Exception):
            raise answer
        return list(answer)


@pytest.fixture
def listings(monkeypatch):
    listings = Listings()
    monkeypatch.setattr(tracker, "search", listings.search)
    monkeypatch.setattr(tracker, "search_prowlarr", listings.search_prowlarr)
    return listings


@pytest.fixture
def want():
    AccountReadingFactory()
    book = BookFactory(title="Iron Gold", by="Pierce Brown")
    SeriesEntryFactory(series=SeriesFactory(name="Red Rising Saga"), book=book, position="4")
    return WantFactory(book=book)


def release(**fields):
    """A release of the wanted book."""
    told = {"title": "Iron Gold", "authors": ["Pierce Brown"], "narrators": ["Tim Gerard Reynolds"]}
    return ReleaseFactory(**{**told, "series": [["Red Rising Saga", "4"]], "duration_s": 36_000, **fields})


def unclear():
    """A release whose author is not told: only a person can say."""
    return release(authors=[], series=[])


def test_the_right_release_is_chosen_and_every_other_one_kept_with_its_reason(listings, want):
    right, other = release(), release(title="Golden Son", series=[["Red Rising Saga", "2"]])
    listings.mam = [other, right]

    count = services.search_want(want)

    want.refresh_from_db()
    verdicts = {candidate.release: candidate for candidate in want.candidates.all()}
    assert count == 2
    assert (want.status, want.searched_at is not None) == (Want.Status.CHOSEN, True)
    assert want.explanation.startswith("chosen: Iron Gold; ")
    assert verdicts[right].verdict == Candidate.Verdict.ACCEPTED
    assert verdicts[other].verdict == Candidate.Verdict.REJECTED
    assert all(candidate.match_reasons and candidate.policy for candidate in verdicts.values())
    assert want.candidates.takeable().get().release == right


def test_prowlarr_goes_first_and_one_wording_that_brings_the_book_is_enough(listings, want):
    listings.prowlarr = [release()]

    services.search_want(want)

    assert [system for system, _ in listings.asked] == ["prowlarr"]


def test_a_hit_of_prowlarr_without_details_is_looked_up_at_the_tracker(listings, want):
    listings.prowlarr = [ReleaseFactory(title="Iron Gold by Pierce Brown [ENG / M4B]")]
    listings.mam = [release()]

    services.search_want(want)

    assert [system for system, _ in listings.asked] == ["prowlarr", "mam"]


@pytest.mark.parametrize("trouble", [ProwlarrError("it is down"), NotNow("its breaker is open")])
def test_prowlarr_in_trouble_leaves_the_tracker_to_answer(listings, want, trouble):
    listings.prowlarr, listings.mam = trouble, [release()]

    services.search_want(want)

    want.refresh_from_db()
    assert want.status == Want.Status.CHOSEN


@pytest.mark.parametrize(
    "trouble", [TrackerUnavailable("503"), NotNow("not due"), tracker.SessionUnusable("renew the cookie")]
)
def test_a_tracker_in_trouble_puts_the_want_back_with_the_reason(listings, want, trouble):
    listings.mam = trouble

    with pytest.raises(type(trouble)):
        services.search_want(want)

    want.refresh_from_db()
    assert want.status == Want.Status.WANTED
    assert want.explanation == f"the search was cut: {trouble}"


def test_a_search_whose_process_died_is_due_again(listings, want):
    want.move(Want.Status.SEARCHING)

    assert want in Want.objects.due_for_search()
    services.search_want(want)

    want.refresh_from_db()
    assert want.status == Want.Status.NOT_FOUND


def test_a_book_that_nobody_lists_is_looked_for_again_in_some_days(listings, want):
    services.search_want(want)

    want.refresh_from_db()
    assert want.status == Want.Status.NOT_FOUND
    assert want.explanation == "the tracker lists nothing like it"
    assert want.next_look_at - clock.now() > timedelta(days=2, hours=23)
    assert len({text for _, text in listings.asked}) > 1
    assert want not in Want.objects.due_for_search()
    Want.objects.update(next_look_at=clock.now())
    assert want in Want.objects.due_for_search()


def test_a_want_that_another_worker_searches_is_left_to_it(listings, want):
    Want.objects.update(status=Want.Status.CHOSEN)

    assert services.search_want(want) == 0
    assert listings.asked == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"seeders": 0}, "0 seeders are too few"), ({"main_category": 14, "file_types": "epub"}, "")],
)
def test_a_release_that_can_not_be_taken_is_rejected_in_words(listings, want, fields, words):
    listings.mam = [release(**fields)]

    services.search_want(want)

    candidate = want.candidates.get()
    want.refresh_from_db()
    assert candidate.verdict == Candidate.Verdict.REJECTED
    assert words in candidate.match_reasons[0]
    assert want.explanation == "no acceptable release (1 rejected)"


def test_a_release_that_failed_for_this_book_is_not_chosen_again(listings, want):
    listings.mam = [release()]
    FailedAttempt.objects.create(book=want.book, release=listings.mam[0], reason="damaged")

    services.search_want(want)

    assert want.candidates.get().match_reasons[0] == "it failed before for this book"
    assert not want.candidates.takeable().exists()


def test_of_equal_editions_the_free_one_is_taken_before_one_with_more_seeders(listings, want):
    paid, free = release(seeders=90), release(seeders=10, is_free=True)
    listings.mam = [paid, free]

    services.search_want(want)

    assert [candidate.release for candidate in want.candidates.takeable()] == [free, paid]


def test_an_unabridged_edition_goes_before_a_free_abridged_one(listings, want):
    whole, short = release(), release(is_free=True, is_abridged=True, title="Iron Gold (Abridged)")
    listings.mam = [short, whole]

    services.search_want(want)

    assert want.candidates.takeable().first().release == whole


def test_what_only_a_person_can_tell_waits_for_their_choice(listings, want):
    listings.mam = [unclear()]

    services.search_want(want)

    want.refresh_from_db()
    assert (want.status, want.hold) == (Want.Status.HELD, Want.Hold.CHOICE)
    assert want.explanation == "1 releases might be it: have a look"
    assert Candidate.objects.for_review().get().want == want
    assert want not in Want.objects.choosable()


def test_an_approved_release_is_chosen_and_the_word_can_be_taken_back(listings, want):
    listings.mam = [unclear()]
    services.search_want(want)
    candidate, person = Candidate.objects.for_review().get(), UserFactory()

    assert services.approve(candidate, by=person)
    want.refresh_from_db()
    assert want.status == Want.Status.CHOSEN
    assert services.restore_candidate(candidate, by=person)
    want.refresh_from_db()

    assert want.hold == Want.Hold.CHOICE
    assert candidate.verdict == Candidate.Verdict.AMBIGUOUS
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"candidate.approved", "candidate.restored"}


def test_a_dismissed_release_stays_dismissed_in_later_searches(listings, want):
    listings.mam = [unclear()]
    services.search_want(want)

    services.dismiss(Candidate.objects.for_review().get(), by=UserFactory())
    want.refresh_from_db()
    assert want.explanation == "no acceptable release (1 dismissed by a person)"
    Want.objects.update(next_look_at=clock.now())
    services.search_want(Want.objects.due_for_search().get())

    assert want.candidates.get().verdict == Candidate.Verdict.DISMISSED
    assert Want.objects.get().status == Want.Status.NOT_FOUND


def test_a_decision_after_the_snatch_changes_nothing(listings, want):
    listings.mam = [release()]
    services.search_want(want)
    candidate = want.candidates.get()
    DownloadFactory(candidate=candidate)
    Want.objects.update(status=Want.Status.SNATCHED)
    candidate = Candidate.objects.get()

    assert not services.dismiss(candidate, by=None)
    assert not services.restore_candidate(candidate, by=None)


def test_a_person_s_own_search_lists_a_release_once(listings):
    same = release()
    listings.prowlarr = listings.mam = [same]

    assert services.search_for("iron gold") == [same]
