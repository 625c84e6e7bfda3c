"""The Lamport counter on PostgreSQL is a sequence; SQLite makes its one row at first use."""

from django.db import migrations


def start_clock(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE SEQUENCE IF NOT EXISTS journal_lamport")


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunPython(start_clock, migrations.RunPython.noop)]
