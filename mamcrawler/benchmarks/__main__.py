"""Runs one benchmark in a process of its own: `python -m mamcrawler.benchmarks NAME [--json] [options]`.

The database and all folders are the benchmark's own; nothing of the user's is read or written.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

NAMES = ("library_sync", "adopt", "missing", "library_pages", "library_figures")
ISOLATED = "MAMCRAWLER_BENCHMARK"
BASE_DIR = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str]) -> int:
    """Run a benchmark; the exit code is 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="manage.py benchmark", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--database", default="", help="URL of a PostgreSQL server; a scratch database is made there")
    parser.add_argument("--items", type=int, default=50_000, help="items of the library (library_sync)")
    parser.add_argument("--files", type=int, default=5_000, help="audio files of the folder (adopt)")
    parser.add_argument("--books", type=int, default=100_000, help="books of the library (missing, pages)")
    parser.add_argument("--series", type=int, default=10_000, help="series of the library (missing)")
    parser.add_argument("--only", default="", help="only the pages with this in their name (library_pages)")
    parser.add_argument(
        "--keep", default="", help="a folder to keep the filled library for the next run in (library_pages)"
    )
    options = parser.parse_args(arguments)
    if options.keep and options.name != "library_pages":
        parser.error("--keep is for library_pages: the others measure how an empty library fills")
    if ISOLATED not in os.environ:
        return isolated(arguments, options)
    return measure(options)


def isolated(arguments: Sequence[str], options: argparse.Namespace) -> int:
    """Run the same again with a database and folders of its own."""
    with place(options.keep) as folder, scratch(options.database, Path(folder), is_kept=bool(options.keep)) as url:
        ours = {
            "DATA_DIR": folder,
            "TEST_DATABASE_URL": url,
            "MAMCRAWLER_IGNORE_DOTENV": "1",
            "SANDBOX_TIME_FACTOR": "1",
            "LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "mamcrawler.settings",
            ISOLATED: folder,
        }
        credentials = ("MAM_ID", "PROWLARR_API_KEY", "QBITTORRENT_URL", "AUDIOBOOKSHELF_TOKEN", "HARDCOVER_TOKEN")
        kept = {name: value for name, value in os.environ.items() if not name.startswith((*credentials, "LIBRARY_"))}
        environment = kept | ours
        migrate = [sys.executable, str(BASE_DIR / "manage.py"), "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=environment, cwd=BASE_DIR, check=True, stdout=sys.stderr)
        again = [sys.executable, "-m", "mamcrawler.benchmarks", *arguments]
        return subprocess.run(again, env=environment, cwd=BASE_DIR, check=False).returncode


@contextmanager
def place(kept: str) -> Iterator[str]:
    """The folder of the benchmark: one that is kept, or one that goes with the block."""
    if kept:
        Path(kept).mkdir(parents=True, exist_ok=True)
        yield str(Path(kept).resolve())
        return
    with tempfile.TemporaryDirectory(prefix="mamcrawler-benchmark-") as folder:
        yield folder


@contextmanager
def scratch(server: str, folder: Path, *, is_kept: bool = False) -> Iterator[str]:
    """A database that nobody else uses, by its URL; it is dropped in the end unless it is kept."""
    if not server:
        yield f"sqlite:///{folder / 'benchmark.sqlite3'}"
        return
    name = f"mamcrawler_benchmark_{folder.name if is_kept else os.getpid()}"
    base = urlunsplit(urlsplit(server)._replace(path=""))
    with psycopg.connect(f"{base.replace('postgres://', 'postgresql://')}/postgres", autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"{base}/{name}"
        finally:
            if not is_kept:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def measure(options: argparse.Namespace) -> int:
    """Run the benchmark here, in a process that knows nothing but its own database."""
    import django  # noqa: PLC0415 - settings are read from the environment that was just made

    django.setup()
    measured = importlib.import_module(f"mamcrawler.benchmarks.{options.name}").run(options)
    text = json.dumps(measured.told(), indent=2) if options.json else "\n".join(measured.lines())
    sys.stdout.write(f"{text}\n")
    return 0 if measured.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
