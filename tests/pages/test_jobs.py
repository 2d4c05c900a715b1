"""The jobs page: starting, pausing and cancelling, with and without JavaScript."""

from datetime import timedelta

import pytest
from django.urls import reverse

from mamcrawler.lib import clock
from mamcrawler.operations import jobs
from mamcrawler.operations.models import JobPhase, JobRun

HTMX = {"HX-Request": "true"}


@pytest.fixture
def counting():
    @jobs.job("counting", "Count to three")
    def count(run):
        return "counted"

    yield
    del jobs.JOBS["counting"]


def running(**fields):
    return JobRun.objects.create(kind="counting", status="running", holder="h:1:x", heartbeat_at=clock.wall(), **fields)


def ended(count):
    for _ in range(count):
        run = JobRun.objects.create(kind="counting", status="succeeded", finished_at=clock.now(), summary="3 counted")
        JobPhase.objects.create(run=run, position=0, name="count", label="Count", status="done")


def test_a_started_job_is_requested_in_the_persons_name(curator, counting):
    answer = curator.post(reverse("job-start", args=["counting"]), {"next": reverse("dashboard")})

    assert answer["Location"] == reverse("dashboard")
    assert JobRun.objects.get().requested_by.role == "curator"


def test_starting_leads_nowhere_outside(curator, counting):
    answer = curator.post(reverse("job-start", args=["counting"]), {"next": "https://example.org/"})

    assert answer["Location"] == reverse("jobs")


def test_with_htmx_a_started_job_shows_up_in_the_fragment(curator, counting):
    page = curator.post(reverse("job-start", args=["counting"]), headers=HTMX).content.decode()

    assert "Count to three" in page
    assert "<html" not in page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_job_that_is_active_is_not_started_twice(curator, counting, headers):
    running()

    page = curator.post(reverse("job-start", args=["counting"]), headers=headers, follow=True).content.decode()

    assert "Count to three is already running" in page
    assert JobRun.objects.count() == 1


def test_an_unknown_job_is_not_found(curator):
    assert curator.post(reverse("job-start", args=["nonsense"])).status_code == 404


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_run_is_paused_resumed_and_cancelled(curator, counting, headers):
    run = running()

    seen = []
    for action in ("job-pause", "job-resume", "job-cancel"):
        curator.post(reverse(action, args=[run.pk]), headers=headers)
        run.refresh_from_db()
        seen.append((run.is_paused, run.is_cancelling))

    assert seen == [(True, False), (False, False), (False, True)]


def test_a_run_that_ended_can_not_be_paused(curator, counting):
    ended(1)

    page = curator.post(reverse("job-pause", args=[JobRun.objects.get().pk]), follow=True).content.decode()

    assert "nothing was done" in page


def test_a_run_shows_its_phases_and_report(viewer, counting):
    ended(1)
    run = JobRun.objects.get()
    JobRun.objects.update(report={"counts": {"items": 3, "books_shelved": 1200}})

    page = viewer.get(reverse("job-run", args=[run.pk])).content.decode()

    assert "3 counted" in page
    assert "Books shelved" in page
    assert "1,200" in page
    assert 'hx-get="' + reverse("job-run", args=[run.pk]) not in page


def test_the_fragment_of_an_active_run_renews_itself(viewer, counting):
    run = running()

    page = viewer.get(reverse("job-run", args=[run.pk]), headers=HTMX).content.decode()

    assert f'hx-get="{reverse("job-run", args=[run.pk])}"' in page
    assert "<html" not in page


def test_a_viewer_sees_no_buttons(viewer, counting):
    running()

    page = viewer.get(reverse("jobs")).content.decode()

    assert "Run now" not in page
    assert "Cancel" not in page


def test_the_history_costs_the_same_number_of_queries_however_long(viewer, counting, django_assert_max_num_queries):
    ended(20)

    with django_assert_max_num_queries(14):
        viewer.get(reverse("jobs"))


def test_a_job_tells_what_it_did_last_as_a_phase_of_a_whole_run(viewer):
    alone = JobRun.objects.create(kind="sync_library", status="succeeded", finished_at=clock.now(), summary="3 items")
    whole = JobRun.objects.create(kind="cycle", status="succeeded", finished_at=clock.now())
    JobPhase.objects.create(
        run=whole,
        position=0,
        name="sync",
        label="Read the shelves",
        status=JobPhase.Status.DONE,
        summary="68 items, 68 new",
        finished_at=alone.requested_at + timedelta(hours=1),
    )

    page = viewer.get(reverse("jobs")).content.decode()

    row = page[page.index("Read the shelves") :]
    row = row[: row.index("</tr>")]
    assert "68 items, 68 new" in row
    assert "in a whole run" in row
    assert reverse("job-run", args=[whole.pk]) in row


def test_covers_that_were_fetched_do_not_hide_what_the_last_run_did(viewer):
    JobRun.objects.create(kind="cycle", status="succeeded", finished_at=clock.now(), summary="22 books shelved")
    covers = JobRun.objects.create(kind="cache_covers", status="succeeded", finished_at=clock.now(), summary="90 ready")

    page = viewer.get(reverse("active-runs")).content.decode()
    assert "22 books shelved" in page
    assert "90 ready" not in page

    covers.status, covers.failure = "failed", "the server is gone"
    covers.save()
    assert "the server is gone" in viewer.get(reverse("active-runs")).content.decode()
