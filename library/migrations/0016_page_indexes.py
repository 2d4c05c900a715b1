import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0015_author_lists"),
    ]

    operations = [
        migrations.AlterField(
            model_name="coverage",
            name="book",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="coverages", to="library.book"
            ),
        ),
        migrations.AddIndex(
            model_name="book",
            index=models.Index(
                condition=models.Q(("is_announced", False), ("is_monitored", True), ("kind", "book")),
                fields=["sort_title", "id", "is_monitored", "kind", "is_announced", "has_audio", "released_on"],
                name="book_missing_by_title",
            ),
        ),
        migrations.AddIndex(
            model_name="coverage",
            index=models.Index(fields=["book", "edition"], name="coverage_by_book"),
        ),
        migrations.AddIndex(
            model_name="edition",
            index=models.Index(condition=models.Q(("status", "vanished")), fields=["id"], name="edition_vanished"),
        ),
        migrations.AddIndex(
            model_name="series",
            index=models.Index(fields=["name", "id"], name="series_by_name"),
        ),
    ]
