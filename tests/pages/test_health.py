"""The health page, and the word for a monitor."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.urls import reverse

from mamcrawler import doctor
from mamcrawler.operations import findings, leases
from mamcrawler.operations.models import AuditEntry, Finding, OutsideHost
from tests.factories import AccountReadingFactory
from tracker import services as tracker
from tracker.models import TrackerSession


@pytest.fixture
def found(monkeypatch):
    systems = [
        doctor.SystemHealth("worker", "Worker", True, False, "No worker is running.", "Start it: make run"),
        doctor.SystemHealth("hardcover", "Hardcover", False, False, "Not configured.", "Set HARDCOVER_TOKEN."),
        doctor.SystemHealth("library_backups", "Library backups", True, True, "None.", "Make one.", is_warning=True),
    ]
    monkeypatch.setattr(doctor, "check_all", lambda: systems)


def test_the_page_comes_at_once_and_asks_for_the_checks(viewer, monkeypatch):
    monkeypatch.setattr(doctor, "check_all", lambda: pytest.fail("the page waits for nothing"))
    OutsideHost.objects.create(name="tracker", stopped_reason="Downloads are blocked")

    page = viewer.get(reverse("health")).content.decode()

    assert 'hx-trigger="load"' in page
    assert "Downloads are blocked" in page


@pytest.mark.parametrize(("query", "headers"), [({"check": ""}, {}), ({}, {"HX-Request": "true"})])
def test_the_checks_are_told_with_what_to_do(viewer, found, query, headers):
    page = viewer.get(reverse("health"), query, headers=headers).content.decode()

    assert "No worker is running." in page
    assert "Start it: make run" in page
    assert "Not configured" in page
    assert "Look after it" in page
    assert "Make one." in page


def test_a_monitor_needs_no_account_and_gets_one_word(client, db):
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_monitor_hears_when_the_database_is_away(client, monkeypatch, db):
    def broken():
        raise DatabaseError

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", broken)
        answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})


BLOCKED = "The tracker blocked downloads. Look at the account there."
LOOKED = "I read at the tracker why downloads were blocked, and the account may download again."


@pytest.fixture
def blocked(settings, db):
    """The session of an account whose downloads the tracker has blocked."""
    settings.TRACKER_COOKIE = "example-cookie"
    session = tracker.session()
    session.become(TrackerSession.State.BLOCKED, BLOCKED)
    leases.stop(tracker.HOST, BLOCKED)
    findings.report("tracker.session", "session", BLOCKED)
    return session


def test_an_owner_resumes_the_tracker_after_a_look_and_that_is_on_record(owner, blocked):
    page = owner.get(reverse("health")).content.decode()
    assert BLOCKED in page
    assert LOOKED in page

    answer = owner.post(reverse("host-resume", args=["tracker"]), {"checked": LOOKED}, follow=True)

    assert "Resumed: tracker." in answer.content.decode()
    blocked.refresh_from_db()
    assert blocked.is_usable
    assert OutsideHost.objects.get().stopped_reason == ""
    assert not Finding.objects.open().exists()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.user.role) == ("host.resumed", "tracker", "owner")
    assert entry.detail == {"happened": BLOCKED, "checked": LOOKED}
    assert LOOKED not in owner.get(reverse("health")).content.decode()


def test_nothing_is_resumed_without_saying_what_was_looked_at(owner, blocked):
    answer = owner.post(reverse("host-resume", args=["tracker"]), {"checked": " "}, follow=True)

    assert "nothing was resumed" in answer.content.decode()
    blocked.refresh_from_db()
    assert not blocked.is_usable
    assert not AuditEntry.objects.exists()


def test_a_second_click_resumes_nothing_more(owner, blocked):
    for _ in range(2):
        answer = owner.post(reverse("host-resume", args=["tracker"]), {"checked": LOOKED}, follow=True)

    assert "Not resumed: nothing stands in the way of requests to tracker" in answer.content.decode()
    assert AuditEntry.objects.count() == 1


def test_a_refused_session_is_resumed_though_no_host_was_stopped(owner, settings):
    settings.TRACKER_COOKIE = "example-cookie"
    tracker.session().become(TrackerSession.State.REJECTED, "The cookie was refused.")
    page = owner.get(reverse("health")).content.decode()

    owner.post(reverse("host-resume", args=["tracker"]), {"checked": "it is listed"})

    assert "The API session is still listed at the tracker" in page
    assert tracker.session().is_usable


def test_another_host_is_resumed_in_the_same_way(owner):
    leases.stop("hardcover", "too many requests")

    owner.post(reverse("host-resume", args=["hardcover"]), {"checked": "it may be asked again"})

    assert OutsideHost.objects.get().stopped_reason == ""
    assert AuditEntry.objects.get().detail == {"happened": "too many requests", "checked": "it may be asked again"}


def test_a_tracker_without_a_cookie_is_told_and_stays_stopped(owner, settings):
    settings.TRACKER_COOKIE = ""
    leases.stop(tracker.HOST, BLOCKED)

    answer = owner.post(reverse("host-resume", args=["tracker"]), {"checked": LOOKED}, follow=True)

    assert "set MAM_ID" in answer.content.decode()
    assert OutsideHost.objects.get().stopped_reason == BLOCKED


def test_who_is_no_owner_sees_what_happened_and_no_button(curator, blocked):
    page = curator.get(reverse("health")).content.decode()

    assert BLOCKED in page
    assert "An owner can resume it here" in page
    assert reverse("host-resume", args=["tracker"]) not in page


def test_the_command_resumes_by_the_same_service(blocked, monkeypatch):
    monkeypatch.setattr(tracker, "read_account", lambda **_: AccountReadingFactory())

    call_command("account", "--resume", stdout=StringIO())

    blocked.refresh_from_db()
    assert blocked.is_usable
    assert AuditEntry.objects.get().detail == {"happened": BLOCKED, "checked": "said with --resume"}
