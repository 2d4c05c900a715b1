"""Want a book, or work out all wants."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from acquisition import services
from acquisition.models import Want
from library.models import Book


class Command(BaseCommand):
    """`manage.py want [BOOK_ID …] [--drop]`: without ids, every missing book is wanted."""

    help = "Want books by their id, or every missing book; --drop takes wants back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("book_ids", nargs="*", type=int, help="ids as `manage.py missing --json` lists them")
        parser.add_argument("--drop", action="store_true", help="stop looking for these books")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["book_ids"]:
            raised = services.raise_wants()
            self.stdout.write(f"{raised.new} new wants, {raised.dropped} dropped, {raised.open} open.")
            return
        books = Book.objects.in_bulk(options["book_ids"])
        if unknown := sorted(set(options["book_ids"]) - set(books)):
            raise CommandError(f"there is no book with the id {', '.join(map(str, unknown))}")
        for book in books.values():
            self.stdout.write(self._drop(book) if options["drop"] else f"wanted: {services.want_book(book)}")

    def _drop(self, book: Book) -> str:
        want = Want.objects.open().filter(book=book).first()
        if want is None or not services.drop_want(want):
            return f"not dropped: {book} is not wanted, or is on its way already"
        return f"dropped: {book}"
