"""The database's own full text: an FTS5 table in SQLite, a tsvector beside each document in PostgreSQL."""

from django.db import migrations

CREATE = {
    "sqlite": [
        "CREATE VIRTUAL TABLE library_searchtext USING fts5("
        "title, author, series, narrator, identifiers, facets, prefix='2 3 4', tokenize='unicode61')",
    ],
    "postgresql": [
        "ALTER TABLE library_searchdocument ADD COLUMN vector tsvector NOT NULL DEFAULT ''",
        "CREATE INDEX library_searchdocument_vector ON library_searchdocument USING gin (vector)",
        "CREATE INDEX book_by_release ON library_book (released_on DESC NULLS LAST, sort_title, id)",
    ],
}
DROP = {
    "sqlite": ["DROP TABLE IF EXISTS library_searchtext"],
    "postgresql": [
        "DROP INDEX IF EXISTS book_by_release",
        "ALTER TABLE library_searchdocument DROP COLUMN IF EXISTS vector",
    ],
}


def create(apps, schema_editor):
    for statement in CREATE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    for statement in DROP[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0006_search"),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]
