"""The pages and lists of a large library: real requests to the web server as it ships, from several clients at once."""

import argparse
import os
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median, quantiles

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.cache import cache
from django.db import connection, reset_queries
from django.test import Client
from django.test.utils import CaptureQueriesContext

from library.models import Book
from library.services import indexing, planning_statistics
from mamcrawler.benchmarks import library_rows
from mamcrawler.benchmarks.measuring import Figure, Measured, Stolen, seconds
from mamcrawler.benchmarks.page_targets import Target, targets
from mamcrawler.benchmarks.serving import Server, served
from mamcrawler.operations.models import User
from mamcrawler.operations.sessions import BACKEND, SessionStore

CLIENTS = 4
REQUESTS = 400  # of each page, by all clients together: the p99 is then no longer the second slowest
WARMING = 24
QUIET = 0.02
"""A host may take away so much of the processors meanwhile: with a fifth of them gone, times are thrice as long."""
ROUNDS = 5
P99_MS, FIRST_MS, MEMORY_MB = 100, 1_000, 300
SMALL = 5_000
"""Beside the queries of a library of so many books stand those of the large one."""
MORE_QUERIES = 1
"""By so many may they differ: what few books are found by, many have to be counted with."""
SAMPLES = 10


class OtherLibrary(Exception):
    """The library that was kept has another size than the one to measure."""


@dataclass(frozen=True)
class Bare:
    """What a page asks of the database: at most so many queries, and the milliseconds that these take by themselves."""

    queries: int
    ms: float


def run(options: argparse.Namespace) -> Measured:
    """Fill a library, serve it, and measure every page."""
    measured = Measured("library_pages", _conditions(options.books))
    with small_library(min(SMALL, options.books)):
        small = {target.name: bare(_person(), target).queries for target in _chosen(options.only)}
    measured.conditions |= filled(options.books)
    person, chosen = _person(), _chosen(options.only)
    large = {target.name: bare(person, target) for target in chosen}
    connection.close()
    with served(signed_in(person)) as server:
        first = Figure("first request after start", server.first_ms(), "ms", FIRST_MS)
        measured.figures.append(first)
        for target in chosen:
            quiet = quiet_round(server, target)
            measured.figures += _figures(target, quiet.took, large[target.name], small[target.name])
            measured.conditions[f"{target.name}: ms of a processor"] = round(quiet.computed_ms, 1)
            measured.conditions[f"{target.name}: % taken by the host"] = round(100 * quiet.stolen, 1)
        measured.figures += [
            Figure(f"memory of web process {number}", held, "MB", MEMORY_MB)
            for number, held in enumerate(server.megabytes(), start=1)
        ]
    measured.conditions["load after"] = round(os.getloadavg()[0], 2)
    return measured


def filled(books: int) -> dict[str, float]:
    """Put the library into the database unless it is there; returns how many seconds each step took.

    :raises OtherLibrary: if one of another size is there.
    """
    if there := Book.objects.count():
        if there != books or indexing.waiting().exists():
            raise OtherLibrary(f"{there} books were kept, not {books}: name another folder")
        return {}
    took = {
        "filled in seconds": seconds(lambda: library_rows.fill(books)),
        "indexed in seconds": seconds(indexing.catch_up),
        "planning statistics in seconds": seconds(planning_statistics.refresh),
    }
    return {step: round(second, 1) for step, second in took.items()}


@contextmanager
def small_library(books: int) -> Iterator[None]:
    """While the block lasts, a library of a few books in a database of its own."""
    large = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        filled(books)
        yield
    finally:
        connection.creation.destroy_test_db(large, verbosity=0)
        connection.close()  # one in memory stays open


def bare(person: User, target: Target) -> Bare:
    """What a page asks of the database whatever the values, and how long the same SQL takes by itself."""
    client, chance = Client(HTTP_HOST="127.0.0.1"), random.Random(target.name)
    client.force_login(person, backend=BACKEND)
    queries, took = 0, []
    for _ in range(SAMPLES):
        address = target.address(chance)
        reset_queries()  # no more than some thousands are told
        cache.clear()  # what is only asked for now and then counts too
        queries = max(queries, len(_queries(client, address)))
        statements = [sql for sql in _queries(client, address) if sql.startswith("SELECT")]
        took.append(1000 * seconds(lambda: _execute(statements)))  # noqa: B023 - called at once
    return Bare(queries, median(took))


def _conditions(books: int) -> dict[str, object]:
    load = round(os.getloadavg()[0], 2)
    return {
        "database": connection.vendor,
        "books": books,
        "clients": CLIENTS,
        "requests a page": REQUESTS,
        "processors": os.cpu_count(),
        "load before": load,
    }


def _chosen(only: str) -> list[Target]:
    return [target for target in targets() if only in target.name]


@dataclass(frozen=True)
class Round:
    """How many milliseconds each request of a page took, and what the host took away meanwhile, from 0 to 1."""

    took: Sequence[float]
    stolen: float
    computed_ms: float  # by the web server's processes, for one request


def quiet_round(server: Server, target: Target) -> Round:
    """Ask for a page until the host leaves the machine alone meanwhile, a few times at most: the quietest round counts.

    Which one that is, the host's own count decides, never the times.
    """
    rounds: list[Round] = []
    while len(rounds) < ROUNDS and (not rounds or rounds[-1].stolen > QUIET):
        before = server.processor_ms()
        with Stolen() as host:
            took = server.ask(target, clients=CLIENTS, requests=REQUESTS, warming=WARMING)
        rounds.append(Round(took, host.share, (server.processor_ms() - before) / (REQUESTS + WARMING)))
        told = f"{median(took):.0f} ms, p99 {_p99(took):.0f} ms, {host.share:.0%} taken by the host"
        sys.stderr.write(f"{target.name}: {told}\n")
    return min(rounds, key=lambda one: one.stolen)


def _figures(target: Target, took: Sequence[float], large: Bare, small_queries: int) -> list[Figure]:
    most = small_queries + MORE_QUERIES
    return [
        Figure(f"{target.name}: p50", median(took), "ms", P99_MS, large.ms, is_absolute=True),
        Figure(f"{target.name}: p99", _p99(took), "ms", P99_MS, large.ms, is_absolute=True),
        Figure(f"{target.name}: queries", large.queries, "queries", most, small_queries, is_absolute=True),
    ]


def _p99(took: Sequence[float]) -> float:
    return quantiles(took, n=100)[-1]


def _person() -> User:
    return User.objects.get_or_create(username="reader", defaults={"role": User.Role.OWNER})[0]


def signed_in(person: User) -> str:
    """The cookie of somebody who is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return f"mamcrawler_session={session.session_key}"


def _queries(client: Client, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return [query["sql"] for query in captured.captured_queries]


def _execute(statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.cursor.execute(statement)
            cursor.fetchall()
