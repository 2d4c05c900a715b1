"""Adopting a folder of audiobooks that nobody has catalogued yet."""

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from library.models import AudioFile, Book, Edition, Shelf
from library.services import sync_shelf
from mamcrawler.benchmarks.measuring import Figure, Measured, peak_megabytes, seconds
from mamcrawler.sandbox.audio import write_m4b, write_mp3
from mamcrawler.sandbox.catalogue import synthetic

FILES_A_BOOK = 8  # of those in mp3; every third book is one m4b file
SECONDS = 20
KBPS = 64


def run(options: argparse.Namespace) -> Measured:
    """Lay out a collection, walk it without opening anything, adopt it, and look at it again."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lay_out(root, options.files)
        shelf = Shelf.objects.create(kind=Shelf.Kind.FOLDER, name="Adopted", path=str(root))
        read = seconds(lambda: read_all(root))
        adopted = seconds(lambda: sync_shelf(shelf, beat=_silent))
        peak = peak_megabytes()
        again = seconds(lambda: sync_shelf(shelf, beat=_silent))
    files = AudioFile.objects.count()
    conditions = {
        "files": files,
        "editions": Edition.objects.count(),
        "books": Book.objects.count(),
        "seconds_to_adopt": round(adopted, 2),
        "seconds_to_read_every_byte": round(read, 2),
        "seconds_to_look_again": round(again, 2),
        "database": connection.vendor,
    }
    figures = [
        Figure("audio files adopted a second", files / adopted, "files/s", 100, is_floor=True),
        Figure("peak memory of the worker", peak, "MB", 300),
    ]
    return Measured("adopt", conditions, figures)


def lay_out(root: Path, files: int) -> None:
    """Fill a folder with so many real audio files, in the usual order of folders; their tags say nothing."""
    write_m4b(root / "whole.m4b", seconds=SECONDS, kbps=KBPS, tags={}, chapters=[])
    write_mp3(root / "part.mp3", seconds=SECONDS, kbps=KBPS, tags={})
    left = files
    for number, book in enumerate(synthetic(files)):
        if left <= 0:
            break
        place = book.series[0]
        folder = root / book.authors[0] / place.name / f"{place.position} - {book.title} {{{number}}}"
        folder.mkdir(parents=True)
        for name in list(_names(number))[:left]:
            source = root / ("whole.m4b" if name.endswith("m4b") else "part.mp3")
            shutil.copyfile(source, folder / name)
            left -= 1
    (root / "whole.m4b").unlink()
    (root / "part.mp3").unlink()


def read_all(root: Path) -> None:
    """Read every byte, so that the disk is warm, and to say what the files alone cost."""
    for place, _, names in os.walk(root):
        for name in names:
            Path(place, name).read_bytes()


def _names(number: int) -> Iterator[str]:
    if number % 3 == 0:
        yield "whole.m4b"
    else:
        yield from (f"{part:02} - Part {part}.mp3" for part in range(1, FILES_A_BOOK + 1))


def _silent(_: str) -> None:
    """No job is told how far it is."""
