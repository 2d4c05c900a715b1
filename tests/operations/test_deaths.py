"""A process that was killed: told by its name, its place in a queue freed, its run taken up, again and again."""

import os
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django_q.models import OrmQ

from mamcrawler.lib import clock
from mamcrawler.operations import jobs, leases
from mamcrawler.operations.models import JobRun, OutsideHost

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead():
    """The name of a process of this machine that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return f"{socket.gethostname()}:{process.pid}.1:example"


@pytest.fixture
def counting():
    @jobs.job("counting")
    def count(run):
        run.count(books=len(run.row.arguments["books"]))
        return f"{run.counts['books']} counted"

    yield
    del jobs.JOBS["counting"]


def running(holder, **fields):
    return JobRun.objects.create(
        kind="counting",
        arguments={"books": ["Iron Gold"]},
        status=JobRun.Status.RUNNING,
        holder=holder,
        heartbeat_at=clock.wall(),
        **fields,
    )


def test_our_own_process_lives():
    assert not leases.has_died(leases.process_name())


def test_a_process_that_ended_has_died(dead):
    assert leases.has_died(dead)


def test_nothing_is_known_of_a_process_on_another_host():
    assert not leases.has_died("elsewhere:1.1:example")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when a process started")
def test_a_process_that_has_the_id_of_a_dead_one_is_another():
    assert leases.has_died(f"{socket.gethostname()}:{os.getpid()}.1:example")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when a process started")
def test_a_killed_process_that_nobody_waited_for_has_died():
    process = subprocess.Popen(["sleep", "60"])
    started = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19]
    name = f"{socket.gethostname()}:{process.pid}.{started}:example"
    assert not leases.has_died(name)

    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it is dead now, and still a zombie

    assert leases.has_died(name)
    process.wait()


def test_the_place_of_a_killed_process_is_free_at_once_and_its_last_request_counts_for_the_pace(dead, fast_time):
    OutsideHost.objects.create(name="tracker", holder=dead, expires_at=clock.wall() + leases.HOLD)
    began = clock.now()

    with leases.HostLease("tracker", gap=timedelta(seconds=2)).turn() as turn:
        turn.answered(200, seconds=0.1)

    assert timedelta(seconds=1.9) <= clock.now() - began < leases.HOLD


def test_a_run_whose_process_was_killed_is_taken_up_at_once(dead, counting):
    run = running(dead)

    assert jobs.sweep() == 1
    assert jobs.work(run.pk) == "1 counted"


@pytest.mark.parametrize(("minutes", "taken_up"), [(19, 0), (21, 1)])
def test_a_process_that_lives_may_be_silent_for_longer(counting, minutes, taken_up):
    running(leases.process_name())
    JobRun.objects.update(heartbeat_at=clock.wall() - timedelta(minutes=minutes))

    assert jobs.sweep() == taken_up


def test_a_command_goes_on_with_the_run_of_a_command_that_was_killed(dead, counting):
    run = running(dead)

    again = jobs.run_now("counting")

    assert again == run
    assert again.status == JobRun.Status.SUCCEEDED


def test_a_command_leaves_a_run_alone_whose_process_lives(counting):
    run = running(leases.process_name())

    with pytest.raises(jobs.AlreadyActive):
        jobs.run_now("counting")

    run.refresh_from_db()
    assert run.status == JobRun.Status.RUNNING


@pytest.mark.parametrize(("before", "losses"), [(0, 0), (1, 3)], ids=["more than before", "no more than before"])
def test_only_progress_forgives_earlier_losses(dead, counting, before, losses):
    run = running(dead, losses=2, report={"counts": {"books": before}})

    jobs.sweep()
    jobs.work(run.pk)

    run.refresh_from_db()
    assert run.losses == losses
    assert run.report["counts"] == {"books": 1}


def test_a_run_whose_message_was_lost_gets_another(counting):
    run = jobs.request("counting", books=[])
    OrmQ.objects.all().delete()  # a worker took it and was killed

    jobs.sweep()
    assert not OrmQ.objects.exists(), "it may still be on its way"
    JobRun.objects.filter(pk=run.pk).update(requested_at=clock.now() - timedelta(minutes=6))
    jobs.sweep()

    assert OrmQ.objects.count() == 1


def test_a_second_message_does_not_cut_a_rest():
    @jobs.job("resting")
    def rest(run):
        run.rest(timedelta(hours=1), "resting")
        return "rested"

    run = jobs.request("resting")
    jobs.work(run.pk)

    assert jobs.work(run.pk) == "not ours to do"
    JobRun.objects.filter(pk=run.pk).update(resume_at=clock.now())
    assert jobs.work(run.pk) == "to be continued"
    del jobs.JOBS["resting"]
