"""The worker as a program: interrupted in the middle of a run, it ends soon, and the next one goes on with the run."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress

import pytest
from django.conf import settings as configured

from tests.audiofiles import make_audio

pytestmark = pytest.mark.processes


class Worker:
    """A worker process with a database in a folder of its own."""

    def __init__(self, folder, module, **environment):
        self._folder = folder
        inherited = {name: value for name, value in os.environ.items() if name != "SANDBOX_TIME_FACTOR"}
        self._log = (folder / "worker.log").open("a+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=configured.BASE_DIR,
            env={
                **inherited,
                "DJANGO_SETTINGS_MODULE": "mamcrawler.settings",
                "MAMCRAWLER_IGNORE_DOTENV": "1",
                "SANDBOX_TIME_FACTOR": "1",
                "DATA_DIR": str(folder),
                **environment,
            },
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def ask(self, query):
        """The rows that stand in the database; none before it is there."""
        for path in self._folder.rglob("mamcrawler.sqlite3"):
            with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path, timeout=20)) as database:
                return database.execute(query).fetchall()
        return []

    def run(self):
        """Status, count, losses and chunks of the only run."""
        return next(iter(self.ask("SELECT status, done, losses, chunks FROM operations_jobrun")), None)

    def await_count(self, least):
        return self.until(lambda: (row := self.run()) and row[0] == "running" and row[1] >= least and row)

    def until(self, holds):
        ends = time.monotonic() + 60
        while time.monotonic() < ends and self.process.poll() is None:
            if found := holds():
                return found
            time.sleep(0.05)
        self._log.seek(0)
        raise AssertionError(self._log.read())

    def said(self):
        self._log.seek(0)
        return self._log.read()

    def kill(self):
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._log.close()


@pytest.fixture
def start(tmp_path):
    started = []

    def begin(module="tests.counting_worker", **environment):
        started.append(Worker(tmp_path, module, **environment))
        return started[-1]

    yield begin
    for worker in started:
        worker.kill()


@pytest.mark.parametrize(
    ("send", "number"),
    [(os.kill, signal.SIGINT), (os.kill, signal.SIGTERM), (os.killpg, signal.SIGINT)],
    ids=["interrupted", "terminated", "Ctrl-C in its terminal"],
)
def test_a_signal_lays_the_run_down_and_the_next_worker_takes_it_up_without_a_loss(start, send, number):
    worker = start()
    worker.await_count(3)

    send(worker.process.pid, number)

    assert worker.process.wait(timeout=5) == 0, "it was given this long by the runner"
    status, done, losses, chunks = worker.run()
    assert (status, losses, chunks) == ("queued", 0, 1)
    assert done >= 3
    _, _, losses, chunks = start().await_count(done + 3)
    assert (losses, chunks) == (0, 2)


def test_a_worker_that_is_killed_costs_its_run_a_loss(start):
    worker = start()
    _, done, *_ = worker.await_count(3)

    worker.kill()

    _, _, losses, chunks = start().await_count(done + 3)
    assert (losses, chunks) == (1, 2)


def test_a_book_that_is_dropped_into_a_watched_folder_appears_without_anybody_doing_anything(
    start, tmp_path, tmp_path_factory
):
    shelf = tmp_path_factory.mktemp("shelf")  # not in DATA_DIR, where no shelf can lie
    make_audio(shelf / "Jane Austen" / "Emma" / "emma.mp3", seconds=1)
    worker = start("tests.watching_worker", LIBRARY_FOLDERS=str(shelf))
    worker.until(lambda: worker.ask("SELECT 1 FROM library_edition WHERE title = 'Emma'"))
    worker.until(lambda: worker.ask("SELECT 1 FROM operations_jobrun WHERE chunks = 1 AND arguments <> '{}'"))

    made = make_audio(tmp_path / "Persuasion" / "persuasion.mp3", seconds=1, seed=2)
    made.parent.rename(shelf / "Jane Austen" / "Persuasion")

    worker.until(lambda: worker.ask("SELECT 1 FROM library_edition WHERE title = 'Persuasion' AND status = 'present'"))
    worker.process.send_signal(signal.SIGINT)
    assert worker.process.wait(timeout=5) == 0
    assert "Traceback" not in worker.said()
