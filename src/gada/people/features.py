"""A person as the linkage engine sees them: from facts at enrolment, from rows at search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from gada.engine.linkage import BirthDate, Features, Precision, Source, fold_name, search_keys
from gada.engine.linkage.keys import signed
from gada.people.drafts import PersonDraft
from gada.people.keeping_keys import key_number
from gada.people.models import Document, Person
from gada.people.words import BirthPrecision

PRECISIONS = {
    BirthPrecision.MONTH: Precision.MONTH, BirthPrecision.YEAR: Precision.YEAR, BirthPrecision.AROUND: Precision.AGE,
}


def features_from_facts(facts: Mapping[str, Any], *, place: str = "", origin: str = "") -> Features:
    """Features of the person described by enrolment facts."""
    return Features(
        given=facts["given"],
        surname=facts["surname"],
        father=facts["father"],
        mother=facts["mother"],
        sex=facts["sex"],
        birth=_birth(facts["birth_from"], facts["birth_to"], facts["birth_precision"], facts["birth_source"]),
        place=place,
        origin=origin,
        phone=facts["phone"],
        documents=tuple(
            sorted(f"{document['kind']}:{document['number']}" for document in facts["documents"])
        ),
    )


def features_of(
    person: Person, *, documents: Sequence[Document] | None = None, place: str = "", origin: str = ""
) -> Features:
    """Features of a stored person; documents may be given to spare a query."""
    shown = person.documents.all() if documents is None else documents
    return Features(
        given=person.given,
        surname=person.surname,
        father=person.father,
        mother=person.mother,
        sex=person.sex,
        birth=_birth(person.birth_from, person.birth_to, person.birth_precision, person.birth_source),
        place=place,
        origin=origin,
        phone=person.phone,
        documents=tuple(sorted(f"{document.kind}:{document.number}" for document in shown)),
    )


def features_of_draft(draft: PersonDraft, *, place: str = "", origin: str = "") -> Features:
    """Features of somebody who is not registered yet: a row of a file."""
    return Features(
        given=draft.given, surname=draft.surname, father=draft.father, mother=draft.mother, sex=draft.sex,
        birth=_birth(draft.birth.earliest, draft.birth.latest, draft.birth.precision, draft.birth_source),
        place=place, origin=origin, phone="".join(draft.phone.split()),
        documents=tuple(sorted(f"{each.kind}:{''.join(each.number.split()).upper()}" for each in draft.documents)),
    )


def all_keys(features: Features) -> list[int]:
    """Composite keys for recognising the same person; one per word of the name and one for the phone, as typed.

    As they are stored: signed 64-bit numbers.
    """
    words = {fold_name(word) for word in (*features.given.split(), *features.surname.split())}
    typed = {f"w:{word}" for word in words if word} | ({phone_key(features.phone)} if features.phone else set())
    return sorted({*map(signed, search_keys(features)), *map(key_number, typed)})


def phone_key(phone: str) -> str:
    """The last eight digits: people write country codes or leave them out."""
    return "p:" + "".join(character for character in phone if character.isdigit())[-8:]


def _birth(earliest: Any, latest: Any, precision: str, source: str) -> BirthDate | None:
    if not earliest or precision == BirthPrecision.UNKNOWN:
        return None
    first, last = (value if isinstance(value, date) else date.fromisoformat(value) for value in (earliest, latest))
    said_by = Source(source) if source else Source.DECLARED
    if precision == BirthPrecision.DAY:
        return BirthDate.on(first, source=said_by)
    return BirthDate(first, last, PRECISIONS[precision], said_by)
