"""One class of somebody's data is erased: what arrives late does not bring it back, in whatever order it arrives."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from django.db import transaction

from gada import journal, vault
from gada.biometrics.models import Template
from gada.journal import Entry
from gada.journal.comparing import compare_state
from gada.journal.models import Facts, LogEntry
from gada.journal.reading import entry_of, open_entries
from gada.journal.rebuilding import memory_database, rebuilding
from gada.journal.registry import APPLY
from gada.journal.verifying import verify_log
from gada.people.models import Correction, ErasedClass, Person
from gada.people.retention import mark_of
from gada.people.services import correct_person, erase_class, erase_classes_again, scope_of
from gada.people.words import Kept
from gada.vault import keystore
from tests.biometrics.builders import registered, take_prints
from tests.people.builders import a_person
from tests.world import AT, Role, an_operator, refused

pytestmark = pytest.mark.django_db(transaction=True)
FIELDS = ("given", "phone", "phone_is_safe", "photo", "versions", "custom", "residence_status")


def erased(person: Person, kept: str) -> None:
    dpo = an_operator(Role.DPO)
    with transaction.atomic():
        erase_class(operator=dpo, people=[person], name=kept, ground="Échéance", at=AT)


def said_unknowing(person: Person, **changes: Any) -> None:
    """A correction by somebody whose node had not heard of any erasure, however late its Lamport counter."""
    with transaction.atomic():
        journal.record(
            "person.corrected", by=an_operator(Role.CLERK), about=("person", person.id), subject=person.id,
            facts={"changes": changes, "saw": {}}, scope=scope_of(person.site), at=AT,
        )


def test_the_value_goes_and_a_late_correction_does_not_bring_it_back() -> None:
    person = a_person(phone="+227 90 11 22 33", residence_status="idp")
    erased(person, Kept.CONTACT)
    person.refresh_from_db()
    assert (person.phone, person.residence_status) == ("", "idp")
    said_unknowing(person, phone="+22790112233", given="Aïcha")
    person.refresh_from_db()
    assert (person.phone, person.given) == ("", "Aïcha")
    assert not Correction.objects.filter(field="phone").exists()


def test_what_somebody_says_who_knows_of_the_erasure_stands() -> None:
    person = a_person(phone="+227 1")
    erased(person, Kept.CONTACT)
    person.refresh_from_db()
    clerk = an_operator(Role.CLERK)
    correct_person(
        operator=clerk, person_id=person.id, changes={"phone": "+2272"}, saw={"phone": person.versions["phone"]}, at=AT
    )
    person.refresh_from_db()
    assert person.phone == "+2272"


def test_any_order_of_arrival_gives_the_same_person() -> None:
    person = a_person(phone="+227 1")
    said_unknowing(person, phone="+2272")
    erased(person, Kept.CONTACT)
    said_unknowing(person, phone="+2273", given="Aïcha")
    person.refresh_from_db()
    correct_person(
        operator=an_operator(Role.CLERK), person_id=person.id, changes={"phone": "+2274"},
        saw={"phone": person.versions["phone"]}, at=AT,
    )
    person.refresh_from_db()
    truth = {name: getattr(person, name) for name in FIELDS}
    assert person.phone == "+2274"
    about = LogEntry.objects.filter(about_id=person.id).order_by("lamport")
    entries = [entry_of(opened) for opened in open_entries(list(about))]
    assert len(entries) == 5
    with memory_database() as alias, rebuilding():
        for order in list(permutations(entries))[::3]:
            assert replayed(order, person, alias) == truth


def replayed(entries: tuple[Entry, ...], person: Person, alias: str) -> dict[str, Any]:
    with transaction.atomic(using=alias):
        for entry in entries:
            APPLY[entry.action]([entry])
        row = Person.objects.get(id=person.id)
        assert not Correction.objects.filter(value="+2273").exists()
        transaction.set_rollback(True, using=alias)
    return {name: getattr(row, name) for name in FIELDS}


def test_a_photo_goes_as_a_file_and_the_key_store_remembers() -> None:
    person = a_person()
    photo = vault.put_blob(person.id, b"a face")
    said_unknowing(person, photo=str(photo))
    erased(person, Kept.PHOTO)
    person.refresh_from_db()
    assert person.photo is None
    assert not vault.blobs.blob_path(photo).exists()
    assert mark_of(person.id, Kept.PHOTO) in keystore.erased()
    with refused("class-whole"):
        erased(person, Kept.IDENTITY)


def test_prints_go_with_what_their_entries_said_and_the_journal_still_verifies() -> None:
    person = registered()
    take_prints(person, {7: 7})
    assert Template.objects.filter(person=person).exists()
    journal.seal(at=AT)
    erased(person, Kept.PRINTS)
    assert not Template.objects.filter(person=person).exists()
    assert not Facts.objects.filter(entry__action="capture.taken", entry__about_id=person.id).exists()
    journal.seal(at=AT)
    report = verify_log()
    assert report.sound
    assert report.erased == 1
    found = compare_state()
    assert found.differences == ()
    take_prints(person, {7: 7})  # taken again by somebody who knows: they stand
    assert Template.objects.filter(person=person).exists()
    assert ErasedClass.objects.count() == 1


def test_a_restored_backup_erases_again_what_the_key_store_remembers() -> None:
    person, other = a_person(phone="+227 1"), a_person(phone="+227 2")
    node = ("node", vault.identity().node_id)
    for again in (1, 0):
        with transaction.atomic():
            assert erase_classes_again({mark_of(person.id, Kept.CONTACT)}, by=node, at=AT) == again
    person.refresh_from_db()
    other.refresh_from_db()
    assert (person.phone, other.phone) == ("", "+2272")
