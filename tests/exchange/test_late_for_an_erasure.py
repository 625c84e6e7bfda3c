"""A laptop that was away while a class of somebody's data was erased: what it brings does not bring it back."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from gada import journal, vault
from gada.agencies.rules import Role
from gada.agencies.services import assign_role
from gada.biometrics.models import Capture, Template
from gada.engine.proof.ids import new_id
from gada.journal.models import Facts
from gada.journal.verifying import verify_log
from gada.people.models import Correction, Person
from gada.people.retention import mark_of
from gada.people.services import correct_person, erase_class, scope_of
from gada.people.words import Kept
from gada.vault import keystore
from gada.vault.blobs import blob_path
from tests.biometrics.builders import a_record
from tests.exchange.own_world import AT, OwnWorld, enrol, operator


@pytest.fixture
def world(tmp_path: Path, django_db_blocker: DjangoDbBlocker, django_db_setup: None) -> Iterator[OwnWorld]:
    with django_db_blocker.unblock():
        made = OwnWorld(tmp_path / "world")
        made.headquarters()
        yield made
        made.close()


def prints_of(person: Person, finger: int) -> UUID:
    """A finger with its picture, as a desk of this node records it."""
    picture = vault.put_blob(person.id, b"a picture of a finger")
    capture = {
        "id": str(new_id()), "position": finger, "outcome": "taken", "quality": 60, "advice": "", "device": "",
        "reason": "", "sample": str(picture),
    }
    template = {
        "id": str(new_id()), "position": finger, "quality": 60, "minutiae": 30, "capture": capture["id"],
        "record": base64.b64encode(a_record({finger: finger})).decode(),
    }
    with transaction.atomic():
        journal.record(
            "capture.taken", by=operator(), about=("person", person.id), subject=person.id, at=AT,
            scope=scope_of(person.site), purpose="registration",
            facts={"captures": [capture], "templates": [template], "source": "live", "algorithm": "test"},
        )
    return picture


def test_what_a_laptop_brings_late_stays_erased_on_every_node(world: OwnWorld) -> None:
    for name in ("a", "b"):
        world.laptop(name, "Diffa")
    with world.here("a"):
        person = enrol(phone="90112233").memberships.get(relationship="head").person
        pictures = [prints_of(person, 2)]
    world.carry("a", "hq")
    world.carry("hq", "b")
    with world.here("hq"):
        assign_role(operator=operator(), role=Role.DPO, by=operator("admin"), at=AT)
        found = Person.objects.select_related("site").get(id=person.id)
        with transaction.atomic():
            for kept in (Kept.CONTACT, Kept.PHOTO, Kept.PRINTS):
                erase_class(operator=operator(), people=[found], name=kept, ground="Échéance", at=AT)
    with world.here("a"):  # has not heard of it, and counts further than headquarters
        for number in range(20):
            correct_person(
                operator=operator(), person_id=person.id, changes={"phone": f"9000{number}"}, at=AT,
                saw={"phone": Person.objects.get(id=person.id).versions.get("phone", "")},
            )
        photo = vault.put_blob(person.id, b"a face")
        correct_person(
            operator=operator(), person_id=person.id, changes={"photo": str(photo), "mother": "Hadiza"}, saw={}, at=AT
        )
        pictures.append(prints_of(person, 3))
    world.carry("a", "hq")
    world.carry("hq", "a")
    world.carry("hq", "b")
    world.laptop("c", "Diffa")  # one that was never there
    world.carry("hq", "c")
    for name in ("hq", "a", "b", "c"):
        with world.here(name):
            row = Person.objects.get(id=person.id)
            assert (row.phone, row.photo, row.mother, row.given) == ("", None, "Hadiza", "Zeinabou"), name
            assert not Template.objects.exists() and not Capture.objects.exists(), name
            assert set(Correction.objects.values_list("field", flat=True)) == {"mother"}, name
            assert not Facts.objects.filter(entry__action="capture.taken").exists(), name
            assert {n for n, file in enumerate((photo, *pictures)) if blob_path(file).exists()} == set(), name
            assert mark_of(person.id, Kept.PRINTS) in keystore.erased(), name
            journal.seal(at=AT)
            assert verify_log().sound, name
