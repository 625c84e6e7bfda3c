"""Writers: enrol, correct, answer a purpose, erase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from types import NoneType
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gada import journal, vault
from gada.agencies.models import Operator, Programme, Site
from gada.agencies.services import authorize
from gada.engine.proof.canonical import normalise_text
from gada.engine.proof.ids import new_id
from gada.engine.refusal import Invalid, NotFound
from gada.journal import Entry, Item, Scope
from gada.journal.inserting import held_values
from gada.journal.models import LogEntry
from gada.people import rules
from gada.people.drafts import AnswerDraft, HouseholdDraft, PersonDraft
from gada.people.fields import CORRECTABLE
from gada.people.merging import whole_birth
from gada.people.models import Conflict, Consent, Correction, Household, Person
from gada.people.queries import known_erasures
from gada.people.words import PersonStatus

NOTICE_VERSION = "2026-1"
FLAGS = frozenset({"phone_is_safe", "needs_protection", "unaccompanied"})
MAY_BE_UNKNOWN = frozenset({"birth_from", "birth_to", "photo"})


def scope_of(site: Site, programme: Programme | None = None) -> Scope:
    """Where something at this site belongs."""
    return Scope(agency=site.agency_id, site=site.id, programme=programme.id if programme else None)


def enrol_household(
    *, operator: Operator, site: Site, household: HouseholdDraft, at: datetime, programme: Programme | None = None
) -> Household:
    """Register one household and everybody in it."""
    return enrol_households(operator=operator, site=site, households=[household], at=at, programme=programme)[0]


def enrol_households(
    *, operator: Operator, site: Site, households: Sequence[HouseholdDraft], at: datetime,
    programme: Programme | None = None, action: str = "person.enrol",
) -> list[Household]:
    """Register many households in one transaction: an import's chunk."""
    authorize(operator, action, site=site, programme=programme)
    for household in households:
        rules.check_household([{
            "relationship": m.relationship, "recipient": m.recipient, "given": m.given
        } for m in household.members])
        rules.check_lengths({name: getattr(household, name) for name in ("place", "origin", "source", "source_key")})
        for member in household.members:
            check_draft(member)
    with transaction.atomic():
        ids = [new_id() for _ in households]
        numbers = free_numbers(len(households) + sum(len(h.members) for h in households))
        scope = scope_of(site, programme)
        people = [
            person_item(
                member, household=household, household_id=id_, number=numbers.pop(), photo=household.photos.get(index)
            )
            for id_, household in zip(ids, households, strict=True)
            for index, member in enumerate(household.members)
        ]
        enrolled = [
            Item(about=("household", id_), subject=id_, facts=_household_facts(id_, numbers.pop(), household))
            for id_, household in zip(ids, households, strict=True)
        ]
        made, _people = journal.record_each(
            [("household.enrolled", enrolled), ("person.enrolled", people)],
            by=operator, scope=scope, purpose="registration", at=at,
        )
        return list(made)


@transaction.atomic
def correct_person(
    *, operator: Operator, person_id: UUID, changes: Mapping[str, Any], saw: Mapping[str, str], at: datetime,
    case: tuple[str, UUID] | None = None,
) -> Person:
    """Change fields of a person, naming the version of each field that the clerk saw."""
    person = _locked(person_id)
    action = "person.protect" if set(changes) <= {"needs_protection", "unaccompanied"} else "person.correct"
    authorize(operator, action, site=person.site_id)
    unknown = set(changes) - set(CORRECTABLE)
    if unknown:
        raise Invalid("field-unknown", "There is no such field: %(field)s", field=sorted(unknown)[0])
    for name in changes:
        rules.must_be_newest(saw=saw.get(name), current=person.versions.get(name, ""))
    clean = {name: _fitting(name, value) for name, value in changes.items()}
    rules.check_interval(clean)
    clean = whole_birth(person, clean)
    corrected: Person = journal.record(
        "person.corrected", by=operator, about=("person", person.id), subject=person.id,
        facts={
            "changes": clean, "saw": {name: person.versions.get(name, "") for name in clean},
            **known_erasures(person.id, clean),
        },
        scope=scope_of(person.site), purpose="registration", case=case, at=at,
    )
    return corrected


@transaction.atomic
def settle_conflict(*, operator: Operator, conflict_id: UUID, version: str, at: datetime) -> Person:
    """Somebody decides between what two nodes wrote without knowing of each other: this one's value stands.

    Raises NotFound `conflict-settled` when it is no more, Invalid `version-unknown` when that is none of its versions.
    """
    conflict = Conflict.objects.filter(id=conflict_id).first()
    if conflict is None or conflict.person is None:
        raise NotFound("conflict-settled", _("Somebody has decided this already."))
    person = _locked(conflict.person)
    authorize(operator, "person.correct", site=person.site_id)
    if version not in conflict.versions:
        raise Invalid("version-unknown", _("Choose one of the values that are shown."))
    chosen = Correction.objects.get(person=person.id, field=conflict.field, version=version)
    settled: Person = journal.record(
        "person.corrected", by=operator, about=("person", person.id), subject=person.id, scope=scope_of(person.site),
        purpose="registration", at=at, facts={
            "changes": {conflict.field: chosen.value}, "settles": {conflict.field: sorted(conflict.versions)},
            "saw": {conflict.field: person.versions.get(conflict.field, "")},
            **known_erasures(person.id, [conflict.field]),
        },
    )
    return settled


@transaction.atomic
def answer_purpose(*, operator: Operator, person_id: UUID, answer: AnswerDraft, at: datetime) -> Consent:
    """Record a yes, a no, a withdrawal or an objection; it takes effect with this very transaction."""
    person = _locked(person_id)
    authorize(operator, "person.answer", site=person.site_id)
    rules.check_answer(purpose=answer.purpose, answer=answer.answer, basis=answer.basis, reason=answer.reason)
    consent: Consent = journal.record(
        "person.answered", by=operator, about=("person", person.id), subject=person.id, facts=_answer_facts(answer),
        scope=scope_of(person.site), purpose=answer.purpose, at=at,
    )
    return consent


def erase_person(*, operator: Operator, person_id: UUID, ground: str, at: datetime) -> None:
    """Lawful erasure: the entry first, then the data key — from then on every copy of the facts is noise."""
    with transaction.atomic():
        photos = record_erasures(operator=operator, people=[_locked(person_id)], ground=ground, at=at)
    vault.shred([person_id])
    for photo in photos:
        vault.drop_blob(photo)


def record_erasures(*, operator: Operator, people: Sequence[Person], ground: str, at: datetime) -> list[UUID]:
    """The entries of some erasures; gives the photos to drop once the keys are destroyed."""
    for site in {person.site_id for person in people}:
        authorize(operator, "person.erase", site=site)
    photos = [person.photo for person in people if person.photo]
    journal.record_all(
        "person.erased", by=operator, purpose="erasure", at=at, items=[
            Item(about=("person", each.id), facts={"ground": normalise_text(ground)}, scope=scope_of(each.site))
            for each in people
        ],
    )
    return photos


def forget_key(entry: Entry) -> None:
    """`person.erased` at another node of ours: the key here goes as soon as the entry is kept."""
    transaction.on_commit(partial(vault.shred, [entry.about[1]]))


def finish_erasures() -> int:
    """Destroy the keys that a crash between an erasure's entry and its shredding left behind; how many."""
    listed = LogEntry.objects.filter(action="person.erased").values_list("about_id", flat=True)
    left = vault.data_keys(listed)
    if left:
        vault.shred(left)
    vault.finish_shredding()
    return len(left)


def check_draft(member: PersonDraft) -> None:
    """What is said about one person fits its places. Raises Invalid `field-too-long`, `answer-invalid`."""
    rules.check_lengths({
        name: getattr(member, name) for name in ("given", "surname", "father", "mother", "nationality", "source_key")
    })
    rules.check_lengths({"phone": "".join(member.phone.split())})
    for document in member.documents:
        number = "".join(document.number.split())
        rules.check_lengths({"kind": document.kind, "number": number, "country": document.country})
    for answer in member.answers:
        rules.check_answer(purpose=answer.purpose, answer=answer.answer, basis=answer.basis, reason=answer.reason)


def _fitting(name: str, value: Any) -> Any:
    """A value as the facts hold it. Raises Invalid `field-invalid` when it cannot be this field's."""
    field: Any = Person._meta.get_field(name)
    wanted: Any = bool if name in FLAGS else (str, NoneType) if name in MAY_BE_UNKNOWN else str
    nameless = name == "given" and not str(value).strip()
    try:
        if not isinstance(value, wanted) or nameless or value == PersonStatus.ERASED:
            raise ValidationError("")
        field.clean(value, None)
    except ValidationError:
        raise Invalid("field-invalid", _("This value does not fit here: %(field)s"), field=name) from None
    return normalise_text(value) if isinstance(value, str) else value


def _locked(person_id: UUID) -> Person:
    standing = Person.objects.exclude(status=PersonStatus.ERASED)
    person = standing.select_for_update(of=("self",)).filter(id=person_id).first()
    if person is None:
        raise NotFound("person-unknown", "Nobody is registered under this number.")
    return person


def free_numbers(count: int) -> list[str]:
    """Fresh public numbers that nobody here has yet."""
    numbers: list[str] = []
    while len(numbers) < count:
        drawn = {rules.new_number() for _ in range(count - len(numbers))} - set(numbers)
        taken = held_values("number", sorted(drawn), Person, Household)
        numbers.extend(drawn - taken)
    return numbers


def _household_facts(household_id: UUID, number: str, draft: HouseholdDraft) -> dict[str, Any]:
    return {
        "id": str(household_id), "number": number, "place": normalise_text(draft.place),
        "origin": normalise_text(draft.origin), "source": draft.source, "source_key": draft.source_key,
        "custom": draft.custom,
    }


def person_item(
    draft: PersonDraft, *, household: HouseholdDraft, household_id: UUID | None, number: str, photo: UUID | None
) -> Item:
    """Facts of one registration. Without a household what happened to it says how they belong."""
    person_id = draft.id or new_id()
    facts: dict[str, Any] = {
        "id": str(person_id),
        "number": number,
        "sex": draft.sex,
        "photo": str(photo) if photo else None,
        "birth_from": draft.birth.earliest.isoformat() if draft.birth.earliest else None,
        "birth_to": draft.birth.latest.isoformat() if draft.birth.latest else None,
        "birth_precision": str(draft.birth.precision),
        "birth_source": draft.birth_source,
        "residence_status": draft.residence_status,
        "nationality": draft.nationality,
        "phone": "".join(draft.phone.split()),
        "phone_is_safe": draft.phone_is_safe,
        "needs_protection": draft.needs_protection,
        "unaccompanied": draft.unaccompanied,
        "source": household.source if draft.source_key else "",
        "source_key": draft.source_key,
        "custom": draft.custom,
        "place": normalise_text(household.place),
        "origin": normalise_text(household.origin),
        **{
            name: normalise_text(" ".join(getattr(draft, name).split()))
            for name in ("given", "surname", "father", "mother")
        },
        "membership": {
            "id": str(new_id()),
            "household": str(household_id),
            "relationship": str(draft.relationship),
            "recipient": str(draft.recipient),
        } if household_id else None,
        "documents": [
            {
                "id": str(new_id()),
                "kind": d.kind,
                "number": "".join(d.number.split()).upper(),
                "country": d.country,
            }
            for d in draft.documents
        ],
        "consents": [_answer_facts(answer) for answer in draft.answers],
    }
    return Item(about=("person", person_id), subject=person_id, facts=facts)


def _answer_facts(answer: AnswerDraft) -> dict[str, Any]:
    return {
        "id": str(new_id()), "purpose": str(answer.purpose), "basis": str(answer.basis), "answer": str(answer.answer),
        "reason": normalise_text(answer.reason), "given_by": str(answer.given_by) if answer.given_by else None,
        "notice_version": NOTICE_VERSION,
    }
