"""Kill -9 at any moment: whoever works next ends what was begun, and nothing is lost or done twice."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing

import pytest

from tests import crash
from tests.crash_stage import ROOT, Moment, Stage

pytestmark = pytest.mark.sandbox

SEED = 1


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with Stage(tmp_path_factory.mktemp("crash")) as stage:
        yield stage


@pytest.fixture(scope="module")
def right(stage):
    return crash.measure(stage)


def test_a_worker_killed_at_twenty_moments_ends_as_one_that_nobody_disturbed(stage, right):
    hit, chance = Counter(), random.Random(SEED)

    # On a busy machine the moments fall elsewhere: a few more kills then reach the phases that matter.
    for kills in (20, 7, 7, 7):
        for outcome in crash.kill(stage, right, kills, chance):
            crash.compare(right, outcome)
            hit.update(outcome.killed_in)
        if {"search", "acquire", "enrich"} <= set(hit):
            break

    assert hit.total() >= 20
    assert {"search", "acquire", "enrich"} <= set(hit)


def test_two_workers_on_one_queue_do_everything_once(stage, right):
    stage.reset()
    began = time.monotonic()
    others = stage.more_forks()

    others.start("work")
    stage.forks.do("work")

    assert others.wait() == 0
    crash.compare(right, stage.outcome(began))


def test_another_writer_on_the_database_only_delays_the_run(stage, right):
    stage.reset()
    began = time.monotonic()
    worker = stage.forks.start("work")
    for part in (1, 2):
        stage.wait_for(Moment(len(right.asked_at) * part // 3, 0), worker)
        with closing(sqlite3.connect(stage.database, timeout=20, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            time.sleep(2)
            database.execute("ROLLBACK")

    assert stage.forks.wait() == 0
    crash.compare(right, stage.outcome(began))


def test_the_queue_s_own_worker_goes_on_after_it_was_killed(stage, right):
    stage.reset()
    began = time.monotonic()
    for part in (1, 2, 3):
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "worker"], cwd=ROOT, env=stage.environment, start_new_session=True
        )
        if part < 3:
            stage.wait_for(Moment(len(right.asked_at) * part // 3, 0.02), worker.pid)
        else:
            wait_until_over(stage)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    outcome = stage.outcome(began)
    assert outcome.rows["run"]["chunks"] == 3, "each worker had its part"
    crash.compare(right, outcome)


def wait_until_over(stage):
    gives_up_at = time.monotonic() + crash.LONGEST_S
    while not stage.is_over() and time.monotonic() < gives_up_at:
        time.sleep(0.1)
