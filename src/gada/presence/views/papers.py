"""The list of notices: on paper to be posted (numbers and initials, in both languages), and as a table to work with."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from gada.agencies.services import authorize
from gada.engine.formats.spreadsheet import safe_cell
from gada.presence import queries
from gada.presence.models import RollCall, What
from gada.presence.papers import Line, draw_notices
from gada.presence.queries import Absence
from gada.presence.rules import MISSED, OVER, Stage
from gada.presence.views.absence import grounds_of
from gada.presence.views.desk import leave_a_line


def notices_pdf(request: HttpRequest, roll_call_id: UUID) -> HttpResponse:
    """To be posted. Families with somebody under protection are never on it: they are told in person."""
    roll_call, found = _noticed(request, roll_call_id)
    told = [each for each in found if each.stage in (Stage.WARNED, Stage.GRACE)]  # the dates of the others are past
    public = [each for each in told if each.head is None or not each.head.needs_protection]
    body = draw_notices(
        [_line(each, grace_days=roll_call.campaign.grace_days) for each in public],
        campaign=roll_call.campaign.name,
        site=roll_call.site.name,
        agency=roll_call.site.agency.name,
        appeal_at=roll_call.campaign.appeal_at,
        told_apart=len(told) - len(public),
        printed_by=request.user.name,
        printed_at=timezone.localtime(),
    )
    return HttpResponse(body, content_type="application/pdf", headers={
        "Content-Disposition": f'attachment; filename="{_name(roll_call)}.pdf"'
    })


def notices_csv(request: HttpRequest, roll_call_id: UUID) -> HttpResponse:
    """The same with names, for those who go and tell the families. Formulas are never cells."""
    roll_call, found = _noticed(request, roll_call_id)
    sink = io.StringIO(newline="")
    table = csv.writer(sink)
    table.writerow([
        _("Family"), _("Head"), _("Reason"), _("State"), _("Notice given on"), _("Grace until"), _("Where to appeal"),
        _("Told in person only"), _("Printed by"), _("Printed at"),
    ])
    for each in found:
        given, until = _notice_of(each), each.standing.grace_until
        head = f"{each.head.given} {each.head.surname}" if each.head else ""
        table.writerow([safe_cell(cell) for cell in (
            each.household.number, head, grounds_of(each.grounds), str(each.stage.label), given,
            timezone.localdate(until).isoformat() if until else "", roll_call.campaign.appeal_at,
            _("yes") if each.head and each.head.needs_protection else "", request.user.name,
            timezone.localtime().strftime("%Y-%m-%d %H:%M"),
        )])
    return HttpResponse(sink.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": f'attachment; filename="{_name(roll_call)}.csv"'
    })


def _noticed(request: HttpRequest, roll_call_id: UUID) -> tuple[RollCall, list[Absence]]:
    """Families to be told or told already, whose absence is not over; the line in the journal comes first."""
    roll_call = queries.roll_call_for(request.user, roll_call_id)
    authorize(request.user, "absence.notify", site=roll_call.site)
    found = [
        each for each in queries.absences_at(request.user, roll_call, at=timezone.now())
        if each.stage not in (*OVER, Stage.PROPOSED, Stage.SUSPENDED)
    ]
    leave_a_line(request, roll_call, [each.head.id for each in found if each.head], page="absence-notices")
    return roll_call, found


def _line(found: Absence, *, grace_days: int) -> Line:
    head = found.head
    initials = " ".join(f"{name[:1]}." for name in (head.given, head.surname) if name) if head else ""
    missed = next((each["count"] for each in found.grounds if each["kind"] == MISSED), 0)
    until = found.standing.grace_until or timezone.now() + timedelta(days=grace_days)
    return Line(
        number=found.household.number, initials=initials, missed=missed,
        not_seen=any(each["kind"] != MISSED for each in found.grounds) or not missed,
        until=timezone.localdate(until),
    )


def _notice_of(found: Absence) -> str:
    given = next((step.at for step in found.steps if step.what == What.NOTICED), None)
    return timezone.localdate(given).isoformat() if given else ""


def _name(roll_call: RollCall) -> str:
    return f"gada-notices-{timezone.localdate():%Y-%m-%d}-{str(roll_call.pk)[-6:]}"
