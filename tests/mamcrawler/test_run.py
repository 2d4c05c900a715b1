"""`manage.py run`: what it says, and the whole of it on the sandbox."""

import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import closing
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.test import Client

from mamcrawler.operations.models import User
from mamcrawler.pages.management.commands import run
from mamcrawler.sandbox.server import serve


def free_port():
    """Two neighbouring ports that nobody uses; gives the first."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


@pytest.fixture
def sandbox(settings, tmp_path):
    settings.SANDBOX, settings.DATA_DIR = True, tmp_path
    return tmp_path


@pytest.mark.django_db
def test_a_sandbox_without_users_gets_an_owner_whose_password_only_we_can_read(sandbox):
    said = run.invite()

    password = re.search(r"Sign in as owner with the password (\S+)", said)[1]
    kept = sandbox / "owner-password.txt"
    assert kept.read_text() == f"{password}\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert Client().login(username="owner", password=password)
    assert User.objects.get().may_own


@pytest.mark.django_db
def test_a_second_start_says_the_same_password_until_the_owner_changes_it(sandbox):
    first = run.invite()

    assert run.invite() == first

    owner = User.objects.get()
    owner.set_password("another-example-password")
    owner.save()
    assert "Sign in with your own account." in run.invite()


@pytest.mark.django_db
def test_a_real_set_up_without_users_begins_at_the_set_up_and_makes_nobody(settings):
    settings.SANDBOX, settings.HOST, settings.PORT = False, "0.0.0.0", 8123

    said = run.invite()

    assert said == "MAMcrawler is ready to be set up: http://127.0.0.1:8123/setup/"
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]"), ("nas", "nas")],
)
def test_the_address_is_one_that_a_browser_here_can_open(settings, host, shown):
    settings.HOST, settings.PORT = host, 8123

    assert run.address() == f"http://{shown}:8123/"


def test_a_server_that_answers_anything_is_there():
    def failing(_environ, start_response):
        start_response("500 Broken", [])
        return []

    with serve(failing) as url:
        assert run.answers(url)

    assert not run.answers(url)


@pytest.mark.parametrize(("taken", "variable"), [("PORT", "PORT"), ("SANDBOX_PORT", "SANDBOX_PORT")])
def test_a_port_that_is_taken_is_named_with_the_variable_to_change(sandbox, settings, taken, variable):
    settings.PORT = free_port()
    settings.SANDBOX_PORT = settings.PORT + 1
    with socket.socket() as other:
        other.bind(("127.0.0.1", getattr(settings, taken)))
        other.listen()

        with pytest.raises(CommandError, match=rf"Port {getattr(settings, taken)} .* with {variable}, such as"):
            call_command("run", stdout=StringIO())


@pytest.mark.django_db
def test_there_is_no_sandbox_beside_real_services(settings):
    settings.SANDBOX = False

    with pytest.raises(CommandError, match="Real services are configured"):
        call_command("sandbox")


class Started:
    """The whole application in a folder of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.lines: list[str] = []
        inherited = {name: value for name, value in os.environ.items() if name != "SANDBOX_TIME_FACTOR"}
        self.process: Any = subprocess.Popen(
            [sys.executable, str(configured.BASE_DIR / "manage.py"), "run"],
            env={
                **inherited,
                "DJANGO_SETTINGS_MODULE": "mamcrawler.settings",
                "MAMCRAWLER_IGNORE_DOTENV": "1",
                "DATA_DIR": str(folder),
                "PORT": str(port),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def await_line(self, text):
        ends = time.monotonic() + 90
        while time.monotonic() < ends and self._reader.is_alive():
            if found := [line for line in self.lines if text in line]:
                return found[0]
            time.sleep(0.05)
        raise AssertionError(f"never said {text!r}:\n{''.join(self.lines)}")

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        self.await_end()

    def await_end(self):
        code = self.process.wait(timeout=30)
        self._reader.join()
        return code

    def end(self):
        if self.process.poll() is None:
            self.interrupt()
        self.process.stdout.close()


@pytest.fixture
def start(tmp_path):
    started = []

    def begin():
        started.append(Started(tmp_path, free_port()))
        return started[-1]

    yield begin
    for one in started:
        one.end()


def processes_of(folder: Path) -> list[str]:
    """The command lines of the processes that live in this data folder."""
    mark, found = f"DATA_DIR={folder}".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found


@pytest.mark.sandbox
def test_one_command_runs_everything_and_an_interrupt_ends_all_of_it(start, tmp_path):
    first = start()
    first.await_line("Press Ctrl-C to stop.")
    with urllib.request.urlopen(f"http://127.0.0.1:{first.port}/sign-in/", timeout=10) as page:
        assert b"<form" in page.read()
    assert len(processes_of(tmp_path)) > 4

    first.interrupt()

    assert (first.process.returncode, processes_of(tmp_path)) == (0, [])
    said = "".join(first.lines)
    assert len(re.findall(r"http://\S+", said)) == 1
    assert not re.search("Traceback|Warning|killed", said)
    with closing(sqlite3.connect(tmp_path / "sandbox" / "mamcrawler.sqlite3")) as database:
        names = {name for (name,) in database.execute("SELECT name FROM django_q_schedule")}
        assert "mamcrawler: sweep" in names
        assert "mamcrawler: cycle" not in names, "in the sandbox a person starts the run"


@pytest.mark.sandbox
def test_time_stands_still_while_nothing_runs_and_the_password_stays(start, tmp_path):
    first = start()
    signing_in = first.await_line("Sign in as owner")
    first.interrupt()
    stopped_at = datetime.fromisoformat((tmp_path / "sandbox" / "last-moment.txt").read_text())
    time.sleep(1)  # five minutes of the sandbox's time, if it went on

    second = start()
    assert second.await_line("Sign in as owner") == signing_in
    resumed_at = datetime.fromisoformat(
        re.search(r'"product": "([^"]+)"', (tmp_path / "sandbox" / "clock.json").read_text())[1]
    )
    second.interrupt()

    assert resumed_at == stopped_at


@pytest.mark.sandbox
def test_the_death_of_one_process_ends_all_with_its_exit_code(start, tmp_path):
    started = start()
    started.await_line("Press Ctrl-C to stop.")
    sandbox = subprocess.run(
        ["pgrep", "--parent", str(started.process.pid), "--full", "manage.py sandbox"],
        capture_output=True,
        text=True,
        check=True,
    )

    os.kill(int(sandbox.stdout), signal.SIGKILL)

    assert started.await_end() == 128 + signal.SIGKILL
    assert "sandbox ended with exit code 137, so everything ends\n" in started.lines
    assert processes_of(tmp_path) == []
