"""JSON: check a person or a batch, the queue of cases, judge and undo."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema, Status

from gada import journal
from gada.agencies.queries import sites_of
from gada.agencies.services import authorize
from gada.engine.refusal import NotFound
from gada.matching import queries, services
from gada.matching.models import Case, Judgement, Verdict
from gada.people.queries import people_in, person_for
from gada.people.services import scope_of

router = Router(tags=["duplicates"])
MOST_CASES = 200


class FindingOut(Schema):
    other: UUID
    case: UUID
    status: str
    total: int
    is_new: bool


class SearchedOut(Schema):
    people: int
    sites: int
    with_prints: int


class CheckOut(Schema):
    """`outcome`: unique, or adjudicate: a person will decide, nobody is turned away."""

    person: UUID
    outcome: str
    findings: list[FindingOut]
    searched: SearchedOut
    as_of: datetime


class LineOut(Schema):
    kind: str
    weight: int
    reason: str
    facts: dict[str, Any]


class CaseOut(Schema):
    """`reading`: second or third while another reader must decide, too; whoever may be that reader does not see it."""

    id: UUID
    left: UUID
    right: UUID
    status: str
    reading: str
    verdict: str
    total: int
    priority: int
    opened_at: datetime
    lines: list[LineOut]

    @staticmethod
    def resolve_left(case: Case) -> UUID:
        return case.left_id

    @staticmethod
    def resolve_right(case: Case) -> UUID:
        return case.right_id


class JudgementIn(Schema):
    verdict: Verdict
    reason: Annotated[str, Field(max_length=500)] = ""


class UndoIn(Schema):
    reason: Annotated[str, Field(max_length=500)] = ""


class JudgementOut(Schema):
    id: UUID
    case: UUID
    verdict: str
    at: datetime
    undone_at: datetime | None

    @staticmethod
    def resolve_case(judgement: Judgement) -> UUID:
        return judgement.case_id


class BatchIn(Schema):
    site: UUID
    people: Annotated[list[UUID], Field(min_length=1, max_length=200_000)]


class RunOut(Schema):
    id: UUID
    total: int
    done: int
    cases: int
    finished_at: datetime | None
    stopped: bool

    @staticmethod
    def resolve_total(run: Any) -> int:
        return len(run.people)


@router.post("/people/{person_id}/check", response=CheckOut, summary="Is this person registered twice")
def check(request: HttpRequest, person_id: UUID) -> services.CheckResult:
    person = person_for(request.user, person_id)
    authorize(request.user, "case.open", site=person.site)
    return services.check_person(person=person, at=timezone.now(), operator=request.user)


@router.post("/checks", response={201: RunOut}, summary="Check a batch of people; the worker does it")
def begin_check(request: HttpRequest, payload: BatchIn) -> Status[Any]:
    site = sites_of(request.user).filter(id=payload.site).first()
    if site is None:
        raise NotFound("place-unknown", "This site or programme is not on this node.")
    here = set(people_in(request.user).filter(site=site).values_list("id", flat=True))
    people = [id_ for id_ in payload.people if id_ in here]
    return Status(201, services.begin_check(operator=request.user, site=site, people=people, at=timezone.now()))


@router.get("/checks/{run_id}", response=RunOut, summary="How far a batch is")
def read_check(request: HttpRequest, run_id: UUID) -> Any:
    return queries.run_for(request.user, run_id)


@router.get("/cases", response=list[CaseOut], summary="Cases that wait (or were decided), first the most important")
def cases(
    request: HttpRequest, decided: bool = False, limit: Annotated[int, Field(ge=1, le=MOST_CASES)] = 50
) -> list[Case]:
    authorize(request.user, "case.see")
    found = queries.cases_decided_for(request.user) if decided else queries.cases_waiting_for(request.user)
    return [queries.as_undecided(case) if queries.is_blind(request.user, case) else case for case in found[:limit]]


@router.get("/cases/{case_id}", response=CaseOut, summary="One case")
def read_case(request: HttpRequest, case_id: UUID) -> Case:
    case = queries.case_for(request.user, case_id)
    journal.record_read(
        by=request.user, people=[case.left_id, case.right_id], purpose="adjudication", page="api:case",
        case=("case", case.id), scope=scope_of(case.right.site), at=timezone.now(),
    )
    return queries.as_undecided(case) if queries.is_blind(request.user, case) else case


@router.post("/cases/{case_id}/judgements", response={201: JudgementOut}, summary="Decide a case")
def judge(request: HttpRequest, case_id: UUID, payload: JudgementIn) -> Status[Judgement]:
    queries.case_for(request.user, case_id)
    return Status(201, services.judge_case(
        operator=request.user, case_id=case_id, verdict=payload.verdict, reason=payload.reason, at=timezone.now()
    ))


@router.post("/cases/{case_id}/judgements/{judgement_id}/undo", response=JudgementOut, summary="Undo a decision")
def undo(request: HttpRequest, case_id: UUID, judgement_id: UUID, payload: UndoIn) -> Judgement:
    case = queries.case_for(request.user, case_id)
    if not queries.judgements_of(case).filter(id=judgement_id).exists():
        raise NotFound("judgement-unknown", "There is no such decision here.")
    return services.undo_judgement(
        operator=request.user, judgement_id=judgement_id, reason=payload.reason, at=timezone.now()
    )
