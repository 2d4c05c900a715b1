"""The session with the tracker: kept safe, never forced, and asked no more often than it should be."""

from datetime import timedelta

import pytest
from werkzeug.wrappers import Response

from mamcrawler.lib import clock, torrentfile
from mamcrawler.lib.pace import NotNow
from mamcrawler.operations import leases
from mamcrawler.operations.models import Finding, OutsideHost
from mamcrawler.sandbox.server import serve
from tests.audiofiles import make_torrent
from tests.factories import ReleaseFactory
from tests.tracker.recordedmam import recorded
from tests.tracker.scripted import Scripted
from tracker import services
from tracker.mam import DownloadsBlocked, SearchQuery, SessionRejected, TrackerError, TrackerUnavailable
from tracker.models import AccountReading, Release, TrackerSession
from tracker.prowlarr import ProwlarrOffer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fast_time")]

REFUSED = Response("Error, you are not signed in <br />Invalid/missing cookie", 403, mimetype="text/html")
BLOCKED = Response("Not Acceptable", 406)
NOTHING = Response('{"error": "Nothing returned, out of 0"}', mimetype="application/json")


@pytest.fixture
def site(settings):
    """A tracker that answers what it is told."""
    site = Scripted(NOTHING)
    settings.TRACKER_COOKIE = "example-cookie-first"
    with serve(site) as base_url:
        settings.TRACKER_URL = settings.PROWLARR_URL = base_url
        yield site


def rotating(cookie):
    response = Response('{"error": "Nothing returned, out of 0"}', mimetype="application/json")
    response.headers["Set-Cookie"] = f"mam_id={cookie}; path=/; secure"
    return response


def test_without_a_cookie_nothing_is_asked_and_it_says_what_to_set(site, settings):
    settings.TRACKER_COOKIE = ""

    with pytest.raises(services.TrackerNotConfigured, match="set MAM_ID"):
        services.search("iron gold")

    assert site.asked == []


def test_a_rotated_cookie_is_stored_sealed_and_sent_from_then_on(site):
    site.answers = [rotating("example-cookie-second"), NOTHING]

    services.search("iron gold")
    services.search("iron gold")

    row = TrackerSession.objects.get()
    assert site.cookies == ["mam_id=example-cookie-first", "mam_id=example-cookie-second"]
    assert row.cookie == "example-cookie-second"
    assert "example-cookie" not in row.sealed_cookie
    assert row.rotated_at is not None
    assert row.state == TrackerSession.State.HEALTHY


def test_a_rotated_cookie_is_stored_even_when_its_answer_is_of_no_use(site):
    broken = Response("{", mimetype="application/json", headers={"Set-Cookie": "mam_id=example-cookie-second"})
    site.answers = [broken]

    with pytest.raises(TrackerError):
        services.search("iron gold")

    assert TrackerSession.objects.get().cookie == "example-cookie-second"


def test_a_cookie_that_another_process_rotated_is_the_one_that_is_sent(site):
    services.search("iron gold")
    with services.connect() as client:
        TrackerSession.objects.get().rotate("example-cookie-from-elsewhere")
        client.search(SearchQuery(text="shift"))

    assert site.cookies[-1] == "mam_id=example-cookie-from-elsewhere"


def test_a_cookie_that_is_configured_anew_starts_afresh_and_the_same_one_does_not(site, settings):
    services.session().rotate("example-cookie-second")

    assert services.session().cookie == "example-cookie-second"
    settings.TRACKER_COOKIE = "example-cookie-renewed"
    assert services.session().cookie == "example-cookie-renewed"
    assert TrackerSession.objects.count() == 1


def test_a_refused_session_is_told_once_and_nothing_more_is_sent(site):
    site.answers = [REFUSED]

    with pytest.raises(SessionRejected):
        services.search("iron gold")
    for _ in range(3):
        with pytest.raises(services.SessionUnusable, match="Make a new API session at the tracker and set MAM_ID"):
            services.search("iron gold")

    finding = Finding.objects.open().get()
    assert len(site.asked) == 1
    assert TrackerSession.objects.get().state == TrackerSession.State.REJECTED
    assert finding.severity == Finding.Severity.CRITICAL
    assert "example-cookie" not in f"{finding.message}{finding.advice}{finding.detail}"


def test_a_new_cookie_takes_a_refused_session_up_again_and_settles_its_notice(site, settings):
    site.answers = [REFUSED, NOTHING]
    with pytest.raises(SessionRejected):
        services.search("iron gold")

    settings.TRACKER_COOKIE = "example-cookie-renewed"
    services.search("iron gold")

    assert not Finding.objects.open().exists()
    assert TrackerSession.objects.get().state == TrackerSession.State.HEALTHY


def test_a_406_stops_the_tracker_and_prowlarr_until_a_person_resumes(site, settings):
    settings.PROWLARR_API_KEY = "example-prowlarr-key"
    site.answers = [BLOCKED, NOTHING]
    with pytest.raises(DownloadsBlocked):
        services.fetch_torrent(ReleaseFactory())

    with pytest.raises(services.SessionUnusable, match="resume it on the Health page"):
        services.search("iron gold")
    with pytest.raises(NotNow, match="blocked downloads"):
        services.search_prowlarr("iron gold")

    assert len(site.asked) == 1
    assert OutsideHost.objects.get(name=services.HOST).stopped_reason
    services.resume_session()
    services.search("iron gold")
    assert len(site.asked) == 2
    assert not Finding.objects.open().exists()


def test_the_account_is_read_at_most_once_a_minute_whatever_is_asked_for(site):
    site.answers = [recorded("jsonload_snatch_summary.json")]

    first = services.read_account(max_age=timedelta(0))
    second = services.read_account(max_age=timedelta(seconds=5))
    AccountReading.objects.update(at=clock.now() - timedelta(seconds=90))
    older = services.read_account(max_age=timedelta(hours=1))
    third = services.read_account(max_age=timedelta(0))

    assert first == second == older
    assert third != first
    assert len(site.asked) == 2
    assert third.ratio is not None
    assert third.unsatisfied_limit is not None


def test_a_failed_account_reading_stores_none(site):
    site.answers = [Response("", 503)]

    with pytest.raises(TrackerUnavailable, match="503"):
        services.read_account()

    assert not AccountReading.objects.exists()
    assert len(site.asked) == 3


def test_a_search_keeps_what_is_listed_and_the_latest_sighting_wins(site):
    site.answers = [recorded("search_response.json")]

    first = services.search("project hail mary")
    Release.objects.update(seeders=0)
    second = services.search("project hail mary")

    assert len(first) == 6
    assert {release.pk for release in first} == {release.pk for release in second}
    assert all(release.authors for release in second if release.main_category == 13)
    assert any(release.seeders for release in second)


def test_prowlarr_s_sighting_of_a_known_release_keeps_what_the_tracker_told():
    known = ReleaseFactory(title="Iron Gold", authors=["Pierce Brown"], size_bytes=300, is_free=False)
    page = f"https://www.myanonamouse.net/t/{known.tracker_id}"

    seen = services.store_prowlarr_offer(prowlarr_offer(guid=page, title="Iron Gold by Pierce Brown", seeders=77))

    assert seen.pk == known.pk
    assert (seen.title, seen.authors, seen.seeders) == ("Iron Gold", ["Pierce Brown"], 77)


def test_a_release_of_another_indexer_is_one_row_however_often_it_is_seen():
    one = services.store_prowlarr_offer(prowlarr_offer(guid="abc", title="Iron Gold by Pierce Brown"))
    again = services.store_prowlarr_offer(prowlarr_offer(guid="abc", title="Iron Gold by Pierce Brown", seeders=3))

    assert one == again
    assert again.seeders == 3


def prowlarr_offer(**fields):
    return ProwlarrOffer(**{"guid": "guid", "indexer": "Indexer", "indexer_id": 1, "title": "Title", **fields})


def test_without_prowlarr_its_search_finds_nothing(site, settings):
    settings.PROWLARR_API_KEY = ""

    assert services.search_prowlarr("iron gold") == []
    assert site.asked == []


def test_a_release_that_is_listed_no_more_keeps_what_was_known(site):
    release = ReleaseFactory(title="Gone", is_free=True)

    assert services.reread(release).is_free
    assert services.reread(ReleaseFactory(tracker_id=None, guid="1", indexer="Elsewhere")).guid == "1"
    assert len(site.asked) == 1


def test_a_torrent_must_be_private_and_is_handed_on_with_its_hash(site, tmp_path):
    payload = tmp_path / "Iron Gold.mp3"
    payload.write_bytes(b"sound" * 9_000)
    release = ReleaseFactory(tracker_id=4242)
    site.answers = [Response(make_torrent(payload), mimetype="application/x-bittorrent")]

    content, torrent = services.fetch_torrent(release)

    assert torrent.tracker_id == 4242
    assert b"announce" in content
    assert b"announce" not in torrent.info_dictionary
    site.answers = [Response(make_torrent(payload, private=False), mimetype="application/x-bittorrent")]
    with pytest.raises(torrentfile.TorrentNotPrivate):
        services.fetch_torrent(release)


def test_a_snatch_counts_as_ours_before_the_tracker_says_so():
    release = ReleaseFactory(snatches=4)

    services.count_sighting(release)

    release.refresh_from_db()
    assert (release.is_snatched, release.snatches) == (True, 5)


def test_a_resumed_host_forgets_its_failures(site):
    leases.stop(services.HOST, "looked at by nobody")
    with pytest.raises(NotNow):
        services.search("iron gold")

    services.resume_session()

    assert services.search("iron gold") == []
