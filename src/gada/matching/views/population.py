"""Everybody against everybody: what it will cost, how far it is, why it holds, what it brought."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from gada.matching import population
from gada.matching.models import PopulationRun, RunState
from gada.matching.population import estimate_from_facts
from gada.matching.queries.population import (
    found_by_site,
    noticed_by,
    pace_of,
    population_run_for,
    population_runs_for,
)
from gada.matching.reports.figures import Kind
from gada.matching.services import populating
from gada.matching.services.populating import WHOLE
from gada.matching.views.evidence_words import KINDS, percent
from gada.matching.views.wording import spaced

STAGES = {"text": 1, "weighing": 1, "fingers": 2, "opening": 3}
FIELDS = {
    "given": gettext_lazy("given name"), "surname": gettext_lazy("family name"), "birth": gettext_lazy("date of birth"),
    "phone": gettext_lazy("telephone"), "document": gettext_lazy("document"),
}
FATES = {
    "opened": gettext_lazy("Cases opened"),
    "known": gettext_lazy("Already a case that waits"),
    "different": gettext_lazy("Decided before to be two people, and left alone"),
    "same": gettext_lazy("Decided before to be the same person"),
    "left-out": gettext_lazy("Left out when the check held"),
    "found": gettext_lazy("Not opened: the check was stopped"),
    "gone": gettext_lazy("No longer alike when their turn came"),
}
ALWAYS = ("opened", "known", "different")
MOST_OLD = 20


@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    """What has been checked so far, and the button that begins with an estimate."""
    found = list(population_runs_for(request.user)[:MOST_OLD])
    open_run = next((run for run in found if run.unfinished), None)
    return render(request, "matching/population.html", {"runs": found, "open_run": open_run})


@require_GET
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One check: its estimate, its progress, why it holds, or its report."""
    found = population_run_for(request.user, run_id)
    part = "matching/population_state.html"
    page = part if request.headers.get("HX-Request") else "matching/population_run.html"
    return render(request, page, _context(request, found))


@require_POST
def estimate(request: HttpRequest) -> HttpResponse:
    """Begin with a sample."""
    made = populating.estimate_population(operator=request.user, at=timezone.now())
    return redirect("matching:population-run", made.id)


@require_POST
def steer(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One of the buttons of a check."""
    who: dict[str, Any] = {"operator": request.user, "run_id": run_id}
    match request.POST.get("do", ""):
        case "begin":
            populating.begin_population(**who, at=timezone.now())
        case "pause":
            populating.pause_population(**who)
        case "resume":
            populating.resume_population(**who, at=timezone.now())
        case "stop":
            populating.stop_population(**who, at=timezone.now())
        case said:
            populating.accept_hold(**who, how=said, at=timezone.now())
    return redirect("matching:population-run", run_id)


def _context(request: HttpRequest, found: PopulationRun) -> dict[str, Any]:
    working = found.state in (RunState.ESTIMATING, RunState.RUNNING)
    context: dict[str, Any] = {"run": found, "working": working, "pace": pace_of(found, at=timezone.now())}
    if found.estimate:
        context["estimate"] = _estimate(found)
    if found.stage in STAGES and found.unfinished:
        context |= {"stage": STAGES[found.stage], "found": noticed_by(found).count(), "stages": [
            _("Names and dates"), _("Fingerprints"), _("Opening cases"),
        ]}
    if found.hold:
        context["hold"] = _hold(found)
    if not found.unfinished:
        context |= _report(request, found)
    return context


def _estimate(found: PopulationRun) -> dict[str, Any]:
    said = estimate_from_facts(found.estimate)
    hours = said.hours
    noticed = int(found.sample.get("noticed", 0))
    return {
        "said": said, "low": hours[0], "hours": hours[1], "high": hours[2], "days": max(1, round(hours[1] / 6)),
        "warning": population.too_many_people(looked_at=said.sample, noticed=noticed) is not None
        or int(found.sample.get("most", 0)) > population.MOST_PAIRS_OF_ONE,
    }


def _hold(found: PopulationRun) -> dict[str, Any]:
    said = found.hold
    count, of, field = spaced(said["count"]), spaced(said["of"]), str(FIELDS.get(said["field"], ""))
    share = percent(said["count"] / max(1, said["of"]))
    words = {
        "share": (
            _("%(count)s of %(of)s people (%(share)s) seem to be registered twice") % {
                "count": count, "of": of, "share": share},
            _(
                "That many cannot be. A file may have been imported twice, or many people carry the same "
                "data. Look at the imports first; then stop this check and begin again, or go on if it is "
                "really so."
            ),
        ),
        "alike": (
            _("%(count)s of %(of)s people are alike in the same way") % {"count": count, "of": of},
            _("A file may hold the same people many times, or the same words for everybody. Look at the imports first; "
              "then stop this check and begin again, or go on if it is really so."),
        ),
        "one-person": (
            _("One person stands in %(count)s of %(of)s pairs") % {"count": count, "of": of},
            _(
                "Nobody is registered that often. Their registration may be nearly empty, or one finger was "
                "kept for many. Go on without such people, then look at them one by one."
            ),
        ),
        "value": (
            _("The same %(field)s is in %(share)s of the pairs") % {"field": field, "share": share},
            _(
                "Somebody may have typed one value for everybody, or a file was filled with it. Go on "
                "without those pairs; correct the value at its source, then check again."
            ),
        ),
    }
    title, text = words[said["reason"]]
    return {"title": title, "text": text, "may_leave_out": said["reason"] not in WHOLE}


def _report(request: HttpRequest, found: PopulationRun) -> dict[str, Any]:
    report = found.report
    kinds = [
        {"label": KINDS[kind][0], "note": KINDS[kind][1], "count": report["kinds"].get(kind, 0)} for kind in Kind
    ]
    most = max((row["count"] for row in kinds), default=0)
    for row in kinds:
        row["width"] = f"{100 * row['count'] / most:.2f}%" if most else "0%"
    return {
        "kinds": kinds,
        "fates": [
            (FATES[fate], count)
            for fate in FATES
            if (count := report["fates"].get(fate, 0)) or fate in ALWAYS
        ],
        "columns": _histogram(report["histogram"], report["bars"]),
        "sites": [
            (name or _("Other agencies"), f, opened) for name, f, opened in found_by_site(request.user, found)
        ],
        "seconds": (found.finished_at - (found.started_at or found.made_at)).total_seconds(),
        "held": [_accepted(key, how) for key, how in report["held"]],
        "opened": report["fates"].get("opened", 0),
        "honoured": report["fates"].get("different", 0),
        "left_out": report["fates"].get("left-out", 0),
    }


def _accepted(key: str, how: str) -> str:
    reason, _colon, field = key.partition(":")
    what = {
        "share": _("too many people seemed to be registered twice"),
        "alike": _("too many people were alike in the same way"),
        "one-person": _("some people stood in too many pairs"),
        "value": _("one %(field)s was in most pairs") % {"field": str(FIELDS.get(field, ""))},
    }[reason]
    done = _("it went on with all of them") if how == "all" else _("it went on without them")
    return _("%(what)s; %(done)s") % {"what": what, "done": done}


PLOT_PX, TOP_PX = 150, 36
FIRST_DRAWN, LAST_DRAWN = -20, 80  # tenths of a decade: few pairs make no broad columns


def _histogram(bins: list[list[int]], bars: list[int]) -> dict[str, Any] | None:
    """Columns by decades of odds, in percent across and pixels down, and where the bars of decision stand."""
    if not bins:
        return None
    counted = dict(bins)
    first, last = min(FIRST_DRAWN, bins[0][0]), max(LAST_DRAWN, bins[-1][0] + population.BIN)
    bins = [[start, counted.get(start, 0)] for start in range(first, last, population.BIN)]
    span, most = last - first, max(counted.values())
    every = 1 + (len(bins) - 1) // 8
    columns = [
        {
            "x": f"{100 * (start - first + 1) / span:.2f}%",
            "width": f"{100 * (population.BIN - 2) / span:.2f}%",
            "edge": f"{100 * (start - first) / span:.2f}%",
            "count": count,
            "y": TOP_PX + PLOT_PX - height,
            "height": height,
            "above": TOP_PX + PLOT_PX - height - 6,
            "label": f"{start // 10:+d}" if start else "0",
            "spare": index % every != 0,
        }
        for index, (start, count) in enumerate(bins)
        for height in [max(2, round(PLOT_PX * count / most)) if count else 0]
    ]
    lines = [
        {"x": f"{100 * (bar - first) / span:.2f}%", "name": name}
        for bar, name in zip(bars, (_("to be looked at"), _("very probable")), strict=True) if first <= bar <= last
    ]
    return {
        "columns": columns,
        "lines": lines,
        "floor": TOP_PX + PLOT_PX,
        "height": TOP_PX + PLOT_PX + 26,
        "top": TOP_PX,
    }
