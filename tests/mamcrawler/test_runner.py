"""The runner, with small real processes."""

import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from mamcrawler.runner import Child, PortTaken, Runner, require_free_port

pytestmark = pytest.mark.processes

SLEEP = "import time; print('up'); time.sleep(60)"
NOTE_SIGNALS = """
import signal, sys, time
def note(number, frame):
    print("got", signal.Signals(number).name)
    sys.exit(0)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, note)
print("up")
time.sleep(60)
"""
DEAF = """
import signal, subprocess, sys, time
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("up", grandchild.pid)
time.sleep(60)
"""


def python(name: str, code: str, **more) -> Child:
    return Child(name, [sys.executable, "-c", code], **more)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def within_10_s(holds) -> bool:
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        if holds():
            return True
        time.sleep(0.02)
    return False


def interrupt_soon(number: signal.Signals = signal.SIGINT) -> None:
    threading.Timer(0.2, os.kill, [os.getpid(), number]).start()


@pytest.fixture
def lines() -> list[str]:
    return []


def up(lines: list[str], count: int = 1):
    return lambda: sum("up" in line for line in lines) >= count


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_us_interrupts_every_child_and_is_an_orderly_end(lines, number):
    with Runner(lines.append) as runner:
        runner.start(python("web", NOTE_SIGNALS))
        runner.start(python("worker", NOTE_SIGNALS))
        runner.wait(up(lines, 2))
        interrupt_soon(number)

        code = runner.wait()

    assert code == 0
    assert lines[2:] == ["worker  | got SIGINT\n", "web     | got SIGINT\n"]


def test_a_child_that_hangs_is_killed_with_all_that_it_started(lines):
    with Runner(lines.append) as runner:
        runner.start(python("worker", DEAF, grace_s=0.2))
        runner.wait(up(lines))
        grandchild = int(lines[0].split()[-1])
        assert is_alive(grandchild)

    assert lines[-1] == "worker did not end in time and is killed\n"
    assert within_10_s(lambda: not is_alive(grandchild))


@pytest.mark.parametrize(("code", "expected"), [("raise SystemExit(3)", 3), ("", 1)])
def test_the_end_of_one_child_is_the_end_of_all_with_its_exit_code_but_never_0(lines, code, expected):
    with Runner(lines.append) as runner:
        runner.start(python("web", SLEEP))
        runner.start(python("worker", code))

        ended_with = runner.wait()

        web = next(process for child, process, _ in runner._running if child.name == "web")

    assert ended_with == expected
    assert f"worker ended with exit code {int(bool(code)) * 3}, so everything ends\n" in lines
    assert not is_alive(web.pid)


def test_a_child_that_a_signal_killed_ends_with_128_and_its_number(lines):
    with Runner(lines.append) as runner:
        runner.start(python("worker", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))

        assert runner.wait() == 128 + signal.SIGKILL


def test_lines_bear_the_name_of_their_child_whatever_stream_they_came_by(lines):
    with Runner(lines.append) as runner:
        runner.start(python("web", "import sys; print('one'); print('two', file=sys.stderr)"))
        runner.wait(lambda: len(lines) == 3)

    assert sorted(lines)[:2] == ["web     | one\n", "web     | two\n"]


def test_a_child_is_given_its_environment_beside_ours(lines, monkeypatch):
    monkeypatch.setenv("OURS", "kept")

    with Runner(lines.append) as runner:
        runner.start(
            python("web", "import os; print(os.environ['OURS'], os.environ['PORT'])", environment={"PORT": "1"})
        )
        runner.wait(lambda: bool(lines))

    assert lines[0] == "web     | kept 1\n"


def test_waiting_ends_once_what_is_waited_for_holds(lines):
    with Runner(lines.append) as runner:
        runner.start(python("web", SLEEP))

        assert runner.wait(up(lines)) is None


def test_a_reader_that_went_away_does_not_block_the_children():
    def nobody_reads(_line: str) -> None:
        raise BrokenPipeError

    with Runner(nobody_reads) as runner:
        runner.start(python("web", "print('x' * 200_000); raise SystemExit(7)"))

        assert runner.wait() == 7


def test_the_handlers_of_signals_are_put_back():
    before = signal.getsignal(signal.SIGINT)

    with Runner(lambda _: None):
        assert signal.getsignal(signal.SIGINT) != before

    assert signal.getsignal(signal.SIGINT) == before


def test_a_port_that_is_taken_is_refused_with_the_variable_to_change():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(PortTaken, match=rf"Port {port} on 127\.0\.0\.1 is taken.*choose another port with PORT"):
            require_free_port("127.0.0.1", port, variable="PORT")


def test_a_free_port_is_accepted_and_left_free():
    with socket.socket() as used:
        used.bind(("127.0.0.1", 0))
        port = used.getsockname()[1]

    require_free_port("127.0.0.1", port, variable="PORT")

    with socket.socket() as ours:
        ours.bind(("127.0.0.1", port))
        assert ours.getsockname()[1] == port
