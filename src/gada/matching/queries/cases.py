"""Cases, for those who may see one of the two people."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from gada.agencies.models import Operator
from gada.agencies.queries import sites_of
from gada.engine.refusal import NotFound
from gada.matching.models import Case, CaseStatus, Judgement
from gada.people.words import PersonStatus


def cases_for(viewer: Operator) -> QuerySet[Case]:
    """Every case of which the viewer may see at least one of the two people."""
    sites = sites_of(viewer, action="case.see")
    cases = Case.objects.filter(Q(left__site__in=sites) | Q(right__site__in=sites), opened_at__isnull=False)
    return cases.select_related("left__site", "right__site")


def open_cases_for(viewer: Operator) -> QuerySet[Case]:
    """Cases that wait for a decision: what may change aid first, then what the sum leaves open.

    Those somebody was not sure about come last. Cases of people no longer registered do not wait.
    """
    active = Q(left__status=PersonStatus.ACTIVE, right__status=PersonStatus.ACTIVE)
    # "" sorts before "unsure" on every database: first those nobody has looked at.
    return cases_for(viewer).filter(active, status=CaseStatus.OPEN).order_by("verdict", "-priority", "opened_at", "id")


def cases_decided_for(viewer: Operator) -> QuerySet[Case]:
    """Decided cases, newest opening first."""
    return cases_for(viewer).filter(status=CaseStatus.DECIDED).order_by("-opened_at", "-id")


def case_for(viewer: Operator, case_id: UUID) -> Case:
    """One case. Raises NotFound when neither person is at a site where the viewer may see cases."""
    case = cases_for(viewer).filter(id=case_id).first()
    if case is None:
        raise NotFound("case-unknown", "There is no such case here.")
    return case


def judgements_of(case: Case) -> QuerySet[Judgement]:
    """Every decision about this case, undone ones too, newest first."""
    return Judgement.objects.filter(case=case).order_by("-version", "-id")




def name_of_operator(operator_id: UUID) -> str:
    """Who decided: operators answer by name for what they do."""
    return Operator.objects.filter(id=operator_id).values_list("name", flat=True).first() or ""
