"""The web server as it ships, and clients that ask it for pages at once."""

import os
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from mamcrawler.benchmarks.page_targets import Target

BASE_DIR = Path(__file__).resolve().parents[2]
START_S = 60


class Unexpected(Exception):
    """A page answered with something else than itself, so its time says nothing."""


@dataclass(frozen=True)
class Server:
    """A web server that runs.

    :param cookie: of the session that its pages are asked for with.
    """

    port: int
    pid: int
    cookie: str

    def ask(self, target: Target, *, clients: int, requests: int, warming: int) -> list[float]:
        """How many milliseconds each of many requests took, asked for by several clients at a time."""
        with ThreadPoolExecutor(clients) as pool:
            for count, first in ((warming // clients, 0), (requests // clients, clients)):
                seeds = range(first, first + clients)
                took = [*pool.map(lambda seed, count=count: self._one_client(target, count, seed), seeds)]
        return [one for client in took for one in client]

    def first_ms(self) -> float:
        """How many milliseconds a request for the library takes."""
        return self._timed(HTTPConnection("127.0.0.1", self.port, timeout=START_S), "/library/")

    def megabytes(self) -> list[float]:
        """The most memory that each of its processes that answer has held."""
        return [_megabytes(child) for child in self._children()]

    def processor_ms(self) -> float:
        """How long all of its processes have computed so far, which other programs' work does not add to."""
        return sum(_processor_ms(child) for child in self._children())

    def _children(self) -> list[int]:
        told = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="utf-8")
        return [int(child) for child in told.split()]

    def _one_client(self, target: Target, count: int, seed: int) -> list[float]:
        chance = random.Random(f"{target.name} {seed}")
        line = HTTPConnection("127.0.0.1", self.port, timeout=START_S)
        try:
            return [self._timed(line, target.address(chance)) for _ in range(count)]
        finally:
            line.close()

    def _timed(self, line: HTTPConnection, address: str) -> float:
        began = time.perf_counter()
        line.request("GET", address, headers={"Cookie": self.cookie})
        answer = line.getresponse()
        answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise Unexpected(f"{address} answered {answer.status}")
        return took


@contextmanager
def served(cookie: str) -> Iterator[Server]:
    """The web server on a free port, while the block lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "-c", str(BASE_DIR / "deploy" / "gunicorn.conf.py")]
    environment = os.environ | {"HOST": "127.0.0.1", "PORT": str(port)}
    process = subprocess.Popen(command, env=environment, cwd=BASE_DIR, stdout=sys.stderr)
    try:
        _await(process, port)
        yield Server(port, process.pid, cookie)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _await(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the web server did not start")


def _processor_ms(pid: int) -> float:
    told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return 1000 * (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")  # in user mode, and in the kernel


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0
