from django.db import migrations, models

WHY = [
    ("waiting", "waits for something that has not arrived yet"), ("newer", "was written by a newer release"),
    ("unknown", "comes from a node that is not known here"),
    ("expired", "comes from a device whose key had expired"),
    ("withdrawn", "comes from a device that was reported lost"), ("beyond", "is not its author’s to make"),
    ("refused", "was refused by a person"),
]


class Migration(migrations.Migration):

    dependencies = [("journal", "0004_own_nodes")]

    operations = [
        migrations.AlterField("heldentry", "why", models.CharField(max_length=9, choices=WHY)),
        migrations.CreateModel("HeldHead", [
            ("id", models.UUIDField(primary_key=True, serialize=False)),
            ("log_id", models.UUIDField(db_index=True)),
            ("author", models.UUIDField()),
            ("size", models.BigIntegerField()),
            ("why", models.CharField(max_length=9, choices=WHY)),
            ("box", models.BinaryField()),
            ("arrived_at", models.DateTimeField()),
        ]),
    ]
