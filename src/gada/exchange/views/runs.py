"""One comparison with a partner: progress, result, and what people who are not shared lost."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gada.agencies.services import authorize
from gada.engine.refusal import NotFound
from gada.exchange import queries, tasks
from gada.exchange.services.overlap.steps import STEPS


def run(request: HttpRequest, run: UUID) -> HttpResponse:
    """Both sides' figures; while it runs, how far it is."""
    authorize(request.user, "agreement.see")
    found = queries.runs_for(request.user).filter(id=run).first()
    if found is None:
        raise NotFound("overlap-unknown", _("This comparison is not known here."))
    ours, theirs = found.figures.get("ours", {}), found.figures.get("theirs", {})
    labels = {
        "people": _("People who took part"),
        "candidates": _("People with enough in common to be compared"),
        "links": _("People in common"),
        "by_prints": _("of these, fingerprints confirmed"),
        "cases": _("Pairs a person must decide"),
        "different": _("Pairs judged different and destroyed"),
    }
    lost = {
        "strangers_token": _("one single combination became known"),
        "strangers_fields": _("comparison fields were seen"),
        "strangers_prints": _("fingerprints were seen"),
    }
    return render(
        request,
        "exchange/run.html",
        {
            "run": found,
            "done": STEPS.index(found.step) + 1 if found.step in STEPS else 0,
            "total": len(STEPS),
            "rows": [(label, ours.get(name), theirs.get(name)) for name, label in labels.items()],
            "lost": [(label, ours.get(name), theirs.get(name)) for name, label in lost.items()],
            "ceiling": found.agreement.terms.limits.max_strangers,
        },
    )


@require_POST
def resume(request: HttpRequest, run: UUID) -> HttpResponse:
    """Go on with a run that was cut."""
    authorize(request.user, "overlap.run")
    tasks.carry_overlap.enqueue(str(run))
    return redirect("exchange:run", run)
