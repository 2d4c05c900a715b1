"""List the books that are missing."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from library.models import Book


class Command(BaseCommand):
    """`manage.py missing [--series NAME] [--json]`."""

    help = "List the books that should be on a shelf and are not, with the gap each stands in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--series", default="", help="only of series with this in their name")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        books = Book.objects.missing().for_list()
        if options["series"]:
            books = books.filter(series_entries__series__name__icontains=options["series"]).distinct()
        rows = [_row(book) for book in books]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2, ensure_ascii=False))
            return
        for row in rows:
            place = f"{row['series']} {row['position']}".strip()
            self.stdout.write(f"{row['title']} by {row['authors']}" + (f" ({place})" if place else ""))
        self.stdout.write(f"{len(rows)} books are missing." if rows else "No book is missing.")


def _row(book: Book) -> dict[str, Any]:
    entry = book.first_place()
    return {
        "id": book.pk,
        "title": book.title,
        "authors": book.author_names,
        "series": entry.series.name if entry else "",
        "position": entry.position if entry else "",
        "released_on": book.released_on.isoformat() if book.released_on else None,
    }
