from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("exchange", "0003_own_nodes")]

    operations = [migrations.AddField("ownnode", "refused", models.JSONField(default=dict))]
