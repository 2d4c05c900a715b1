from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0002_initial")]

    operations = [
        migrations.AddField(
            model_name="edition",
            name="release_facts",
            field=models.JSONField(blank=True, default=dict, help_text="What that release said of the book."),
        ),
    ]
