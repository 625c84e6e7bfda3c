from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0004_corrections_and_conflicts"),
        ("agencies", "0003_impact_assessments"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["status", "site"], name="people_by_standing"),
        ),
    ]
