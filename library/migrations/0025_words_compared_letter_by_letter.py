from django.db import migrations

COLUMNS = {"word": 120, "head": 2, "tail": 2}


def compared(schema_editor, collation):
    """PostgreSQL compares as the locale of its database says, in which the words from "de" up to the end of those that
    begin so are no unbroken run; SQLite compares letter by letter as it is."""
    if schema_editor.connection.vendor == "postgresql":
        changes = (f'ALTER {name} TYPE varchar({most}) COLLATE "{collation}"' for name, most in COLUMNS.items())
        schema_editor.execute(f"ALTER TABLE library_searchword {', '.join(changes)}")


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0024_facets_read_from_an_index"),
    ]

    operations = [
        migrations.RunPython(
            lambda _, schema_editor: compared(schema_editor, "C"),
            lambda _, schema_editor: compared(schema_editor, "default"),
        ),
    ]
