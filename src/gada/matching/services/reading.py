"""Who has which case open: two adjudicators are never led to the same one first."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from gada.agencies.models import Operator
from gada.agencies.services import authorize
from gada.matching import queries
from gada.matching.models import Case, Opening

TRIES = 5
LONGEST_SECONDS = 1800  # a page open for longer was left alone, not read


def open_case(*, operator: Operator, case_id: UUID, at: datetime) -> None:
    """Remember that this operator looks at this case now."""
    Opening.objects.bulk_create(
        [Opening(case_id=case_id, by=operator.id, at=at)], update_conflicts=True, unique_fields=["case", "by"],
        update_fields=["at"],
    )


@transaction.atomic
def take_next_case(*, operator: Operator, at: datetime, after: UUID | None = None, back: bool = False) -> Case | None:
    """The first case of the queue that nobody else opened in the last minutes, reserved for this operator.

    `after`: the first behind this one (`back`: before it), and from the top again when none is left. When everything
    is open elsewhere: the first of all. None: nothing waits for this operator.
    """
    authorize(operator, "case.see", at=at)
    waiting = queries.cases_waiting_for(operator).select_related(None)
    # On PostgreSQL two who ask in the same moment get two rows; on SQLite one writes after the other.
    free = queries.not_open_elsewhere(waiting, viewer=operator, at=at)
    free = free.select_for_update(of=("self",), skip_locked=True)
    beyond = free
    if after is not None:
        free, waiting = free.exclude(id=after), waiting.exclude(id=after)
        beyond = queries.beside(free, Case.objects.filter(id=after).first(), back=back)
    found = (_first_free(cases, operator=operator, at=at) for cases in (beyond, free))
    case = next(filter(None, found), None) or waiting.first()
    if case is not None and queries.may_judge(operator):
        open_case(operator=operator, case_id=case.id, at=at)
    return case


def _first_free(cases: QuerySet[Case], *, operator: Operator, at: datetime) -> Case | None:
    """The first of them, locked, and looked at once more: what was asked a moment ago may have been before another
    operator's reservation was kept, and this lock after it.
    """
    for _ in range(TRIES):
        case = cases.first()  # one at a time: what is locked here is skipped by everybody else
        if case is None:
            return None
        elsewhere = Opening.objects.filter(case=case, at__gt=at - queries.OPEN_FOR, at__lte=at)
        if not elsewhere.exclude(by=operator.id).exists():
            return case
        cases = cases.exclude(id=case.id)
    return None


def seconds_spent(*, operator: Operator, case_id: UUID, at: datetime) -> int | None:
    """From the page opened to now; None when it was not opened here, or was left alone."""
    opened = Opening.objects.filter(case=case_id, by=operator.id).values_list("at", flat=True).first()
    seconds = round((at - opened).total_seconds()) if opened else None
    return seconds if seconds is not None and 0 <= seconds <= LONGEST_SECONDS else None
