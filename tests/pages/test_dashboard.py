"""The dashboard: the account, what runs, what needs a person, what came lately."""

from datetime import timedelta

import pytest
from django.urls import reverse

from mamcrawler.lib import clock
from mamcrawler.operations import findings, jobs
from mamcrawler.operations.models import JobRun
from tests.factories import AccountReadingFactory, BookFactory, DownloadFactory


@pytest.fixture
def cycle(monkeypatch):
    monkeypatch.setitem(jobs.JOBS, "cycle", jobs.Job("cycle", "The whole run", lambda run: "done", is_runnable=True))


def shelved(number, title="A shelved book"):
    return DownloadFactory(
        status="shelved",
        info_hash=f"{number:040x}",
        settled_at=clock.now(),
        candidate__want__book__title=title,
        candidate__want__book__by=f"Author {number}",
    )


def test_an_empty_house_says_what_comes_next(viewer):
    page = viewer.get(reverse("dashboard")).content.decode()

    assert "has not been read yet" in page
    assert "Nothing runs." in page
    assert "Nothing waits for you." in page
    assert "The first run reads your shelves" in page


def test_the_account_is_told_in_numbers(viewer):
    AccountReadingFactory(vip_until=clock.now() + timedelta(days=23), ratio=2.4, bonus_points=35_000)

    page = viewer.get(reverse("dashboard")).content.decode()

    assert "2.40" in page
    assert "35,000" in page
    assert "3 weeks" in page
    assert "10<span" in page


def test_an_unknown_ratio_is_told_as_unknown(viewer):
    AccountReadingFactory(ratio=None, uploaded_bytes=None, bonus_points=None, unsatisfied_count=None)

    page = viewer.get(reverse("dashboard")).content.decode()

    assert "unknown" in page
    assert "None" not in page


def test_what_waits_and_what_came_is_listed(viewer):
    findings.report("example", "subject", "The address changed.", advice="Check the VPN.")
    DownloadFactory(status="quarantined", info_hash="f" * 40, failure="does not decode")
    shelved(1)
    BookFactory()

    page = viewer.get(reverse("dashboard")).content.decode()

    assert "The address changed." in page
    assert "Stopped downloads" in page
    assert "A shelved book" in page


def test_a_curator_runs_the_cycle_from_here(curator, cycle):
    page = curator.get(reverse("dashboard")).content.decode()
    answer = curator.post(reverse("job-start", args=["cycle"]), {"next": reverse("dashboard")})

    assert "Run now" in page
    assert answer["Location"] == reverse("dashboard")
    assert JobRun.objects.get().kind == "cycle"


def test_a_viewer_can_not_run_anything(viewer, cycle):
    assert "Run now" not in viewer.get(reverse("dashboard")).content.decode()


def test_the_dashboard_costs_the_same_number_of_queries_however_full(viewer, django_assert_max_num_queries):
    for number in range(12):
        shelved(number)
        findings.report("example", f"subject {number}", "Something.")

    with django_assert_max_num_queries(24):
        viewer.get(reverse("dashboard"))
