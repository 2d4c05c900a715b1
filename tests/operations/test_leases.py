"""Turns at an outside host: one at a time, paced, slow after signs of throttling."""

from datetime import timedelta

import pytest

from mamcrawler.lib import clock
from mamcrawler.lib.pace import NotNow
from mamcrawler.operations import leases
from mamcrawler.operations.models import OutsideHost

pytestmark = pytest.mark.django_db


def lease(**options):
    return leases.HostLease("tracker", gap=timedelta(seconds=2), **options)


def ask(status=200, **options):
    with lease().turn() as turn:
        turn.answered(status, seconds=0.1, **options)
    return OutsideHost.objects.get(name="tracker")


def test_the_next_request_is_due_after_the_gap():
    before = clock.now()

    host = ask()

    assert host.next_at >= before + timedelta(seconds=2)
    assert host.holder == ""


def test_a_second_request_waits_its_turn(fast_time):
    began = clock.now()
    first = ask()

    ask()

    assert first.next_at - began >= timedelta(seconds=2)
    assert clock.now() >= first.next_at


def test_nobody_else_gets_the_place_while_it_is_held():
    with lease().turn(), pytest.raises(NotNow), lease(patience=timedelta(0)).turn():
        pass


def test_the_place_of_a_dead_holder_is_free_again():
    OutsideHost.objects.create(
        name="tracker", holder="elsewhere:1:dead", expires_at=clock.wall() - timedelta(seconds=1)
    )

    host = ask()

    assert host.last_status == 200


def test_a_429_slows_the_pace_for_half_an_hour():
    host = ask(429)

    assert host.is_slow
    assert host.next_at >= clock.now() + timedelta(seconds=9)


def test_retry_after_is_honoured():
    host = ask(503, retry_after=600)

    assert host.next_at >= clock.now() + timedelta(seconds=590)


def test_five_failures_in_a_row_open_the_breaker():
    OutsideHost.objects.create(name="tracker", failures=4)

    ask(503)

    with pytest.raises(NotNow, match="failed 5 times in a row"), lease().turn():
        pass


def test_a_stopped_host_lets_nothing_through_until_a_person_resumes_it():
    leases.stop("tracker", "the tracker blocked downloads")

    with pytest.raises(NotNow, match="blocked downloads"), lease().turn():
        pass
    leases.resume("tracker")

    assert ask().last_status == 200


def test_a_request_that_dies_gives_the_place_back_and_counts_as_a_failure():
    with pytest.raises(RuntimeError), lease().turn():
        raise RuntimeError

    host = OutsideHost.objects.get(name="tracker")
    assert (host.holder, host.failures) == ("", 1)
