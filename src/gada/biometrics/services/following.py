"""What fingerprints do when something happens to their person (project/reactions.py calls these)."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.db import transaction

from gada import vault
from gada.biometrics.models import Capture, GalleryChange, Template
from gada.journal import Entry
from gada.people.words import Purpose


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
    person = entry.about[1]
    captures = Capture.objects.filter(person=person)
    samples = [sample for sample in captures.values_list("sample", flat=True) if sample]
    Template.objects.filter(person=person).delete()
    captures.delete()
    GalleryChange.objects.create(person=person)
    for sample in samples:
        transaction.on_commit(partial(vault.drop_blob, sample))
