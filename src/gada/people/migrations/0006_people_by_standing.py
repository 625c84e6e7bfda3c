from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0005_conflicts_of_households"),
        ("agencies", "0003_impact_assessments"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["status", "site"], name="people_by_standing"),
        ),
    ]
