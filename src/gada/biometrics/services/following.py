"""What fingerprints do when something happens to their person (project/reactions.py calls these)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from gada import journal, vault
from gada.biometrics.models import Capture, GalleryChange, Template
from gada.journal import Entry
from gada.journal.models import LogEntry
from gada.journal.reading import open_entries
from gada.people.models import ErasedClass
from gada.people.retention import erased_after
from gada.people.words import Kept, Purpose


def notice_person(entry: Entry) -> None:
    """`person.answered`, `person.corrected`: the fingers may have to leave the gallery, or come back."""
    if entry.facts.get("purpose", Purpose.PRINTS) != Purpose.PRINTS:
        return
    if "changes" in entry.facts and "status" not in entry.facts["changes"]:
        return
    GalleryChange.objects.create(person=entry.about[1])


def notice_household(entry: Entry) -> None:
    """A death, a withdrawal, a return or their undoing: whoever's status changed leaves the gallery, or comes back."""
    told = entry.facts.get("undone", entry.facts)
    people = {change["target"] for change in told["changes"] if change["field"] == "status" and change["person"]}
    if told["kind"] == "member_born" and told["person"]:
        people.add(told["person"])
    for person in sorted(people):
        GalleryChange.objects.create(person=UUID(person))


def forget_prints(entry: Entry) -> None:
    """`person.erased`: records, tries and pictures go; the data key follows, and what is left is noise."""
    _forget(entry.about[1])


def forget_erased_prints(entry: Entry) -> None:
    """`person.class_erased`, or prints that came late: those taken without knowing of it go, with what entries said."""
    if entry.action == "person.class_erased" and entry.facts["class"] != Kept.PRINTS:
        return
    erased = ErasedClass.objects.filter(person=entry.about[1], kept=Kept.PRINTS).order_by("-version").first()
    if erased is None:
        return
    rows = LogEntry.objects.filter(about_type="person", about_id=entry.about[1], action="capture.taken")
    said = {each.row.id: each.facts for each in open_entries(rows) if each.facts is not None}
    lost = {id_ for id_, facts in said.items() if erased_after(facts, Kept.PRINTS) < erased.version}
    samples = {each["sample"] for id_ in lost for each in said[id_]["captures"] if each["sample"]}
    journal.withdraw_facts(lost)
    _forget(entry.about[1], but=[facts for id_, facts in said.items() if id_ not in lost])
    transaction.on_commit(partial(vault.drop_for_good, [UUID(sample) for sample in sorted(samples)]))


def _forget(person: UUID, *, but: Sequence[Mapping[str, Any]] = ()) -> None:
    """Records, tries and pictures, but for those that these facts name."""
    kept = {kind: [each["id"] for facts in but for each in facts[kind]] for kind in ("captures", "templates")}
    captures = Capture.objects.filter(person=person).exclude(id__in=kept["captures"])
    samples = [sample for sample in captures.values_list("sample", flat=True) if sample]
    Template.objects.filter(person=person).exclude(id__in=kept["templates"]).delete()
    captures.delete()
    GalleryChange.objects.create(person=person)
    for sample in samples:
        transaction.on_commit(partial(vault.drop_blob, sample))
