"""Live figures: what was registered, by whom and when; and whether prints fail some people more than others."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from gada.biometrics.queries.figures import AGES, UNKNOWN_AGE
from gada.biometrics.rules import FEWEST_TRIED
from gada.console import queries, rules
from gada.console.queries.figures import Figures, Group
from gada.people.words import Sex

TODAY, MONTH = "today", "month"


def live_figures(request: HttpRequest) -> HttpResponse:
    """The page; asked by htmx, only what changes."""
    now = timezone.now()
    span = TODAY if request.GET.get("prints") == TODAY else MONTH
    found = queries.figures(request.user, at=now, prints_today=span == TODAY)
    peak = rules.peak_of(found.hours)
    context = {
        "found": found,
        "now": now,
        "span": span,
        "few": FEWEST_TRIED,
        "hours": [(_hour(each.hour), each.families) for each in found.hours],
        "peak": _hour(peak.hour) if peak else None,
        "finding": rules.finding_of(found.hours, now=timezone.localtime(now)),
        "days": [{"label": _("Families"), "points": [(_day(day), count) for day, count in found.days]}],
        "days_finding": rules.finding_of_days(found.days),
        "alarms": [_line(each) for each in found.alarms],
        "groups": [_line(each) for each in found.groups],
        "failing": _chart(found),
        "worst": _worst(found),
        "heads": [_("Not possible"), _("Share"), _("Declined"), _("Mean quality"), _("Good prints")],
    }
    page = "console/figures_live.html" if "HX-Request" in request.headers else "console/figures.html"
    return render(request, page, context)


def _line(group: Group) -> dict[str, Any]:
    came, told = group.came, group.came.failing is not None
    return {
        "label": _label(group), "alarm": group.alarm, "tried": came.tried if told else None, "unable": came.unable,
        "declined": came.declined, "failing": came.failing,
        "quality": round(came.quality / came.fingers) if told and came.fingers else None,
        "good": came.good / came.fingers if told and came.fingers else None,
    }


def _label(group: Group) -> str:
    if group.dimension == "site":
        return group.key
    if group.dimension == "sex":
        return str(Sex(group.key).label) if group.key else _("Sex not said")
    if group.key == UNKNOWN_AGE:
        return _("Age not known")
    first = int(group.key)
    after = next((age for age in AGES if age > first), None)
    if after is None:
        return _("%(age)s years and over") % {"age": first}
    return _("%(first)s to %(last)s years") % {"first": first, "last": after - 1}


def _chart(found: Figures) -> list[tuple[str, float]]:
    """Failures per hundred people by age; groups too small to say are left out."""
    return [
        (_short(each.key), round(100 * failing, 1))
        for each in found.groups if each.dimension == "age" and (failing := each.came.failing) is not None
    ]


def _short(age: str) -> str:
    if age == UNKNOWN_AGE:
        return "?"
    after = next((each for each in AGES if each > int(age)), None)
    return f"{age}–{after - 1}" if after else f"{age}+"


def _worst(found: Figures) -> dict[str, Any] | None:
    """The group that fails most clearly, beside the share of everybody else."""
    worst = max(found.alarms, key=lambda each: each.came.failing or 0, default=None)
    if worst is None:
        return None
    rest_tried, rest = found.asked.tried - worst.came.tried, found.asked.unable - worst.came.unable
    return {"label": _label(worst), "failing": worst.came.failing, "rest": rest / rest_tried}


def _day(day: date) -> str:
    return date_format(day, "j/n")


def _hour(hour: int) -> str:
    return _("%(hour)s:00") % {"hour": hour}
