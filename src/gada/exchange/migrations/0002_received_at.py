"""`received_at` held the moment that the partner claimed; it is the moment at which we took the package in."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def say_when_we_received(apps, schema_editor):
    # In the database that is being migrated: `journal compare` migrates one in memory beside the one in use.
    alias = schema_editor.connection.alias
    statements = apps.get_model("exchange", "Statement").objects.using(alias)
    packages = apps.get_model("exchange", "Package").objects.using(alias)
    done_at = packages.filter(id=OuterRef("package_id")).values("done_at")[:1]
    statements.filter(package__done_at__isnull=False).update(received_at=Subquery(done_at))


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial")]

    operations = [migrations.RunPython(say_when_we_received, migrations.RunPython.noop)]
