"""The Lamport counter: a sequence on PostgreSQL, one row on SQLite."""

from django.db import migrations


def start_clock(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE SEQUENCE IF NOT EXISTS journal_lamport")
    else:
        apps.get_model("journal", "Clock").objects.using(schema_editor.connection.alias).get_or_create(id=1, defaults={"value": 0})


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunPython(start_clock, migrations.RunPython.noop)]
