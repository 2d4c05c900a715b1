"""Runs the test lanes one after the other and sums them up: `python -m tests.lanes [NAME...]`.

A lane whose program this machine lacks is left out with one line; with CI=true it fails instead. A lane that collects
no test fails everywhere.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/")
PLAIN = ("-n", "2", "--dist", "worksteal", "-m", "not sandbox and not processes and not qbittorrent and not browser")
NO_TEST_COLLECTED = 5
KEEPING = {"PYTHONDONTWRITEBYTECODE": ""}  # keep what is compiled: each worker takes five seconds to do it anew


@dataclass(frozen=True)
class Lane:
    """A part of the tests with its own needs.

    :param lacking: says what this machine lacks to run it, or nothing.
    :param may_skip: whether single tests may, in CI too, such as one that makes no sense for the superuser.
    """

    name: str
    arguments: tuple[str, ...]
    lacking: Callable[[], str] = str
    environment: Mapping[str, str] = field(default_factory=dict)
    may_skip: bool = False


@dataclass
class Outcome:
    """How a lane went."""

    lane: Lane
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    complaint: str = ""  # why the lane failed, besides tests that did
    left_out: str = ""  # why it did not run, where it need not

    @property
    def is_bad(self) -> bool:
        """Whether this lane makes the whole fail."""
        return bool(self.failed or self.complaint)

    def __str__(self) -> str:
        if self.left_out:
            return f"skipped  {self.lane.name}: {self.left_out}"
        counts = f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped in {self.seconds:.0f} s"
        return f"{'FAILED ' if self.is_bad else 'ok     '}  {self.lane.name}: {self.complaint or counts}"


def without(program: str) -> Callable[[], str]:
    """Say that a program is not installed, if that is so."""
    return lambda: "" if shutil.which(program) else f"{program} is not installed"


def without_postgres() -> str:
    """Say that no PostgreSQL answers, if that is so."""
    try:
        psycopg.connect(POSTGRES_URL, connect_timeout=3).close()
    except psycopg.OperationalError:
        return "no PostgreSQL answers; name one with TEST_POSTGRES_URL"
    return ""


def postgres_database() -> str:
    """Name a database that no other run uses; the tests make and drop it."""
    parts = urlsplit(POSTGRES_URL)
    return urlunsplit(parts._replace(path=f"/mamcrawler_{os.getpid()}"))


LANES = (
    Lane("unit", PLAIN, may_skip=True),
    Lane("processes", ("-n", "2", "-m", "processes and not sandbox")),
    Lane("sandbox", ("-n", "2", "-m", "sandbox")),
    Lane("qbittorrent", ("-m", "qbittorrent"), without("qbittorrent-nox")),
    Lane("browser", ("-m", "browser"), without("chromium")),
    Lane("postgres", PLAIN, without_postgres, {"TEST_DATABASE_URL": postgres_database()}, may_skip=True),
)


def run(lane: Lane, *, is_ci: bool) -> Outcome:
    """Run one lane, unless this machine cannot."""
    if lacking := lane.lacking():
        return Outcome(lane, complaint=lacking) if is_ci else Outcome(lane, left_out=lacking)
    sys.stdout.write(f"\n--- {lane.name} ---\n")
    sys.stdout.flush()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", *lane.arguments, f"--junitxml={report}"]
        code = subprocess.run(command, env={**os.environ, **KEEPING, **lane.environment}, check=False).returncode
        outcome = read(report, lane)
    outcome.seconds = time.monotonic() - began
    if code == NO_TEST_COLLECTED:
        outcome.complaint = "collected no test"
    elif code and not outcome.failed:
        outcome.complaint = f"pytest ended with exit code {code}"
    elif is_ci and outcome.skipped and not lane.may_skip:
        outcome.complaint = f"{outcome.skipped} skipped, and in CI everything is there to run them"
    return outcome


def read(report: Path, lane: Lane) -> Outcome:
    """Count from pytest's own report; an error of a fixture counts as a failure."""
    if not report.exists():
        return Outcome(lane)
    outcome = Outcome(lane)
    for suite in ET.parse(report).getroot().iter("testsuite"):
        tests, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        outcome.passed += max(0, tests - skipped - failed)
        outcome.failed += failed
        outcome.skipped += skipped
    return outcome


def main(names: list[str]) -> int:
    """Run the named lanes, or all; the exit code is 1 if any went wrong."""
    known = {lane.name: lane for lane in LANES}
    if unknown := [name for name in names if name not in known]:
        sys.stderr.write(f"no such lane: {', '.join(unknown)}; there are {', '.join(known)}\n")
        return 2
    is_ci = os.environ.get("CI", "").lower() == "true"
    outcomes = [run(known[name], is_ci=is_ci) for name in names or known]
    sys.stdout.write("\n--- lanes ---\n" + "".join(f"{outcome}\n" for outcome in outcomes))
    passed, failed = sum(one.passed for one in outcomes), sum(one.failed for one in outcomes)
    sys.stdout.write(f"{passed} passed, {failed} failed\n")
    return int(any(one.is_bad for one in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
