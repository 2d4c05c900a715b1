"""Bad input from every side: each ends in words that say what to do, nothing is lost, and the next run goes on."""

import shutil
from datetime import timedelta

import pytest
from django.apps import apps

from acquisition import services as acquisition
from acquisition.models import Candidate, Download, Want
from library.models import Edition
from mamcrawler.lib import clock
from mamcrawler.operations.models import Finding
from mamcrawler.sandbox.world import SECRETS, World
from tests.worlds import assert_shelved_by_the_next_run, connected_to_a_folder, run_cycle, want_iron_gold
from tracker import services as tracker
from tracker.models import TrackerSession

pytestmark = [pytest.mark.sandbox, pytest.mark.django_db(transaction=True)]

ALWAYS = 10_000


@pytest.fixture
def world(tmp_path, settings, fast_time):
    with connected_to_a_folder(World.empty(tmp_path / "world"), settings, tmp_path / "shelf") as world:
        want_iron_gold()
        yield world


def asked(world, system, path=""):
    return [one for one in world.asked if one.system == system and path in one.path]


def test_a_wrong_cookie_stops_every_request_until_another_is_configured(world, settings):
    settings.TRACKER_COOKIE = "sandbox-wrong-cookie-0001"

    failures = run_cycle()
    again = run_cycle()

    finding = Finding.objects.open().get()
    assert list(failures) == list(again) == ["search"]
    assert finding.severity == Finding.Severity.CRITICAL
    assert "Make a new API session at the tracker and set MAM_ID to it" in finding.message
    assert "set MAM_ID" in again["search"]
    assert len(asked(world, "mam")) == 1
    settings.TRACKER_COOKIE = SECRETS.mam_id
    assert_shelved_by_the_next_run(world)
    assert not Finding.objects.open().exists()


def test_a_cookie_that_expires_before_the_torrent_keeps_the_intention(world):
    world.faults.arm("mam", "expired_session", path="/tor/download.php")

    failures = run_cycle()

    assert list(failures) == ["acquire"]
    assert "session" in failures["acquire"]
    assert TrackerSession.objects.get().state == TrackerSession.State.REJECTED
    assert Download.objects.get().status == Download.Status.INTENDED
    tracker.resume_session()
    assert_shelved_by_the_next_run(world)


def test_a_login_page_where_json_should_be_means_the_session_is_gone(world):
    world.faults.arm("mam", "html", path="/loadSearch")

    failures = run_cycle()

    assert list(failures) == ["search"]
    assert Want.objects.get().status == Want.Status.WANTED
    assert "MAM_ID" in Finding.objects.open().get().message
    tracker.resume_session()
    assert_shelved_by_the_next_run(world)


@pytest.mark.parametrize("path", ["/jsonLoad.php", "/loadSearch"])
def test_json_that_breaks_off_fails_its_phase_alone(world, path):
    world.faults.arm("mam", "half_json", path=path)

    failures = run_cycle()

    assert list(failures) == ["search"]
    assert "damaged" in failures["search"]
    assert Want.objects.get().status == Want.Status.WANTED
    assert_shelved_by_the_next_run(world)


@pytest.mark.parametrize(
    "fault", [{"status": 503, "times": 3}, {"status": 429}, {"status": 429, "retry_after": 1800}, {"status": 406}]
)
def test_a_tracker_that_refuses_for_a_while_is_asked_again_later(world, tmp_path, fault):
    world.faults.arm("mam", "status", path="/jsonLoad.php", **fault)

    failures = run_cycle()
    so_far = len(asked(world, "mam"))

    assert list(failures) == ["search"]
    assert Want.objects.get().status == Want.Status.WANTED
    if "retry_after" in fault:
        assert "not due before" in run_cycle()["search"]
        assert len(asked(world, "mam")) == so_far
        clock.resume(tmp_path / "clock.json", speed=300, last_seen=clock.now() + timedelta(seconds=1800))
    if fault["status"] == 406:
        tracker.resume_session()
    assert_shelved_by_the_next_run(world)


def test_a_short_pause_that_the_tracker_asks_for_costs_nothing(world):
    world.faults.arm("mam", "status", status=429, retry_after=30, path="/loadSearch")

    assert_shelved_by_the_next_run(world)


def test_a_login_page_instead_of_a_torrent_is_no_torrent(world):
    world.faults.arm("mam", "wrong_torrent")

    failures = run_cycle()

    assert list(failures) == ["acquire"]
    assert "session" in failures["acquire"]
    assert "torrents" not in world.state.get("qbittorrent", {})
    tracker.resume_session()
    assert_shelved_by_the_next_run(world)


def test_a_torrent_of_other_files_is_not_added_and_the_next_release_is_taken(world):
    world.faults.arm("mam", "wrong_torrent", what="other")

    assert run_cycle() == {}

    failed = Download.objects.get(status=Download.Status.FAILED)
    assert "another release" in failed.failure
    assert failed.candidate.rank == 0
    assert Want.objects.get().status == Want.Status.SHELVED
    assert len(world.state["qbittorrent"]["torrents"]) == 1


def test_a_blocked_account_stops_everything_until_a_person_has_looked(world):
    world.faults.arm("mam", "blocked_406")

    failures = run_cycle()
    so_far = len(asked(world, "mam"))
    again = run_cycle()

    assert list(failures) == ["acquire"]
    assert list(again) == ["acquire"]
    assert "resume it on the Health page" in again["acquire"]
    assert len(asked(world, "mam")) == so_far
    tracker.resume_session()
    assert_shelved_by_the_next_run(world)


def test_prowlarr_being_down_leaves_the_tracker_to_answer(world):
    world.faults.arm("prowlarr", "status", times=ALWAYS, status=503)

    assert_shelved_by_the_next_run(world)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (("status", {"status": 503}), "503"),
        (("cut", {"before": True}), "qBittorrent"),
        (("html", {}), "qBittorrent"),
    ],
)
def test_a_torrent_client_in_trouble_loses_nothing(world, fault, words):
    kind, options = fault
    world.faults.arm("qbittorrent", kind, times=ALWAYS, **options)

    failures = run_cycle()

    assert list(failures) == ["acquire"]
    assert words in failures["acquire"]
    assert Download.objects.get().status == Download.Status.INTENDED
    world.faults.clear()
    assert_shelved_by_the_next_run(world)


def test_a_torrent_client_that_refuses_the_login_says_what_to_check(world, settings):
    settings.QBITTORRENT_PASSWORD = "sandbox-wrong-password-0001"

    failures = run_cycle()

    assert list(failures) == ["acquire"]
    assert "QBITTORRENT_PASSWORD" in failures["acquire"]
    assert "sandbox-wrong-password-0001" not in failures["acquire"]
    settings.QBITTORRENT_PASSWORD = SECRETS.qb_password
    assert_shelved_by_the_next_run(world)


def test_a_torrent_that_the_client_refuses_makes_room_for_the_next_release(world):
    world.faults.arm("qbittorrent", "refuse_add")

    assert run_cycle() == {}

    assert "qBittorrent refused" in Download.objects.get(status=Download.Status.FAILED).failure
    assert Want.objects.get().status == Want.Status.SHELVED


@pytest.mark.parametrize(("how", "words"), [("cut", "bytes"), ("flip", "piece")])
def test_a_damaged_download_is_quarantined_and_the_next_release_is_taken(world, how, words):
    world.faults.arm("qbittorrent", "corrupt", how=how)

    assert run_cycle() == {}

    quarantined = Download.objects.get(status=Download.Status.QUARANTINED)
    assert words in quarantined.failure
    assert quarantined.inspections.get().verdict == "failed"
    assert quarantined.candidate.rank == 0
    shelved = Download.objects.get(status=Download.Status.SHELVED)
    assert shelved.candidate.rank == 1
    assert Want.objects.get().status == Want.Status.SHELVED
    assert Candidate.objects.filter(downloads__isnull=False).count() == 2


def test_files_that_are_not_where_the_client_says_wait_for_a_person_and_go_on_at_their_word(world):
    world.faults.arm("qbittorrent", "corrupt", how="missing")

    assert run_cycle() == {}

    download = Download.objects.get()
    assert download.status == Download.Status.QUARANTINED
    assert "is the disk mounted, and does the path mapping lead there?" in download.failure
    assert Want.objects.get().status == Want.Status.SNATCHED
    shutil.copyfile(world.payload(download.candidate.release.tracker_id), download.content_path)
    acquisition.retry(download)
    assert_shelved_by_the_next_run(world)


def test_providers_being_down_leave_the_book_to_be_completed_later(world):
    for provider in ("hardcover", "audnexus"):
        world.faults.arm(provider, "status", times=ALWAYS, status=503)

    assert run_cycle() == {}

    edition = Edition.objects.get()
    assert Want.objects.get().status == Want.Status.SHELVED
    assert edition in Edition.objects.lacking_metadata()
    world.faults.clear()
    assert_shelved_by_the_next_run(world)
    edition.refresh_from_db()
    assert edition.metadata["description"]
    assert not Edition.objects.lacking_metadata().exists()


def test_nothing_that_is_stored_or_logged_holds_a_credential(world, settings, caplog):
    for path in ("/jsonLoad.php", "/loadSearch", "/tor/download.php"):
        world.faults.arm("mam", "rotate_cookie", path=path)
    world.faults.arm("prowlarr", "half_json")
    world.faults.arm("mam", "cut", path="/tor/download.php", before=True)
    world.faults.arm("qbittorrent", "corrupt", how="cut")
    world.faults.arm("audnexus", "status", status=500, times=3)
    world.faults.arm("hardcover", "html", times=3)
    with caplog.at_level("DEBUG"):
        assert run_cycle() == {}
        settings.QBITTORRENT_PASSWORD, settings.TRACKER_COOKIE = (
            "sandbox-qb-password-0001-wrong",
            "sandbox-mam-id-0001-old",
        )
        settings.PROWLARR_API_KEY = f"{SECRETS.prowlarr_key}-old"
        Want.objects.update(status=Want.Status.WANTED, closed_at=None)
        run_cycle()

    written = [*everything_stored(), *(repr(record.__dict__) for record in caplog.records), caplog.text]
    cookies = {f"{SECRETS.mam_id}-r{number}" for number in range(1, 4)}
    assert world.state["mam"]["rotations"] == 3
    assert len(written) > 500
    for secret in {*SECRETS.values(), *cookies}:
        assert not [text for text in written if secret in text]


def everything_stored():
    """Every text and every byte in every row, but for what is sealed."""
    for model in apps.get_models():
        names = [field.attname for field in model._meta.concrete_fields if not field.attname.startswith("sealed_")]
        for row in model._base_manager.values_list(*names):
            for value in row:
                yield bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
