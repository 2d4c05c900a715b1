from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0026_languages_of_books"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="book", name="book_by_title"),
        migrations.AddIndex(
            model_name="book",
            index=models.Index(fields=["sort_title", "id", "is_unclaimed", "languages"], name="book_by_title"),
        ),
    ]
