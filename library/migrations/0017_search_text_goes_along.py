"""The full text of a book that is gone goes with its document; in PostgreSQL it always did, for it is a column."""

from django.db import migrations

CREATE = [
    "DELETE FROM library_searchtext WHERE rowid NOT IN (SELECT book_id FROM library_searchdocument)",
    "CREATE TRIGGER library_searchtext_goes_along AFTER DELETE ON library_searchdocument "
    "BEGIN DELETE FROM library_searchtext WHERE rowid = OLD.book_id; END",
]
DROP = ["DROP TRIGGER IF EXISTS library_searchtext_goes_along"]


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for statement in CREATE:
            schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for statement in DROP:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0016_page_indexes"),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]
