"""The health page, and the word for a monitor."""

import pytest
from django.db import DatabaseError, connection
from django.urls import reverse

from mamcrawler import doctor
from mamcrawler.operations.models import OutsideHost


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
