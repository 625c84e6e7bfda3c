from collections import defaultdict
from itertools import islice

from django.db import migrations

AT_ONCE = 500


def make_keys_anew(apps, schema_editor):
    """Search keys follow the table of names and how they are mixed: make those of everybody again."""
    from gada.people.features import all_keys, features_of

    alias = schema_editor.connection.alias
    people, memberships, keys, documents = (
        apps.get_model("people", name)._base_manager.using(alias) for name in ("Person", "Membership", "SearchKey", "Document")
    )
    keys.all().delete()
    ids = iter(list(people.exclude(status="erased").values_list("id", flat=True)))
    while part := list(islice(ids, AT_ONCE)):
        homes = {m.person_id: m.household for m in memberships.filter(person__in=part, until=None).select_related("household")}
        papers = defaultdict(list)
        for document in documents.filter(person__in=part):
            papers[document.person_id].append(document)
        rows = []
        for person in people.filter(id__in=part):
            home = homes.get(person.id)
            features = features_of(
                person, documents=papers[person.id], place=home.place if home else "", origin=home.origin if home else ""
            )
            rows += [keys.model(person_id=person.id, key=key) for key in all_keys(features)]
        keys.bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunPython(make_keys_anew, migrations.RunPython.noop)]
