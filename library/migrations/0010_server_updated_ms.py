from django.db import migrations, models


class Migration(migrations.Migration):
    """The moment of an item's last change is compared as the server tells it; the next sync fills it in."""

    dependencies = [
        ("library", "0009_calendar_feed"),
    ]

    operations = [
        migrations.RemoveField(model_name="edition", name="server_updated_at"),
        migrations.AddField(
            model_name="edition",
            name="server_updated_ms",
            field=models.BigIntegerField(
                blank=True,
                null=True,
                help_text="When the server last changed it, in milliseconds since 1970, as it tells.",
            ),
        ),
    ]
