"""Supervision of the processes of one installation: started together, watched together, ended together."""

import errno
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Self

POLL_S = 0.1
TERM_GRACE_S = 0.5
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class PortTaken(Exception):
    """Another program listens where we mean to."""


@dataclass(frozen=True)
class Child:
    """A process to run, and the name that its lines bear.

    :param grace_s: real seconds that it gets to end by itself once it was interrupted.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    grace_s: float = 1.0


@dataclass(frozen=True)
class _Ended:
    child: Child
    code: int


def _never() -> bool:
    return False


class Runner:
    """Runs children while the block lasts and ends them, the latest first, when it is left.

    Each child leads a session of its own, so a Ctrl-C in the terminal reaches us alone. To end it we signal that one
    process, first SIGINT, then SIGTERM: Django-Q can hang when its whole group is signalled. What is still there
    after that is killed with all that it started.
    """

    def __init__(self, write: Callable[[str], object] = sys.stdout.write) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._events: queue.SimpleQueue[_Ended | signal.Signals] = queue.SimpleQueue()
        self._running: list[tuple[Child, subprocess.Popen[str], threading.Thread]] = []
        self._handlers: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> Self:
        for number in STOP_SIGNALS:
            self._handlers[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def start(self, child: Child) -> None:
        """Start a child; its lines are passed on behind its name."""
        process = subprocess.Popen(
            child.command,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **child.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        reader = threading.Thread(target=self._pass_on, args=(child, process), daemon=True)
        reader.start()
        threading.Thread(target=self._await_end, args=(child, process), daemon=True).start()
        self._running.append((child, process, reader))

    def wait(self, until: Callable[[], bool] = _never) -> int | None:
        """Wait for a signal or the end of any child; gives the exit code for ourselves, or None once `until` holds.

        A signal is an orderly end, 0. A child has no business to end, so its end is never 0.
        """
        while not until():
            try:
                event = self._events.get(timeout=POLL_S)
            except queue.Empty:
                continue
            if isinstance(event, signal.Signals):
                return 0
            self.say(f"{event.child.name} ended with exit code {event.code}, so everything ends")
            return event.code or 1
        return None

    def say(self, line: str) -> None:
        """Write a line of our own between those of the children."""
        with self._lock, suppress(OSError):  # nobody may be reading any more, and the children must not block on that
            self._write(f"{line}\n")

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._events.put(signal.Signals(number))  # the one queue that a signal handler may put into

    def _pass_on(self, child: Child, process: "subprocess.Popen[str]") -> None:
        for line in process.stdout or ():
            self.say(f"{child.name:<8}| {line.rstrip()}")

    def _await_end(self, child: Child, process: "subprocess.Popen[str]") -> None:
        code = process.wait()
        self._events.put(_Ended(child, code if code >= 0 else 128 - code))

    def _stop(self) -> None:
        while self._running:
            child, process, reader = self._running.pop()
            if not self._ends(process, signal.SIGINT, child.grace_s) and not self._ends(
                process, signal.SIGTERM, TERM_GRACE_S
            ):
                self.say(f"{child.name} did not end in time and is killed")
            with suppress(ProcessLookupError):  # what it started may outlive it
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            reader.join(timeout=1)
            if process.stdout is not None and not reader.is_alive():
                process.stdout.close()

    @staticmethod
    def _ends(process: "subprocess.Popen[str]", number: signal.Signals, within_s: float) -> bool:
        process.send_signal(number)
        try:
            process.wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        return True


def require_free_port(host: str, port: int, *, variable: str) -> None:
    """Refuse a port that is taken, before anything starts.

    :param variable: the setting to change, for the message.
    :raises PortTaken: if another program listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortTaken(
                f"Port {port} on {host} is taken by another program. "
                f"Stop that program, or choose another port with {variable}, such as {variable}={port + 10}."
            ) from error
