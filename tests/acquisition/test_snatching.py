"""Taking a release: the rules first, the intention next, and the torrent once."""

from datetime import timedelta

import pytest

from acquisition import planning, services
from acquisition.models import Candidate, Download, PathMapping, Want
from acquisition.services import snatching
from library.models import Book
from mamcrawler.lib import clock, torrentfile
from mamcrawler.sandbox.accounts import SECRETS
from mamcrawler.sandbox.qbittorrent import Qbittorrent
from mamcrawler.sandbox.server import serve
from tests.factories import (
    AccountReadingFactory,
    BookFactory,
    CandidateFactory,
    DownloadFactory,
    ReleaseFactory,
    WantFactory,
)
from tests.smallworld import SmallWorld
from tracker import services as tracker
from tracker.mam import TrackerUnavailable, UnexpectedAnswer
from tracker.models import Release

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(tmp_path, settings):
    """A torrent client and a world whose torrents it can fetch."""
    world = SmallWorld(tmp_path)
    with serve(Qbittorrent(world, "5.1")) as base_url:
        settings.QBITTORRENT_URL = base_url
        settings.QBITTORRENT_USERNAME, settings.QBITTORRENT_PASSWORD = SECRETS.qb_username, SECRETS.qb_password
        settings.QBITTORRENT_SAVE_PATH = str(world.downloads_dir)
        yield world


@pytest.fixture
def torrents(monkeypatch):
    """The torrent file of each release, by its id at the tracker; an error there is raised."""
    files: dict[int, bytes | Exception] = {}

    def fetch(release):
        content = files[release.tracker_id]
        if isinstance(content, Exception):
            raise content
        return content, torrentfile.read(content, require_private=True)

    monkeypatch.setattr(tracker, "fetch_torrent", fetch)
    return files


@pytest.fixture
def candidate(world, torrents):
    """A candidate of a healthy account, whose torrent the tracker gives out."""
    AccountReadingFactory()
    return offered(world, torrents, "Iron Gold")


def offered(world, torrents, name, **candidate):
    content, _ = world.offer(name)
    release = ReleaseFactory(title=name, tracker_id=torrentfile.read(content, require_private=True).tracker_id)
    torrents[release.tracker_id] = content
    return CandidateFactory(release=release, **candidate)


def in_client(world):
    return list(world.state["qbittorrent"]["torrents"])


def test_a_release_is_taken_once_however_often_it_is_asked_for(world, candidate):
    first = services.snatch(candidate)
    second = services.snatch(candidate)

    assert first == second
    assert first.status == Download.Status.ADDED
    assert in_client(world) == [first.info_hash]
    assert Want.objects.get().status == Want.Status.SNATCHED
    assert [(e.was, e.became) for e in first.events.all()] == [("intended", "added")]


def test_an_intention_that_was_cut_is_taken_up_without_a_second_torrent(world, candidate):
    download = services.snatch(candidate)
    Download.objects.update(status=Download.Status.INTENDED)
    download.refresh_from_db()

    services.add_to_client(download)

    assert download.status == Download.Status.ADDED
    assert in_client(world) == [download.info_hash]


def test_a_snatch_keeps_what_the_rules_said_and_never_the_passkey(candidate):
    download = services.snatch(candidate)

    answer = download.budget_answer
    assert answer["allowed"] is True
    assert {check["name"] for check in answer["checks"]} == {"vip", "ratio", "hit_and_run", "unsatisfied"}
    assert answer["pace"] == "1 of 5 this hour, 1 of 30 today (normal pace)"
    assert b"announce" not in bytes(download.info_dictionary)
    assert Release.objects.get().is_snatched


@pytest.mark.parametrize(
    ("reading", "hold", "words"),
    [
        ({"ratio": 0.9}, Want.Hold.RATIO, "ratio emergency: 0.90 is at or below 1.00"),
        ({"ratio": None}, Want.Hold.RATIO, "the ratio is not known"),
        ({"unsatisfied_count": 146}, Want.Hold.UNSATISFIED, "147 of 150 unsatisfied slots"),
        ({"hit_and_run_count": 1}, Want.Hold.RATIO, "1 hit-and-run in sight"),
    ],
)
def test_a_refused_release_holds_its_want_with_the_reason(world, torrents, reading, hold, words):
    AccountReadingFactory(**reading)
    want = offered(world, torrents, "Iron Gold").want

    with pytest.raises(services.SnatchRefused, match=words):
        services.snatch_for(want)

    want.refresh_from_db()
    assert (want.status, want.hold) == (Want.Status.HELD, hold)
    assert words in want.explanation
    assert not Download.objects.exists()
    assert want in Want.objects.choosable()


def test_a_release_of_unknown_size_that_costs_ratio_is_held(candidate):
    Release.objects.update(size_bytes=None)
    candidate.release.refresh_from_db()

    with pytest.raises(services.SnatchRefused, match="its size is not known"):
        services.snatch_for(candidate.want)


def test_the_pace_holds_a_want_until_its_turn(candidate):
    author = BookFactory(by="Prolific Example").authors.get()
    candidate.want.book.authors.add(author)
    for book in BookFactory.create_batch(5):
        book.authors.add(author)
    DownloadFactory(status=Download.Status.FAILED, failure="gone")

    with pytest.raises(services.SnatchRefused, match="s until the next snatch"):
        services.snatch_for(candidate.want)

    want = Want.objects.get(pk=candidate.want.pk)
    assert want.hold == Want.Hold.PACING
    assert want.next_look_at == Download.objects.get().snatched_at + planning.NORMAL.delay
    assert want in Want.objects.held_until(want.next_look_at)


def test_snatches_that_the_tracker_does_not_count_yet_are_counted_by_us(candidate, world, torrents):
    services.snatch(candidate)
    AccountReadingFactory(unsatisfied_count=144)

    answer = services.weigh(ReleaseFactory())

    assert not answer.allowed
    assert "146 of 150 unsatisfied slots" in answer.reason


def test_flags_that_are_old_are_read_again_before_a_release_is_taken(candidate, monkeypatch):
    Release.objects.update(seen_at=clock.now() - timedelta(minutes=11), is_free=True)
    AccountReadingFactory(ratio=0.5)
    candidate.release.refresh_from_db()

    def reread(release):
        release.is_free = False
        return release

    monkeypatch.setattr(tracker, "reread", reread)

    with pytest.raises(services.SnatchRefused, match="emergency"):
        services.snatch(candidate)


def test_a_tracker_that_does_not_answer_leaves_the_intention(candidate, torrents):
    torrents[candidate.release.tracker_id] = TrackerUnavailable("no answer")

    with pytest.raises(TrackerUnavailable):
        services.snatch_for(candidate.want)

    assert Download.objects.get().status == Download.Status.INTENDED
    assert Want.objects.get().status == Want.Status.SNATCHED


@pytest.mark.parametrize("answer", [UnexpectedAnswer("the download is no torrent file"), b"<html>Login</html>"])
def test_a_release_without_a_usable_torrent_fails_and_the_next_one_is_chosen(candidate, torrents, answer):
    torrents[candidate.release.tracker_id] = answer
    second = CandidateFactory(want=candidate.want, rank=1)

    download = services.snatch_for(candidate.want)

    assert download.status == Download.Status.FAILED
    assert download.failure.startswith("the tracker sent no usable torrent")
    want = Want.objects.get()
    assert want.status == Want.Status.CHOSEN
    assert want.candidates.takeable().first() == second


def test_a_release_of_another_indexer_is_not_taken_and_says_why():
    AccountReadingFactory()
    release = ReleaseFactory(tracker_id=None, indexer="Elsewhere", guid="1")

    download = services.snatch(CandidateFactory(release=release))

    assert download.failure == "it is not on the tracker, and other indexers are only searched, not taken from"


def test_one_torrent_is_not_taken_for_two_books(candidate, world, torrents):
    services.snatch(candidate)
    Download.objects.update(snatched_at=clock.now() - timedelta(hours=2))

    download = services.snatch(offered(world, torrents, "Iron Gold"))

    assert download.status == Download.Status.FAILED
    assert "the same torrent was taken already" in download.failure


def test_the_only_release_that_fails_is_looked_for_again_tomorrow(candidate):
    download = services.snatch(candidate)

    snatching.fail(download, "it is gone")

    want = Want.objects.get()
    assert want.status == Want.Status.NOT_FOUND
    assert want.explanation == "its only release failed: it is gone"
    assert timedelta(hours=23) < want.next_look_at - clock.now() < timedelta(hours=25)


def test_three_failed_releases_wait_for_a_person(candidate):
    want = candidate.want
    for number in range(3):
        each = candidate if number == 0 else CandidateFactory(want=want)
        want.move(Want.Status.SNATCHED)
        snatching.fail(DownloadFactory(candidate=each), f"reason {number}")
        want.refresh_from_db()

    assert want.status == Want.Status.ABANDONED
    assert want.explanation == "3 releases failed, the last because reason 2"


def test_a_want_whose_releases_are_all_used_up_is_searched_again():
    want = WantFactory(status=Want.Status.CHOSEN)

    with pytest.raises(services.SnatchRefused, match="no release is left"):
        services.snatch_for(want)

    want.refresh_from_db()
    assert want in Want.objects.due_for_search()


def test_another_worker_that_decided_first_leaves_no_second_download(candidate):
    Want.objects.update(status=Want.Status.DROPPED, closed_at=clock.now())

    with pytest.raises(services.SnatchRefused, match="another worker"):
        services.snatch(candidate)

    assert not Download.objects.exists()
    assert Candidate.objects.count() == Book.objects.count() == 1


def test_paths_of_another_machine_are_translated_by_the_longest_mapping():
    PathMapping.objects.create(system="qbittorrent", theirs="/data", ours="/srv")
    PathMapping.objects.create(system="qbittorrent", theirs="/data/books", ours="/mnt/books")
    PathMapping.objects.create(system="qbittorrent", theirs="D:\\Books", ours="/mnt/d")

    assert snatching.local_path("qbittorrent", "/data/books/A/b.m4b") == "/mnt/books/A/b.m4b"
    assert snatching.local_path("qbittorrent", "/data/x") == "/srv/x"
    assert snatching.local_path("qbittorrent", "/database/x") == "/database/x"
    assert snatching.local_path("qbittorrent", "D:\\Books\\A\\b.m4b") == "/mnt/d/A/b.m4b"
    assert snatching.local_path("audiobookshelf", "/data/x") == "/data/x"
