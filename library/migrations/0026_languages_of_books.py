from itertools import groupby

from django.db import migrations, models

BATCH = 1_000


def fill(apps, schema_editor):
    """From what the search has found each book under so far."""
    book, document = (apps.get_model("library", name) for name in ("Book", "SearchDocument"))
    told = document.objects.filter(facets__contains="language").values_list("pk", "facets")
    found_under = sorted((languages(facets), pk) for pk, facets in told.iterator(20_000))
    for codes, rows in groupby(found_under, key=lambda row: row[0]):
        keys = [pk for _, pk in rows]
        for start in range(0, len(keys), BATCH):
            book.objects.filter(pk__in=keys[start : start + BATCH]).update(languages=codes)


def languages(facets):
    codes = [token.removeprefix("language") for token in facets.split() if token.startswith("language")]
    kept = f" {' '.join(codes)} "
    return kept if codes and len(kept) <= 200 else ""  # of more none: the search says it anew when it reads the book


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0025_words_compared_letter_by_letter"),
    ]

    operations = [
        migrations.AddField(
            model_name="book",
            name="languages",
            field=models.CharField(
                blank=True,
                default="",
                editable=False,
                help_text="Codes of the languages that it is found under, a space around each; kept by the search.",
                max_length=200,
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
