"""Facts about fingerprints become rows. The record in the facts alone rebuilds every template."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gada import vault
from gada.biometrics.models import Capture, GalleryChange, Template
from gada.journal import Entry, applies
from gada.journal.inserting import held_values, insert_rows, insert_values
from gada.people.models import ErasedClass
from gada.people.retention import erased_after
from gada.people.words import Kept

REBUILT = (Capture, Template)
BATCH = 300


@applies("capture.taken", schema=1)
def captures_taken(entries: Sequence[Entry]) -> list[list[Capture]]:
    """Rows of each entry's captures, in order of the entries. Written twice, they stay as they are."""
    lost = unknowing(entries)
    entries, all_of_them = [entry for entry in entries if entry.id not in lost], entries
    known = set(Capture.objects.filter(id__in=_ids(entries, "captures")).values_list("id", flat=True))
    captures = {
        entry.id: [_capture(entry, facts) for facts in entry.facts["captures"]] for entry in entries
    }
    fresh = [capture for rows in captures.values() for capture in rows if capture.id not in known]
    Capture.objects.bulk_create(fresh, batch_size=BATCH)
    _add_templates(entries)
    return [captures.get(entry.id, []) for entry in all_of_them]


def unknowing(entries: Sequence[Entry]) -> set[UUID]:
    """Those of prints that were erased, by somebody who did not know it: they come too late, in any order."""
    people = {entry.about[1] for entry in entries}
    if not held_values("person", list(people), ErasedClass):
        return set()
    erased = ErasedClass.objects.filter(person__in=people, kept=Kept.PRINTS).order_by("version")
    newest = dict(erased.values_list("person", "version"))
    return {
        entry.id for entry in entries if erased_after(entry.facts, Kept.PRINTS) < newest.get(entry.about[1], "")
    }


def _add_templates(entries: Sequence[Entry]) -> None:
    people = {entry.about[1] for entry in entries if entry.facts["templates"]}
    keys = vault.data_keys(people, create=True)
    rows = (_template(entry, facts, keys) for entry in entries for facts in entry.facts["templates"])
    held = set(Template.objects.filter(person__in=people).values_list("person_id", "position", "digest"))
    held |= set(Template.objects.filter(id__in=_ids(entries, "templates")).values_list("id"))
    fresh: dict[tuple[Any, ...], Template] = {}
    for row in rows:  # the same record from two places is one template
        if (row.id,) not in held and (row.person_id, row.position, row.digest) not in held:
            fresh.setdefault((row.person_id, row.position, row.digest), row)
    insert_rows(list(fresh.values()))
    insert_values(GalleryChange, ["person"], [[person] for person in sorted(people)])


def _capture(entry: Entry, facts: dict[str, Any]) -> Capture:
    return Capture(
        id=UUID(facts["id"]), person_id=entry.about[1], taken_at=entry.happened_at,
        sample=UUID(facts["sample"]) if facts["sample"] else None,
        **{name: facts[name] for name in ("position", "outcome", "quality", "advice", "device", "reason")},
    )


def _template(entry: Entry, facts: dict[str, Any], keys: dict[UUID, bytes]) -> Template:
    record = base64.b64decode(facts["record"])
    person = entry.about[1]
    return Template(
        id=UUID(facts["id"]), person_id=person, record=vault.seal_for(person, record, keys=keys),
        digest=hashlib.sha256(record).hexdigest(), algorithm=entry.facts["algorithm"], source=entry.facts["source"],
        capture_id=UUID(facts["capture"]) if facts["capture"] else None, taken_at=entry.happened_at,
        **{name: facts[name] for name in ("position", "quality", "minutiae")},
    )


def _ids(entries: Sequence[Entry], kind: str) -> list[UUID]:
    return [UUID(facts["id"]) for entry in entries for facts in entry.facts[kind]]
