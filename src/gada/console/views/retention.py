"""What falls due, class by class and month by month; who is due; an erasure decided by two people, and carried out."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gada import journal
from gada.agencies.queries import permissions_of
from gada.agencies.services import authorize
from gada.agencies.views.saying import only_post, refusals_beside, status_of
from gada.console import services
from gada.console.forms.retention import EndForm, EraseDueForm, FiguresForm
from gada.console.queries.due import Line, figures_now, lines_for
from gada.console.queries.overdue import days_said, erasure_for, erasures_for, names_in
from gada.engine.refusal import NotFound
from gada.people.models import Person
from gada.people.retention import Class, classes, copies, ruled
from gada.people.services import end_programme, scope_of, set_retention
from gada.people.words import Counted, Stop

MONTHS, PEOPLE_A_PAGE, LAST_RUNS = 6, 50, 10


def retention(request: HttpRequest) -> HttpResponse:
    """Every class: how long it is kept and why, how many are due now, in each coming month, and how many wait."""
    authorize(request.user, "retention.see")
    now = timezone.now()
    months = _months(now)
    allowed = permissions_of(request.user)
    end_form = EndForm(request.POST or None, viewer=request.user) if "retention.end" in allowed else None
    if end_form is not None and end_form.is_valid():
        with refusals_beside(end_form):
            said = end_form.cleaned_data
            end_programme(
                operator=request.user, programme=said["programme"], ended_on=said["ended_on"], at=now
            )
            messages.success(request, _("Noted. What falls due was counted anew."))
            return redirect("console:retention")
    lines = lines_for(request.user, at=now, until=months[-1][1])
    own = figures_now(request.user.agency_id, None)
    context = {
        "rows": [_row(each, lines, months, now) | {"own": own[each.name]} for each in ruled()],
        "months": [start for start, _end in months],
        "copies": [(each, _why(each)) for each in copies().values()], "allowed": allowed, "end_form": end_form,
        "runs": [_run(run) for run in erasures_for(request.user)[:LAST_RUNS]],
        "stay": [(each, _why(each)) for each in classes().values() if each.figures is None],
    }
    return render(request, "console/retention.html", context, status=status_of(end_form) if end_form else 200)


def due(request: HttpRequest, kept: str) -> HttpResponse:
    """Who is due in one class, why, and what stops the clock; a data-protection officer decides from here."""
    authorize(request.user, "retention.see")
    found, now = _class(kept), timezone.now()
    lines = lines_for(request.user, at=now, until=now, kept=kept)
    ready = [line for line in lines if not line.stopped]
    may_propose = "erasure.propose" in permissions_of(request.user)
    form = EraseDueForm(request.POST or None, initial={"seen": len(ready)}) if may_propose and ready else None
    if form is not None and form.is_valid():
        with refusals_beside(form):
            run = services.propose_erasure(
                operator=request.user, kept=kept, seen=form.cleaned_data["seen"], ground=form.cleaned_data["ground"],
                at=now,
            )
            return redirect("console:erasure", run.id)
    page = Paginator(lines, PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "kept": found, "why": _why(found), "page": page, "people": _people(request, page.object_list, now),
        "ready": len(ready), "stopped": len(lines) - len(ready), "form": form, "most": services.MOST_ERASED,
    }
    return render(request, "console/due.html", context, status=status_of(form) if form else 200)


def figures(request: HttpRequest, kept: str) -> HttpResponse:
    """Set other days for a class, within limits and with a reason."""
    authorize(request.user, "retention.set")
    found = _class(kept)
    form = FiguresForm(request.POST or None, viewer=request.user, kept=found)
    if form.is_valid():
        with refusals_beside(form):
            set_retention(
                operator=request.user, name=kept, programme=form.cleaned_data["programme"], figures=form.figures,
                reason=form.cleaned_data["reason"], at=timezone.now(),
            )
            messages.success(request, _("Noted. What falls due was counted anew."))
            return redirect("console:retention")
    own = figures_now(request.user.agency_id, None)[kept]
    context = {
        "form": form, "kept": found, "why": _why(found), "own": own, "said": days_said(request.user.agency_id, kept),
    }
    return render(request, "console/figures_of_class.html", context, status=status_of(form))


def erasure(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One erasure: who decided it and why, who may confirm it, how far it is."""
    authorize(request.user, "retention.see")
    run, allowed = erasure_for(request.user, run_id), permissions_of(request.user)
    waits = run.confirmed_at is None and run.declined_at is None
    context = {
        "run": run, "names": names_in(run), "waits": waits, "erased": run.done - run.spared,
        "may_confirm": waits and "erasure.confirm" in allowed and run.proposed_by != request.user.id,
        "may_decline": waits and "erasure.decline" in allowed, "is_mine": run.proposed_by == request.user.id,
    }
    return render(request, "console/erasure.html", context)


@only_post
def confirm(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The second person says yes."""
    services.confirm_erasure(operator=request.user, run_id=run_id, at=timezone.now())
    messages.success(request, _("Confirmed. The work goes on by itself; this page may be closed."))
    return redirect("console:erasure", run_id)


@only_post
def decline(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Somebody says no: nothing is erased."""
    services.decline_erasure(operator=request.user, run_id=run_id, at=timezone.now())
    messages.success(request, _("Noted. Nothing was erased."))
    return redirect("console:erasure", run_id)


def _row(
    each: Class, lines: Sequence[Line], months: Sequence[tuple[datetime, datetime]], now: datetime
) -> dict[str, Any]:
    mine = [line for line in lines if line.kept == each.name]
    running = [line for line in mine if not line.stopped]
    by_month = Counter(
        index for line in running for index, (start, end) in enumerate(months) if max(line.at, now) >= start
        and line.at < end and line.at >= now
    )
    return {
        "kept": each, "why": _why(each), "now": sum(1 for line in running if line.at < now),
        "months": [(start, by_month[index]) for index, (start, _end) in enumerate(months)],
        "stopped": sum(1 for line in mine if line.stopped and line.at < now),
    }


def _months(now: datetime) -> list[tuple[datetime, datetime]]:
    """This month and those to come, each from its first moment to the next one's."""
    first = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    starts = [first]
    for _each in range(MONTHS):
        starts.append((starts[-1] + timedelta(days=32)).replace(day=1))
    return list(itertools.pairwise(starts))


def _people(request: HttpRequest, lines: Sequence[Line], now: datetime) -> list[dict[str, Any]]:
    """Names of one page of people; the journal says who saw them."""
    shown = Person.objects.select_related("site").in_bulk([line.person for line in lines])
    if shown:
        sites = {person.site_id: person.site for person in shown.values()}
        journal.record_read(
            by=request.user, people=list(shown), purpose="erasure", page="due", at=now,
            scope=scope_of(next(iter(sites.values()))),
        )
    return [
        {
            "person": shown[line.person], "at": line.at, "counted": Counted(line.counted).label,
            "stopped": Stop(line.stopped).label if line.stopped else "",
        }
        for line in lines if line.person in shown
    ]


def _run(run: Any) -> dict[str, Any]:
    return {
        "run": run, "waits": run.confirmed_at is None and run.declined_at is None, "erased": run.done - run.spared,
    }


def _class(kept: str) -> Class:
    found = classes().get(kept)
    if found is None or found.figures is None:
        raise NotFound("retention-unknown", _("There is no such class of data."))
    return found


def _why(each: Any) -> str:
    return str(each.en if (get_language() or "").startswith("en") else each.fr)
