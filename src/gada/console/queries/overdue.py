"""What waits for a data-protection officer: classes overdue, erasures to confirm, requests to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.utils import timezone

from gada import vault
from gada.agencies.models import Operator, Programme
from gada.agencies.queries import permissions_of, sites_of
from gada.console.models import DueCount, ErasureRun
from gada.engine.refusal import NotFound
from gada.people.models import LegalHold, Person, PersonRequest, RetentionRule
from gada.people.queries import people_in


@dataclass(frozen=True, slots=True)
class Shown:
    """A request as the list shows it: whose it is, what was said, and whether its day is over."""

    request: PersonRequest
    person: Person | None
    words: str
    answer: str
    late: bool
    by: str
    answered_by: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold as the person's page shows it."""

    hold: LegalHold
    reason: str
    by: str


def overdue_for(viewer: Operator) -> tuple[int, int]:
    """How many people's classes are overdue as counted last, and how many requests; nothing for others."""
    allowed = permissions_of(viewer)
    people = late = 0
    if "retention.see" in allowed:
        counted = DueCount.objects.filter(site__in=sites_of(viewer)).values("kept").annotate(people=Sum("people"))
        people = max((each["people"] for each in counted), default=0)
    if "request.answer" in allowed:
        late = requests_for(viewer).filter(outcome="", due_on__lt=timezone.localdate()).count()
    return people, late


def requests_for(viewer: Operator) -> QuerySet[PersonRequest]:
    """Requests of people at the viewer's sites, those to answer first, soonest first."""
    return PersonRequest.objects.filter(site__in=sites_of(viewer)).order_by("outcome", "due_on", "id")


def request_for(viewer: Operator, request_id: UUID) -> PersonRequest:
    """One of them. Raises NotFound."""
    found = requests_for(viewer).filter(id=request_id).first()
    if found is None:
        raise NotFound("request-gone", "This request is not here.")
    return found


def shown_requests(viewer: Operator, rows: Sequence[PersonRequest], *, today: date) -> list[Shown]:
    """With names and words opened; whoever shows them leaves a line for each person."""
    people = {each.id: each for each in people_in(viewer).filter(id__in=[row.person for row in rows])}
    names = _names([each for row in rows for each in (row.by, row.answered_by) if each])
    keys = vault.data_keys([row.person for row in rows])
    return [
        Shown(
            row, people.get(row.person), _opened(row.person, row.words, keys), _opened(row.person, row.answer, keys),
            not row.outcome and row.due_on is not None and row.due_on < today, names.get(row.by, ""),
            names.get(row.answered_by, ""),
        )
        for row in rows
    ]


def holds_of(person_id: UUID) -> list[Hold]:
    """Holds of a person that still stand."""
    rows = list(LegalHold.objects.filter(person=person_id, lifted_at=None).exclude(until=None).order_by("until"))
    names, keys = _names([row.by for row in rows if row.by]), vault.data_keys([person_id])
    return [Hold(row, _opened(person_id, row.reason, keys), names.get(row.by, "")) for row in rows]


def days_said(agency: UUID, kept: str) -> list[tuple[RetentionRule, str, str]]:
    """Other days that were set for a class, newest first: for which programme (none: all), and by whom."""
    rows = list(RetentionRule.objects.filter(agency=agency, kept=kept).order_by("-version")[:20])
    programmes = dict(Programme.objects.filter(id__in=[row.programme for row in rows]).values_list("id", "name"))
    names = _names([row.by for row in rows])
    return [(row, programmes.get(row.programme, "") if row.programme else "", names.get(row.by, "")) for row in rows]


def erasures_for(viewer: Operator) -> QuerySet[ErasureRun]:
    """Erasures of the viewer's agency, newest first."""
    return ErasureRun.objects.filter(agency=viewer.agency_id).defer("people").order_by("-proposed_at")


def erasure_for(viewer: Operator, run_id: UUID) -> ErasureRun:
    """One of them. Raises NotFound."""
    found = ErasureRun.objects.filter(agency=viewer.agency_id, id=run_id).first()
    if found is None:
        raise NotFound("erasure-unknown", "This erasure is not on this node.")
    return found


def names_in(run: ErasureRun) -> dict[str, str]:
    """Who proposed, confirmed or declined it."""
    names = _names([each for each in (run.proposed_by, run.confirmed_by, run.declined_by) if each])
    return {
        "proposed": names.get(run.proposed_by, ""), "confirmed": names.get(run.confirmed_by, ""),
        "declined": names.get(run.declined_by, ""),
    }


def _names(ids: Sequence[UUID]) -> dict[UUID | None, str]:
    return dict(Operator.objects.filter(id__in=list(ids)).values_list("id", "name"))


def _opened(person: UUID, box: bytes | memoryview, keys: dict[UUID, bytes]) -> str:
    return vault.open_for(person, bytes(box), keys=keys).decode() if box and person in keys else ""
