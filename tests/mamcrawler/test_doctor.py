"""The doctor against the sandbox, healthy and with one thing wrong at a time."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django_q.models import Schedule

from mamcrawler import doctor, schedules
from mamcrawler.lib import clock
from mamcrawler.operations.models import JobRun, OutsideHost
from mamcrawler.sandbox.accounts import SECRETS
from mamcrawler.sandbox.server import serve
from mamcrawler.sandbox.world import World
from tests.factories import AccountReadingFactory, ShelfFactory
from tests.library.listeningserver import ListeningServer
from tests.worlds import connected
from tracker import services as tracker
from tracker.models import AccountReading, TrackerSession

pytestmark = pytest.mark.django_db

CREDENTIALS = {
    "tracker": "TRACKER_COOKIE",
    "prowlarr": "PROWLARR_API_KEY",
    "qbittorrent": "QBITTORRENT_URL",
    "audiobookshelf": "AUDIOBOOKSHELF_TOKEN",
    "library_backups": "AUDIOBOOKSHELF_TOKEN",
    "hardcover": "HARDCOVER_TOKEN",
}
OUTSIDE = ["tracker", "prowlarr", "qbittorrent", "audiobookshelf", "hardcover", "audnexus"]


@pytest.fixture
def world(tmp_path, settings, fast_time):
    with connected(World.empty(tmp_path / "world"), settings) as world:
        yield world


@pytest.mark.sandbox
@pytest.mark.parametrize("system", OUTSIDE)
def test_a_system_of_the_sandbox_works(world, system):
    found = doctor.check(system)

    assert (found.is_configured, found.is_ok, found.advice) == (True, True, "")


@pytest.mark.parametrize("system", CREDENTIALS)
def test_a_system_without_its_credential_is_not_configured_and_no_failure(settings, system):
    setattr(settings, CREDENTIALS[system], "")

    found = doctor.check(system)

    assert not found.is_configured
    assert not found.is_failure
    assert found.advice.startswith(("Set ", "Make "))


@pytest.mark.parametrize(
    ("system", "variable", "said"),
    [
        ("tracker", "TRACKER_COOKIE", "refused the session cookie"),
        ("prowlarr", "PROWLARR_API_KEY", "refused the API key"),
        ("qbittorrent", "QBITTORRENT_PASSWORD", "qBittorrent"),
        ("audiobookshelf", "AUDIOBOOKSHELF_TOKEN", "refused the token"),
        ("hardcover", "HARDCOVER_TOKEN", "refused the token"),
    ],
)
@pytest.mark.sandbox
def test_a_wrong_credential_is_told_without_naming_it(world, settings, system, variable, said):
    setattr(settings, variable, "wrong-example-credential")

    found = doctor.check(system)

    assert found.is_failure
    assert said in found.message + found.advice
    assert "wrong-example-credential" not in str(found)


@pytest.mark.parametrize("system", OUTSIDE)
def test_silence_is_told_in_words(settings, fast_time, system):
    for name in ("TRACKER", "PROWLARR", "QBITTORRENT", "AUDIOBOOKSHELF", "HARDCOVER", "AUDNEXUS"):
        setattr(settings, f"{name}_URL", "http://127.0.0.1:9")

    found = doctor.check(system)

    assert found.is_failure
    assert found.advice
    assert "Traceback" not in found.message


@pytest.mark.sandbox
def test_a_refused_session_is_not_tried_again(world):
    tracker.session().become(TrackerSession.State.REJECTED, "The cookie was refused.")
    asked_before = len(world.asked)

    found = doctor.check("tracker")

    assert found.message == "The cookie was refused."
    assert len(world.asked) == asked_before


@pytest.mark.sandbox
def test_the_tracker_is_not_asked_while_a_reading_is_fresh(world):
    AccountReadingFactory(at=clock.now() - timedelta(minutes=5))

    doctor.check("tracker")

    assert AccountReading.objects.count() == 1


@pytest.mark.sandbox
def test_prowlarr_that_spends_wedges_is_a_failure(world):
    world.state.setdefault("prowlarr", {})["fields"] = {"useFreeleechWedge": 2}

    found = doctor.check("prowlarr")

    assert found.is_failure
    assert "spends wedges" in found.message


@pytest.mark.sandbox
def test_asking_prowlarr_about_itself_takes_no_turn_at_the_tracker(world):
    doctor.check("prowlarr")

    assert not OutsideHost.objects.filter(name=tracker.HOST).exists()


@pytest.mark.sandbox
def test_the_library_servers_backups_are_judged(world):
    found = doctor.check("library_backups")

    assert (found.status, found.advice) == ("ok", "")
    assert found.message.startswith("30 backups")


@pytest.fixture
def library_server(settings):
    app = ListeningServer()
    with serve(app) as settings.AUDIOBOOKSHELF_URL:
        settings.AUDIOBOOKSHELF_TOKEN = "example-token"
        yield app


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        ({}, "has no backup of itself"),
        ({"/backups": 403}, "no administrator"),
        ({"/authorize": 401}, "They can not be seen"),
    ],
)
def test_backups_to_look_after_are_a_warning_with_advice_and_no_failure(library_server, refused, said):
    library_server.refused = refused

    found = doctor.check("library_backups")

    assert (found.status, found.is_ok, found.is_warning, found.is_failure) == ("warning", True, True, False)
    assert said in found.message
    assert found.advice


def test_a_warning_does_not_make_the_command_fail(library_server):
    told = StringIO()

    call_command("doctor", "library_backups", stdout=told)

    assert told.getvalue().startswith("  warn  Library backups")
    assert "→ In Audiobookshelf" in told.getvalue()


def test_a_database_with_all_migrations_is_well():
    assert doctor.check("database").is_ok


def test_no_sign_of_a_worker_is_a_failure():
    found = doctor.check("worker")

    assert found.is_failure
    assert "make run" in found.advice


@pytest.mark.parametrize(("due_in_s", "is_ok"), [(40, True), (-30, True), (-300, False)])
def test_a_worker_shows_by_the_sweep_that_is_not_overdue(due_in_s, is_ok):
    due_at = clock.wall() + timedelta(seconds=due_in_s)
    Schedule.objects.create(func=doctor.SWEEP, schedule_type=Schedule.MINUTES, minutes=1, next_run=due_at)

    assert doctor.check("worker").is_ok == is_ok


def test_the_sweep_is_scheduled_under_the_name_the_doctor_looks_for():
    assert doctor.SWEEP in [regular.function for regular in schedules.SCHEDULES]


def test_a_heartbeat_shows_a_worker():
    JobRun.objects.create(kind="cycle", status="running", holder="h:1:x", heartbeat_at=clock.wall(), doing="Searching")

    assert doctor.check("worker").message == "At work: Searching."


def test_linking_is_tried_and_leaves_nothing_behind(tmp_path, settings):
    downloads, shelf = tmp_path / "downloads", tmp_path / "shelf"
    downloads.mkdir()
    shelf.mkdir()
    settings.QBITTORRENT_SAVE_PATH = str(downloads)
    ShelfFactory(path=str(shelf))

    found = doctor.check("disk")

    assert "hard links work" in found.message
    assert [*downloads.iterdir(), *shelf.iterdir()] == []


def test_a_folder_that_is_not_here_is_a_failure(tmp_path, settings):
    settings.QBITTORRENT_SAVE_PATH = str(tmp_path / "nowhere")

    found = doctor.check("disk")

    assert found.is_failure
    assert "path mapping" in found.advice


def test_an_unknown_system_is_refused_by_name():
    with pytest.raises(doctor.UnknownSystem, match="no system 'nonsense'"):
        doctor.check("nonsense")


def test_the_command_fails_when_something_that_is_configured_does(settings):
    settings.HARDCOVER_TOKEN = ""
    told = StringIO()

    with pytest.raises(SystemExit, match="1"):
        call_command("doctor", "worker", "hardcover", "--json", stdout=told)

    worker, hardcover = json.loads(told.getvalue())
    assert (worker["system"], worker["is_ok"]) == ("worker", False)
    assert (hardcover["is_configured"], hardcover["is_ok"]) == (False, False)


@pytest.mark.sandbox
def test_the_command_prints_words_and_no_secret(world):
    told = StringIO()

    call_command("doctor", "database", "audiobookshelf", stdout=told)

    assert "Audiobookshelf" in told.getvalue()
    assert SECRETS.abs_token not in told.getvalue()


def test_the_command_knows_its_systems():
    with pytest.raises(CommandError, match="nonsense"):
        call_command("doctor", "nonsense")


@pytest.mark.django_db(transaction=True)
def test_all_systems_are_asked_at_once_and_told_in_order(monkeypatch):
    monkeypatch.setattr(doctor, "PATIENCE_S", 0.3)
    monkeypatch.setattr(
        doctor, "SYSTEMS", {"quick": ("Quick", lambda: "Well."), "slow": ("Slow", lambda: clock.sleep(1) or "Late.")}
    )

    quick, slow = doctor.check_all()

    assert quick.is_ok
    assert slow.is_failure
    assert "No answer within" in slow.message
