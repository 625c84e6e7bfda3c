from django.db import migrations, models

KINDS = [
    ("member_born", "A child was born"), ("member_joined", "Somebody joined"), ("member_left", "Somebody left"),
    ("member_died", "Somebody died"), ("head_chosen", "Another head"), ("recipients_chosen", "Other recipients"),
    ("split", "Part of the household went its own way"), ("merged", "Two households became one"),
    ("moved", "The household moved"), ("withdrawn", "The household withdrew"), ("returned", "The household came back"),
    ("member_withdrawn", "Somebody withdrew"), ("member_returned", "Somebody came back"),
    ("renumbered", "A new number"), ("settled", "One of two versions was chosen"),
]


def name_targets(apps, schema_editor):
    """Until now every conflict was about a field of a person."""
    conflicts = apps.get_model("people", "Conflict").objects.using(schema_editor.connection.alias)
    conflicts.update(target=models.F("person"))


class Migration(migrations.Migration):

    dependencies = [("people", "0004_corrections_and_conflicts")]

    operations = [
        migrations.AddField("change", "settles", models.JSONField(null=True)),
        migrations.AlterField("conflict", "person", models.UUIDField(null=True, db_index=True)),
        migrations.AddField("conflict", "household", models.UUIDField(null=True, db_index=True)),
        migrations.AddField("conflict", "target", models.UUIDField(null=True)),
        migrations.RunPython(name_targets, migrations.RunPython.noop),
        migrations.AlterField("conflict", "target", models.UUIDField()),
        migrations.AlterField("happening", "kind", models.CharField(max_length=20, choices=KINDS)),
    ]
