"""The pages and lists of a large library: real requests to the web server as it ships, from several clients at once."""

import argparse
import os
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from library.models import Author, Book, Series
from library.services import indexing
from mamcrawler.benchmarks import library_rows
from mamcrawler.benchmarks.measuring import Figure, Measured, seconds
from mamcrawler.operations.models import User

CLIENTS = 4
REQUESTS = 100  # of each page, by all clients together
WARMING = 12
P99_MS, FIRST_MS, MEMORY_MB = 100, 1_000, 300
BASE_DIR = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Target:
    """A page or list, asked for with other values each time."""

    name: str
    address: Callable[[random.Random], str]


def run(options: argparse.Namespace) -> Measured:
    """Fill a library, serve it, and measure every page."""
    measured = Measured("library_pages", {"database": connection.vendor, "books": options.books, "clients": CLIENTS})
    library_rows.fill(options.books)
    indexed = seconds(indexing.catch_up)
    measured.conditions["indexed in seconds"] = round(indexed, 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    person = User.objects.create(username="reader", role=User.Role.OWNER)
    cookie = signed_in(person)
    chosen = targets(options.books)
    connection.close()
    with served(cookie) as (port, first_ms, pid):
        measured.figures.append(Figure("first request after start", first_ms, "ms", FIRST_MS))
        for target in chosen:
            took = ask(port, cookie, target)
            measured.figures.append(Figure(f"{target.name}: p99", quantiles(took, n=100)[-1], "ms", P99_MS))
            measured.conditions[f"{target.name}: p50 ms"] = round(median(took), 1)
        for child in children(pid):
            measured.figures.append(Figure("memory of a web process", megabytes(child), "MB", MEMORY_MB))
    for target in chosen:
        counts, bare_ms = bare(person, target)
        measured.figures.append(Figure(f"{target.name}: different numbers of queries", len(counts), "", 1))
        measured.conditions[f"{target.name}: queries"] = max(counts)
        measured.conditions[f"{target.name}: bare SQL ms"] = round(bare_ms, 1)
    return measured


def targets(books: int) -> list[Target]:
    """What is asked for, and how its values are drawn."""
    known = list(Book.objects.order_by("pk").values_list("pk", flat=True))
    series, authors = (list(model.objects.values_list("pk", flat=True)) for model in (Series, Author))
    titles = list(Book.objects.order_by("pk").values_list("title", flat=True)[: min(books, 5_000)])

    def rare(chance: random.Random) -> str:
        return chance.choice(titles).split()[-1].lower()

    def typo(chance: random.Random) -> str:
        word = next(word for word in iter(lambda: rare(chance), "") if len(word) > 6)
        at = chance.randrange(2, len(word) - 3)
        return f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}"

    searches: dict[str, Callable[[random.Random], str]] = {
        "rare word": rare,
        "common word": lambda _: library_rows.COMMON[0],
        "beginning": lambda chance: rare(chance)[:2],
        "typo": typo,
        "boolean": lambda chance: f"(the OR {rare(chance)}) AND NOT king year:1990-2010 length:>10h",
    }
    drawn: dict[str, Callable[[random.Random], dict[str, object]]] = {
        "list": lambda chance: {"page": chance.randint(1, books // 50)},
        "list by release": lambda chance: {"page": chance.randint(1, 40), "sort": "released"},
        "owned": lambda chance: {"standing": "owned", "page": chance.randint(1, 40)},
        "missing of the list": lambda chance: {"standing": "missing", "page": chance.randint(1, 40)},
        "facet author": lambda chance: {"author": chance.choice(authors)},
        "facet language": lambda chance: {"language": chance.choice(("en", "de", "fr"))},
    }
    drawn |= {f"search {name}": _asking(text) for name, text in searches.items()}
    made = [Target(f"page {name}", _addressed("/library/", query)) for name, query in drawn.items()]
    twins = {f"api {name}": _addressed("/api/v1/books", _twin(query)) for name, query in drawn.items()}
    made += [Target(name, address) for name, address in twins.items()]
    made += [
        Target("page missing", lambda chance: f"/library/missing/?page={chance.randint(1, 40)}"),
        Target("api missing", lambda chance: f"/api/v1/missing?limit=50&offset={50 * chance.randint(0, 40)}"),
        Target("page series list", lambda chance: f"/library/series/?page={chance.randint(1, 40)}"),
        Target("api series list", lambda chance: f"/api/v1/series?limit=50&offset={50 * chance.randint(0, 40)}"),
        Target("page series", lambda chance: f"/library/series/{chance.choice(series)}/"),
        Target("api series", lambda chance: f"/api/v1/series/{chance.choice(series)}"),
        Target("page author", lambda chance: f"/library/authors/{chance.choice(authors)}/"),
        Target("page book", lambda chance: f"/library/books/{chance.choice(known)}/"),
        Target("api book", lambda chance: f"/api/v1/books/{chance.choice(known)}"),
        Target("api facets", lambda chance: f"/api/v1/books/facets?{urlencode({'q': rare(chance)})}"),
        Target("api facets of all", lambda _: "/api/v1/books/facets"),
        Target("api facets common", lambda _: f"/api/v1/books/facets?q={library_rows.COMMON[0]}"),
    ]
    return made


def _asking(text: Callable[[random.Random], str]) -> Callable[[random.Random], dict[str, object]]:
    return lambda chance: {"q": text(chance)}


def _addressed(path: str, query: Callable[[random.Random], dict[str, object]]) -> Callable[[random.Random], str]:
    return lambda chance: f"{path}?{urlencode(query(chance))}"


def _twin(query: Callable[[random.Random], dict[str, object]]) -> Callable[[random.Random], dict[str, object]]:
    """The same question in the words of the API."""

    def asked(chance: random.Random) -> dict[str, object]:
        page = query(chance)
        twin: dict[str, object] = {"limit": 50}
        for name, value in page.items():
            if name == "page":
                twin["offset"] = 50 * (int(str(value)) - 1)
            elif name == "standing":
                twin[str(value)] = "true"
            elif name == "author":
                twin["author_id"] = value
            elif name == "language":
                twin["q"] = f"language:{value}"
            elif name == "sort":
                twin["ordering"] = "-released_on"
            else:
                twin[name] = value
        return twin

    return asked


def signed_in(person: User) -> str:
    """The cookie of somebody who is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return f"mamcrawler_session={session.session_key}"


@contextmanager
def served(cookie: str) -> Iterator[tuple[int, float, int]]:
    """The web server as it ships, on a free port: that, how long its first answer took, and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "-c", str(BASE_DIR / "deploy" / "gunicorn.conf.py")]
    environment = os.environ | {"HOST": "127.0.0.1", "PORT": str(port)}
    server = subprocess.Popen(command, env=environment, cwd=BASE_DIR, stdout=sys.stderr)
    try:
        _await(port)
        yield port, _timed(HTTPConnection("127.0.0.1", port), "/library/", cookie), server.pid
    finally:
        server.terminate()
        server.wait(timeout=20)


def _await(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the web server did not start")


def ask(port: int, cookie: str, target: Target) -> list[float]:
    """How many milliseconds each of many requests took, several at a time."""
    _one_client(port, cookie, target, WARMING, seed=0)
    share = REQUESTS // CLIENTS
    with ThreadPoolExecutor(CLIENTS) as pool:
        took = pool.map(lambda seed: _one_client(port, cookie, target, share, seed=seed), range(1, CLIENTS + 1))
        return [one for client in took for one in client]


def _one_client(port: int, cookie: str, target: Target, count: int, *, seed: int) -> list[float]:
    chance = random.Random(f"{target.name} {seed}")
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        return [_timed(line, target.address(chance), cookie) for _ in range(count)]
    finally:
        line.close()


def _timed(line: HTTPConnection, address: str, cookie: str) -> float:
    began = time.perf_counter()
    line.request("GET", address, headers={"Cookie": cookie})
    answer = line.getresponse()
    answer.read()
    took = (time.perf_counter() - began) * 1000
    if answer.status != 200:
        raise RuntimeError(f"{address} answered {answer.status}")
    return took


def bare(person: User, target: Target) -> tuple[set[int], float]:
    """How many queries a page takes, whatever the values, and how long the same SQL takes by itself."""
    client, chance = Client(HTTP_HOST="127.0.0.1"), random.Random(target.name)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    counts, took = set(), []
    for _ in range(6):
        with CaptureQueriesContext(connection) as captured:
            client.get(target.address(chance))
        counts.add(len(captured))
        statements = [query["sql"] for query in captured.captured_queries if query["sql"].startswith("SELECT")]
        took.append(1000 * seconds(lambda: _execute(statements)))  # noqa: B023 - called at once
    return counts, median(took)


def _execute(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.cursor.execute(statement)
            cursor.fetchall()


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    return [int(child) for child in told.split()]


def megabytes(pid: int) -> float:
    """The most memory that a process has held."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0
