"""Mirroring a library server, beside fetching and parsing the very same answers."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from django.conf import settings
from django.db import connection

from library.models import AudioFile, Book, Edition, Shelf
from library.services import discover_shelves, sync_shelf
from library.services.walking import PAGE, REQUEST
from mamcrawler.benchmarks.measuring import Figure, Measured, peak_megabytes, seconds

TOKEN = "example-token"  # noqa: S105 - the server of the benchmark takes any


def run(options: argparse.Namespace) -> Measured:
    """Fetch and parse everything, sync the same, and sync again with nothing changed."""
    with serving(options.items) as address:
        settings.AUDIOBOOKSHELF_URL, settings.AUDIOBOOKSHELF_TOKEN = address, TOKEN
        (shelf,) = discover_shelves()
        fetched = seconds(lambda: fetch(address, shelf, whole=True))
        listed = seconds(lambda: fetch(address, shelf, whole=False))
        synced = seconds(lambda: sync_shelf(shelf, beat=_silent))
        peak = peak_megabytes()
        with counting_rows() as written:
            again = seconds(lambda: sync_shelf(shelf, beat=_silent))
        report = sync_shelf(shelf, beat=_silent)
    rows = {
        "items": report.seen,
        "editions": Edition.objects.count(),
        "books": Book.objects.count(),
        "audio_files": AudioFile.objects.count(),
        "database": connection.vendor,
    }
    return Measured(
        "library_sync",
        rows,
        [
            Figure("first sync, beside fetching and parsing the same answers", synced, "s", 2.0, fetched),
            Figure("peak memory of the worker", peak, "MB", 300),
            Figure("second sync, beside fetching and parsing the list", again, "s", 1.2, listed),
            Figure("rows written by the second sync", sum(written), "rows", 0),
        ],
    )


def fetch(address: str, shelf: Shelf, *, whole: bool) -> None:
    """Ask for what a sync asks for, in the same portions, and only parse it."""
    timeout = httpx.Timeout(60, connect=5)
    headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"}
    with httpx.Client(base_url=address, headers=headers, timeout=timeout) as client:
        number, total = 0, 1
        while number * PAGE < total:
            query = {"limit": str(PAGE), "page": str(number), "sort": "addedAt", "minified": "1"}
            page = client.get(f"/api/libraries/{shelf.external_id}/items", params=query).json()
            number, total = number + 1, page["total"]
            ids = [row["id"] for row in page["results"]] if whole else []
            for start in range(0, len(ids), REQUEST):
                answer = client.post("/api/items/batch/get", json={"libraryItemIds": ids[start : start + REQUEST]})
                json.loads(answer.content)


@contextmanager
def counting_rows() -> Iterator[list[int]]:
    """How many rows each writing statement touches while the block runs."""
    touched: list[int] = []

    def watch(execute: Any, statement: str, parameters: Any, many: bool, context: Any) -> Any:
        result = execute(statement, parameters, many, context)
        if statement.lstrip().startswith(("INSERT", "UPDATE", "DELETE")):
            touched.append(context["cursor"].rowcount)
        return result

    with connection.execute_wrapper(watch):
        yield touched


@contextmanager
def serving(items: int) -> Iterator[str]:
    """A server with every answer ready, in a process of its own; by its address."""
    command = [sys.executable, "-m", "mamcrawler.benchmarks.prerendered", str(items)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def _silent(_: str) -> None:
    """No job is told how far the sync is."""
