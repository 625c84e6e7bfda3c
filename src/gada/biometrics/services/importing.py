"""Prints that an agency already holds, as ISO/IEC 19794-2 records: no extraction, no image, in bulk."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from gada import journal
from gada.agencies.models import Operator, Site
from gada.agencies.services import authorize
from gada.biometrics import rules
from gada.biometrics.models import Source, Template
from gada.biometrics.queries.permission import asked_about
from gada.biometrics.services.reading import GIVEN_RECORD, single_record
from gada.engine.formats.minutiae import read_minutiae
from gada.engine.proof.digests import digest_hex
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid
from gada.journal import Item
from gada.people.models import ErasedClass, Person
from gada.people.queries import known_erasures
from gada.people.services import scope_of
from gada.people.words import Kept

CHUNK = 200  # people a transaction: short enough that other writers never wait long


@dataclass(frozen=True, slots=True)
class ImportedPrints:
    """What an import did: people and fingers taken, and for everybody left out the code of the reason."""

    people: int = 0
    fingers: int = 0
    left_out: dict[UUID, str] = field(default_factory=dict)


def import_templates(
    *, operator: Operator, site: Site, items: Sequence[tuple[UUID, bytes]], at: datetime
) -> ImportedPrints:
    """Keep the records of many people of one site. Importing the same file again adds nothing.

    Nobody's refusal is overridden: who refused, is too young, is unknown here or whose record cannot be read
    is left out, with the reason; the others are taken.
    """
    authorize(operator, "template.import", site=site, at=at)
    people = fingers = 0
    left_out: dict[UUID, str] = {}
    for start in range(0, len(items), CHUNK):
        done = _import_chunk(operator, site, items[start : start + CHUNK], at=at)
        people, fingers = people + done.people, fingers + done.fingers
        left_out |= done.left_out
    return ImportedPrints(people, fingers, left_out)


def _import_chunk(
    operator: Operator, site: Site, items: Sequence[tuple[UUID, bytes]], *, at: datetime
) -> ImportedPrints:
    left_out: dict[UUID, str] = {}
    read = _read_all(items, left_out)
    with transaction.atomic():
        here = set(Person.objects.filter(id__in=list(read), site=site).values_list("id", flat=True))
        asked = asked_about(here, at=at)
        held = set(Template.objects.filter(person__in=here).values_list("person_id", "position", "digest"))
        again = set(ErasedClass.objects.filter(person__in=here, kept=Kept.PRINTS).values_list("person", flat=True))
        wanted: list[Item] = []
        count = 0
        for person, found in read.items():
            code = rules.why_not(asked[person]) if person in here else "person-unknown"
            if code:
                left_out[person] = code
                continue
            fresh = [facts for digest, facts in found if (person, facts["position"], digest) not in held]
            if fresh:
                count += len(fresh)
                known = known_erasures(person, [Kept.PRINTS]) if person in again else {}
                wanted.append(_item(person, fresh, known))
        journal.record_all(
            "capture.taken", items=wanted, by=operator, scope=scope_of(site), purpose="registration", at=at
        )
    return ImportedPrints(len(wanted), count, left_out)


def _item(person: UUID, fingers: list[dict[str, Any]], known: dict[str, Any]) -> Item:
    facts = {"captures": [], "templates": fingers, "source": str(Source.IMPORT), "algorithm": GIVEN_RECORD, **known}
    return Item(about=("person", person), subject=person, facts=facts)


def _read_all(
    items: Sequence[tuple[UUID, bytes]], left_out: dict[UUID, str]
) -> dict[UUID, list[tuple[str, dict[str, Any]]]]:
    """Per person (digest, facts) of each finger's best view; who has none to show is left out with the reason."""
    read: dict[UUID, list[tuple[str, dict[str, Any]]]] = {}
    for person, data in items:
        try:
            fingers = _fingers(data)
        except Invalid as refusal:
            left_out[person] = refusal.code
            continue
        if fingers:
            read.setdefault(person, []).extend(fingers)
        else:
            left_out[person] = "print-too-poor"
    return read


def _fingers(data: bytes) -> list[tuple[str, dict[str, Any]]]:
    views = [view for view in read_minutiae(data) if rules.is_usable(view.template)]
    best = rules.best_tries([(view.position, view.template.finger_quality) for view in views])
    found = []
    for index in sorted(best):
        view = views[index]
        record = single_record(view.position, view.template)
        found.append((digest_hex(record), {
            "id": str(new_id()), "position": view.position, "record": base64.b64encode(record).decode(),
            "quality": view.template.finger_quality, "minutiae": len(view.template), "capture": None,
        }))
    return found
