"""A program that is asked to end: its runs are laid down at the next beat or pause and taken up at the next start."""

import time
from datetime import timedelta

import pytest

from mamcrawler import cycle
from mamcrawler.lib import clock, stopping
from mamcrawler.operations import jobs, leases
from mamcrawler.operations.models import JobPhase, JobRun, OutsideHost

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked_no_more():
    yield
    stopping.reset()


@pytest.fixture
def counting():
    """A job that counts to three and is asked to end after each number, as often as is told here."""
    interruptions = [0]

    @jobs.job("counting")
    def count(run):
        for number in range(run.done, 3):
            run.beat(f"counting {number}")
            run.row.done = number + 1
            if interruptions[0]:
                interruptions[0] -= 1
                stopping.ask()
        return f"{run.done} counted"

    yield interruptions
    del jobs.JOBS["counting"]


def restarted(run):
    """What the run became after the program was started again and worked on it."""
    stopping.reset()
    assert jobs.sweep() == 0
    said = jobs.work(run.pk)
    run.refresh_from_db()
    return said


def test_an_interrupted_run_goes_on_where_it_was_at_the_next_start(counting):
    counting[0] = 1
    run = jobs.request("counting")

    assert jobs.work(run.pk) == "interrupted, to be continued"

    run.refresh_from_db()
    assert (run.status, run.holder, run.done, run.losses, run.failure) == ("queued", "", 1, 0, "")
    assert restarted(run) == "3 counted"
    assert (run.status, run.chunks) == (JobRun.Status.SUCCEEDED, 2)


def test_no_number_of_interruptions_makes_a_run_lost():
    @jobs.job("stubborn")
    def work(run):
        if run.row.chunks <= 2 * jobs.MOST_LOSSES:
            stopping.ask()
        run.beat()
        return "done at last"

    run = jobs.request("stubborn")
    said = [restarted(run) for _ in range(2 * jobs.MOST_LOSSES + 1)]
    del jobs.JOBS["stubborn"]

    assert said == ["interrupted, to be continued"] * 2 * jobs.MOST_LOSSES + ["done at last"]
    assert run.losses == 0


def test_losses_that_were_counted_before_an_interruption_stay_counted(counting):
    counting[0] = 1
    run = jobs.request("counting")
    JobRun.objects.update(losses=3)

    jobs.work(run.pk)

    run.refresh_from_db()
    assert run.losses == 3


def test_a_program_that_ends_begins_no_run(counting):
    run = jobs.request("counting")
    stopping.ask()

    assert jobs.work(run.pk) == "left for the next start"

    run.refresh_from_db()
    assert (run.status, run.chunks) == (JobRun.Status.QUEUED, 0)
    assert restarted(run) == "3 counted"


def test_a_run_that_was_cancelled_is_cancelled_and_does_not_come_back():
    @jobs.job("unwanted")
    def work(run):
        jobs.cancel(run.row)
        stopping.ask()
        run.beat()

    run = jobs.request("unwanted")
    jobs.work(run.pk)
    del jobs.JOBS["unwanted"]

    run.refresh_from_db()
    assert run.status == JobRun.Status.CANCELLED


def test_a_phase_that_is_interrupted_is_not_a_phase_that_failed(monkeypatch):
    def sync(run):
        stopping.ask()
        run.beat()

    monkeypatch.setattr(cycle, "PHASES", (cycle.Phase("sync", "Read the shelves", sync, is_essential=True),))
    run = jobs.request("cycle")

    jobs.work(run.pk)

    assert JobPhase.objects.get().status == JobPhase.Status.RUNNING
    run.refresh_from_db()
    assert (run.status, run.failure) == (JobRun.Status.QUEUED, "")


def test_a_pause_ends_at_once():
    stopping.ask()
    began = time.monotonic()

    with pytest.raises(stopping.Stopping):
        clock.sleep(60)

    assert time.monotonic() - began < 1


def test_whoever_waits_for_a_turn_at_a_host_gives_it_up_without_a_trace():
    due = clock.now() + timedelta(minutes=5)
    OutsideHost.objects.create(name="tracker", next_at=due)
    stopping.ask()

    with pytest.raises(stopping.Stopping), leases.HostLease("tracker", gap=timedelta(seconds=2)).turn():
        pytest.fail("it was not its turn")

    host = OutsideHost.objects.get()
    assert (host.holder, host.next_at, host.failures) == ("", due, 0)


def test_a_pause_that_nobody_cuts_lasts_as_long_as_it_should():
    began = time.monotonic()

    clock.sleep(0.3)
    clock.sleep(0)
    clock.sleep(-1)

    assert 0.3 <= time.monotonic() - began < 1
