"""What the database knows of its rows when it plans a query; after much has changed it should look again."""

from django.apps import apps
from django.db import connection

CHANGED_MUCH = 1_000
"""After fewer changed rows the statistics still tell the truth, or the database looks by itself."""
_SAMPLED = 1_000  # rows of each index that SQLite looks at: a fraction of a second, whatever the size


def refresh() -> None:
    """Have the database look at all tables again; safe to repeat, a matter of seconds."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA analysis_limit={_SAMPLED}")
            cursor.execute("ANALYZE")
            return
        # Also which pages hold only rows that all may see: without that, no answer comes from an index alone.
        command = "ANALYZE" if connection.in_atomic_block else "VACUUM (ANALYZE)"
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f"{command} {connection.ops.quote_name(model._meta.db_table)}")


def refresh_after(changed: int) -> bool:
    """Look again if so many rows changed that plans made before may be bad ones; returns whether it did."""
    if changed < CHANGED_MUCH:
        return False
    refresh()
    return True
