"""Wants, candidates and downloads over the API, alone and against the sandbox."""

import pytest

from acquisition.models import Candidate, Download, Inspection, Want
from mamcrawler.lib import clock
from mamcrawler.sandbox.world import World
from tests.factories import (
    BookFactory,
    CandidateFactory,
    DownloadFactory,
    EditionFactory,
    ReleaseFactory,
    SeriesEntryFactory,
    WantFactory,
)
from tests.worlds import connected
from tracker.models import Release

pytestmark = pytest.mark.django_db

INFO = b"d6:lengthi4e4:name8:mort.m4b12:piece lengthi16384e6:pieces20:" + bytes(20) + b"7:privatei1ee"
"""The info dictionary of a torrent of one file of four bytes."""


@pytest.fixture
def world(tmp_path, settings, fast_time):
    with connected(World.empty(tmp_path / "world"), settings) as world:
        yield world


@pytest.fixture
def unclear():
    """A release of which only a person can say whether it is the book."""
    want = WantFactory(
        status=Want.Status.HELD, hold=Want.Hold.CHOICE, book=BookFactory(title="Mort", by="T. Pratchett")
    )
    release = ReleaseFactory(title="Mort", authors=["T. Pratchett"])
    return CandidateFactory(
        want=want,
        release=release,
        verdict=Candidate.Verdict.AMBIGUOUS,
        match_reasons=["the author is written otherwise"],
        quality_reasons=[{"criterion": "bitrate", "words": "64 kbps"}],
    )


@pytest.fixture
def quarantined():
    """A download that failed its inspection."""
    candidate = CandidateFactory(want__status=Want.Status.SNATCHED)
    return DownloadFactory(
        candidate=candidate,
        status=Download.Status.QUARANTINED,
        failure="a piece is wrong",
        info_hash="a" * 40,
        info_dictionary=b"example info",
        budget_answer={"allowed": True},
    )


def test_a_book_is_wanted_once(post, get):
    book = BookFactory(title="Mort")

    first, second = post(f"/books/{book.pk}/want"), post(f"/books/{book.pk}/want")

    assert (first.status_code, first.json()["reason"]) == (200, "person")
    assert first.json()["id"] == second.json()["id"]
    assert [want["book"]["title"] for want in get("/wants", open=True).json()["items"]] == ["Mort"]


@pytest.mark.parametrize(
    ("query", "count"),
    [({"open": True}, 1), ({"open": False}, 1), ({"status": "held"}, 1), ({"hold": "ratio"}, 1), ({"book_id": 0}, 0)],
)
def test_wants_are_filtered(get, query, count):
    WantFactory(status=Want.Status.HELD, hold=Want.Hold.RATIO, explanation="1.05 after it")
    WantFactory(status=Want.Status.DROPPED, closed_at=clock.now())

    assert get("/wants", **query).json()["count"] == count


def test_a_want_shows_its_candidates_with_reasons_best_first(get, unclear):
    CandidateFactory(want=unclear.want, verdict=Candidate.Verdict.REJECTED, rank=1, match_reasons=["another title"])

    told = get(f"/wants/{unclear.want_id}").json()

    first, second = told["candidates"]
    assert (told["status"], told["hold"]) == ("held", "choice")
    assert (first["verdict"], first["match_reasons"]) == ("ambiguous", ["the author is written otherwise"])
    assert first["quality_reasons"] == [{"criterion": "bitrate", "words": "64 kbps"}]
    assert (second["verdict"], second["match_reasons"]) == ("rejected", ["another title"])


def test_a_want_with_many_candidates_costs_no_more_queries(get, unclear, django_assert_num_queries):
    get("/jobs")
    for count in (1, 12):
        for _ in range(count):
            CandidateFactory(want=unclear.want)
        with django_assert_num_queries(5):  # key, want, authors, series, candidates
            get(f"/wants/{unclear.want_id}")


def test_a_want_is_dropped_once(post):
    want = WantFactory()

    first, second = post(f"/wants/{want.pk}/drop"), post(f"/wants/{want.pk}/drop")

    assert (first.status_code, first.json()["status"]) == (200, "dropped")
    assert (second.status_code, second.json()["code"]) == (409, "conflict")


def test_a_closed_want_is_not_searched_for(post):
    want = WantFactory(status=Want.Status.DROPPED, closed_at=clock.now())

    assert post(f"/wants/{want.pk}/search").status_code == 409


def test_unclear_candidates_wait_for_review(get, unclear):
    CandidateFactory()

    [told] = get("/candidates").json()["items"]

    assert (told["id"], told["book"], told["release"]["title"]) == (unclear.pk, "Mort", "Mort")


def test_a_candidate_is_approved_dismissed_and_restored(post, unclear):
    path = f"/candidates/{unclear.pk}"

    verdicts = [post(f"{path}/{verb}").json()["verdict"] for verb in ("approve", "dismiss", "restore")]

    assert verdicts[:2] == ["approved", "dismissed"]
    assert verdicts[2] not in ("approved", "dismissed")


@pytest.mark.parametrize("verb", ["approve", "dismiss", "restore"])
def test_a_candidate_of_a_closed_want_is_left_alone(post, unclear, verb):
    Want.objects.update(status=Want.Status.DROPPED, hold="", closed_at=clock.now())

    response = post(f"/candidates/{unclear.pk}/{verb}")

    assert (response.status_code, response.json()["code"]) == (409, "conflict")


def test_downloads_are_filtered_and_told_without_their_torrent(get, quarantined):
    DownloadFactory()

    listed = get("/downloads", stopped=True)
    told = get(f"/downloads/{quarantined.pk}")

    assert [row["failure"] for row in listed.json()["items"]] == ["a piece is wrong"]
    assert get("/downloads", status="intended").json()["count"] == 1
    assert told.json()["budget_answer"] == {"allowed": True}
    assert "example info" not in told.content.decode()


def test_a_download_shows_its_moves_and_inspections(get):
    download = DownloadFactory()
    download.advance(Download.Status.FAILED, reason="the tracker sent no torrent")
    Inspection.objects.create(download=download, verdict="failed", checks=[{"name": "pieces", "verdict": "failed"}])

    told = get(f"/downloads/{download.pk}").json()

    assert [(move["was"], move["became"]) for move in told["events"]] == [("intended", "failed")]
    assert told["inspections"][0]["checks"] == [{"name": "pieces", "verdict": "failed"}]


def test_a_stopped_download_is_tried_again_once(post, quarantined):
    first, second = post(f"/downloads/{quarantined.pk}/retry"), post(f"/downloads/{quarantined.pk}/retry")

    assert (first.status_code, first.json()["status"]) == (200, "downloaded")
    assert (second.status_code, second.json()["code"]) == (409, "not_possible")


def test_a_stopped_download_is_given_up(post, quarantined):
    response = post(f"/downloads/{quarantined.pk}/give-up")

    assert response.status_code == 200
    assert Want.objects.get().status == Want.Status.ABANDONED


def test_what_is_not_on_a_shelf_is_not_taken_off(post, quarantined):
    response = post(f"/downloads/{quarantined.pk}/unshelve")

    assert (response.status_code, response.json()["code"]) == (409, "not_possible")


def test_a_download_is_taken_off_its_shelf_and_goes_on_seeding(post, quarantined, tmp_path):
    seeded, shelved = tmp_path / "mort.m4b", tmp_path / "shelf" / "Mort" / "mort.m4b"
    shelved.parent.mkdir(parents=True)
    seeded.write_bytes(b"mort")
    shelved.hardlink_to(seeded)
    edition = EditionFactory(path="Mort", shelf__path=str(tmp_path / "shelf"))
    Download.objects.update(
        status=Download.Status.SHELVED, failure="", edition=edition, content_path=seeded, info_dictionary=INFO
    )
    Want.objects.update(status=Want.Status.SHELVED, closed_at=clock.now())

    response = post(f"/downloads/{quarantined.pk}/unshelve")

    assert response.status_code == 200, response.content
    assert (response.json()["download"]["status"], response.json()["kept_files"]) == ("quarantined", [])
    assert (seeded.exists(), shelved.exists()) == (True, False)


def test_a_search_keeps_and_tells_what_is_listed(get, world):
    told = get("/search", q="Iron Gold").json()

    assert told["count"] == len(told["items"]) == Release.objects.count() > 0
    assert "Iron Gold" in {release["title"] for release in told["items"]}


def test_a_wanted_book_is_searched_for_and_its_best_release_snatched(post, world):
    book = SeriesEntryFactory(
        book=BookFactory(title="Iron Gold", by="Pierce Brown"), series__name="Red Rising Saga", position="4"
    ).book
    want = post(f"/books/{book.pk}/want").json()

    found = post(f"/wants/{want['id']}/search").json()
    best = found["candidates"][0]
    first, second = post(f"/candidates/{best['id']}/snatch"), post(f"/candidates/{best['id']}/snatch")

    assert (found["status"], best["verdict"]) == ("chosen", "accepted")
    assert (first.status_code, first.json()["status"]) == (202, "added"), first.content
    assert second.json()["id"] == first.json()["id"]
    assert Download.objects.count() == 1


def test_a_tracker_that_is_down_is_told_with_what_to_do(get, world):
    world.faults.arm("mam", "status", times=10)

    response = get("/search", q="Iron Gold")

    assert (response.status_code, response.json()["code"]) == (502, "tracker_error")
    assert "Try again" in response.json()["detail"]
