"""Jobs: one active a kind, taken up after a death, never done twice."""

from datetime import timedelta

import pytest

from mamcrawler.lib import clock
from mamcrawler.operations import jobs
from mamcrawler.operations.models import JobPhase, JobRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def counting():
    calls = []

    @jobs.job("counting")
    def count(run):
        calls.append(run.row.pk)
        for _ in run.track(list(range(3)), "counting to three"):
            pass
        return f"{run.done} counted"

    yield calls
    del jobs.JOBS["counting"]


def test_a_job_leaves_its_sentence_and_progress(counting):
    run = jobs.run_now("counting")

    assert run.status == JobRun.Status.SUCCEEDED
    assert run.summary == "3 counted"
    assert (run.done, run.total) == (3, 3)


def test_an_unknown_job_is_refused_by_name():
    with pytest.raises(jobs.UnknownJob, match="no job 'nonsense'"):
        jobs.request("nonsense")


def test_only_one_run_of_a_kind_is_active(counting):
    first = jobs.request("counting")

    with pytest.raises(jobs.AlreadyActive) as refusal:
        jobs.request("counting")

    assert refusal.value.run == first


def test_a_run_delivered_twice_is_done_once(counting):
    run = jobs.request("counting")

    jobs.work(run.pk)
    second = jobs.work(run.pk)

    assert second == "not ours to do"
    assert counting == [run.pk]


def test_a_failing_job_says_why():
    @jobs.job("failing")
    def fail(run):
        raise RuntimeError("the shelf is gone")

    run = jobs.run_now("failing")

    assert run.status == JobRun.Status.FAILED
    assert run.failure == "RuntimeError: the shelf is gone"
    del jobs.JOBS["failing"]


def test_a_run_whose_process_died_is_taken_up_again(counting):
    run = jobs.request("counting")
    JobRun.objects.filter(pk=run.pk).update(
        status=JobRun.Status.RUNNING, holder="elsewhere:1:dead", heartbeat_at=clock.wall() - timedelta(minutes=2)
    )

    taken_up = jobs.sweep()
    jobs.work(run.pk)

    run.refresh_from_db()
    assert taken_up == 1
    assert run.status == JobRun.Status.SUCCEEDED


def test_a_run_with_a_fresh_heartbeat_elsewhere_is_left_alone(counting):
    run = jobs.request("counting")
    JobRun.objects.filter(pk=run.pk).update(
        status=JobRun.Status.RUNNING, holder="elsewhere:1:alive", heartbeat_at=clock.wall()
    )

    assert jobs.sweep() == 0


def test_a_run_that_keeps_dying_is_lost_with_advice(counting):
    run = jobs.request("counting")
    JobRun.objects.filter(pk=run.pk).update(
        status=JobRun.Status.RUNNING,
        holder="elsewhere:1:dead",
        heartbeat_at=clock.wall() - timedelta(minutes=2),
        losses=jobs.MOST_LOSSES - 1,
    )

    jobs.sweep()

    run.refresh_from_db()
    assert run.status == JobRun.Status.LOST
    assert "start it again" in run.failure


def test_a_cancelled_run_ends_at_its_next_beat():
    @jobs.job("endless")
    def work(run):
        jobs.cancel(run.row)
        run.beat()
        return "never said"

    run = jobs.run_now("endless")

    assert run.status == JobRun.Status.CANCELLED
    del jobs.JOBS["endless"]


def test_a_run_taken_by_another_process_changes_nothing_more():
    @jobs.job("usurped")
    def work(run):
        JobRun.objects.filter(pk=run.row.pk).update(holder="another:1:one")
        run.beat()
        return "never said"

    row = jobs.run_now("usurped")

    assert row.status == JobRun.Status.RUNNING
    assert row.holder == "another:1:one"
    del jobs.JOBS["usurped"]


def test_a_chunk_that_is_over_goes_back_to_the_queue(counting, monkeypatch):
    monkeypatch.setattr(jobs, "CHUNK", timedelta(seconds=-1))
    run = jobs.request("counting")

    jobs.work(run.pk)

    run.refresh_from_db()
    assert run.status == JobRun.Status.QUEUED
    assert run.holder == ""


def test_a_paused_run_waits_until_it_is_resumed(counting):
    run = jobs.request("counting")
    jobs.pause(run)

    paused = jobs.work(run.pk)
    jobs.unpause(run)
    jobs.work(run.pk)

    run.refresh_from_db()
    assert paused == "not ours to do"
    assert run.summary == "3 counted"


def test_a_phase_that_is_done_stays_done_when_the_run_is_taken_up(counting):
    run = jobs.Run(JobRun.objects.create(kind="counting"), is_chunked=False)
    run.plan([("sync", "Read the library"), ("search", "Search")])
    phase = run.phase("sync")
    run.begin(phase)
    run.finish(phase, "12 books")

    run.plan([("sync", "Read the library"), ("search", "Search")])

    assert run.phase("sync").status == JobPhase.Status.DONE
    assert run.phase("search").status == JobPhase.Status.WAITING
