"""The queue: numbers and places, no names, so that looking at it is not reading anybody's data."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from gada.agencies.services import authorize
from gada.matching import queries
from gada.matching.models import Case, Verdict
from gada.matching.views.wording import verdict_of_sum

A_PAGE = 25


def cases(request: HttpRequest) -> HttpResponse:
    """Cases that wait, what may change aid first; with `?decided`, those already decided."""
    authorize(request.user, "case.see")
    decided = "decided" in request.GET
    waiting = queries.open_cases_for(request.user)
    found = queries.cases_decided_for(request.user) if decided else waiting
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "decided": decided, "page": page, "rows": [_row(case) for case in page],
        "waiting": page.paginator.count if not decided else waiting.count(),
        "runs": queries.runs_for(request.user).filter(finished_at=None)[:3],
    }
    return render(request, "matching/cases.html", context)


def next_case(request: HttpRequest) -> HttpResponse:
    """The first case of the queue."""
    authorize(request.user, "case.see")
    first = queries.open_cases_for(request.user).first()
    return redirect("matching:case", first.id) if first else redirect("matching:cases")


def _row(case: Case) -> dict[str, object]:
    return {
        "case": case, "sites": list(dict.fromkeys((case.left.site.name, case.right.site.name))),
        "says": verdict_of_sum(case.total), "touches_aid": case.priority >= 1000,
        "unsure": case.verdict == Verdict.UNSURE,
    }
