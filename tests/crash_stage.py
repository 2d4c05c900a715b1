"""Where crash tests play: a small sandbox, a database, and workers that can be killed and started at no cost."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.exceptions import ClientDisconnected

from mamcrawler.lib import clock
from mamcrawler.sandbox.server import build, serve
from mamcrawler.sandbox.shelf import OwnedItem
from mamcrawler.sandbox.world import Asked, World

SPEED = 1000
LOOK_EVERY_S = 0.002
SERIES = {"Children of Time", "Silo", "Arcane Ascension"}
ROOT = Path(__file__).resolve().parent.parent


class Broken(AssertionError):
    """A cycle that was disturbed did not end as one that was not."""


class ShortWorld(World):
    """The ordinary world with few books in its library, so that a cycle takes seconds; it notes when it was asked."""

    def __init__(self, root: Path) -> None:
        self.moments: list[float] = []
        super().__init__(root)

    def remember(self, asked: Asked) -> None:
        self.moments.append(time.monotonic())
        super().remember(asked)

    def _starting_library(self) -> list[OwnedItem]:
        return [item for item in super()._starting_library() if {name for name, _ in item.metadata.series} & SERIES]


@dataclass(frozen=True, order=True)
class Moment:
    """A moment of a cycle, told by the last request before it, so that a busy machine does not shift it."""

    requests: int
    seconds_later: float


@dataclass
class Outcome:
    """What a cycle left: its shelves, its rows, and what was sent outside."""

    shelves: dict[str, str]
    rows: dict[str, Any]
    added: Counter[str]  # how often each torrent was handed to the client, by the tag of its download
    patched: dict[str, list[str]]  # what was written to each item of the library server
    asked_at: list[float]  # when each request was answered, in seconds from the start
    seconds: float = 0.0
    killed_in: list[str] = field(default_factory=list)


class Forks:
    """Fresh worker processes without the time it takes to start one."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash_worker"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, command: str) -> int:
        """Start a fork and give its process id, which is that of its group as well."""
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return int(self._read("started"))

    def wait(self) -> int:
        """Wait until the fork is over; its exit code is negative when a signal ended it."""
        return int(self._read("ended"))

    def do(self, command: str) -> None:
        """Run a fork to its end."""
        self.start(command)
        if code := self.wait():
            raise Broken(f"{command.split(maxsplit=1)[0]} ended with exit code {code}")

    def close(self) -> None:
        """End the process that forks."""
        self._process.communicate()

    def _read(self, word: str) -> str:
        assert self._process.stdout is not None
        said, _, rest = self._process.stdout.readline().partition(" ")
        if said != word:
            raise Broken(f"the worker said {said!r} instead of {word!r}")
        return rest


class Stage:
    """A sandbox, a database and the workers on them; every cycle starts from the very same state.

    :param root: an empty folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.data = root / "data" / "sandbox"
        self.database = self.data / "mamcrawler.sqlite3"
        self._template = root / "template"
        self._app: WSGIApplication | None = None
        self._stack = ExitStack()
        self.world: ShortWorld

    def __enter__(self) -> Self:
        base_url = self._stack.enter_context(serve(self._answer))
        self.base_url = base_url
        self.environment = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")},
            "DJANGO_SETTINGS_MODULE": "mamcrawler.settings",
            "MAMCRAWLER_IGNORE_DOTENV": "1",
            "DATA_DIR": str(self.data.parent),
            "SANDBOX_PORT": str(urlsplit(base_url).port),
            "SANDBOX_TIME_FACTOR": str(SPEED),
            "LOG_LEVEL": "ERROR",
        }
        self.data.mkdir(parents=True)
        self.forks = self.more_forks()
        self._lay_foundations()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def more_forks(self) -> Forks:
        """Another process that forks workers; it ends with the stage."""
        forks = Forks(self.environment)
        self._stack.callback(forks.close)
        return forks

    def reset(self) -> None:
        """Put everything back to how it was before the first cycle, with a run of the cycle queued."""
        shutil.rmtree(self.data)
        shutil.copytree(self._template, self.data)
        clock.resume(self.data / "clock.json", speed=SPEED, last_seen=None)
        self.world = ShortWorld(self.data / "world")
        self.world.base_url = self.base_url
        self.world.faults.arm("qbittorrent", "corrupt", how="flip")  # the first torrent: another takes its place
        self._app = build(self.world)
        self.forks.do("request")

    def keep_payloads(self) -> None:
        """Let later cycles start with the audio files and torrents that this one had to make."""
        for name in ("seeds", "torrents"):
            shutil.copytree(self.data / "world" / name, self._template / "world" / name, dirs_exist_ok=True)

    def wait_for(self, moment: Moment, worker: int) -> None:
        """Wait until a moment has come, or the worker has ended."""
        with suppress(ProcessLookupError):
            while self.world.times_asked < moment.requests:
                os.kill(worker, 0)
                time.sleep(LOOK_EVERY_S)
            time.sleep(moment.seconds_later)

    def phase(self) -> str:
        """The phase of the cycle that has begun and not ended, "" before the first."""
        with closing(sqlite3.connect(self.database, timeout=20)) as database:
            row = database.execute("SELECT name FROM operations_jobphase WHERE status = 'running'").fetchone()
        return str(row[0]) if row else ""

    def is_over(self) -> bool:
        """Whether the cycle has ended, however it did."""
        with closing(sqlite3.connect(self.database, timeout=20)) as database:
            (status,) = database.execute("SELECT status FROM operations_jobrun").fetchone()
        return status not in ("queued", "running")

    def outcome(self, began: float) -> Outcome:
        """What the cycle left."""
        seconds = time.monotonic() - began
        told = self._root / "told.json"
        self.forks.do(f"tell {told}")
        patched: dict[str, list[str]] = {}
        for asked in self.world.asked:
            if asked.system == "audiobookshelf" and asked.method == "PATCH":
                patched.setdefault(asked.path, []).append(asked.body)
        rows = json.loads(told.read_text(encoding="utf-8"))
        adding = [asked.body for asked in self.world.asked if asked.path.endswith("/torrents/add")]
        return Outcome(
            shelves=_hashes(self.world.library_dir),
            rows=rows,
            added=Counter(tag for tag in rows["tags"] for body in adding if f"\r\n\r\n{tag}\r\n" in body),
            patched=patched,
            asked_at=[moment - began for moment in self.world.moments],
            seconds=seconds,
        )

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert self._app is not None
        try:
            return self._app(environ, start_response)
        except ClientDisconnected:  # it was killed while it sent its request
            start_response("400 Bad Request", [])
            return []

    def _lay_foundations(self) -> None:
        clock.resume(self.data / "clock.json", speed=SPEED, last_seen=None)
        self.forks.do("migrate")
        ShortWorld(self.data / "world")
        shutil.copytree(self.data, self._template)


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
