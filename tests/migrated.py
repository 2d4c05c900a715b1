"""A migrated SQLite database that a run starts from, so that only new migrations take the time to be applied.

It is kept beside pytest's own cache, named after the content of all migrations; whoever changes one makes it anew.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from inspect import getsourcefile
from pathlib import Path
from sys import modules

import django
from django.db import connection
from django.db.migrations.loader import MigrationLoader

FOLDER = Path(__file__).parent.parent / ".pytest_cache" / "databases"


@contextmanager
def prefilled() -> Iterator[bool]:
    """Fill this process's database in memory from the kept one, if there is one; yields whether it is in memory.

    What is held in memory lives as long as a connection to it does, and so as long as this block.
    """
    if connection.vendor != "sqlite":
        yield False
        return
    address = connection.creation._get_test_db_name()  # the public way to it makes the database as well
    with closing(sqlite3.connect(address, uri=True)) as memory:
        if (kept := _kept()).exists():
            with closing(sqlite3.connect(kept)) as stored:
                stored.backup(memory)
        yield True


def keep() -> None:
    """Keep this process's migrated database for the next runs, instead of any earlier one."""
    kept = _kept()
    if connection.vendor != "sqlite" or kept.exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    earlier = set(FOLDER.iterdir())
    draft = kept.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(draft)) as stored:
        connection.connection.backup(stored)
    draft.replace(kept)
    for path in earlier:
        if path.suffix == kept.suffix and path != kept:
            path.unlink(missing_ok=True)


def _kept() -> Path:
    """Where the database is kept to which these very migrations lead."""
    content = sha256(f"{django.VERSION} {sqlite3.sqlite_version}".encode())
    for name, migration in sorted(MigrationLoader(None).disk_migrations.items()):
        content.update(repr(name).encode())
        content.update(Path(getsourcefile(modules[migration.__module__]) or "").read_bytes())
    return FOLDER / f"{content.hexdigest()[:32]}.sqlite3"
