"""Jobs, runs, findings and health over the API."""

import pytest

from mamcrawler import doctor
from mamcrawler.lib import clock
from mamcrawler.operations import findings, jobs
from mamcrawler.operations.models import Finding, JobRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def counting():
    """A job that people may start, and one that starts by itself."""
    jobs.job("counting", "Count to three")(lambda run: f"{len(list(run.track([1, 2, 3])))} counted")
    jobs.job("counting_by_itself", is_runnable=False)(lambda run: "counted")
    yield
    del jobs.JOBS["counting"], jobs.JOBS["counting_by_itself"]


def test_the_jobs_that_may_be_started_are_listed(get, counting):
    kinds = {job["kind"]: job["label"] for job in get("/jobs", limit=100).json()["items"]}

    assert kinds["counting"] == "Count to three"
    assert "counting_by_itself" not in kinds


def test_a_job_is_asked_for_once(post, counting):
    first, second = post("/jobs/counting/run"), post("/jobs/counting/run")

    assert (first.status_code, first.json()["status"]) == (202, "queued")
    assert first.json()["requested_by"] == JobRun.objects.get().requested_by.username
    assert (second.status_code, second.json()["code"]) == (409, "already_active")
    assert f"run {first.json()['id']}" in second.json()["detail"]


@pytest.mark.parametrize("kind", ["nonsense", "counting_by_itself"])
def test_a_job_that_nobody_may_start_is_unknown(post, counting, kind):
    response = post(f"/jobs/{kind}/run")

    assert (response.status_code, response.json()["code"]) == (404, "unknown_job")


def test_a_run_shows_its_phases_and_report(get, counting):
    run = jobs.run_now("counting")
    run.phases.create(position=0, name="one", label="Count", counts={"counted": 3})

    listed = get("/job-runs", kind="counting", status="succeeded").json()
    told = get(f"/job-runs/{run.pk}").json()

    assert [row["summary"] for row in listed["items"]] == ["3 counted"]
    assert [(phase["label"], phase["counts"]) for phase in told["phases"]] == [("Count", {"counted": 3})]
    assert (told["done"], told["total"], told["report"]) == (3, 3, {})


def test_a_run_is_paused_resumed_and_cancelled(post, counting):
    run = jobs.request("counting")

    paused, resumed = post(f"/job-runs/{run.pk}/pause"), post(f"/job-runs/{run.pk}/resume")
    cancelled = post(f"/job-runs/{run.pk}/cancel")

    assert (paused.status_code, paused.json()["is_paused"]) == (202, True)
    assert (resumed.status_code, resumed.json()["is_paused"]) == (202, False)
    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel"])
def test_a_run_that_ended_is_left_alone(post, counting, verb):
    run = jobs.run_now("counting")

    response = post(f"/job-runs/{run.pk}/{verb}")

    assert (response.status_code, response.json()["code"]) == (409, "conflict")


def test_open_findings_are_listed_worst_first(get):
    findings.report("disk", "shelf 1", "Little room", severity=Finding.Severity.NOTE)
    findings.report("tracker", "session", "Refused", severity=Finding.Severity.CRITICAL)
    findings.report("old", "", "Long gone")
    findings.settle("old", how="mended")

    open_ones, settled = get("/findings").json()["items"], get("/findings", settled=True).json()["items"]

    assert [finding["message"] for finding in open_ones] == ["Refused", "Little room"]
    assert [finding["settlement"] for finding in settled] == ["mended"]


def test_a_finding_is_settled_once(post):
    finding = findings.report("disk", "shelf 1", "Little room")

    first, second = post(f"/findings/{finding.pk}/settle", {"how": "made room"}), post(f"/findings/{finding.pk}/settle")

    assert (first.status_code, first.json()["settlement"]) == (200, "made room")
    assert (second.status_code, second.json()["code"]) == (409, "conflict")
    assert Finding.objects.get().settled_at <= clock.now()


def test_health_asks_every_system_and_tells_whether_one_failed(get, monkeypatch):
    def broken():
        raise RuntimeError("no idea")

    monkeypatch.setattr(doctor, "SYSTEMS", {"one": ("One", lambda: "Works."), "two": ("Two", broken)})

    told = get("/health").json()

    assert told["is_ok"] is False
    assert [(row["system"], row["status"]) for row in told["systems"]] == [("one", "ok"), ("two", "failed")]


def test_one_system_is_asked_alone(get):
    found, unknown = get("/health/database"), get("/health/toaster")

    assert (found.status_code, found.json()["status"]) == (200, "ok")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_system")
