"""Registration, correction, answers, erasure: facts become rows, commutative field by field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Model

from gada.journal import Entry, applies
from gada.journal.inserting import held_values, insert_rows, insert_values
from gada.people.apply.following import changed_among, follow, registered_into, renew_keys
from gada.people.apply.retaining import blank_erased, erased_among
from gada.people.features import all_keys, features_from_facts
from gada.people.keeping_keys import add_keys
from gada.people.merging import (
    arrange_number,
    corrected_among,
    insert_numbered,
    keep_corrections,
    merge_corrections,
    number_given,
)
from gada.people.models import (
    Change,
    Conflict,
    Consent,
    Correction,
    Death,
    Document,
    Household,
    Membership,
    Person,
    SearchKey,
)
from gada.people.words import PersonStatus

AS_SAID = (
    "given", "surname", "father", "mother", "sex", "birth_precision", "birth_source", "residence_status", "nationality",
    "phone", "phone_is_safe", "needs_protection", "unaccompanied", "source", "source_key", "custom",
)


@applies("household.enrolled", schema=1)
def households_enrolled(entries: Sequence[Entry]) -> list[Household]:
    fresh = _fresh(Household, entries)
    made = insert_numbered(Household, [_household(entry) for entry in fresh])
    ids = [household.id for household in made]
    for start in range(0, len(ids), 500):
        early = Membership.objects.filter(household__in=ids[start : start + 500]).values_list("person", flat=True)
        follow(people=early)  # usually nobody: a household arrives before its people
    follow(households=changed_among(ids))
    return _in_order(Household, entries, made)


@applies("person.enrolled", schema=1)
def people_enrolled(entries: Sequence[Entry]) -> list[Person]:
    fresh = _fresh(Person, entries)
    people = insert_numbered(Person, [_person(entry) for entry in fresh])
    _join([_membership(entry, entry.facts["membership"]) for entry in fresh if entry.facts["membership"]])
    _insert(Document, [_document(entry, document) for entry in fresh for document in entry.facts["documents"]])
    _insert(Consent, [_consent(entry, consent) for entry in fresh for consent in entry.facts["consents"]])
    add_keys((UUID(entry.facts["id"]), _keys(entry)) for entry in fresh)
    for person in merge_corrections(corrected_among({row.id for row in people})).values():
        renew_keys(person)  # a correction came before the registration
    _catch_up([person.id for person in people])
    blank_erased(erased_among({row.id for row in people}))
    return _in_order(Person, entries, people)


@applies("person.corrected", schema=1)
def people_corrected(entries: Sequence[Entry]) -> list[Person]:
    """Every correction is kept; each field shows the newest, in any order of arrival (merging.py)."""
    keep_corrections(entries)
    about = {entry.about[1] for entry in entries}
    blank_erased(erased_among(about))
    changed = merge_corrections(about)
    for person in changed.values():
        renew_keys(person)
    return [changed[entry.about[1]] for entry in entries if entry.about[1] in changed]


@applies("person.answered", schema=1)
def purposes_answered(entries: Sequence[Entry]) -> list[Consent]:
    """Answers are only ever added; the one with the greatest Lamport counter counts."""
    return list(insert_rows([Consent(**_consent(entry, entry.facts)) for entry in _fresh(Consent, entries)]))


@applies("person.erased", schema=1)
def people_erased(entries: Sequence[Entry]) -> list[Person]:
    """What is left of an erased person: an id, a number, and the fact that they were served."""
    people = [entry.about[1] for entry in entries]
    numbers = {number_given(row) for row in Person.objects.filter(id__in=people).only("number")}
    Person.objects.filter(id__in=people).update(
        given="", surname="", father="", mother="", sex="", birth_from=None, birth_to=None, birth_precision="unknown",
        birth_source="", residence_status="", nationality="", phone="", photo=None, source="", source_key="", custom={},
        status=PersonStatus.ERASED, versions={},
    )
    for model in (SearchKey, Document, Consent, Correction, Conflict, Death):
        model._default_manager.filter(person__in=people).delete()
    known = held_values("id", people, Person)
    insert_rows([_remains(entry) for entry in entries if entry.about[1] not in known and entry.scope.site])
    for number in numbers:
        arrange_number(Person, number)
    homes = Change.objects.filter(person__in=people).exclude(household=None).values_list("household", flat=True)
    here = Membership.objects.filter(person__in=people).values_list("household", flat=True)
    follow(households=changed_among({home for home in [*homes, *here] if home}))
    return list(Person.objects.filter(id__in=people))


def _join(memberships: list[dict[str, Any]]) -> None:
    """As registered; into a household to which something happened already, as that leaves it."""
    changed = changed_among({each["household_id"] for each in memberships})
    _insert(Membership, [each for each in memberships if each["household_id"] not in changed])
    for each in memberships:
        if each["household_id"] in changed:
            registered_into(each["household_id"], each)
    follow(households=changed)


def _catch_up(people: list[UUID]) -> None:
    """What was said of somebody before their registration arrived."""
    for start in range(0, len(people), 500):
        waiting = Change.objects.filter(person__in=people[start : start + 500]).values_list("household", "person")
        if pairs := list(waiting):
            follow(households={home for home, _ in pairs if home}, people={person for _, person in pairs if person})


def _remains(entry: Entry) -> Person:
    """Somebody whose registration came here after their erasure, without words: cases may still name them."""
    return Person(
        id=entry.about[1], number=f"~{entry.about[1].hex[-16:]}", site_id=entry.scope.site, given="",
        status=PersonStatus.ERASED, enrolled_at=entry.happened_at,
    )


def _fresh(model: type[Model], entries: Sequence[Entry]) -> list[Entry]:
    ids = [UUID(entry.facts["id"]) for entry in entries]
    held = held_values("id", ids, model)
    return [entry for entry, id_ in zip(entries, ids, strict=True) if id_ not in held]


def _in_order(model: Any, entries: Sequence[Entry], made: Sequence[Any] = ()) -> list[Any]:
    """One row per entry: those just made as they are, the others as they lie."""
    found, ids = {row.id: row for row in made}, [UUID(entry.facts["id"]) for entry in entries]
    if missing := [id_ for id_ in ids if id_ not in found]:
        found |= model.objects.in_bulk(missing)
    return [found[id_] for id_ in ids]


def _household(entry: Entry) -> Household:
    facts = entry.facts
    return Household(
        id=UUID(facts["id"]), number=facts["number"], site_id=entry.scope.site, programme_id=entry.scope.programme,
        place=facts["place"], origin=facts["origin"], source=facts["source"], source_key=facts["source_key"],
        custom=facts["custom"], enrolled_at=entry.happened_at,
    )


def _person(entry: Entry) -> Person:
    facts = entry.facts
    return Person(
        id=UUID(facts["id"]),
        number=facts["number"],
        site_id=entry.scope.site,
        enrolled_at=entry.happened_at,
        birth_from=_date(facts["birth_from"]),
        birth_to=_date(facts["birth_to"]),
        photo=UUID(facts["photo"]) if facts["photo"] else None,
        **{name: facts[name] for name in AS_SAID},
    )


def _insert(model: type[Model], rows: list[dict[str, Any]]) -> None:
    # Values, not objects: nobody asks for these rows, and making objects of them took a fifth of an import.
    if rows:
        insert_values(model, list(rows[0]), [row.values() for row in rows])


def _membership(entry: Entry, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": UUID(facts["id"]), "person_id": entry.about[1], "household_id": UUID(facts["household"]),
        "relationship": facts["relationship"], "recipient": facts["recipient"], "since": entry.happened_at,
    }


def _document(entry: Entry, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": UUID(facts["id"]), "person_id": entry.about[1], "kind": facts["kind"], "number": facts["number"],
        "country": facts["country"],
    }


def _consent(entry: Entry, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": UUID(facts["id"]), "person_id": entry.about[1], "purpose": facts["purpose"], "basis": facts["basis"],
        "answer": facts["answer"], "reason": facts["reason"],
        "given_by": UUID(facts["given_by"]) if facts["given_by"] else None,
        "notice_version": facts["notice_version"], "answered_at": entry.happened_at, "lamport": entry.lamport,
    }


def _keys(entry: Entry) -> list[int]:
    features = features_from_facts(entry.facts, place=entry.facts["place"], origin=entry.facts["origin"])
    return all_keys(features)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None

