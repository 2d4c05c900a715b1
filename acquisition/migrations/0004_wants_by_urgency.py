from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("acquisition", "0003_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="want",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["-priority", "book"],
                name="want_open_by_priority",
            ),
        ),
    ]
