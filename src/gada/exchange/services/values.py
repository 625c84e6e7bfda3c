"""Agreed fields of our people, in the form in which they are sent and compared."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from gada.exchange.models import Link
from gada.exchange.rules.fields import FIELDS, MOST_DOCUMENTS
from gada.people.models import Document, Membership, Person

NAMES = ("given", "surname", "father", "mother")
BATCH = 500
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "given": ("given",),
    "surname": ("surname",),
    "father": ("father",),
    "mother": ("mother",),
    "sex": ("sex",),
    "phone": ("phone",),
    "birth": ("birth_from", "birth_to", "birth_precision", "birth_source"),
}


def values_of(people: Collection[UUID], fields: Collection[str]) -> dict[UUID, dict[str, Any]]:
    """person → field → value, for these fields; a value without the form of its field is left out."""
    found: dict[UUID, dict[str, Any]] = {}
    ids = list(people)
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        places = _places(part) if "place" in fields else {}
        documents = _documents(part) if "documents" in fields else {}
        for person in Person.objects.filter(id__in=part):
            values = {name: value_of_person(person, name) for name in fields if name in COLUMNS}
            if "place" in fields:
                values["place"] = places.get(person.id, "")
            if "documents" in fields:
                values["documents"] = documents.get(person.id, [])
            found[person.id] = {name: value for name, value in values.items() if FIELDS[name].fits(value)}
    return found


def compositions_of(people: list[UUID], agreement_id: UUID) -> dict[UUID, dict[str, Any]]:
    """Relationship, the pairs of linked members, and how many others there are: nobody unlinked is named."""
    own = {
        row.person_id: row
        for row in Membership.objects.filter(person_id__in=people, until=None).order_by("since")
    }
    households = {row.household_id for row in own.values()}
    members: dict[UUID, list[UUID]] = {}
    for household_id, person_id in Membership.objects.filter(
        household_id__in=households, until=None
    ).values_list("household_id", "person_id"):
        members.setdefault(household_id, []).append(person_id)
    everyone = [person_id for each in members.values() for person_id in each]
    pairs: dict[UUID, str] = {}
    for start in range(0, len(everyone), BATCH):
        linked = Link.objects.filter(
            agreement_id=agreement_id, withdrawn_at=None, person_id__in=everyone[start : start + BATCH]
        )
        pairs.update(linked.values_list("person_id", "pair"))
    return {
        person_id: {
            "relationship": row.relationship,
            "members": sorted(
                pairs[each] for each in members[row.household_id] if each in pairs and each != person_id
            ),
            "others": sum(each not in pairs for each in members[row.household_id]),
        }
        for person_id, row in own.items()
    }


def value_of_person(person: Person, field: str) -> Any:
    """One field of our row as it is sent."""
    if field == "birth":
        return {
            "from": person.birth_from.isoformat() if person.birth_from else None,
            "to": person.birth_to.isoformat() if person.birth_to else None,
            "precision": person.birth_precision,
            "source": person.birth_source,
        }
    if field == "phone":
        # A phone that is shared or watched is not given on.
        return re.sub(r"[^0-9+]", "", person.phone) if person.phone_is_safe else ""
    value = getattr(person, field)
    return " ".join(value.split()) if field in NAMES else value


def changes_for(field: str, value: Any) -> dict[str, Any]:
    """What to set on our row when a partner's value is taken over."""
    if field == "birth":
        return {
            "birth_from": value["from"],
            "birth_to": value["to"],
            "birth_precision": value["precision"],
            "birth_source": value["source"],
        }
    return {field: value}


def _places(people: Iterable[UUID]) -> dict[UUID, str]:
    rows = Membership.objects.filter(person_id__in=list(people), until=None).order_by("-since")
    return {
        person_id: " ".join(place.split())
        for person_id, place in rows.values_list("person_id", "household__place")
    }


def _documents(people: Iterable[UUID]) -> dict[UUID, list[dict[str, str]]]:
    found: dict[UUID, list[dict[str, str]]] = defaultdict(list)
    for document in Document.objects.filter(person_id__in=list(people)).order_by("kind", "number"):
        if len(found[document.person_id]) < MOST_DOCUMENTS:
            found[document.person_id].append(
                {"kind": document.kind, "number": document.number, "country": document.country}
            )
    return found
