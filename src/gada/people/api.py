"""JSON: register a family, search, read a person, import a file."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from gada import journal
from gada.agencies.models import Programme, Site
from gada.agencies.queries import programmes_of, sites_of
from gada.agencies.services import authorize
from gada.engine.refusal import NotFound
from gada.people import rules
from gada.people.drafts import AnswerDraft, DocumentDraft, HouseholdDraft, PersonDraft
from gada.people.importing import Outcome, import_table, plan_table, read_table
from gada.people.models import Household, Person
from gada.people.queries import household_for, person_for, search_people
from gada.people.services import enrol_household, scope_of
from gada.people.words import Answer, LegalBasis, Purpose, Recipient, Relationship, ResidenceStatus, Sex

router = Router(tags=["people"])
Name = Annotated[str, Field(max_length=80)]
Parent = Annotated[str, Field(max_length=120)]


class BirthIn(Schema):
    """A birth date as it was said: 1984-03-14, 1984-03, 1984; `estimated` for "about 40"."""

    year: Annotated[int, Field(ge=1900, le=2100)]
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    estimated: bool = False


class AnswerIn(Schema):
    purpose: Purpose
    answer: Literal[Answer.YES, Answer.NO]
    basis: LegalBasis = LegalBasis.CONSENT
    reason: Annotated[str, Field(max_length=200)] = ""


class DocumentIn(Schema):
    kind: Annotated[str, Field(max_length=30, min_length=1)]
    number: Annotated[str, Field(max_length=40, min_length=1)]
    country: Annotated[str, Field(max_length=3)] = ""


class MemberIn(Schema):
    given: Annotated[str, Field(max_length=80, min_length=1)]
    surname: Name = ""
    father: Parent = ""
    mother: Parent = ""
    sex: Sex = Sex.UNKNOWN
    birth: BirthIn | None = None
    relationship: Relationship
    recipient: Recipient = Recipient.NONE
    residence_status: ResidenceStatus = ResidenceStatus.UNKNOWN
    phone: Annotated[str, Field(max_length=20)] = ""
    documents: Annotated[list[DocumentIn], Field(max_length=5)] = []
    answers: Annotated[list[AnswerIn], Field(max_length=10)] = []


class HouseholdIn(Schema):
    site: UUID
    programme: UUID | None = None
    place: Annotated[str, Field(max_length=80)] = ""
    origin: Annotated[str, Field(max_length=80)] = ""
    members: Annotated[list[MemberIn], Field(min_length=1, max_length=60)]


class MemberOut(Schema):
    id: UUID
    number: str
    given: str
    surname: str
    relationship: str
    recipient: str


class HouseholdOut(Schema):
    id: UUID
    number: str
    site: UUID
    place: str
    members: list[MemberOut]


class PersonOut(Schema):
    id: UUID
    number: str
    given: str
    surname: str
    father: str
    mother: str
    sex: str
    birth_from: date | None
    birth_to: date | None
    birth_precision: str
    status: str


class RowOut(Schema):
    line: int
    reference: str
    outcome: str
    code: str
    column: str


class ImportOut(Schema):
    dry_run: bool
    new: int
    already: int
    changed: int
    refused: int
    people: dict[str, UUID]
    rows: list[RowOut]


@router.post("/households", response={201: HouseholdOut}, summary="Register a family")
def register(request: HttpRequest, payload: HouseholdIn) -> Status[HouseholdOut]:
    site, programme = _site(request, payload.site), _programme(request, payload.programme)
    household = enrol_household(
        operator=request.user,
        site=site,
        programme=programme,
        at=timezone.now(),
        household=HouseholdDraft(
            members=tuple(map(_member, payload.members)), place=payload.place, origin=payload.origin
        ),
    )
    return Status(201, _household(household_for(request.user, household.id)))


@router.get("/households/{household_id}", response=HouseholdOut, summary="Read a family")
def read_household(request: HttpRequest, household_id: UUID) -> HouseholdOut:
    household = household_for(request.user, household_id)
    authorize(request.user, "person.see", site=household.site)
    _leave_a_line(request, [m.person_id for m in household.open_memberships], "api:household", household.site)
    return _household(household)


@router.get("/people", response=list[PersonOut], summary="Search by number, phone, document or name")
def search(request: HttpRequest, q: Annotated[str, Field(min_length=1, max_length=200)]) -> list[Person]:
    authorize(request.user, "person.search")
    people = search_people(request.user, q)
    _leave_a_line(request, [person.id for person in people], "api:search", None)
    return people


@router.get("/people/{person_id}", response=PersonOut, summary="Read a person")
def read_person(request: HttpRequest, person_id: UUID) -> Person:
    person = person_for(request.user, person_id)
    authorize(request.user, "person.see", site=person.site)
    _leave_a_line(request, [person.id], "api:person", person.site)
    return person


@router.post("/imports", response=ImportOut, summary="Import a CSV file (dry run unless told otherwise)")
def import_file(
    request: HttpRequest, site: Form[UUID], source: Form[Annotated[str, Field(min_length=1, max_length=80)]],
    file: File[UploadedFile], dry_run: Form[bool] = True, programme: Form[UUID | None] = None,
) -> ImportOut:
    place, rows = _site(request, site), read_table(file.read())
    authorize(request.user, "person.import", site=place)
    if dry_run:
        report = plan_table(rows, source=source)
    else:
        report = import_table(
            operator=request.user, site=place, rows=rows, source=source, programme=_programme(request, programme),
            at=timezone.now(),
        )
    return ImportOut(
        dry_run=dry_run, new=report.count(Outcome.NEW), already=report.count(Outcome.ALREADY),
        changed=report.count(Outcome.CHANGED),
        refused=report.count(Outcome.REFUSED), people=report.people,
        rows=[
            RowOut(line=line.number, reference=line.reference, outcome=line.outcome, code=line.code, column=line.column)
            for line in report.outcomes if line.outcome == Outcome.REFUSED
        ],
    )


def _leave_a_line(request: HttpRequest, people: list[UUID], page: str, site: Site | None) -> None:
    scope = {"scope": scope_of(site)} if site else {}
    journal.record_read(by=request.user, people=people, purpose="registration", page=page, at=timezone.now(), **scope)


def _site(request: HttpRequest, site_id: UUID) -> Site:
    site = sites_of(request.user).filter(id=site_id).first()
    if site is None:
        raise NotFound("place-unknown", "This site or programme is not on this node.")
    return site


def _programme(request: HttpRequest, programme_id: UUID | None) -> Programme | None:
    if programme_id is None:
        return None
    programme = programmes_of(request.user).filter(id=programme_id).first()
    if programme is None:
        raise NotFound("place-unknown", "This site or programme is not on this node.")
    return programme


def _member(member: MemberIn) -> PersonDraft:
    said = member.birth.dict() if member.birth else {}
    return PersonDraft(
        birth=rules.birth_of(**said), birth_source=("estimated" if said["estimated"] else "declared") if said else "",
        documents=tuple(DocumentDraft(**document.dict()) for document in member.documents),
        answers=tuple(AnswerDraft(**answer.dict()) for answer in member.answers),
        **member.dict(exclude={"birth", "documents", "answers"}),
    )


def _household(household: Household) -> HouseholdOut:
    return HouseholdOut(
        id=household.id, number=household.number, site=household.site_id, place=household.place,
        members=[
            MemberOut(
                id=m.person_id, number=m.person.number, given=m.person.given, surname=m.person.surname,
                relationship=m.relationship, recipient=m.recipient,
            )
            for m in household.open_memberships
        ],
    )
