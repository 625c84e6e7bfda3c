from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("exchange", "0005_own_node_certificate")]

    operations = [migrations.AddField("ownnode", "refused", models.JSONField(default=dict))]
