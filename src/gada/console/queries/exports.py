"""Everything held on people, table by table, some at a time: what an export writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from gada import vault
from gada.agencies.models import Operator, Programme, Site
from gada.biometrics.models import Template
from gada.journal.models import LogEntry
from gada.people.models import Consent, Household, Membership, Person
from gada.people.queries import seen_by
from gada.people.words import BirthSource, PersonStatus, Relationship

AT_ONCE: Final = 500
DOCUMENTS_BESIDE: Final = 3  # documents that stand in the list of people itself; all stand in documents.csv
PEOPLE: Final = (
    "registration_ref", "household_ref", "relationship", "recipient", "given_name", "family_name", "father_name",
    "mother_name", "sex", "birth_from", "birth_to", "birth_estimated", "birth_source", "residence_status",
    "nationality", "phone", "phone_is_safe", "place_pcode", "origin", "needs_protection", "unaccompanied",
    "document_type", "document_number", "document_type_2", "document_number_2", "document_type_3", "document_number_3",
    "answers", "person_custom", "household_custom", "person_status", "registered_at", "registered_site",
    "file_source", "file_reference", "export",
)
HOUSEHOLDS: Final = (
    "household_ref", "place", "origin", "household_status", "registered_at", "registered_site", "programme",
    "file_source", "file_reference", "custom", "export",
)
MEMBERSHIPS: Final = ("registration_ref", "household_ref", "relationship", "recipient", "since", "until", "export")
DOCUMENTS: Final = ("registration_ref", "document_type", "document_number", "country", "export")
CONSENTS: Final = (
    "registration_ref", "purpose", "answer", "basis", "reason", "notice_version", "answered_at", "export",
)
Cells = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose data: of one site or all of the viewer's, of one programme or all, and with what."""

    site: Site | None = None
    programme: Programme | None = None
    prints: bool = False
    protected: bool = False

    def as_facts(self) -> dict[str, Any]:
        """The filter, for the journal and the manifest."""
        return {
            "site": str(self.site.id) if self.site else None, "prints": self.prints, "protected": self.protected,
            "programme": str(self.programme.id) if self.programme else None,
        }


def people_to_export(viewer: Operator, asked: Asked) -> QuerySet[Person]:
    """Everybody it covers; without those who need protection, unless they were asked for."""
    people = Person.objects.filter(seen_by(viewer, action="person.export")).exclude(status=PersonStatus.ERASED)
    if asked.site:
        people = people.filter(site=asked.site)
    if asked.programme:
        homes = Membership.objects.filter(household__programme=asked.programme)
        people = people.filter(id__in=homes.values("person_id"))
    return people if asked.protected else people.filter(needs_protection=False)


def exports_of(viewer: Operator) -> list[tuple[Any, str]]:
    """When somebody of this agency exported, and who, newest first."""
    entries = LogEntry.objects.filter(action="people.exported", agency=viewer.agency_id).order_by("-recorded_at")[:20]
    names = dict(Operator.objects.filter(id__in=[each.by_id for each in entries]).values_list("id", "name"))
    return [(each.recorded_at, names.get(each.by_id, "")) for each in entries]


def people_rows(people: QuerySet[Person], number: str) -> Iterator[Cells]:
    """One row a person with their family's place: the list that an empty node imports as it is."""
    for part in _in_parts(people):
        for person in part:
            home = next((each for each in person.memberships.all() if each.until is None), None)
            household = home.household if home else None
            papers = [
                cell
                for each in list(person.documents.all())[:DOCUMENTS_BESIDE]
                for cell in (each.kind, each.number)
            ]
            yield (
                person.number, household.number if household else "", home.relationship if home else Relationship.HEAD,
                home.recipient if home else "", person.given, person.surname, person.father, person.mother, person.sex,
                person.birth_from, person.birth_to, person.birth_source == BirthSource.ESTIMATED, person.birth_source,
                person.residence_status, person.nationality, person.phone, person.phone_is_safe,
                household.place if household else "", household.origin if household else "", person.needs_protection,
                person.unaccompanied, *papers, *[""] * (2 * DOCUMENTS_BESIDE - len(papers)), _answers(person),
                _json(person.custom), _json(household.custom) if household else "", person.status, person.enrolled_at,
                person.site.name, person.source, person.source_key, number,
            )


def household_rows(people: QuerySet[Person], number: str) -> Iterator[Cells]:
    """Every household somebody of these people is or was in."""
    homes = Household.objects.filter(memberships__person__in=people).distinct().select_related("site", "programme")
    last = UUID(int=0)
    while part := list(homes.filter(id__gt=last).order_by("id")[:AT_ONCE]):
        last = part[-1].id
        for each in part:
            yield (
                each.number, each.place, each.origin, each.status, each.enrolled_at, each.site.name,
                each.programme.name if each.programme else "", each.source, each.source_key, _json(each.custom), number,
            )


def membership_rows(people: QuerySet[Person], number: str) -> Iterator[Cells]:
    """Who was in which household, from when until when."""
    for part in _in_parts(people):
        for person in part:
            for each in person.memberships.all():
                yield (
                    person.number, each.household.number, each.relationship, each.recipient, each.since, each.until,
                    number,
                )


def document_rows(people: QuerySet[Person], number: str) -> Iterator[Cells]:
    for part in _in_parts(people):
        for person in part:
            yield from (
                (person.number, each.kind, each.number, each.country, number)
                for each in person.documents.all()
            )


def consent_rows(people: QuerySet[Person], number: str) -> Iterator[Cells]:
    """Every answer ever given, oldest first."""
    for part in _in_parts(people):
        for person in part:
            for each in person.consents.all():
                yield (
                    person.number, each.purpose, each.answer, each.basis, each.reason, each.notice_version,
                    each.answered_at, number,
                )


def print_records(people: QuerySet[Person]) -> Iterator[tuple[str, bytes]]:
    """Name in the archive and ISO/IEC 19794-2 record of each template."""
    for part in _in_parts(people):
        numbers = {person.id: person.number for person in part}
        held = Template.objects.filter(person__in=numbers).order_by("person_id", "position", "id")
        for each in held:
            yield (
                f"{numbers[each.person_id]}__{each.position:02d}-{each.digest[:8]}.fmr",
                vault.open_for(each.person_id, bytes(each.record)),
            )


def _in_parts(people: QuerySet[Person]) -> Iterator[Sequence[Person]]:
    ready = people.select_related("site").prefetch_related(
        "documents", Prefetch("consents", Consent.objects.order_by("lamport", "id")),
        Prefetch("memberships", Membership.objects.select_related("household").order_by("since", "id")),
    )
    last = UUID(int=0)
    while part := list(ready.filter(id__gt=last).order_by("id")[:AT_ONCE]):
        last = part[-1].id
        yield part


def _answers(person: Person) -> str:
    return _json({
        each.purpose: [each.answer, each.basis, each.reason] for each in person.consents.all()
    })


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""
