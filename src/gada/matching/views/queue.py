"""The queue: numbers and places, no names, so that looking at it is not reading anybody's data."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from gada.agencies.services import authorize
from gada.matching import queries, services
from gada.matching.models import Case, Reading, Verdict
from gada.matching.views import wording

A_PAGE, LAST_PAGE = 25, 400


def cases(request: HttpRequest) -> HttpResponse:
    """Cases that wait, what may change aid first; with `?decided`, those already decided."""
    authorize(request.user, "case.see")
    decided = "decided" in request.GET
    waiting = queries.cases_waiting_for(request.user)
    found = queries.cases_decided_for(request.user) if decided else waiting
    page = _page(found, request.GET.get("page", ""), decided=decided)
    judges = queries.may_judge(request.user)
    context = {
        "decided": decided, "page": page, "may_bulk": judges,
        "rows": [_row(case, judges=judges) for case in page["cases"]],
        "waiting": wording.counted(queries.how_many_wait_for(request.user)),
        "runs": queries.runs_for(request.user).filter(finished_at=None)[:3],
    }
    return render(request, "matching/cases.html", context)


def next_case(request: HttpRequest) -> HttpResponse:
    """The first case of the queue that nobody else has open, reserved for this adjudicator.

    `?after=` or `?before=` a case: the one behind or before it, without deciding.
    """
    beside = request.GET.get("after") or request.GET.get("before")
    first = services.take_next_case(
        operator=request.user, at=timezone.now(), after=_id(beside), back="before" in request.GET
    )
    return redirect("matching:case", first.id) if first else redirect("matching:cases")


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _page(found: QuerySet[Case], asked: str, *, decided: bool) -> dict[str, Any]:
    """A page of the list: its cases, and the numbers of the pages before and after. Nothing is counted."""
    number = min(max(int(asked), 1), LAST_PAGE) if asked.isdecimal() else 1
    start = (number - 1) * A_PAGE
    cases = list(found[start : start + A_PAGE + 1])
    more = len(cases) > A_PAGE and number < LAST_PAGE
    return {
        "cases": cases[:A_PAGE], "previous": number - 1 if number > 1 else None, "next": number + 1 if more else None,
        "text": _("%(first)s to %(last)s") % {"first": start + 1, "last": start + len(cases[:A_PAGE])},
    }


def _row(case: Case, *, judges: bool) -> dict[str, object]:
    """`judges`: for somebody who may be the second reader, and must not see that there was a first."""
    return {
        "case": case, "sites": list(dict.fromkeys((case.left.site.name, case.right.site.name))),
        "says": wording.verdict_of_case(case), "touches_aid": case.priority >= 1000,
        "unsure": case.verdict == Verdict.UNSURE, "disputed": case.reading == Reading.THIRD,
        "second": case.reading == Reading.SECOND and not judges,
    }
